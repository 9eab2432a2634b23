"""What every store does, whatever is under it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from syncline.hosting.store import new_owner

if TYPE_CHECKING:
    from collections.abc import Callable

    from syncline.hosting.store import Store

LATER = time.time() + 24 * 3600
ME, OTHER = "elsewhere/1/me", "elsewhere/2/other"


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def claimed(store: Store, key: str, owner: str) -> int:
    store.beat(owner, 60)
    found = store.claim(key, owner)
    assert found is not None
    return found.generation


def test_what_was_saved_is_loaded(store: Store) -> None:
    assert store.load("k") is None
    generation = claimed(store, "k", ME)
    assert store.save("k", ME, generation, b"\0one", LATER)
    assert store.save("k", ME, generation, b"\0two", LATER)
    assert store.load("k") == b"\0two"
    assert store.load("other") is None


def test_who_claims_an_entry_gets_what_is_in_it(store: Store) -> None:
    generation = claimed(store, "k", ME)
    store.save("k", ME, generation, b"data", LATER)
    store.release("k", generation)
    again = store.claim("k", OTHER)
    assert again is not None
    assert again.data == b"data"
    assert again.generation > generation


def test_an_owner_may_claim_its_own_again(store: Store) -> None:
    first = claimed(store, "k", ME)
    assert claimed(store, "k", ME) > first


def test_an_owner_that_lives_is_asked_and_lets_go(store: Store) -> None:
    generation = claimed(store, "k", ME)
    assert store.beat(ME, 60) == []
    assert store.claim("k", OTHER) is None
    assert store.beat(ME, 60) == ["k"]
    store.save("k", ME, generation, b"last", LATER)
    store.release("k", generation)
    found = store.claim("k", OTHER)
    assert found is not None
    assert found.data == b"last"
    assert store.beat(ME, 60) == []


def test_who_was_robbed_writes_nothing(store: Store) -> None:
    old = claimed(store, "k", ME)
    store.leave(ME)
    new = claimed(store, "k", OTHER)
    assert store.save("k", OTHER, new, b"theirs", LATER)
    assert not store.save("k", ME, old, b"mine", LATER)
    store.delete("k", old)
    store.release("k", old)
    assert store.load("k") == b"theirs"
    assert store.claim("k", ME) is None


def test_an_owner_without_a_sign_of_life_is_not_waited_for(store: Store) -> None:
    store.beat(ME, 0.05)
    assert store.claim("k", ME) is not None
    until(lambda: store.claim("k", OTHER) is not None)


def test_an_owner_whose_process_has_ended_is_not_waited_for(store: Store) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    owner = new_owner().replace(f"/{os.getpid()}/", f"/{ended.pid}/")
    store.beat(owner, 60)
    assert store.claim("k", owner) is not None
    if type(store).__name__ != "MemoryStore":
        assert store.claim("k", ME) is not None


def test_an_owner_of_this_process_is_waited_for(store: Store) -> None:
    owner = new_owner()
    store.beat(owner, 60)
    store.claim("k", owner)
    assert store.claim("k", new_owner()) is None


def test_an_entry_that_was_removed_is_not_there(store: Store) -> None:
    generation = claimed(store, "k", ME)
    store.save("k", ME, generation, b"data", LATER)
    store.delete("k", generation)
    assert store.load("k") is None
    again = store.claim("k", OTHER)
    assert again is not None
    assert again.data is None


def test_a_store_that_was_emptied_takes_a_session_in_again(store: Store) -> None:
    generation = claimed(store, "k", ME)
    store.save("k", ME, generation, b"data", LATER)
    store.delete("k", generation)
    assert store.save("k", ME, generation, b"again", LATER)
    assert store.load("k") == b"again"


def test_an_entry_ends_with_its_time(store: Store) -> None:
    generation = claimed(store, "k", ME)
    store.save("k", ME, generation, b"data", time.time() + 0.05)
    store.leave(ME)
    until(lambda: store.load("k") is None)
    store.expire()
    found = store.claim("k", OTHER)
    assert found is not None
    assert found.data is None


def test_an_entry_may_be_given_more_time(store: Store) -> None:
    generation = claimed(store, "k", ME)
    soon = time.time() + 1.5
    store.save("k", ME, generation, b"data", soon)
    store.touch(ME, [("k", LATER), ("none", LATER)])
    store.touch(OTHER, [("k", time.time() - 1)])
    store.leave(ME)
    until(lambda: time.time() > soon)
    store.expire()
    assert store.load("k") == b"data"


def test_an_entry_that_nobody_owns_can_be_read_by_all(store: Store) -> None:
    generation = claimed(store, "k", ME)
    store.save("k", ME, generation, b"data", LATER)
    store.release("k", generation)
    store.leave(ME)
    store.expire()
    assert store.load("k") == b"data"
