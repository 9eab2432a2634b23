"""The kernel's side of the comm carrier: one comm per page, one for all that a document publishes.

Handlers run on the main shell or on a subshell's thread, while a cell runs or not; everything
here may be entered by several threads at once (SPEC 6.2).
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Protocol

from syncline.sync.channel import Channel
from syncline.sync.errors import Close
from syncline.sync.messages import VERSION
from syncline.sync.pace import COMM_FLUSH_SECONDS, Pace
from syncline.sync.peer import Peer
from syncline.sync.session import Session
from syncline.transports.clock import Clock, ThreadClock
from syncline.transports.parcel import Parcel, Source
from syncline.transports.publisher import Budget, Publisher, Pumped

__all__ = ["TARGET", "CommCarrier", "DocumentComm", "PageComm", "route_by_header"]

TARGET = "syncline.v1"

Message = dict[str, Any]


class Comm(Protocol):
    """The part of `comm.BaseComm` that is used here."""

    comm_id: str

    def send(self, data: Any = None, metadata: Any = None, buffers: Any = None) -> None:
        """Publish a message."""
        ...

    def close(self, data: Any = None) -> None:
        """Publish the end."""
        ...

    def on_msg(self, callback: Callable[[Message], None] | None) -> None:
        """Set what takes the messages."""
        ...

    def on_close(self, callback: Callable[[Message], None] | None) -> None:
        """Set what is told of the end."""
        ...


class PageComm:
    """One page's comm, by which it speaks; one that is `alone` hears everything there, too."""

    def __init__(self, comm: Comm, peer: Peer, hub: DocumentComm) -> None:
        self.comm = comm
        self.peer = peer
        self.subshell: str | None = None
        """By which subshell it speaks, where it has one."""
        self._hub = hub
        # A page's first messages may come by the main shell while later ones come by a subshell.
        self._hearing = threading.Lock()
        # The revision this page was last asked about, and how many ticks ago.
        self._asked, self._ago = 0, 0
        route_by_header(comm)

    @property
    def alone(self) -> bool:
        """Whether it does not listen on the document's comm."""
        return self.peer.channel is None

    def open(self) -> None:
        """Greet the page."""
        self.comm.on_msg(self.receive)
        self.comm.on_close(lambda _message: self._hub.leave(self))
        greeting = Parcel()
        for frame in self.peer.open():
            greeting.add(None, frame)
        greeting.send(self.comm)

    def receive(self, message: Message) -> None:
        """Take one comm message and send the answers, with what its callbacks changed."""
        self.subshell = message.get("header", {}).get("subshell_id")
        with self._hub.answering(), self._hearing:
            self.peer.receive(_frame_in(message))

    def close(self, code: int, text: str) -> None:
        """Close the page's comm and say why."""
        self._hub.leave(self)
        _close(self.comm, code, text)
        if code == Close.SLOW_CONSUMER and self.subshell is not None:
            self._hub.abandon(self.subshell)

    def tick(self) -> None:
        """Ping a page that is silent or may have lost the end of a burst; expire its lease."""
        self.peer.tick()
        published = self.peer.outbox.place
        if self.peer.seen >= published:
            return
        # The last message of a burst may be lost without a gap to see, and the PING after it, too.
        self._ago = 0 if self._asked < published else self._ago + 1
        self._asked = published
        if self._ago & (self._ago - 1) == 0:
            self.peer.send_ping()


class DocumentComm:
    """Publishes one document's patches once for all its pages, with what is for one of them."""

    def __init__(self, session: Session, carrier: CommCarrier) -> None:
        self.session = session
        self.pace = Pace(COMM_FLUSH_SECONDS)
        self._carrier = carrier
        self._pages: list[PageComm] = []
        self._channel: Channel | None = None
        # Held while frames go out: one order for the document's comm and the pages' comms.
        self._sending = threading.RLock()
        # How many threads are going to pump anyhow, so that commits need not wake another.
        self._answering = 0
        self._left = False
        # Made for the first page that listens there: not every host has such comms.
        self._comm: Comm | None = None
        self._remove = session.listen(self._wake)

    @property
    def ended(self) -> bool:
        """Whether the document was closed, or its last page has left: the next begins anew."""
        return self.session.ended is not None or (self._left and not self._pages)

    @property
    def pages(self) -> list[PageComm]:
        """The pages whose lease runs."""
        return list(self._pages)

    def join(self, comm: Comm, *, relayed: bool, alone: bool = False) -> None:
        """Attach a page; one that is `relayed` sits behind a carrier that loses nothing.

        One that is `alone` has no other comm than this: it gets the patches there as well.
        """
        with self._sending:
            if self._channel is None and not alone:
                if self._comm is None:
                    self._comm = _document_comm(self.session.id)
                # Nobody listened until now, so it starts at head.
                self._channel = Channel(self.session, self._comm.comm_id)
            channel = None if alone else self._channel
            lossy = not relayed
            page = PageComm(
                comm, Peer(self.session, channel=channel, probe=lossy, window=lossy), self
            )
            self._pages.append(page)
            page.open()

    def leave(self, page: PageComm) -> None:
        """Forget a page; without pages nothing is published, and the document is not kept."""
        with self._sending:
            if page not in self._pages:
                return
            self._pages.remove(page)
            self._left = True
            if self._channel is not None and all(page.alone for page in self._pages):
                self._channel.close()
                self._channel = None
        page.peer.close()
        if self.ended:
            self._carrier.notify(self)

    def abandon(self, subshell: str) -> None:
        """Have the subshell of a page that was not heard of any more ended."""
        self._carrier.abandon(subshell)

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Handle a page's message, give its callbacks a moment, and send what that led to."""
        with self._sending:
            self._answering += 1
        try:
            with self._carrier.around():
                yield
            self._carrier.settle(self.session.id)
        finally:
            with self._sending:
                self._answering -= 1
            self.answer()

    def pump(self) -> bool:
        """Send what is due, patches first; return False when the budget is spent."""
        with self._sending:
            self.pace.flushed(time.monotonic())
            done = self._pump_shared() and all(
                self._empty(page.comm, [(None, page.peer)], inline=page.peer.outbox.inline)
                for page in self.pages
                if page.alone
            )
        self._close_ended()
        return done

    def answer(self) -> None:
        """Send what a page's message led to; what its callbacks change next goes at once too."""
        if not self.pump():
            self._carrier.notify(self)
        self.pace.answered()

    def hasten(self) -> None:
        """Send what is due if a handler is about to: it is waiting for what was just done."""
        # Not behind another thread that sends: the main thread is not to wait for that.
        if self._answering and self._sending.acquire(blocking=False):
            try:
                self.pump()
            finally:
                self._sending.release()

    def tick(self) -> None:
        """Look after the lease of each page."""
        for page in self.pages:
            page.tick()
        self.answer()

    def close(self) -> None:
        """End every page's comm and the document's own: the document is gone."""
        self._remove()
        self._close_ended()
        if self._comm is not None:
            _withdraw(self._comm)

    def _close_ended(self) -> None:
        for page in self.pages:
            if (code := page.peer.close_code) is not None:
                page.close(code, page.peer.close_text)

    def _pump_shared(self) -> bool:
        channel, comm = self._channel, self._comm
        if channel is None or comm is None:
            return True
        pages = [page for page in self._pages if not page.alone]
        channel.inline = any(page.peer.outbox.inline for page in pages)
        sources: list[tuple[str | None, Source]] = [(None, channel)]
        sources += [(page.comm.comm_id, page.peer) for page in pages]
        return self._empty(comm, sources, inline=channel.inline)

    def _empty(
        self, comm: Comm, sources: Sequence[tuple[str | None, Source]], *, inline: bool
    ) -> bool:
        while self._carrier.budget.spend():
            parcel = Parcel(inline=inline)
            for to, source in sources:
                parcel.fill(to, source)
            if not parcel.frames:
                self._carrier.budget.refund()
                return True
            parcel.send(comm)
        return False

    def _wake(self) -> None:
        if self.ended or (self._pages and not self._answering):
            self._carrier.notify(self)


class CommCarrier:
    """The comm target of one kernel: answers pages, and publishes in the background.

    `find` knows the documents by id; `around` is entered while a page's message is handled, and
    `settle` called after it: it waits a moment for the callbacks of a document. `clock` gives the
    turns to publish. `end_subshell` is called with the subshells of pages that have vanished: one
    that is closed ends its own.
    """

    def __init__(
        self,
        find: Callable[[str], Session | None],
        around: Callable[[], AbstractContextManager[None]] = nullcontext,
        settle: Callable[[str], object] = lambda _doc: None,
        clock: Clock | None = None,
        end_subshell: Callable[[str], object] = lambda _subshell: None,
    ) -> None:
        self.budget = Budget()
        self.around = around
        self.settle = settle
        self._end_subshell = end_subshell
        self._find = find
        self._lock = threading.Lock()
        self._hubs: dict[str, DocumentComm] = {}
        self._publisher = Publisher(self._ticking, self._retire, clock or ThreadClock())

    def open(self, comm: Comm, message: Message, *, alone: bool = False) -> None:
        """Answer a page's comm_open; `alone` as in `DocumentComm.join`."""
        said = message["content"].get("data") or {}
        session = self._find(str(said.get("doc")))
        if said.get("protocol") != VERSION:
            _close(comm, Close.VERSION, f"this kernel speaks protocol {VERSION}")
            return
        if session is None:
            _close(comm, Close.UNKNOWN_SESSION, "this kernel has no such document")
            return
        self.join(comm, session, relayed=said.get("relayed") is True, alone=alone)

    def join(self, comm: Comm, session: Session, *, relayed: bool, alone: bool = False) -> None:
        """Attach a page of a document, as `DocumentComm.join` does."""
        # Under the lock: the hub is not to be retired meanwhile.
        with self._lock:
            self._hub(session).join(comm, relayed=relayed, alone=alone)
        self._publisher.start()

    def peers(self, doc: str) -> list[Peer]:
        """Return who looks at a document this way."""
        with self._lock:
            hub = self._hubs.get(doc)
        return [page.peer for page in hub.pages] if hub is not None else []

    def notify(self, hub: DocumentComm) -> None:
        """Have a document's changes published soon; any thread."""
        self._publisher.notify(hub)

    def hasten(self, doc: str) -> None:
        """Send the answer to a message of a page now, if its handler is waiting for callbacks."""
        hub = self._hubs.get(doc)
        if hub is not None:
            hub.hasten()

    def abandon(self, subshell: str) -> None:
        """End a subshell by which a page spoke that has vanished, if no other page does."""
        # Not under the lock: who retires a hub has it, and closes pages.
        pages = [page for hub in list(self._hubs.values()) for page in hub.pages]
        if all(page.subshell != subshell for page in pages):
            self._end_subshell(subshell)

    def close(self) -> None:
        """Publish no more."""
        self._publisher.stop()

    def _retire(self, hub: Pumped) -> None:
        with self._lock:
            retired = [doc for doc, known in self._hubs.items() if known is hub and hub.ended]
            # Under the lock: the next hub's comm has the same name.
            for doc in retired:
                self._hubs.pop(doc).close()

    def _hub(self, session: Session) -> DocumentComm:
        if session.id not in self._hubs:
            self._hubs[session.id] = DocumentComm(session, self)
        return self._hubs[session.id]

    def _ticking(self) -> list[Pumped]:
        with self._lock:
            return [hub for hub in self._hubs.values() if hub.pages]


def _document_comm(doc: str) -> Comm:
    from comm import create_comm, get_comm_manager

    # Not primary: an announced comm is closed, for everybody, by each page without the target.
    made = create_comm(target_name=TARGET, comm_id=f"syncline-{doc}", primary=False)

    def register(_message: Message | None = None) -> None:
        # Any front end can close any comm; this one stays.
        made._closed = False  # the one way to open it again without an announcement
        get_comm_manager().register_comm(made)

    route_by_header(made)
    _without_parent(made)
    made.on_close(register)
    register()
    return made


def _withdraw(made: Any) -> None:
    from comm import get_comm_manager

    # Without a comm_close: it was never opened, and each page has been told on its own comm.
    made.on_close(None)
    made._closed = True
    get_comm_manager().unregister_comm(made)


def route_by_header(comm: Any) -> None:
    """Have a comm's messages handled where they were sent to."""
    # ipykernel 7.4 sends a page's message to the shell that last sent on the comm: after a cell
    # has touched the document that is the one the cell blocks. The header's subshell is right.
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = None


class Unasked:
    """A kernel as what publishes sees it that answers no request."""

    def __init__(self, kernel: Any) -> None:
        self._kernel = kernel

    def __getattr__(self, name: str) -> Any:
        return getattr(self._kernel, name)

    def get_parent(self, _channel: str | None = None) -> Message:
        """Return the request that runs: none."""
        return {}


def _without_parent(comm: Any) -> None:
    # Else each message repeats a header of some page or cell, to all that listen.
    base = sys.modules.get("ipykernel.kernelbase")
    if base is not None and base.Kernel.initialized() and hasattr(comm, "kernel"):
        comm.kernel = Unasked(base.Kernel.instance())


def _close(comm: Comm, code: int, text: str) -> None:
    comm.close(data={"code": int(code), "text": text})


def _frame_in(message: Message) -> Any:
    """Return the frame of a comm message; what is none is left to the peer to refuse."""
    buffers = message.get("buffers") or []
    if len(buffers) == 1:
        return buffers[0]
    data = message["content"].get("data")
    frame = data.get("frame") if isinstance(data, dict) else None
    return frame if isinstance(frame, str) else ""
