"""The document: transactions, observers, threads, and which one is current."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import threading
from collections.abc import Callable
from typing import Any

import pytest

from syncline import Document, Event, Model, curdoc, prop, set_curdoc
from syncline.document import find_document
from syncline.model import display
from tests.sync.speaker import Speaker, live, put

SECONDS = 20.0


class Knob(Model, type="test/Knob@1"):
    events = ("click",)
    name: str = prop(default="")
    value: float = prop(default=0.0, client=True)
    items: list[int] = prop(default=[], client=True)
    others: list[Knob] = prop(default=[], client=True)
    shown: str = prop(default="")


class Pen(Model, type="test/Pen@1"):
    creatable = True
    colour: str = prop(default="black", client=True)
    width: int = prop(default=1)


@pytest.fixture
def document() -> Document:
    return Document("a title")


@pytest.fixture
def knob(document: Document) -> Knob:
    made = Knob()
    document.add_root(made)
    return made


def rev_of(document: Document, edit: Callable[[], Any]) -> int:
    """Return how many revisions an edit took."""
    before = document.rev
    edit()
    return document.rev - before


# Transactions


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


# Observers


def test_observers_run_after_the_commit_and_in_order(document: Document, knob: Knob) -> None:
    seen: list[tuple[str, Any]] = []
    knob.observe(lambda event: seen.append(("value", document.rev)), "value")
    knob.observe(lambda event: seen.append((event.name, event.new)), ["value", "name"])
    knob.observe(lambda event: seen.append(("any", event.name)))
    with document.transaction():
        knob.value = 1
        knob.name = "x"
        assert seen == []
    rev = document.rev
    assert seen == [
        ("value", rev),
        ("value", 1.0),
        ("any", "value"),
        ("name", "x"),
        ("any", "name"),
    ]


def test_an_event_says_what_was_and_what_is(document: Document, knob: Knob) -> None:
    seen: list[Event] = []
    knob.observe(seen.append, ["value", "items"])
    knob.value = 1
    knob.items = [1]
    knob.items.append(2)
    assert [(event.old, event.new, event.origin) for event in seen] == [
        (0.0, 1.0, "py"),
        ([], [1, 2], "py"),
        (None, [1, 2], "py"),
    ]
    assert seen[0].model is knob


def test_one_transaction_is_one_event_from_the_first_value_to_the_last(
    document: Document, knob: Knob
) -> None:
    seen: list[Any] = []
    knob.observe(lambda event: seen.append((event.old, event.new)), "value")
    with document.transaction():
        for value in (1, 2, 3):
            knob.value = value
    with document.transaction():
        knob.value = 9
        knob.value = 3
    knob.value = 3
    assert seen == [(0.0, 3.0)]


def test_two_knobs_may_follow_each_other(document: Document, knob: Knob) -> None:
    other = Knob()
    document.add_root(other)
    knob.observe(lambda event: setattr(other, "value", event.new), "value")
    other.observe(lambda event: setattr(knob, "value", event.new), "value")
    other.value = 5
    assert knob.value == 5


def test_what_an_observer_changes_is_a_revision_of_its_own(document: Document, knob: Knob) -> None:
    knob.observe(lambda event: setattr(knob, "shown", f"{event.new}"), "value")

    def edit() -> None:
        knob.value = 1

    assert rev_of(document, edit) == 2
    assert knob.shown == "1.0"


def test_an_event_of_a_view_says_who_it_was(document: Document, knob: Knob) -> None:
    seen: list[Event] = []
    knob.observe(seen.append, "value")
    knob.on("click", seen.append)
    client = live(document.session, user="ada")
    click = {"op": "msg", "m": knob.id, "name": "click", "data": {"x": 3}}
    client.edit(put(5, m=knob.id), click)
    assert {(event.origin, event.user) for event in seen} == {(client.client, "ada")}
    assert sorted((event.name, event.data) for event in seen) == [
        ("click", {"x": 3}),
        ("value", None),
    ]


def test_a_handler_that_was_taken_off_hears_nothing(document: Document, knob: Knob) -> None:
    seen: list[Event] = []
    off = knob.on("click", seen.append)
    knob.observe(seen.append, "value")
    off()
    off()
    knob.unobserve(seen.append, "value")
    client = live(document.session)
    client.edit(put(5, m=knob.id), {"op": "msg", "m": knob.id, "name": "click", "data": None})
    assert knob.value == 5
    assert seen == []


def test_the_author_is_answered_before_observers_make_revisions(
    document: Document, knob: Knob
) -> None:
    knob.observe(lambda event: setattr(knob, "shown", "yes"), "value")
    client = live(document.session)
    client.edit(put(5, m=knob.id))
    assert [heard.type for heard in client.hear()] == ["OK", "PATCH-DOC"]


def test_an_error_in_an_observer_is_reported_and_nothing_is_undone(
    document: Document, knob: Knob, caplog: pytest.LogCaptureFixture
) -> None:
    reported: list[tuple[BaseException, str]] = []
    seen: list[float] = []

    def fail(event: Event) -> None:
        raise KeyError("oops")

    knob.observe(fail, "value")
    knob.observe(lambda event: seen.append(event.new), "value")
    with caplog.at_level(logging.ERROR, "syncline"):
        knob.value = 1
    assert "oops" in caplog.text
    document.report = lambda error, where: reported.append((error, where))
    knob.value = 2
    assert seen == [1, 2]
    assert knob.value == 2
    ((error, where),) = reported
    assert isinstance(error, KeyError)
    assert where.endswith("fail")


def test_an_interrupted_observer_does_not_silence_the_others(
    document: Document, knob: Knob
) -> None:
    seen: list[float] = []

    def interrupt(event: Event) -> None:
        if event.new == 1:
            raise KeyboardInterrupt

    knob.observe(interrupt, "value")
    knob.observe(lambda event: seen.append(event.new), "value")
    with pytest.raises(KeyboardInterrupt):
        knob.value = 1
    knob.value = 2
    assert seen == [1, 2]


def test_an_async_observer_runs_on_the_loop(document: Document, knob: Knob) -> None:
    async def main() -> None:
        done = asyncio.Event()

        async def follow(event: Event) -> None:
            await asyncio.sleep(0)
            assert curdoc() is document
            knob.shown = str(event.new)
            done.set()

        knob.observe(follow, "value")
        knob.value = 1
        assert knob.shown == ""
        await asyncio.wait_for(done.wait(), SECONDS)

    asyncio.run(main())
    assert knob.shown == "1.0"


def test_an_async_observer_without_a_loop_runs_to_its_end(document: Document, knob: Knob) -> None:
    reported: list[BaseException] = []
    document.report = lambda error, where: reported.append(error)

    async def follow(event: Event) -> None:
        await asyncio.sleep(0)
        knob.shown = str(event.new)
        raise KeyError

    knob.observe(follow, "value")
    knob.value = 1
    assert knob.shown == "1.0"
    assert [type(error) for error in reported] == [KeyError]


def test_observers_run_one_at_a_time_whatever_thread_commits(
    document: Document, knob: Knob
) -> None:
    inside, overlaps, order = threading.Lock(), [], []
    started, go = threading.Event(), threading.Event()

    def slow(event: Event) -> None:
        if not inside.acquire(blocking=False):
            overlaps.append(event.new)
            return
        order.append(event.new)
        started.set()
        assert go.wait(SECONDS)
        inside.release()

    knob.observe(slow, "value")
    first = threading.Thread(target=lambda: setattr(knob, "value", 1))
    first.start()
    assert started.wait(SECONDS)
    knob.value = 2
    knob.value = 3
    assert order == [1], "a commit does not wait for observers on another thread"
    go.set()
    first.join(SECONDS)
    assert order == [1, 2, 3]
    assert overlaps == []


def test_observers_go_where_dispatch_says(document: Document, knob: Knob) -> None:
    jobs: list[Callable[[], None]] = []
    seen: list[Event] = []
    document.dispatch = jobs.append
    knob.observe(seen.append)
    knob.value = 1
    assert seen == []
    for job in jobs:
        job()
    assert len(seen) == 1


# Which document


@pytest.fixture
def no_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syncline.document.current._default", None)


@pytest.mark.usefixtures("no_default")
def test_there_is_a_default_document_and_another_may_be_current(document: Document) -> None:
    default = curdoc()
    assert curdoc() is default is not document
    with set_curdoc(document):
        assert curdoc() is document
        with set_curdoc(default):
            assert curdoc() is default
        elsewhere: list[Document] = []
        thread = threading.Thread(target=lambda: elsewhere.append(curdoc()))
        thread.start()
        thread.join()
        assert elsewhere == [default]
    assert curdoc() is default


@pytest.mark.usefixtures("no_default")
def test_a_closed_default_document_is_replaced() -> None:
    closed = curdoc()
    closed.close()
    assert curdoc() is not closed
    assert curdoc() is curdoc()


def test_inside_an_observer_its_document_is_current(document: Document, knob: Knob) -> None:
    seen: list[Document] = []
    knob.observe(lambda event: seen.append(curdoc()))
    knob.value = 1
    assert seen == [document]


def test_a_document_is_found_by_its_id_while_it_is_there() -> None:
    made = Document()
    id = made.id
    assert len(id) == 22
    assert find_document(id) is made
    made.close()
    assert find_document(id) is None
    named = Document(id="mine")
    assert find_document("mine") is named
    del named
    gc.collect()
    assert find_document("mine") is None


def test_title_and_epoch(document: Document) -> None:
    assert document.title == "a title"
    document.title = "other"
    client = Speaker(document.session)
    assert client.pull().content["doc"]["title"] == "other"
    assert document.epoch == client.ack.header["epoch"] != Document().epoch


def test_models_are_selected_by_id_name_and_class(document: Document, knob: Knob) -> None:
    other = Knob(name="x")
    pen = Pen()
    for model in (other, pen):
        document.add_root(model)
    assert document.select(id=knob.id) == [knob]
    assert document.select(name="x") == [other]
    assert document.select(type=Knob) == [knob, other]
    assert document.select(type=Knob, name="x") == [other]
    assert document.select(name="none") == []


def test_closing_ends_every_connection(document: Document) -> None:
    client = live(document.session)
    document.close()
    assert client.peer.close_code == 4404


def test_a_document_and_a_model_show_themselves_through_the_hook(
    document: Document, knob: Knob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(display, "hook", None)
    assert set(knob._repr_mimebundle_()) == {"text/plain"}
    monkeypatch.setattr(display, "hook", lambda shown: {"x/y": shown})
    assert knob._repr_mimebundle_() == {"x/y": knob}
    assert document._repr_mimebundle_() == {"x/y": document}
    assert "1 models" in repr(document)
    assert "Knob" in repr(document)


# What views may do


@pytest.mark.parametrize(
    ("op", "code"),
    [
        (put("text"), "invalid-value"),
        (put("x", "name"), "read-only"),
        (put(1, "nothing"), "invalid-op"),
        ({"op": "del", "m": "py-1", "p": ["value"]}, "invalid-op"),
        ({"op": "root-", "m": "py-1"}, "read-only"),
        ({"op": "title", "v": "x"}, "read-only"),
        ({"op": "drop", "ms": ["py-1"]}, "read-only"),
        ({"op": "msg", "m": "py-1", "name": "secret", "data": None}, "invalid-op"),
        (
            {"op": "splice", "m": "py-1", "p": ["items"], "i": 0, "d": 0, "v": ["x"]},
            "invalid-value",
        ),
        (put([{"$": "ref", "id": "PEN"}], "others"), "invalid-value"),
    ],
)
def test_a_view_may_do_only_what_models_allow(
    document: Document, knob: Knob, op: dict[str, Any], code: str
) -> None:
    pen = document.add_root(Pen())
    before = knob.values()
    text = str(op).replace("py-1", knob.id).replace("PEN", pen.id)
    client = live(document.session)
    client.edit(eval(text))
    answer = client.answer()
    assert (answer.type, answer.content.get("code")) == ("ERROR", code)
    assert knob.values() == before
    client.edit(put(5, m=knob.id))
    assert client.answer().type == "OK"


def test_the_refusal_names_the_property(document: Document, knob: Knob) -> None:
    client = live(document.session)
    client.edit(put("text", m=knob.id))
    assert client.answer().content["text"] == "value: expected a number, got str 'text'"


def test_a_view_makes_a_model_that_is_complete_for_everybody(
    document: Document, knob: Knob
) -> None:
    author, other = live(document.session), live(document.session)
    m = f"{author.client}-1"
    author.edit(
        {"op": "add", "m": m, "type": "test/Knob@1", "props": {}},
    )
    assert author.answer().content["code"] == "read-only"
    author.edit(
        {"op": "add", "m": m, "type": "test/Pen@1", "props": {"colour": "red"}},
        {"op": "splice", "m": knob.id, "p": ["others"], "i": 0, "d": 0, "v": []},
    )
    answer = author.answer()
    assert answer.content["ops"][0]["props"] == {"colour": "red", "width": 1}
    assert answer.content.get("conflicts", []) == []
    (tx,) = other.answer().content["txs"]
    assert tx["ops"][0]["props"] == {"colour": "red", "width": 1}
    pen = document.models[m]
    assert isinstance(pen, Pen)
    assert pen.colour == "red"


def test_a_number_from_a_view_gets_the_propertys_type(document: Document, knob: Knob) -> None:
    client = live(document.session)
    client.edit(put(5, m=knob.id))
    assert client.answer().content == {"verbatim": True}
    assert type(knob.value) is float


# Threads


def test_threads_may_hammer_one_document(document: Document, knob: Knob) -> None:
    seen: list[float] = []
    knob.observe(lambda event: seen.append(event.new), "value")
    rounds, failures = 60, []

    def work(number: int) -> None:
        try:
            for step in range(rounds):
                knob.items.append(number)
                with document.transaction():
                    before = len(knob.items)
                    knob.items.insert(0, number)
                    knob.items.pop()
                    assert len(knob.items) == before
                knob.value = number * 1000 + step
        except BaseException as error:  # noqa: BLE001  it is told by the main thread
            failures.append(error)

    def listen() -> None:
        try:
            client = live(document.session)
            while any(worker.is_alive() for worker in workers):
                client.hear()
                client.edit(put(-1, m=knob.id), base=client.session.log.base)
            client.pull()
        except BaseException as error:  # noqa: BLE001  it is told by the main thread
            failures.append(error)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    reader = threading.Thread(target=listen)
    for thread in (*workers, reader):
        thread.start()
    for thread in (*workers, reader):
        thread.join(SECONDS)
    assert failures == []
    assert len(knob.items) == 6 * rounds
    props = Speaker(document.session).pull().content["doc"]["models"][knob.id]["props"]
    assert props["items"] == knob.items
    assert props["value"] == knob.value
