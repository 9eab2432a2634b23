"""A document over a replica: the models, observers and transactions of any other (decision 16)."""

from __future__ import annotations

import contextlib
import gc
import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import syncline as sl
from syncline.core.columns import Columns
from syncline.core.ops import Set
from syncline.document.remote import RemoteDocument
from syncline.model.event import Event
from syncline.model.state import type_of
from syncline.model.unknown import Unknown
from syncline.sync.link import Link
from syncline.sync.outcome import Outcome
from syncline.transports.memory import MemoryCarrier

HIGHEST = 1000.0


def bounded(value: float) -> float:
    """Adjust a value to a bound that a test may lower between the two ends."""
    return min(value, HIGHEST)


class Dial(sl.Model, type="remote/Dial@1"):
    events = ("press",)
    creatable = True
    value: float = sl.prop(default=1.0, client=True, check=bounded)
    items: list[Any] = sl.prop(default=[], client=True)
    style: dict[str, Any] = sl.prop(default={}, client=True)
    next: Any = sl.prop(default=None, client=True)
    data: Any = sl.prop(default=None, client=True)
    locked: float = sl.prop(default=0.0)


class Strict(Dial, type="remote/Strict@1"):
    """On the session's side its values are checked."""


class Wire:
    """A served document, and a client's document of it in the same process."""

    def __init__(self, **options: Any) -> None:
        self.served = sl.Document("served")
        self.there = Dial(items=[1, 2, 3])
        self.served.add_root(self.there)
        self.document = RemoteDocument(**options)
        self.link = Link(self.document.replica, self._send)
        self.document.on_change = lambda: self.link.flush(0)
        self.connect()
        self.run()

    def connect(self, session: Any = None) -> None:
        self.carrier = MemoryCarrier(
            session or self.served.session, lambda frame: self.link.receive(frame, 0)
        )
        self.link.open(0)
        self.carrier.open()

    def cut(self) -> None:
        self.carrier.close()
        self.link.close()

    def run(self) -> None:
        while self.carrier.send():
            pass

    def _send(self, frame: Any) -> None:
        self.carrier.receive(frame)

    @property
    def dial(self) -> Dial:
        (root,) = self.document.roots
        assert isinstance(root, Dial)
        return root


@pytest.fixture
def wire() -> Wire:
    return Wire()


def seen(model: sl.Model, names: str | None = None) -> list[tuple[str, Any, Any, str]]:
    found: list[tuple[str, Any, Any, str]] = []

    def note(event: Event) -> None:
        found.append((event.name, event.old, event.new, event.origin))

    model.observe(note, names)
    return found


def test_it_has_the_models_of_the_served_document(wire: Wire) -> None:
    assert wire.document.title == "served"
    assert wire.document.status == "live"
    assert wire.dial.items == [1, 2, 3]
    assert wire.dial is not wire.there
    assert wire.document.rev == wire.served.rev
    assert wire.document.epoch == wire.served.epoch
    assert "1 models" in repr(wire.document)
    assert list(wire.document._repr_mimebundle_()) == ["text/plain"]


def test_an_own_edit_is_heard_once_and_the_others_hear_of_it(wire: Wire) -> None:
    here, there = seen(wire.dial), seen(wire.there)
    wire.dial.value = 5
    assert here == [("value", 1.0, 5, wire.document.client)]
    assert wire.document.pending == 1
    wire.run()
    assert wire.document.pending == 0
    assert len(here) == 1
    assert there == [("value", 1.0, 5.0, wire.document.client)]


def test_an_edit_of_another_comes_with_its_author(wire: Wire) -> None:
    here = seen(wire.dial)
    wire.there.value = 7
    wire.there.items.append(4)
    wire.run()
    assert here == [("value", 1.0, 7, "py"), ("items", None, [1, 2, 3, 4], "py")]


def test_edits_inside_lists_and_dicts_go_both_ways(wire: Wire) -> None:
    wire.dial.items.append(4)
    wire.dial.style["color"] = {"h": 1}
    wire.run()
    wire.there.style["color"]["h"] = 2
    wire.there.items.pop(0)
    wire.run()
    assert wire.dial.items == wire.there.items == [2, 3, 4]
    assert wire.dial.style == wire.there.style == {"color": {"h": 2}}


def test_a_refused_edit_falls_back_and_is_told(wire: Wire) -> None:
    here, conflicts = seen(wire.dial), []  # type: ignore[var-annotated]
    wire.document.on_conflict(conflicts.append)
    wire.dial.locked = 5.0
    wire.run()
    assert wire.dial.locked == 0.0
    assert here == [("locked", 0.0, 5.0, wire.document.client), ("locked", 5.0, 0.0, "py")]
    (conflict,) = conflicts
    assert (conflict.kind, conflict.code, conflict.local) == ("refused", "read-only", 5.0)


def test_an_adjusted_edit_takes_the_value_of_the_session(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = seen(wire.dial)
    wire.dial.value = 500
    monkeypatch.setattr(f"{__name__}.HIGHEST", 100.0)
    wire.run()
    assert wire.dial.value == 100
    assert [new for _, _, new, _ in here] == [500, 100]


def test_an_edit_of_another_under_mine_is_heard_when_it_shows(wire: Wire) -> None:
    here = seen(wire.dial)
    wire.there.value = 7
    wire.dial.value = 5
    wire.run()
    assert wire.there.value == wire.dial.value == 5
    assert [new for _, _, new, _ in here] == [5], "what lay below was never shown"


def test_other_properties_of_a_rebase_stay_silent(wire: Wire) -> None:
    wire.dial.items.append("mine")
    wire.dial.style["k"] = 1
    here = seen(wire.dial)
    wire.there.items.insert(0, 0)
    wire.run()
    assert wire.dial.items == [0, 1, 2, 3, "mine"]
    assert [(name, origin) for name, _, _, origin in here] == [("items", "py")]


def _change_and_fail(dial: Dial) -> None:
    dial.value = 2
    raise KeyError


def test_messages_go_both_ways_and_not_to_their_author(wire: Wire) -> None:
    here: list[Any] = []
    there: list[Any] = []
    wire.dial.on("press", lambda event: here.append((event.data, event.origin)))
    wire.there.on("press", lambda event: there.append((event.data, event.origin)))
    wire.document.send(wire.dial, "press", 1)
    wire.served.send(wire.there, "press", 2)
    wire.run()
    assert there == [(1, wire.document.client)]
    assert here == [(2, "py")]


def test_a_transaction_is_one_revision_with_an_outcome(wire: Wire) -> None:
    before = wire.served.rev
    transaction = wire.document.transaction("move", mode="atomic")
    with transaction:
        wire.dial.value = 2
        wire.dial.items.append(4)
    assert not transaction.outcome.settled
    wire.run()
    assert wire.served.rev == before + 1
    assert (transaction.outcome.rev, transaction.outcome.conflicts) == (before + 1, [])


def test_a_failed_transaction_is_undone_and_nobody_hears(wire: Wire) -> None:
    here = seen(wire.dial)
    with pytest.raises(KeyError), wire.document.transaction():
        _change_and_fail(wire.dial)
    assert wire.dial.value == 1
    assert here == []
    assert wire.document.pending == 0


async def test_the_outcome_of_a_transaction_can_be_awaited(wire: Wire) -> None:
    async with (transaction := wire.document.transaction()):
        wire.dial.value = 2
    wire.run()
    outcome: Outcome = await transaction.done
    assert outcome.rev == wire.served.rev


async def test_a_local_document_knows_its_outcome_at_once() -> None:
    document = sl.Document()
    with (transaction := document.transaction()):
        document.title = "t"
    assert (await transaction.done).rev == document.rev
    with (transaction := document.transaction()):
        pass
    assert transaction.outcome.rev is None


async def test_what_an_async_transaction_collects_moves_with_the_edits_of_others(
    wire: Wire,
) -> None:
    async with wire.document.transaction():
        wire.dial.items[2] = "third"
        wire.served.engine.local(Set(wire.there.id, ["value"], 3.0))
        wire.there.items.insert(0, 0)
        wire.run()
    wire.run()
    assert wire.there.items == wire.dial.items == [0, 1, 2, "third"]


def test_new_models_get_ids_of_this_client(wire: Wire) -> None:
    made = Dial(next=Dial(value=3))
    wire.dial.next = made
    assert made.id == f"{wire.document.client}-1"
    wire.run()
    other = wire.there.next
    assert other.id == made.id
    assert other.next.value == 3
    made.value = 9
    wire.run()
    assert other.value == 9


def test_a_root_that_is_refused_leaves_again(wire: Wire) -> None:
    made = Dial()
    wire.document.add_root(made)
    assert made in wire.document.roots
    wire.run()
    assert [made.document] == [None]
    assert made not in wire.document.roots
    made.value = 3
    assert made.value == 3


def test_a_new_model_keeps_its_observers_through_a_rebase(wire: Wire) -> None:
    here: list[Any] = []
    wire.dial.items.append(Dial())
    wire.dial.items[-1].observe(lambda event: here.append(event.new), "value")
    known = id(wire.dial.items[-1])
    wire.there.items.insert(0, 0)
    wire.run()
    gc.collect()
    assert id(wire.dial.items[-1]) == known
    wire.dial.items[-1].value = 4
    wire.run()
    assert here == [4]


def test_a_source_is_named_by_this_client(wire: Wire) -> None:
    wire.dial.data = Columns("py-1", {"x": np.arange(2.0)})
    gen = wire.dial.data.gen
    assert gen.startswith(f"{wire.document.client}-")
    wire.run()
    assert wire.there.data["x"].tolist() == [0, 1]
    assert wire.there.data.gen == gen


def test_edits_made_offline_arrive_later(wire: Wire) -> None:
    states: list[str] = []
    wire.document.on_status(states.append)
    wire.cut()
    wire.dial.items.append("mine")
    wire.there.items.insert(0, 0)
    wire.connect()
    wire.run()
    assert wire.there.items == wire.dial.items == [0, 1, 2, 3, "mine"]
    assert states == ["offline", "connecting", "catching-up", "live"]


def test_objects_and_observers_live_through_another_epoch(wire: Wire) -> None:
    epochs: list[Any] = []
    stop = wire.document.on_epoch(epochs.append)
    dial, here = wire.dial, seen(wire.dial, "value")
    wire.cut()
    dial.items.append("mine")
    rebuilt = sl.Document("rebuilt")
    other = Dial(value=9, items=[5])
    rebuilt.add_root(other)
    wire.connect(rebuilt.session)
    wire.run()
    assert wire.dial is dial
    assert dial.id == other.id
    assert here == [("value", 1.0, 9, "py")]
    assert other.items == dial.items == [5, "mine"]
    assert [(one.new, one.choice) for one in epochs] == [(rebuilt.epoch, "replay")]
    stop()
    stop()


def test_models_made_offline_get_the_new_id_of_their_client(wire: Wire) -> None:
    wire.cut()
    wire.served.session.clients.expire(math.inf)
    wire.dial.next = made = Dial(value=3)
    before = made.id
    wire.connect()
    wire.run()
    assert made.id != before
    assert made.id.startswith(f"{wire.document.client}-")
    assert wire.there.next.id == made.id
    assert wire.dial.next is made


def test_a_snapshot_is_told(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    wire.document.on_resynced(told.append)
    here = seen(wire.dial)
    monkeypatch.setattr("syncline.sync.log.MAX_REVISIONS", 2)
    wire.cut()
    for n in range(5):
        wire.there.value = n
    wire.connect()
    wire.run()
    assert [one.rev for one in told] == [wire.served.rev]
    assert [(name, new) for name, _, new, _ in here] == [("value", 4)]


def test_models_of_an_unknown_type_are_kept_as_they_are(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire.there.next = Strict(value=3, items=[1])
    monkeypatch.setattr("syncline.model.catalogue.find", lambda name, own=None: None)
    wire.run()
    unknown: Any = wire.dial.next
    assert issubclass(type(unknown), Unknown)
    assert type_of(unknown) == type_of(wire.there.next)
    assert (unknown.value, unknown.items) == (3, [1])
    wire.there.next.value = 4
    wire.there.next.items.append(2)
    wire.run()
    assert (unknown.value, unknown.items) == (4, [1, 2])
    with pytest.raises(AttributeError, match="no attribute 'depth'"):
        _ = unknown.depth


def test_held_edits_are_sent_at_the_end(wire: Wire) -> None:
    with wire.document.hold():
        wire.dial.value = 2
        wire.run()
        assert wire.there.value == 1
    wire.run()
    assert wire.there.value == 2


def test_call_soon_runs_behind_what_waits(wire: Wire) -> None:
    order: list[str] = []
    wire.dial.observe(lambda event: order.append("changed"), "value")
    with wire.document.transaction():
        wire.document.call_soon(lambda: order.append("soon"))
        wire.dial.value = 2
    assert order == ["changed", "soon"]


def test_a_callback_may_edit(wire: Wire) -> None:
    wire.dial.observe(lambda event: setattr(wire.dial, "locked", 1.0), "value")
    wire.there.value = 3
    wire.run()
    assert wire.dial.locked == 0.0, "the session refused it"
    wire.dial.unobserve  # noqa: B018


def test_an_error_of_a_listener_is_reported_and_harms_nothing(wire: Wire) -> None:
    errors: list[str] = []
    wire.document.report = lambda error, where: errors.append(str(error))

    def fail(event: Any) -> None:
        raise ValueError("mine")

    wire.document.on_conflict(fail)
    wire.dial.locked = 3.0
    wire.run()
    assert errors == ["mine"]
    assert wire.document.status == "live"


def test_leaving_tells_who_carries_it(wire: Wire) -> None:
    ended: list[bool] = []
    wire.document.on_end = lambda: ended.append(True)
    wire.document.close()
    assert ended == [True]


@pytest.mark.parametrize("undone", [False, True])
def test_call_soon_waits_for_the_end_of_a_transaction(undone: bool) -> None:
    document = Wire().document
    seen: list[str] = []
    with contextlib.suppress(KeyError), document.transaction():
        document.call_soon(lambda: seen.append("soon"))
        assert seen == []
        if undone:
            raise KeyError
    assert seen == ["soon"]


def test_models_of_a_type_that_came_along_are_like_others(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = SimpleNamespace(find=lambda name, own=None: None)
    monkeypatch.setattr("syncline.model.state.catalogue", nothing)
    wire.there.next = Strict(value=3, items=[1])
    wire.run()
    strict: Any = wire.dial.next
    assert issubclass(type(strict), Unknown)
    assert wire.dial.document.state.learned
    strict.items.append(2)
    wire.run()
    assert wire.there.next.items == [1, 2]
    with pytest.raises(sl.PropertyError, match="value: expected"):
        strict.value = "text"


def test_rows_stream_both_ways(wire: Wire) -> None:
    wire.dial.data = sl.Columns({"x": np.arange(2.0)})
    wire.dial.data.stream({"x": [2.0]})
    wire.run()
    wire.there.data.stream({"x": [7.0]})
    wire.dial.data.stream({"x": [8.0]})
    wire.run()
    assert wire.there.data["x"].tolist() == wire.dial.data["x"].tolist() == [0, 1, 2, 7, 8]
    assert wire.there.data.gen.startswith(f"{wire.document.client}-")


def test_a_callback_that_waits_is_told_the_list_that_is_kept_up(wire: Wire) -> None:
    told: list[Any] = []
    wire.dial.style["k"] = "mine"
    wire.dial.observe(lambda event: told.append((event.new, wire.dial.style)), "style")
    with wire.served.hold():
        wire.there.style = {"a": 1}
        wire.there.style = {"k": 2, "a": 1}
        wire.there.style = {"a": 1}
    wire.run()
    assert [new is now for new, now in told] == [True]
    assert wire.dial.style == {"a": 1, "k": "mine"}


def test_models_made_here_are_named_once_however_often_they_are_referred_to(wire: Wire) -> None:
    shared = Dial(data=sl.Columns(x=[1.0]))
    wire.dial.items = [shared, Dial(next=shared), shared]
    first, second, third = wire.dial.items
    assert first is third is second.next is shared
    assert [first.id, second.id] == ["c1-1", "c1-3"]
    wire.run()
    assert wire.there.items[0] is wire.there.items[1].next
    assert {"c1-1", "c1-3"} < set(wire.served.models)
    assert len(wire.served.models) == 3
