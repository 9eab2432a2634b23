"""What a session's kernel gives its server to keep: a frame of each document that is displayed.

The server opens one comm, with what it has kept of an earlier kernel's documents. It says when
these are to be restored, and when the program that fills the documents has run. A frame is sent
soon after its document has changed, though no more than a tenth of the time goes there.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any
from weakref import ref

from syncline.document.current import documents, number_documents
from syncline.document.restore import SchemaChanged, restore
from syncline.document.saved import Writer, read
from syncline.transports.comm import route_by_header

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from syncline.document import Document

_log = logging.getLogger("syncline")

BEAT_SECONDS = 0.1
REST = 9
"""For how many times as long as writing took nothing is written."""
REST_SECONDS = 2.0
SETTLE_SECONDS = 2.0
"""How long callbacks may build what is to be restored next."""
DRAIN_SECONDS = 1.5
"""How long callbacks may take that are under way at the end; a server waits a little longer."""
POLL_SECONDS = 0.01

Message = dict[str, Any]


class KeptDocument:
    """One displayed document, as far as its server is concerned: the document has it."""

    def __init__(self, document: Document, news: Callable[[], object], *, ready: bool) -> None:
        self.document = document
        self.writer = Writer(document, clients_only=not ready)
        self.begun = False
        """Whether it has been given what was kept of it, or is just being given that."""
        self.restored = False
        self._news = news
        self._rev = -1

    @property
    def ended(self) -> bool:
        """Whether the document was closed."""
        return self.document.session.ended is not None

    def wake(self) -> None:
        """Hear that the document may have changed."""
        self._news()

    def frame(self) -> bytes | None:
        """Return the document as it is now, unless the last frame says the same."""
        rev = self.document.session.rev
        if rev == self._rev:
            return None
        # Also where it fails: it is tried again once there is something new.
        self._rev = rev
        self._rev, data = self.writer.frame()
        return data


class Keeping:
    """The documents of this kernel that its server keeps; they live as if it did not."""

    def __init__(self, comm: Any, opened: Message) -> None:
        self._comm = comm
        self._kept: dict[str, ref[KeptDocument]] = {}
        self._lock = threading.Lock()
        """Taken under a document's lock, so nothing of a document is done under it."""
        self._writing = threading.Lock()
        names, frames = opened["content"]["data"]["docs"], opened["buffers"]
        self._saved = {doc: bytes(frame) for doc, frame in zip(names, frames, strict=True)}
        self._restoring = not self._saved
        self._made: frozenset[str] | None = None
        """The documents that there were when the program had run; None before."""
        self._closed = False
        self._news = threading.Event()
        route_by_header(comm)
        comm.on_msg(self._hear)
        threading.Thread(target=self._write_on, name="syncline-keeping", daemon=True).start()

    def add(self, document: Document) -> None:
        """Keep a document from now on, and give it what was kept if that is due already.

        Not one that was made after the program had run: nothing would find it in the next kernel.
        """
        with self._lock:
            made = self._made
            if document.id in self._kept or (made is not None and document.id not in made):
                return
            kept = KeptDocument(document, self._news.set, ready=made is not None)
            self._kept[document.id] = ref(kept)
        document.session.listen(kept.wake)
        if self._restoring:
            self._restore(kept)
        self._news.set()

    def close(self) -> None:
        """Write no more."""
        self._closed = True
        self._news.set()

    def _hear(self, message: Message) -> None:
        match message["content"]["data"].get("say"):
            case "restore":
                self._restore_all()
            case "ready":
                self._be_ready()
            case "write":
                self._write_last()

    def _restore_all(self) -> None:
        with self._lock:
            self._restoring = True
        for kept in self._all():
            self._restore(kept)
        self._news.set()

    def _be_ready(self) -> None:
        with self._lock:
            # Not `documents` itself: another thread may make one meanwhile.
            self._made = frozenset(known.key for known in documents.valuerefs())
        for kept in self._all():
            kept.writer.ready()
        number_documents(None)

    def _all(self) -> Iterator[KeptDocument]:
        with self._lock:
            known = list(self._kept.values())
        return (kept for reference in known if (kept := reference()) is not None)

    def _restore(self, kept: KeptDocument) -> None:
        document = kept.document
        with self._lock:
            if kept.begun:
                return
            kept.begun = True
            saved = self._saved.pop(document.id, None)
        if saved is not None:
            self._give(document, saved)
        kept.restored = True

    def _give(self, document: Document, data: bytes) -> None:
        try:
            saved, _ = read(memoryview(data))
            report = restore(document, saved, lambda: _settle(document))
        except SchemaChanged as changed:
            self._tell("refused", document, text=str(changed))
        except Exception as error:  # noqa: BLE001  this one's fault: the others go on
            self._tell("refused", document, text=repr(error))
        else:
            engine = document.session
            engine.clients.restore(saved.clients(), saved.about.issued, engine.clock())
            self._tell("restored", document, text=str(report), lost=report.lost)

    def _tell(self, say: str, document: Document, **more: object) -> None:
        self._comm.send({"say": say, "doc": document.id, **more})

    def _write_on(self) -> None:
        while self._news.wait() and not self._closed:
            time.sleep(BEAT_SECONDS)
            self._news.clear()
            begun = time.monotonic()
            self._write()
            time.sleep(min(REST * (time.monotonic() - begun), REST_SECONDS))

    def _write_last(self) -> None:
        """Send what has changed, and what callbacks that are under way make of it."""
        self._write()
        end = time.monotonic() + DRAIN_SECONDS
        while self._is_busy and time.monotonic() < end:
            time.sleep(POLL_SECONDS)
        self._write()

    @property
    def _is_busy(self) -> bool:
        # On the main thread they could not go on meanwhile.
        return not _on_main_thread() and any(
            kept.document.observers.is_busy for kept in self._all()
        )

    def _write(self) -> None:
        """Send what has changed; what is still to be restored is kept as it was."""
        with self._writing:
            for doc, reference in list(self._kept.items()):
                kept = reference()
                if kept is None or kept.ended:
                    del self._kept[doc]
                    self._comm.send({"say": "gone", "doc": doc})
                elif kept.restored:
                    self._send(doc, kept)

    def _send(self, doc: str, kept: KeptDocument) -> None:
        try:
            data = kept.frame()
        except Exception:  # noqa: BLE001 - logged
            _log.exception("writing down a document")
            return
        if data is not None:
            self._comm.send({"say": "frame", "doc": doc}, buffers=[data])


def _settle(document: Document) -> None:
    # On the main thread they could not begin meanwhile.
    if not _on_main_thread():
        document.observers.wait(SETTLE_SECONDS)


def _on_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
