"""Transactions and holds: what becomes one revision, what is undone."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from syncline import Document, Event
from tests.document.knobs import Knob, rev_of


def test_a_transaction_is_one_revision(document: Document, knob: Knob) -> None:
    def edit() -> None:
        with document.transaction("several"):
            knob.value = 1
            knob.items.append(1)
            with document.transaction():
                knob.others.append(Knob())
            document.title = "other"

    assert rev_of(document, edit) == 1


def test_an_empty_transaction_takes_no_revision(document: Document) -> None:
    def edit() -> None:
        with document.transaction():
            pass

    assert rev_of(document, edit) == 0


def test_an_exception_undoes_everything_lists_included(document: Document, knob: Knob) -> None:
    knob.items = [1, 2]
    items = knob.items

    def edit() -> None:
        with document.transaction():
            knob.value = 5
            items.append(3)
            items[0] = 9
            knob.others.append(Knob())
            document.title = "other"
            raise KeyError

    with pytest.raises(KeyError):
        edit()
    assert (knob.value, knob.items, knob.others, document.title) == (0.0, [1, 2], [], "a title")
    assert rev_of(document, lambda: items.append(3)) == 1
    assert knob.items == [1, 2, 3]


def test_an_inner_exception_that_is_caught_undoes_the_inner_part_alone(
    document: Document, knob: Knob
) -> None:
    def inner() -> None:
        with document.transaction():
            knob.items.append(2)
            raise KeyError

    with document.transaction():
        knob.value = 5
        with contextlib.suppress(KeyError):
            inner()
        knob.items.append(3)
    assert (knob.value, knob.items) == (5.0, [3])
    entry = document.session.log.entries[-1]
    assert len(entry.ops) == 2


def test_observers_hear_of_an_undone_transaction_nothing(document: Document, knob: Knob) -> None:
    seen: list[Event] = []
    knob.observe(seen.append)

    def edit() -> None:
        with document.transaction():
            knob.value = 5
            raise KeyError

    with pytest.raises(KeyError):
        edit()
    assert seen == []


def test_a_transaction_that_spans_an_await_is_found_out(document: Document, knob: Knob) -> None:
    async def careless(entered: asyncio.Event, leave: asyncio.Event) -> None:
        with document.transaction():
            knob.value = 1
            entered.set()
            await leave.wait()

    async def main() -> None:
        entered, leave = asyncio.Event(), asyncio.Event()
        task = asyncio.create_task(careless(entered, leave))
        await entered.wait()
        with pytest.raises(RuntimeError, match="await"):
            knob.value = 2
        leave.set()
        await task
        knob.value = 3

    asyncio.run(main())
    assert knob.value == 3


def test_a_hold_commits_at_once_and_sends_at_its_end(document: Document, knob: Knob) -> None:
    woken: list[int] = []
    document.session.listen(lambda: woken.append(document.rev))
    before = document.rev
    with document.hold():
        knob.value = 1
        knob.value = 2
        assert document.rev == before + 2
        assert woken == []
    assert woken == [before + 2]
