"""What one kernel process serves: its displayed documents, over comms and over its endpoint."""

from __future__ import annotations

import atexit
import contextlib
import functools
import logging
import os
import threading
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from syncline.callbacks import Callbacks, deferred
from syncline.document import threads
from syncline.document.observers import log_error
from syncline.kernel.hosts import Shims
from syncline.kernel.keeping import Keeping
from syncline.kernel.mounts import Mounts
from syncline.kernel.process import (
    connection_file,
    end_subshell,
    main_loop,
    register_target,
    send_published,
    shell_of,
)
from syncline.kernel.voice import Voice
from syncline.sync.messages import VERSION
from syncline.transports.clock import LoopClock, ThreadClock
from syncline.transports.comm import CommCarrier
from syncline.transports.endpoint import Endpoint
from syncline.transports.overview import MOST_TYPES, Overview, Viewer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syncline.document import Document
    from syncline.sync.peer import Peer
    from syncline.sync.session import Session

log = logging.getLogger("syncline")

MOUNT = "ui/Mount@1"
SETTLE_SECONDS = 0.004
"""How long an answer waits for the callbacks it caused."""


class Runtime:
    """The documents of this kernel and the two ways to them.

    It keeps none of them: what a cell shows is kept by `mounts`, what a page shows by its carrier.
    """

    def __init__(self, kernel: Any) -> None:
        self.pid = os.getpid()
        self._main = main = main_loop(kernel)
        one_thread = getattr(kernel, "one_thread", not threads.available)
        self._alone = main is not None and one_thread
        clock = LoopClock(main) if main is not None and self._alone else ThreadClock()
        end = functools.partial(end_subshell, kernel)
        around = functools.partial(_handling, kernel)
        self.comms = CommCarrier(self.find, around, self.settle, clock, end)
        shell = shell_of(kernel)
        self.mounts = Mounts(shell)
        self.shims = Shims(self.comms, self.mounts.lasts)
        shell.events.register("post_run_cell", self.shims.drop)
        self._voice = Voice(shell, self.mounts)
        self._documents: WeakValueDictionary[str, Document] = WeakValueDictionary()
        self._callbacks: WeakValueDictionary[str, Callbacks] = WeakValueDictionary()
        self._endpoint: Endpoint | None = None
        self._keeping: Keeping | None = None
        self._lock = threading.Lock()
        register_target(kernel)

    def find(self, doc: str) -> Session | None:
        """Return the session of a displayed document."""
        document = self._documents.get(doc)
        return document.session if document is not None else None

    def open(self, comm: Any, message: Any) -> None:
        """Answer a page of our labextension that opens a comm."""
        said = message["content"].get("data") or {}
        # One of another protocol is turned away, and needs the widget.
        self.shims.met |= said.get("protocol") == VERSION
        self.comms.open(comm, message)

    def settle(self, doc: str) -> None:
        """Let the callbacks of a document run a moment, so that one answer holds their changes."""
        document = self._documents.get(doc)
        # On the main thread they could not begin meanwhile.
        if document is not None and threading.current_thread() is not threading.main_thread():
            document.observers.wait(SETTLE_SECONDS)

    def overviews(self) -> list[Overview]:
        """Tell of every document; without its lock, which a cell may hold for long."""
        # Not `values`: another thread may publish one meanwhile.
        known = (reference() for reference in self._documents.valuerefs())
        return [self._overview(document) for document in known if document is not None]

    def end(self, doc: str) -> None:
        """Close a document for good."""
        document = self._documents.get(doc)
        if document is not None:
            document.close()

    def publish(self, document: Document) -> None:
        """Serve a document to whoever asks for it by its id, until it is closed or dropped."""
        with self._lock:
            if document.id in self._documents:
                return
            self._documents[document.id] = document
            self._callbacks[document.id] = self._called(document)
            self._start_endpoint()
            keeping = self._keeping
        document.session.listen(lambda: self._withdraw_ended(document))
        if keeping is not None:
            keeping.add(document)

    def keep(self, comm: Any, message: Any) -> None:
        """Let the server of this kernel's session keep the documents that are displayed."""
        with self._lock:
            self._keeping = Keeping(comm, message)
            documents = list(self._documents.values())
        for document in documents:
            self._keeping.add(document)

    def _overview(self, document: Document) -> Overview:
        models, roots = document.models, list(document.state.roots)
        types = [models[m].type_name for m in roots[:MOST_TYPES] if m in models]
        mounted = (getattr(m, "doc", "") for m in models.values() if m.type_name == MOUNT)
        mounts = sorted({doc for doc in mounted if doc})
        peers = [Viewer(peer.user, _role(peer), "comm") for peer in self.comms.peers(document.id)]
        return Overview(document.id, document.title, len(roots), types, mounts, peers)

    def _called(self, document: Document) -> Callbacks:
        if document.report is log_error:
            document.report = self._voice.reporter(document)
        document.observers.around = functools.partial(self._voice.call, document)
        return Callbacks(
            document,
            self._main,
            lambda: self._voice.context(document),
            functools.partial(self.comms.hasten, document.id),
            alone=self._alone,
        )

    def _withdraw_ended(self, document: Document) -> None:
        # Under the session's lock; the carriers see the end by themselves.
        if document.session.ended is not None:
            self._documents.pop(document.id, None)
            self.mounts.forget(document)
            callbacks = self._callbacks.pop(document.id, None)
            if callbacks is not None:
                callbacks.close()

    def close(self) -> None:
        """Leave nothing behind: threads, socket, announcement."""
        # A forked child that exits must not take its parent's endpoint away.
        if self.pid != os.getpid():
            return
        self.comms.close()
        if self._keeping is not None:
            self._keeping.close()
        if self._endpoint is not None:
            self._endpoint.stop()
        for callbacks in list(self._callbacks.values()):
            callbacks.close()

    def _find_attached(self, doc: str) -> Session | None:
        self.shims.met = True
        return self.find(doc)

    def _start_endpoint(self) -> None:
        file = connection_file()
        if file is None or self._endpoint is not None:
            return
        try:
            self._endpoint = Endpoint(self._find_attached, file, self.overviews, self.end)
            self._endpoint.start()
        except OSError as error:
            # Comms carry everything too, only slower.
            log.warning("no endpoint for attached pages: %s", error)


@contextlib.contextmanager
def _handling(kernel: Any) -> Iterator[None]:
    """Handle a page's message: the request is shown as begun, and callbacks follow it."""
    send_published(kernel)
    with deferred():
        yield


def _role(peer: Peer) -> str:
    return "edit" if peer.may_write else "view"


_runtime: Runtime | None = None
_making = threading.Lock()


def runtime(kernel: Any) -> Runtime:
    """Return this process's runtime, made on first use; a forked kernel gets its own."""
    global _runtime  # noqa: PLW0603  one per process, as the kernel is
    with _making:
        if _runtime is None or _runtime.pid != os.getpid():
            _runtime = Runtime(kernel)
            atexit.register(_runtime.close)
        return _runtime
