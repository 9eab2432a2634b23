"""What is kept of the documents in a session's kernel: the frames that the kernel writes.

Its own side of the comm is `kernel.keeping`.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from typing import TYPE_CHECKING, Any

from syncline.apps.entering import calling
from syncline.hosting.saved import MOST_BYTES
from syncline.kernel.process import KEEP_TARGET

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from syncline.hosting.channel import KernelChannel, Message

_log = logging.getLogger("syncline.hosting")

ANSWER_SECONDS = 10.0


def serving(session: str) -> str:
    """Return the Python code that lets a session's kernel answer its server's keeper."""
    return calling("syncline.kernel.process", "serve_keeper", session)


class KeptKernel:
    """The documents of one session's kernel, as they were written last; the kernel may be gone."""

    def __init__(self, frames: Mapping[str, bytes], app: str) -> None:
        self.version = 0
        """Grows with each change of them."""
        self.frames: Mapping[str, bytes] = dict(frames)
        """By the documents' ids; never changed, but replaced: other threads read it."""
        self.awaited = set(frames)
        """The documents that are still to be given what was kept of them."""
        self.changed: Callable[[], object] = lambda: None
        """Called where what was kept does not fit the program any more."""
        self._app = app
        self._full = False
        self._comm = uuid.uuid4().hex
        self._channel: KernelChannel | None = None

    def open(self, channel: KernelChannel) -> None:
        """Begin to hear of a kernel that answers, and hand it what there is."""
        self._channel = channel
        channel.listen(self._hear)
        data = {"docs": list(self.frames)}
        content = {"comm_id": self._comm, "target_name": KEEP_TARGET, "data": data}
        channel.comm("comm_open", content, list(self.frames.values()))

    async def restore(self) -> None:
        """Have what was kept set in the documents that are displayed by now, and later."""
        await self._say("restore")

    async def ready(self) -> None:
        """Tell the kernel that its program has run: what changes from now on is to be kept."""
        await self._say("ready")

    async def write(self) -> None:
        """Have what has changed written now."""
        await self._say("write")

    async def _say(self, what: str) -> None:
        channel = self._channel
        if channel is None or channel.dead.is_set():
            return
        content = {"comm_id": self._comm, "data": {"say": what}}
        # Cancelled where the kernel dies meanwhile.
        await asyncio.wait([channel.comm("comm_msg", content, [])], timeout=ANSWER_SECONDS)

    def _hear(self, message: Message) -> None:
        kind, content = message["msg_type"], message["content"]
        if kind not in ("comm_msg", "comm_close") or content["comm_id"] != self._comm:
            return
        if kind == "comm_msg":
            self._take(content["data"], message.get("buffers") or [])
        else:
            # Its Syncline is one that knows nothing of this.
            self._channel = None

    def _take(self, said: dict[str, Any], buffers: list[Any]) -> None:
        match said:
            case {"say": "frame", "doc": str(doc)} if len(buffers) == 1:
                self._put(doc, bytes(buffers[0]))
            case {"say": "gone", "doc": str(gone)}:
                self.awaited.discard(gone)
                self._replace({doc: data for doc, data in self.frames.items() if doc != gone})
            case {"say": "restored", "doc": str(doc), "text": str(text), "lost": bool(lost)}:
                self.awaited.discard(doc)
                level = logging.WARNING if lost else logging.INFO
                _log.log(level, "a document in a kernel of %s is back: %s", self._app, text)
            case {"say": "refused", "doc": str(doc), "text": str(text)}:
                self.awaited.discard(doc)
                _log.warning("a document in a kernel of %s begins anew: %s", self._app, text)
                self.changed()

    def _put(self, doc: str, frame: bytes) -> None:
        frames = {**self.frames, doc: frame}
        if sum(map(len, frames.values())) <= MOST_BYTES:
            self._replace(frames)
        elif not self._full:
            self._full = True
            _log.warning("what is in a kernel of %s has become too large to be kept", self._app)

    def _replace(self, frames: dict[str, bytes]) -> None:
        self.frames = frames
        self.version += 1
