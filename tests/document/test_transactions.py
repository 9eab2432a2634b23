"""Transactions and holds: what becomes one revision, what is undone."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
from collections.abc import Callable
from typing import Any

import pytest

from syncline import Document, Event, Model, PropertyError, prop
from syncline.sync.engine import Mode
from tests.document.knobs import SECONDS, Knob, rev_of


def test_a_transaction_is_one_revision(document: Document, knob: Knob) -> None:
    def edit() -> None:
        with document.transaction("several"):
            knob.value = 1
            knob.items.append(1)
            with document.transaction():
                knob.others.append(Knob())
            document.title = "other"

    assert rev_of(document, edit) == 1


def test_an_unknown_mode_is_refused(document: Document) -> None:
    wrong: Any = "stict"
    with pytest.raises(ValueError, match="got 'stict'"):
        document.transaction(mode=wrong)


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


# Over an await


async def test_an_async_transaction_commits_at_its_end_as_one_revision(
    document: Document, knob: Knob
) -> None:
    before = document.rev
    async with document.transaction("load"):
        knob.value = 1
        await asyncio.sleep(0)
        knob.items.append(1)
        knob.items.append(2)
        knob.others.append(Knob(name="new"))
        document.title = "loaded"
        other = document.add_root(Knob())
        document.remove_root(knob)
        assert (knob.value, knob.items, document.title) == (0.0, [], "a title")
        assert document.rev == before
    assert (knob.value, knob.items, document.title) == (1.0, [1, 2], "loaded")
    assert [model.name for model in knob.others] == ["new"]
    assert document.roots == (other,)
    assert document.rev == before + 1


async def test_an_exception_in_an_async_transaction_leaves_no_trace(
    document: Document, knob: Knob
) -> None:
    async def fail() -> None:
        async with document.transaction():
            knob.value = 1
            await asyncio.sleep(0)
            raise KeyError

    with pytest.raises(KeyError):
        await fail()
    assert knob.value == 0
    knob.value = 2
    assert knob.value == 2


async def test_what_others_do_meanwhile_is_theirs(document: Document, knob: Knob) -> None:
    knob.items = [1, 2, 3]
    entered, leave = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with document.transaction():
            del knob.items[2]
            knob.items.insert(1, 9)
            entered.set()
            await leave.wait()

    task = asyncio.create_task(slow())
    await entered.wait()
    knob.value = 5
    knob.items.insert(0, 0)
    assert (knob.value, knob.items) == (5.0, [0, 1, 2, 3])
    leave.set()
    await task
    assert knob.items == [0, 1, 9, 2]


async def test_tasks_of_an_async_transaction_belong_to_it(document: Document, knob: Knob) -> None:
    async def work(number: int) -> None:
        await asyncio.sleep(0)
        knob.items.append(number)

    before = document.rev
    async with document.transaction():
        await asyncio.gather(*map(work, range(3)))
    assert knob.items == [0, 1, 2]
    assert document.rev == before + 1


async def test_a_task_that_outlives_its_async_transaction_edits_at_once(
    document: Document, knob: Knob
) -> None:
    leave = asyncio.Event()

    async def late() -> None:
        await leave.wait()
        knob.value = 7

    async with document.transaction():
        task = asyncio.create_task(late())
    leave.set()
    await task
    assert knob.value == 7


async def test_transactions_inside_an_async_one_join_it(document: Document, knob: Knob) -> None:
    def inner() -> None:
        with document.transaction():
            knob.items.append("lost")  # type: ignore[arg-type]

    before = document.rev
    async with document.transaction():
        knob.items.append(1)
        with pytest.raises(PropertyError):
            inner()
        with contextlib.suppress(KeyError), document.transaction():
            knob.items.append(2)
            raise KeyError
        async with document.transaction():
            knob.items.append(3)
            await asyncio.sleep(0)
        with contextlib.suppress(KeyError):
            async with document.transaction():
                knob.items.append(4)
                raise KeyError
        with document.transaction():
            knob.items.append(5)
    assert knob.items == [1, 3, 5]
    assert document.rev == before + 1


async def test_async_transactions_of_two_documents_stay_apart(
    document: Document, knob: Knob
) -> None:
    other, away = Document(), Knob()
    other.add_root(away)
    async with document.transaction(), other.transaction():
        knob.value = 1
        away.value = 2
        await asyncio.sleep(0)
        assert (knob.value, away.value) == (0, 0)
    assert (knob.value, away.value) == (1, 2)


async def test_an_edit_inside_what_the_async_transaction_replaced_says_so(
    document: Document, knob: Knob
) -> None:
    async with document.transaction():
        knob.items = [1, 2]
        with pytest.raises(LookupError, match="does not see its own edits"):
            knob.items.append(3)
    assert knob.items == [1, 2]


async def test_an_edit_whose_place_others_took_away_is_reported(
    document: Document, knob: Knob
) -> None:
    reported: list[tuple[str, str]] = []
    document.report = lambda error, where: reported.append((str(error), where))
    knob.items, knob.others = [1, 2], [Knob()]
    child = knob.others[0]
    entered, leave = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with document.transaction("slow"):
            knob.items[1] = 9
            child.value = 4
            knob.value = 3
            entered.set()
            await leave.wait()

    task = asyncio.create_task(slow())
    await entered.wait()
    knob.items = []
    knob.others.clear()
    document.title = "collect"
    leave.set()
    await task
    assert (knob.value, knob.items) == (3.0, [])
    assert [error for error, _ in reported] == ["target-gone", "target-gone"]
    assert reported[0][1] == f"transaction slow: {knob.id} items.1: the place of an edit is gone"


@pytest.mark.parametrize(
    ("mode", "meanwhile", "error"),
    [
        ("atomic", lambda knob: setattr(knob, "items", []), "target-gone"),
        ("strict", lambda knob: setattr(knob, "value", 8), "concurrent"),
        ("strict", lambda knob: knob.items.insert(0, 1), "concurrent"),
    ],
)
async def test_an_async_transaction_that_is_to_be_whole_is_nothing_where_others_broke_it(
    document: Document, knob: Knob, mode: Mode, meanwhile: Callable[[Knob], None], error: str
) -> None:
    reported: list[tuple[str, str]] = []
    document.report = lambda error, where: reported.append((str(error), where))
    knob.items = [1, 2]
    transaction = document.transaction("slow", mode=mode)
    async with transaction:
        knob.value = 3
        knob.items[1] = 9
        await asyncio.create_task(aside(meanwhile, knob), context=contextvars.Context())
        after = knob.value, list(knob.items)
    assert (knob.value, knob.items) == after
    assert [one for one, _ in reported] == [error]
    assert (await transaction.done).rev is None


async def aside(change: Callable[[Knob], None], knob: Knob) -> None:
    """Change something outside of the transaction around."""
    change(knob)


@pytest.mark.parametrize("mode", ["atomic", "strict"])
async def test_what_others_do_elsewhere_breaks_no_async_transaction(
    document: Document, knob: Knob, mode: Mode
) -> None:
    knob.items = [1, 2]
    transaction = document.transaction(mode=mode)
    async with transaction:
        knob.value = 3
        await asyncio.create_task(
            aside(lambda knob: knob.items.append(3), knob), context=contextvars.Context()
        )
    assert (knob.value, knob.items) == (3.0, [1, 2, 3])
    assert (await transaction.done).rev == document.rev


async def test_constraints_hold_for_the_sum_of_an_async_transaction(document: Document) -> None:
    class Short(Model, type="test/Short@1"):
        items: list[int] = prop(default=[], max_length=2)
        fixed: int = prop(default=0, readonly=True)

    short = Short(items=[1])
    document.add_root(short)

    async def overfill() -> None:
        async with document.transaction():
            short.items.append(2)
            short.items.append(3)

    with pytest.raises(PropertyError, match="expected a length of 2 or less, got 3"):
        await overfill()
    assert short.items == [1]
    async with document.transaction():
        with short.unlocked("fixed"):
            short.fixed = 1
    assert short.fixed == 1


async def test_a_held_lock_and_a_thread_do_not_join_an_async_transaction(
    document: Document, knob: Knob
) -> None:
    async with document.transaction():
        knob.value = 1
        thread = threading.Thread(target=lambda: setattr(knob, "name", "thread"))
        thread.start()
        thread.join(SECONDS)
        assert knob.name == "thread"
    assert knob.value == 1
