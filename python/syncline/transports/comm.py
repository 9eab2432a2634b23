"""The kernel's side of the comm carrier: one comm per page, one for all that a document publishes.

Handlers run on the main shell or on a subshell's thread, while a cell runs or not; everything
here may be entered by several threads at once (SPEC 6.2).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Protocol

from syncline.sync.channel import Channel
from syncline.sync.errors import Close
from syncline.sync.frames import Frame, binary
from syncline.sync.pace import COMM_FLUSH_SECONDS, Pace
from syncline.sync.peer import Peer
from syncline.sync.session import Session
from syncline.transports.publisher import Budget, Publisher, Pumped

__all__ = ["TARGET", "CommCarrier", "DocumentComm", "PageComm"]

TARGET = "syncline.v1"
PROTOCOL = 1

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


class Source(Protocol):
    """What a comm is fed from: a page's peer, or the document's channel."""

    def take(self) -> Frame | None:
        """Return the next frame, or None."""
        ...


class PageComm:
    """One page's comm: it carries the replies, and what the page sends."""

    def __init__(self, comm: Comm, peer: Peer, hub: DocumentComm) -> None:
        self._comm = comm
        self.peer = peer
        self._hub = hub
        # A page's first messages may come by the main shell while later ones come by a subshell.
        self._hearing = threading.Lock()
        self._told = 0
        _route_by_header(comm)

    def open(self) -> None:
        """Greet the page."""
        self._comm.on_msg(self.receive)
        self._comm.on_close(lambda _message: self._hub.leave(self))
        for frame in self.peer.open():
            self.send(frame)

    def receive(self, message: Message) -> None:
        """Take one comm message and send the answers at once."""
        with self._hearing, self._hub.serving():
            self.peer.receive(_frame_in(message))
        self._hub.answer()

    def send(self, frame: Frame) -> None:
        """Publish one frame to this page."""
        _publish(self._comm, frame, self.peer.outbox.inline)

    def close(self, code: int, text: str) -> None:
        """Close the page's comm and say why."""
        self._hub.leave(self)
        _close(self._comm, code, text)

    def tick(self, published: int) -> None:
        """Ping a page that is silent or may have lost the end of a burst; expire its lease."""
        self.peer.tick()
        if self._unsure(published):
            self._told = published
            self.peer.send_ping()

    def _unsure(self, published: int) -> bool:
        # The last message of a burst may be lost without a gap to see (SPEC 5.2).
        return self.peer.seen < published and self._told < published


class DocumentComm:
    """Publishes one document's patches once for all its pages, and feeds each page's own comm."""

    def __init__(self, session: Session, carrier: CommCarrier) -> None:
        self.session = session
        self.pace = Pace(COMM_FLUSH_SECONDS)
        self._carrier = carrier
        self._pages: list[PageComm] = []
        self._channel: Channel | None = None
        # Held while frames go out: one order for the document's comm and the pages' comms.
        self._sending = threading.RLock()
        self._serving: set[int] = set()
        self._comm = _document_comm(session.id)
        self._remove = session.listen(self._wake)

    @property
    def ended(self) -> bool:
        """Whether the document was closed."""
        return self.session.ended is not None

    @property
    def pages(self) -> list[PageComm]:
        """The pages whose lease runs."""
        return list(self._pages)

    def join(self, comm: Comm, *, relayed: bool) -> None:
        """Attach a page; one that is `relayed` sits behind a carrier that loses nothing."""
        with self._sending:
            if self._channel is None:
                # Nobody listened until now, so it starts at head.
                self._channel = Channel(self.session, self._comm.comm_id)
            lossy = not relayed
            peer = Peer(self.session, channel=self._channel, probe=lossy, window=lossy)
            page = PageComm(comm, peer, self)
            self._pages.append(page)
            page.open()

    def leave(self, page: PageComm) -> None:
        """Forget a page; without pages nothing is published."""
        with self._sending:
            if page not in self._pages:
                return
            self._pages.remove(page)
            if not self._pages and self._channel is not None:
                self._channel.close()
                self._channel = None
        page.peer.close()

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Mark this thread as one that will pump, so that its commits need not wake another."""
        me = threading.get_ident()
        self._serving.add(me)
        try:
            with self._carrier.around():
                yield
        finally:
            self._serving.discard(me)

    def pump(self) -> bool:
        """Send what is due, patches first; return False when the budget is spent."""
        with self._sending:
            self.pace.flushed(time.monotonic())
            if self._channel is not None:
                self._channel.inline = any(page.peer.outbox.inline for page in self._pages)
                if not self._feed(self._channel, self._publish):
                    return False
            done = all(self._feed(page.peer, page.send) for page in self.pages)
        self._close_ended()
        return done

    def answer(self) -> None:
        """Send what a page's message led to; what its callbacks change next goes at once too."""
        if not self.pump():
            self._carrier.notify(self)
        self.pace.answered()

    def tick(self) -> None:
        """Look after the lease of each page."""
        channel = self._channel
        for page in self.pages:
            page.tick(channel.cursor if channel is not None else 0)
        self.answer()

    def close(self) -> None:
        """End every page's comm and the document's own: the document is gone."""
        self._remove()
        self._close_ended()
        _withdraw(self._comm)

    def _close_ended(self) -> None:
        for page in self.pages:
            if (code := page.peer.close_code) is not None:
                page.close(code, page.peer.close_text)

    def _feed(self, source: Source, send: Callable[[Frame], None]) -> bool:
        while self._carrier.budget.spend():
            frame = source.take()
            if frame is None:
                self._carrier.budget.refund()
                return True
            send(frame)
        return False

    def _publish(self, frame: Frame) -> None:
        _publish(self._comm, frame, self._channel is not None and self._channel.inline)

    def _wake(self) -> None:
        asked = threading.get_ident() in self._serving
        if self.ended or (self._pages and not asked):
            self._carrier.notify(self)


class CommCarrier:
    """The comm target of one kernel: answers pages, and publishes in the background.

    `find` knows the documents by id; `around` is entered while a page's message is handled.
    """

    def __init__(
        self,
        find: Callable[[str], Session | None],
        around: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self.budget = Budget()
        self.around = around
        self._find = find
        self._lock = threading.Lock()
        self._hubs: dict[str, DocumentComm] = {}
        self._publisher = Publisher(self._ticking, self._retire)

    def open(self, comm: Comm, message: Message) -> None:
        """Answer a page's comm_open; the target's callback."""
        said = message["content"].get("data") or {}
        session = self._find(str(said.get("doc")))
        if said.get("protocol") != PROTOCOL:
            _close(comm, Close.VERSION, f"this kernel speaks protocol {PROTOCOL}")
            return
        if session is None:
            _close(comm, Close.UNKNOWN_SESSION, "this kernel has no such document")
            return
        self._hub(session).join(comm, relayed=said.get("relayed") is True)
        self._publisher.start()

    def notify(self, hub: DocumentComm) -> None:
        """Have a document's changes published soon; any thread."""
        self._publisher.notify(hub)

    def close(self) -> None:
        """End the background thread."""
        self._publisher.stop()

    def _retire(self, hub: Pumped) -> None:
        with self._lock:
            retired = [doc for doc, known in self._hubs.items() if known is hub]
            hubs = [self._hubs.pop(doc) for doc in retired]
        for known in hubs:
            known.close()

    def _hub(self, session: Session) -> DocumentComm:
        with self._lock:
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

    _route_by_header(made)
    made.on_close(register)
    register()
    return made


def _withdraw(made: Any) -> None:
    from comm import get_comm_manager

    # Without a comm_close: it was never opened, and each page has been told on its own comm.
    made.on_close(None)
    made._closed = True
    get_comm_manager().unregister_comm(made)


def _route_by_header(comm: Any) -> None:
    # ipykernel 7.4 sends a page's message to the shell that last sent on the comm: after a cell
    # has touched the document that is the one the cell blocks. The header's subshell is right.
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = None


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


def _publish(comm: Comm, frame: Frame, inline: bool) -> None:
    # What is encoded inline is text; a frame with buffers was made before.
    if inline and isinstance(frame, str):
        comm.send(data={"v": 1, "frame": frame})
    else:
        comm.send(data={"v": 1}, buffers=[binary(frame)])
