"""The file of users, from the command line."""

from __future__ import annotations

import getpass
import io
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from syncline.cli import main
from syncline.hosting.auth import users as module
from syncline.hosting.auth.users import Users


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let hashes cost little."""
    monkeypatch.setattr(module, "_hasher", PasswordHasher(1, 8, 1))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_password_is_asked_for_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "users.txt"
    typed = iter(["long enough", "long enough", "long enough", "another one"])
    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr(getpass, "getpass", lambda prompt: next(typed))
    assert main(["passwd", str(path), "alice"]) == 0
    assert Users(path).check("alice", "long enough")
    assert main(["passwd", str(path), "alice"]) == 1


def test_a_password_may_be_piped_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "users.txt"
    monkeypatch.setattr("sys.stdin", io.StringIO("long enough\r\nmore\n"))
    assert main(["passwd", str(path), "alice"]) == 0
    assert Users(path).check("alice", "long enough")
    assert main(["passwd", str(path), "alice", "--delete"]) == 0
    assert Users(path).hash_of("alice") is None


@pytest.mark.parametrize("words", [["a:b"], ["bob", "--delete"], ["alice"]])
def test_what_cannot_be_is_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
) -> None:
    monkeypatch.setattr(
        "sys.stdin", io.StringIO("short\n" if words == ["alice"] else "long enough")
    )
    assert main(["passwd", str(tmp_path / "users.txt"), *words]) == 1
    assert capsys.readouterr().err.count("\n") == 1
