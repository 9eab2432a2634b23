"""What a session's kernel gives its server to keep: a frame of each document that is displayed.

The server opens one comm, with what it has kept of an earlier kernel's documents. It says when
these are to be restored, and when the program that fills the documents has run. A frame is sent
soon after its document has changed, though no more than a tenth of the time goes there.
"""

from __future__ import annotations

import logging
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from weakref import ref

from syncline.document.restore import SchemaChanged, restore
from syncline.document.saved import Writer, read
from syncline.transports.comm import route_by_header

if TYPE_CHECKING:
    from syncline.document import Document

_log = logging.getLogger("syncline")

BEAT_SECONDS = 0.1
REST = 9
"""For how many times as long as writing took nothing is written."""
REST_SECONDS = 2.0
SETTLE_SECONDS = 2.0
"""How long callbacks may build what is to be restored next."""

Message = dict[str, Any]


class KeptDocument:
    """One displayed document, as far as its server is concerned; it does not keep it alive."""

    def __init__(self, document: Document, *, ready: bool) -> None:
        self.document = ref(document)
        self.writer = Writer(document, clients_only=not ready)
        self.restored = False
        self._rev = -1

    @property
    def gone(self) -> bool:
        """Whether nobody has the document any more, or it was closed."""
        document = self.document()
        return document is None or document.session.ended is not None

    def frame(self) -> bytes | None:
        """Return the document as it is now, unless the last frame says the same."""
        document = self.document()
        if document is None or document.session.rev == self._rev:
            return None
        self._rev, data = self.writer.frame()
        return data


class Keeping:
    """The documents of this kernel that its server keeps."""

    def __init__(self, comm: Any, opened: Message) -> None:
        self._comm = comm
        self._kept: dict[str, KeptDocument] = {}
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        names, frames = opened["content"]["data"]["docs"], opened["buffers"]
        self._saved = {doc: bytes(frame) for doc, frame in zip(names, frames, strict=True)}
        self._restoring = not self._saved
        self._ready = self._closed = False
        self._news = threading.Event()
        route_by_header(comm)
        comm.on_msg(self._hear)
        threading.Thread(target=self._write_on, name="syncline-keeping", daemon=True).start()

    def add(self, document: Document) -> None:
        """Keep a document from now on, and give it what was kept if that is due already."""
        with self._lock:
            if document.id in self._kept:
                return
            kept = KeptDocument(document, ready=self._ready)
            self._kept[document.id] = kept
        document.session.listen(self._news.set)
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
                self._write()

    def _restore_all(self) -> None:
        with self._lock:
            self._restoring = True
            all = list(self._kept.values())
        for kept in all:
            self._restore(kept)
        self._news.set()

    def _be_ready(self) -> None:
        with self._lock:
            self._ready = True
            all = list(self._kept.values())
        for kept in all:
            kept.writer.ready()

    def _restore(self, kept: KeptDocument) -> None:
        document = kept.document()
        with self._lock:
            saved = None if document is None else self._saved.pop(document.id, None)
        if document is not None and saved is not None:
            try:
                self._tell(self._restored(document, saved))
            except SchemaChanged as changed:
                self._tell(f"not restored: {changed}", lost=True)
            except Exception as error:  # noqa: BLE001  this one's fault: the others go on
                self._tell(f"not restored: {error!r}", lost=True)
        kept.restored = True

    def _restored(self, document: Document, data: bytes) -> str:
        saved, _ = read(memoryview(data))
        report = restore(document, saved, lambda: _settle(document))
        engine = document.session
        engine.clients.restore(saved.clients(), saved.about.issued, engine.clock())
        return str(report)

    def _tell(self, text: str, *, lost: bool = False) -> None:
        self._comm.send({"say": "report", "text": text, "lost": lost})

    def _write_on(self) -> None:
        while self._news.wait() and not self._closed:
            time.sleep(BEAT_SECONDS)
            self._news.clear()
            begun = time.monotonic()
            self._write()
            time.sleep(min(REST * (time.monotonic() - begun), REST_SECONDS))

    def _write(self) -> None:
        """Send what has changed; what is still to be restored is kept as it was."""
        with self._writing:
            for doc, kept in list(self._kept.items()):
                if kept.gone:
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
    if threading.current_thread() is not threading.main_thread():
        with suppress(TimeoutError):
            document.observers.wait(SETTLE_SECONDS)
