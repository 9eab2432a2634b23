from __future__ import annotations

import os
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from syncline.hosting.store import MemoryStore, StoreError, open_store, secret_beside
from syncline.hosting.store.redis import RedisStore
from syncline.hosting.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from pathlib import Path


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_store_is_named_by_its_kind(tmp_path: Path) -> None:
    assert isinstance(open_store("memory:"), MemoryStore)
    assert isinstance(open_store(f"sqlite:{tmp_path}/s.db"), SqliteStore)
    assert isinstance(open_store("redis://127.0.0.1:1/0"), RedisStore)


@pytest.mark.parametrize("name", ["", "sqlite:", "sessions.db", "http://user:hush@host/"])
def test_another_name_is_refused_without_what_it_may_hold(name: str) -> None:
    with pytest.raises(StoreError) as caught:
        open_store(name)
    assert "hush" not in str(caught.value)


def test_a_file_of_sessions_is_its_users_alone(tmp_path: Path) -> None:
    os.umask(before := os.umask(0))
    try:
        os.umask(0)
        store = SqliteStore(tmp_path / "s.db")
        store.claim("k", "a/1/b")
    finally:
        os.umask(before)
    assert {mode(file) for file in tmp_path.iterdir()} == {0o600}
    store.close()


def test_a_file_of_another_version_is_left_alone(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "s.db")
    store.claim("k", "a/1/b")
    store._connection().execute("PRAGMA user_version = 99")
    store.close()
    with pytest.raises(StoreError, match="another version"):
        store.load("k")


def test_servers_that_begin_at_once_make_one_file(tmp_path: Path) -> None:
    count = 4
    for number in range(40):
        path, ready = tmp_path / f"{number}.db", threading.Barrier(count)

        def begin(owner: str, path: Path = path, ready: threading.Barrier = ready) -> None:
            store = SqliteStore(path)
            ready.wait()
            store.beat(owner, 60.0)
            assert store.claim(owner, owner) is not None
            store.close()

        with ThreadPoolExecutor(count) as pool:
            list(pool.map(begin, map(str, range(count))))


def test_the_secret_of_a_file_is_made_once_and_is_its_users_alone(tmp_path: Path) -> None:
    name = f"sqlite:{tmp_path}/s.db"
    secret = secret_beside(name)
    assert secret is not None
    assert len(secret) >= 32
    assert secret_beside(name) == secret
    assert mode(tmp_path / "s.db.secret") == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["s.db.secret"]


def test_a_secret_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "s.db.secret").write_text("")
    with pytest.raises(StoreError, match="no secret"):
        secret_beside(f"sqlite:{tmp_path}/s.db")


def test_a_secret_that_cannot_be_kept_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot write"):
        secret_beside(f"sqlite:{tmp_path}/nowhere/s.db")


def test_servers_that_share_a_redis_are_told_to_share_a_secret() -> None:
    with pytest.raises(StoreError, match="SYNCLINE_SECRET_KEY"):
        secret_beside("redis://127.0.0.1:1/0")
    assert secret_beside("memory:") is None
