"""The kernel's side of comms, without a kernel: the real `comm` package, messages kept in lists."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import comm
import numpy as np
import pytest
from comm.base_comm import BaseComm, CommManager

from syncline.core.ops import Add, RootAdd, Set
from syncline.core.state import PlainState
from syncline.sync.frames import binary, pack, unpack
from syncline.sync.messages import Header
from syncline.sync.pace import Pace
from syncline.sync.session import Session
from syncline.transports import comm as comms
from syncline.transports import publisher
from syncline.transports.clock import ThreadClock
from syncline.transports.comm import CommCarrier
from syncline.transports.parcel import unpacked
from syncline.transports.publisher import Budget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROBE = bytes(range(8))


class Wire:
    """What this process published, in order, and a way to send to it."""

    def __init__(self) -> None:
        self.manager = CommManager()
        self.published: list[tuple[str, str, Any, list[bytes]]] = []
        self.moved = threading.Condition()

    def comm(self, comm_id: str = "page") -> BaseComm:
        made = Recorded(self, comm_id=comm_id, primary=False)
        self.manager.register_comm(made)
        return made

    def types(self, comm_id: str) -> list[str]:
        return [message["msgtype"] for message, _ in self.messages(comm_id)]

    def messages(self, comm_id: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """Return the headers and contents of what is for a page, or for all on a comm."""
        found = []
        for name, kind, data, buffers in self.published:
            if kind != "comm_msg":
                continue
            for to, frame in unpacked({"content": {"data": data}, "buffers": buffers}):
                if (to or name) != comm_id:
                    continue
                assert frame is not None
                envelope, _ = unpack(frame)
                header = {f: getattr(envelope.header, f) for f in Header.__struct_fields__}
                found.append((header, json.loads(bytes(envelope.content))))
        return found


class Recorded(BaseComm):
    """A comm of the real package whose iopub is a list."""

    def __init__(self, wire: Wire, **options: Any) -> None:
        self.wire = wire
        super().__init__(**options)

    def publish_msg(
        self, msg_type: str, data: Any = None, metadata: Any = None, buffers: Any = None, **_: Any
    ) -> None:
        with self.wire.moved:
            self.wire.published.append((self.comm_id, msg_type, data or {}, list(buffers or [])))
            self.wire.moved.notify_all()


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    wire = Wire()
    monkeypatch.setattr(comm, "create_comm", lambda **options: Recorded(wire, **options))
    monkeypatch.setattr(comm, "get_comm_manager", lambda: wire.manager)
    return wire


@pytest.fixture
def session() -> Session:
    session = Session(PlainState(), id="doc", epoch="e1", new_key=lambda: "secret")
    session.begin()
    session.local(Add("py-1", "ui/Slider@1", {"value": 1, "data": None}))
    session.local(RootAdd("py-1"))
    session.commit()
    return session


@pytest.fixture
def carrier(wire: Wire, session: Session) -> Iterator[CommCarrier]:
    with settled_by(session, lambda doc: None) as carrier:
        yield carrier


@contextmanager
def settled_by(session: Session, settle: Callable[[str], None]) -> Iterator[CommCarrier]:
    """Give a carrier that calls `settle` when it has handled a message."""
    carrier = CommCarrier({"doc": session}.get, settle=settle)
    try:
        yield carrier
    finally:
        carrier.close()


def answered_ops(wire: Wire) -> list[list[str]]:
    """Return where the operations lead that the last message for all pages tells of."""
    _, content = wire.messages("syncline-doc")[-1]
    return [op["p"] for tx in content["txs"] for op in tx["ops"]]


def join(carrier: CommCarrier, page: BaseComm, **said: Any) -> BaseComm:
    carrier.open(page, {"content": {"data": {"protocol": 1, "doc": "doc", **said}}})
    return page


def send(page: BaseComm, header: Header, content: Any = None, buffers: Any = ()) -> None:
    frame = binary(pack(header, content or {}, buffers))
    page.handle_msg({"content": {"data": {"v": 1}}, "buffers": [memoryview(frame)]})


def pull(page: BaseComm, buffers: Any = (PROBE,)) -> None:
    send(page, Header(msgid="c-1", msgtype="PULL-DOC-REQ"), {}, buffers)


def edit(page: BaseComm, client: str, base: int, value: Any, seq: int = 1) -> None:
    header = Header(msgid="c-2", msgtype="PATCH-DOC", client=client, seq=seq, base=base, epoch="e1")
    send(page, header, {"ops": [{"op": "set", "m": "py-1", "p": ["value"], "v": value}]})


def hub(carrier: CommCarrier) -> Any:
    return carrier._hubs["doc"]


def test_the_ack_names_the_channel_and_asks_for_the_probe(carrier: CommCarrier, wire: Wire) -> None:
    join(carrier, wire.comm())
    header, content = wire.messages("page")[0]
    assert (header["msgtype"], header["probe"], header["buffers"]) == ("ACK", True, 1)
    assert content["channel"] == "syncline-doc"


@pytest.mark.parametrize("relayed", [False, True])
def test_a_page_behind_a_relay_proves_and_acknowledges_nothing(
    carrier: CommCarrier, wire: Wire, relayed: bool
) -> None:
    page = join(carrier, wire.comm(), relayed=relayed)
    header, content = wire.messages("page")[0]
    assert (header["probe"], content["window"] is None) == (not relayed, relayed)
    pull(page, () if relayed else (PROBE,))
    for number in range(40):
        send(page, Header(msgid=f"p-{number}", msgtype="PING"))
    with wire.moved:
        assert wire.moved.wait_for(lambda: len(wire.types("page")) >= (42 if relayed else 32), 10)
    assert hub(carrier).pages[0].peer.outbox.inline is False


def test_the_documents_comm_is_never_announced(carrier: CommCarrier, wire: Wire) -> None:
    join(carrier, wire.comm())
    assert "comm_open" not in [kind for _, kind, _, _ in wire.published]
    assert "syncline-doc" in wire.manager.comms


def test_every_frame_is_one_buffer_in_binary_form(carrier: CommCarrier, wire: Wire) -> None:
    pull(join(carrier, wire.comm()))
    assert [(name, data, len(buffers)) for name, _, data, buffers in wire.published] == [
        ("page", {"v": 1, "to": [None]}, 1),
        ("syncline-doc", {"v": 1, "to": ["page"]}, 1),
    ]


def test_an_unknown_document_is_refused_with_a_code(carrier: CommCarrier, wire: Wire) -> None:
    join(carrier, wire.comm(), doc="another")
    _, kind, data, _ = wire.published[-1]
    assert (kind, data["code"]) == ("comm_close", 4404)


def test_a_patch_and_the_reply_to_its_author_are_one_message_in_this_order(
    carrier: CommCarrier, wire: Wire, session: Session
) -> None:
    page = join(carrier, wire.comm())
    pull(page)
    edit(page, "c1", session.rev, 5)
    assert [data["to"] for _, _, data, _ in wire.published] == [[None], ["page"], [None]]
    assert wire.types("page") == ["ACK", "PULL-DOC-REPLY"]
    session.local(Set("py-1", ["value"], 7))
    # It has not seen that: the reply tells the conflict.
    edit(page, "c1", session.rev - 1, 8, seq=2)
    assert wire.published[-1][2]["to"] == [None, "page"]
    assert wire.types("page") == ["ACK", "PULL-DOC-REPLY", "OK"]


def test_what_a_pages_message_leads_to_is_not_paced(
    carrier: CommCarrier, wire: Wire, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comms, "COMM_FLUSH_SECONDS", 60.0)
    page = join(carrier, wire.comm())
    pull(page)
    edit(page, "c1", session.rev, 5)
    session.local(Set("py-1", ["value"], 6))
    with wire.moved:
        assert wire.moved.wait_for(lambda: len(wire.types("syncline-doc")) == 2, 10)


def test_what_the_callbacks_of_a_message_change_is_in_the_answer(
    wire: Wire, session: Session
) -> None:
    told: list[str] = []

    def settle(doc: str) -> None:
        told.append(doc)
        thread = threading.Thread(target=session.local, args=(Set("py-1", ["data"], session.rev),))
        thread.start()
        thread.join()

    with settled_by(session, settle) as carrier:
        page = join(carrier, wire.comm())
        pull(page)
        told.clear()
        edit(page, "c1", session.rev, 5)
    assert told == ["doc"]
    assert answered_ops(wire) == [["value"], ["data"]]
    assert len(wire.published) == 3


def test_who_makes_the_callbacks_of_a_message_sends_its_answer_at_once(
    wire: Wire, session: Session
) -> None:
    sent: list[int] = []

    def settle(doc: str) -> None:
        def callback() -> None:
            session.local(Set("py-1", ["data"], session.rev))
            before = len(wire.published)
            kernels.hasten(doc)
            sent.append(len(wire.published) - before)

        thread = threading.Thread(target=callback)
        thread.start()
        thread.join()

    with settled_by(session, settle) as kernels:
        page = join(kernels, wire.comm())
        pull(page)
        sent.clear()
        edit(page, "c1", session.rev, 5)
    assert sent == [1]
    assert answered_ops(wire) == [["value"], ["data"]]


def test_without_a_message_to_be_answered_the_pace_stays(
    carrier: CommCarrier, wire: Wire, session: Session
) -> None:
    pull(join(carrier, wire.comm()))
    carrier._publisher.stop()
    before = len(wire.published)
    session.local(Set("py-1", ["value"], 7))
    carrier.hasten("doc")
    carrier.hasten("nobody's")
    assert len(wire.published) == before


def test_a_page_that_is_alone_hears_everything_on_its_own_comm(
    carrier: CommCarrier, wire: Wire, session: Session
) -> None:
    other = join(carrier, wire.comm("other"))
    hub(carrier).join(alone := wire.comm("alone"), relayed=False, alone=True)
    assert wire.messages("alone")[0][1].get("channel") is None
    pull(other)
    pull(alone)
    edit(other, "c1", session.rev, 5)
    edit(alone, "c2", session.rev, 6)
    assert wire.types("alone") == ["ACK", "PULL-DOC-REPLY", "PATCH-DOC", "OK"]
    assert wire.types("other") == ["ACK", "PULL-DOC-REPLY"]
    assert wire.types("syncline-doc") == ["PATCH-DOC", "PATCH-DOC"]
    assert {to for name, _, data, _ in wire.published if name == "alone" for to in data["to"]} == {
        None
    }
    other.handle_close({"content": {"data": {}}})
    session.local(Set("py-1", ["value"], 9))
    hub(carrier).pump()
    assert wire.types("alone")[-1] == "PATCH-DOC"
    assert wire.types("syncline-doc") == ["PATCH-DOC", "PATCH-DOC"]


def test_a_message_is_full_before_it_is_too_large(
    carrier: CommCarrier, wire: Wire, session: Session
) -> None:
    page = join(carrier, wire.comm())
    pull(page)
    carrier._publisher.stop()
    before = len(wire.published)
    session.local(Set("py-1", ["data"], "x" * 100_000))
    session.local(Set("py-1", ["value"], 4))
    edit(page, "c1", session.rev - 1, 5)
    assert [data["to"] for _, _, data, _ in wire.published[before:]] == [[None], ["page"]]


class Hub:
    """A document as the publisher sees it."""

    ended = False

    def __init__(self, due: float = 0.0, fault: Exception | None = None) -> None:
        self.pace = Pace(0)
        self.pace.due = due
        self.fault = fault
        self.pumped = threading.Event()

    def pump(self) -> bool:
        self.pumped.set()
        if self.fault:
            raise self.fault
        return True

    def tick(self) -> None:
        """Need no looking after."""


def test_no_document_waits_for_the_pace_or_the_fault_of_another() -> None:
    thread = publisher.Publisher(list, lambda _hub: None, ThreadClock())
    paced, faulty, quick = Hub(time.monotonic() + 60), Hub(fault=ValueError("ours")), Hub()
    thread.start()
    try:
        for hub in (paced, faulty, quick):
            thread.notify(hub)
        assert quick.pumped.wait(10)
        assert not paced.pumped.is_set()
        paced.pace.answered()
        thread.notify(paced)
        assert paced.pumped.wait(10)
    finally:
        thread.stop()


def test_patches_are_published_once_for_all_pages(
    carrier: CommCarrier, wire: Wire, session: Session
) -> None:
    one, two = join(carrier, wire.comm("one")), join(carrier, wire.comm("two"))
    pull(one)
    pull(two)
    edit(one, "c1", session.rev, 5)
    assert wire.types("syncline-doc") == ["PATCH-DOC"]
    assert wire.types("two") == ["ACK", "PULL-DOC-REPLY"]


def test_without_a_page_nothing_is_published(
    carrier: CommCarrier, wire: Wire, session: Session
) -> None:
    page = join(carrier, wire.comm())
    pull(page)
    mine = hub(carrier)
    page.handle_close({"content": {"data": {}}})
    session.local(Set("py-1", ["value"], 9))
    mine.pump()
    assert wire.types("syncline-doc") == []


def test_a_page_that_lost_the_probe_makes_arrays_inline_for_all(
    carrier: CommCarrier, wire: Wire, session: Session
) -> None:
    page = join(carrier, wire.comm())
    pull(page, ())
    session.local(Set("py-1", ["data"], np.array([1.0, 2.0])))
    hub(carrier).pump()
    _, _, data, buffers = wire.published[-1]
    assert buffers == []
    tx = json.loads(data["frames"][0])["content"]["txs"][0]
    assert tx["ops"][0]["v"]["b64"] == "AAAAAAAA8D8AAAAAAAAAQA=="
    assert "nbuf" not in tx


def test_a_text_frame_beside_no_buffer_is_understood(carrier: CommCarrier, wire: Wire) -> None:
    page = join(carrier, wire.comm())
    frame = pack(Header(msgid="c-1", msgtype="PULL-DOC-REQ", inline=True), {})
    page.handle_msg({"content": {"data": {"v": 1, "frame": frame}}, "buffers": []})
    header, _ = wire.messages("page")[-1]
    assert (header["msgtype"], header["inline"]) == ("PULL-DOC-REPLY", True)


def test_a_message_without_a_frame_is_answered_with_an_error(
    carrier: CommCarrier, wire: Wire
) -> None:
    page = join(carrier, wire.comm())
    page.handle_msg({"content": {"data": [1]}, "buffers": []})
    assert wire.messages("page")[-1][1]["code"] == "bad-message"


def test_the_documents_comm_is_registered_again_when_closed(
    carrier: CommCarrier, wire: Wire
) -> None:
    join(carrier, wire.comm())
    wire.manager.comm_close(None, "", {"content": {"comm_id": "syncline-doc"}})  # type: ignore[arg-type]
    assert "syncline-doc" in wire.manager.comms


def test_a_silent_page_is_pinged_and_then_dropped(
    carrier: CommCarrier, wire: Wire, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = join(carrier, wire.comm())
    pull(page)
    now, mine = time.monotonic(), hub(carrier)
    for seconds in (21, 41):
        monkeypatch.setattr(session, "clock", lambda seconds=seconds: now + seconds)
        mine.tick()
        assert wire.types("page")[-1] == "PING"
        assert mine.pages
    monkeypatch.setattr(session, "clock", lambda: now + 61)
    mine.tick()
    assert not mine.pages
    _, kind, data, _ = wire.published[-1]
    assert (kind, data["code"]) == ("comm_close", 4408)


def test_a_page_that_answers_keeps_its_lease(
    carrier: CommCarrier, wire: Wire, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = join(carrier, wire.comm())
    pull(page)
    now = time.monotonic()
    for seconds in (21, 42, 63, 84):
        monkeypatch.setattr(session, "clock", lambda seconds=seconds: now + seconds)
        hub(carrier).tick()
        send(page, Header(msgid="c-2", msgtype="OK", reqid="s-3"))
    assert hub(carrier).pages


def test_the_end_of_a_burst_is_asked_about_ever_more_rarely_until_it_is_seen(
    carrier: CommCarrier, wire: Wire, session: Session
) -> None:
    page = join(carrier, wire.comm())
    pull(page)
    carrier._publisher.stop()
    session.local(Set("py-1", ["value"], 9))
    hub(carrier).pump()
    asked = []
    for _ in range(9):
        hub(carrier).tick()
        asked.append(wire.types("page").count("PING"))
    assert asked == [1, 2, 3, 3, 4, 4, 4, 4, 5]
    header, _ = wire.messages("page")[-1]
    assert (header["msgtype"], header["rev"]) == ("PING", session.rev)
    send(page, Header(msgid="c-2", msgtype="OK", reqid="s-3", seen=session.rev))
    for _ in range(9):
        hub(carrier).tick()
    assert wire.types("page").count("PING") == 5


def test_the_routing_to_the_last_sender_is_switched_off(carrier: CommCarrier, wire: Wire) -> None:
    page = wire.comm()
    page._reply_subshell_for = lambda data, default: default  # type: ignore[attr-defined]
    join(carrier, page)
    assert page._reply_subshell_for is None  # type: ignore[attr-defined]


def test_a_budget_is_spent_and_comes_back() -> None:
    budget = Budget(rate=0.001, burst=2)
    assert [budget.spend() for _ in range(3)] == [True, True, False]
    budget.refund()
    assert budget.spend()
