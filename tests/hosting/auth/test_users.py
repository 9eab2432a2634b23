"""The file of users."""

from __future__ import annotations

import logging
import stat
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from syncline.hosting.auth import users as module
from syncline.hosting.auth.errors import BadAuth
from syncline.hosting.auth.users import Users, matches, read_users, write_user


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let hashes cost little."""
    monkeypatch.setattr(module, "_hasher", PasswordHasher(1, 8, 1))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "users.txt"
    write_user(path, "alice", "correct horse")
    return path


def test_a_user_is_known_by_the_password_which_is_not_in_the_file(path: Path) -> None:
    users = Users(path)
    assert users.check("alice", "correct horse")
    assert not users.check("alice", "wrong")
    assert not users.check("bob", "correct horse")
    assert not users.check("", "")
    text = path.read_text(encoding="utf-8")
    assert text.startswith("alice:$argon2id$")
    assert "horse" not in text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_unknown_name_is_compared_as_well(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[str] = []

    def noted(hashed: str, password: str) -> bool:
        compared.append(hashed)
        return True

    monkeypatch.setattr(module, "matches", noted)
    assert Users(path).check("nobody", "x") is False
    assert len(compared) == 1
    # With the same effort, or the time would tell.
    known = read_users(path)["alice"]
    assert compared[0].split("$")[1:4] == known.split("$")[1:4]
    assert not matches(compared[0], "x")


def test_the_file_is_read_again_when_it_changed(path: Path) -> None:
    users = Users(path)
    before = users.hash_of("alice")
    write_user(path, "bob", "hunter2 hunter2")
    assert users.hash_of("alice") == before
    assert users.hash_of("bob") is not None
    write_user(path, "alice", "another")
    assert users.hash_of("alice") not in (None, before)
    write_user(path, "bob", None)
    assert users.hash_of("bob") is None


def test_a_file_that_is_broken_or_gone_lets_in_nobody(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    users = Users(path)
    path.write_text("alice\n", encoding="utf-8")
    assert users.hash_of("alice") is None
    path.unlink()
    assert users.hash_of("alice") is None
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * 2


def test_a_file_that_is_not_understood_is_an_error_at_the_start(tmp_path: Path) -> None:
    path = tmp_path / "users"
    with pytest.raises(BadAuth, match="cannot read"):
        Users(path)
    for text in ("alice", "alice:", ":$argon2id$x", "alice:{SHA}x"):
        path.write_text(f"# a comment\n\n{text}\n", encoding="utf-8")
        with pytest.raises(BadAuth, match=":3: expected a name"):
            Users(path)
    path.write_bytes(b"\xff")
    with pytest.raises(BadAuth):
        Users(path)


@pytest.mark.parametrize("name", ["", "a:b", "#a", "a\nb", "\x00", "  "])
def test_no_name_breaks_the_file(path: Path, name: str) -> None:
    before = path.read_bytes()
    with pytest.raises(BadAuth):
        write_user(path, name, "x")
    assert path.read_bytes() == before
    assert [*path.parent.iterdir()] == [path]


def test_nobody_unknown_is_removed(path: Path) -> None:
    with pytest.raises(BadAuth, match="there is no user"):
        write_user(path, "bob", None)


def test_two_keyboards_write_one_password(path: Path) -> None:
    write_user(path, "zoe\u0308", "u\u0308ber")
    users = Users(path)
    assert users.hash_of("zo\u00eb") is not None
    assert users.check("zo\u00eb", "\u00fcber")


def test_a_hash_that_is_none_is_no_password(path: Path) -> None:
    assert not matches("$argon2id$nonsense", "x")
