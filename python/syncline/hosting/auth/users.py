"""A file of users: a line for each, with the name, a colon and an Argon2 hash of the password."""

from __future__ import annotations

import logging
import os
import secrets
import tempfile
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from syncline.hosting.auth.errors import BadAuth

if TYPE_CHECKING:
    from collections.abc import Mapping

_log = logging.getLogger("syncline.hosting")
_hasher = PasswordHasher()
LONGEST = 1024
"""Characters of a name or a password; hashing takes longer for longer ones."""


class Users:
    """The users of a file; it is read again when it has changed.

    A file that is missing or not understood lets in nobody.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._nobody = _hasher.hash(secrets.token_hex())
        """What an unknown name is compared with, which takes as long."""
        self._mark: object = None
        self._hashes: Mapping[str, str] = read_users(self.path)
        self._mark = self._now()

    def hash_of(self, user: str | None) -> str | None:
        """Return a user's hash; None for somebody unknown."""
        if (mark := self._now()) != self._mark:
            self._mark, self._hashes = mark, self._again()
        return self._hashes.get(user or "")

    def check(self, user: str, password: str) -> bool:
        """Say whether the password is right. It takes a while, as long for an unknown name."""
        known = self.hash_of(user)
        right = matches(known or self._nobody, password)
        return right and known is not None

    def _now(self) -> object:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _again(self) -> Mapping[str, str]:
        try:
            return read_users(self.path)
        except BadAuth as error:
            _log.error("nobody can log in: %s", error)
            return {}


def read_users(path: Path) -> dict[str, str]:
    """Return the hash of each user of a file. Raises BadAuth."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadAuth(f"cannot read the users in {path}: {error}") from None
    users = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        user, colon, hashed = line.strip().partition(":")
        if not (user and colon and hashed.startswith("$argon2")):
            raise BadAuth(f"{path}:{number}: expected a name, a colon and an Argon2 hash")
        users[user] = hashed
    return users


def write_user(path: Path, user: str, password: str | None) -> None:
    """Add a user to a file, or change their password; None removes them. Raises BadAuth."""
    user = normal(user)
    if not user or ":" in user or user[0] in "# " or not user.isprintable():
        raise BadAuth(f"no name of a user: {user!r}")
    users = read_users(path) if path.exists() else {}
    if password is None:
        if users.pop(user, None) is None:
            raise BadAuth(f"there is no user {user!r} in {path}")
    else:
        users[user] = _hasher.hash(normal(password))
    text = "".join(f"{name}:{hashed}\n" for name, hashed in users.items())
    # Whole or not at all, and for nobody else to read.
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    Path(name).replace(path)


def matches(hashed: str, password: str) -> bool:
    """Say whether a password has this hash."""
    try:
        return _hasher.verify(hashed, normal(password))
    except (VerificationError, InvalidHashError):
        return False


def normal(text: str) -> str:
    """Return what two keyboards write alike; no longer than anybody needs."""
    return unicodedata.normalize("NFC", text)[:LONGEST]
