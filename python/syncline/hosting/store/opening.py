"""From what a user names to a store, and to the secret that signs what is in it."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from pathlib import Path

from syncline.hosting.store.base import Store, StoreError
from syncline.hosting.store.memory import MemoryStore


def open_store(name: str) -> Store:
    """Return the store that `memory:`, `sqlite:FILE` or `redis://...` names. Raises StoreError."""
    kind, _, rest = name.partition(":")
    if kind == "memory":
        return MemoryStore()
    if kind == "sqlite" and rest:
        from syncline.hosting.store.sqlite import SqliteStore

        return SqliteStore(rest)
    if kind in ("redis", "rediss", "unix"):
        from syncline.hosting.store.redis import RedisStore

        return RedisStore(name)
    # Without the rest of it: an address may hold a password.
    raise StoreError(f"expected memory:, sqlite:FILE or redis://..., got {kind!r}")


def secret_beside(name: str) -> str | None:
    """Return the secret of an SQLite store where no other is given, made the first time.

    It stands beside the file, readable by its user alone. A Redis is for several machines, which
    have to be given the same: StoreError.
    """
    kind, _, rest = name.partition(":")
    if kind == "memory":
        return None
    if kind != "sqlite":
        raise StoreError("servers that share a Redis need the same SYNCLINE_SECRET_KEY")
    path = Path(f"{rest}.secret")
    if not path.exists():
        try:
            _make(path)
        except OSError as error:
            raise StoreError(f"cannot write {path}: {error.strerror}") from None
    return _read(path)


def _make(path: Path) -> None:
    # Complete before it has its name: two servers that start at once read the same.
    handle, name = tempfile.mkstemp(prefix=path.name, dir=path.parent)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):
            os.link(name, path)
    finally:
        Path(name).unlink()


def _read(path: Path) -> str:
    try:
        secret = path.read_text("ascii").strip()
    except (OSError, ValueError):
        raise StoreError(f"cannot read the secret in {path}") from None
    if len(secret) < 32:
        raise StoreError(f"there is no secret in {path}: remove the file for a new one")
    return secret
