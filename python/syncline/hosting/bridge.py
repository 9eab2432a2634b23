"""Between browsers and the documents of one kernel: one comm for each browser's connection.

Frames pass unchanged.  What the kernel publishes on a document's own comm goes to every browser
that is attached to it, or to the one it is for; what it sends on a browser's comm to that one
(SPEC 6.2).
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from syncline.hosting.outlet import Frame, Outlet
from syncline.hosting.roles import refusal
from syncline.sync.errors import Close, ProtocolError
from syncline.sync.frames import binary
from syncline.transports.parcel import unpacked

if TYPE_CHECKING:
    from syncline.hosting.channel import KernelChannel, Message
    from syncline.hosting.tokens import Role

TARGET = "syncline.v1"
CHANNEL_PREFIX = "syncline-"
UNKNOWN = 4404
MOST_UNHANDLED = 16
"""Frames of one browser that may wait in a kernel: beyond, the browser is read no further."""


class Attachment:
    """One browser's connection to one document."""

    def __init__(self, bridge: Bridge, doc: str, role: Role = "edit") -> None:
        self.comm = uuid.uuid4().hex
        self.doc = doc
        self.role = role
        self.outlet = Outlet()
        self.greeted = False
        """The ACK has passed: before it nothing may reach the browser (SPEC 3.2)."""
        self._bridge = bridge
        self._room = asyncio.Semaphore(MOST_UNHANDLED)

    async def receive(self, frame: Frame) -> None:
        """Hand a browser's frame to the kernel, once it has room for it."""
        if self.outlet.close_code is not None or not self._allows(frame):
            return
        await self._room.acquire()
        content = {"comm_id": self.comm, "data": {"v": 1}}
        handled = self._bridge.channel.comm("comm_msg", content, [binary(frame)])
        handled.add_done_callback(lambda _: self._room.release())

    @property
    def close_code(self) -> int | None:
        """Why there is nothing more."""
        return self.outlet.close_code

    @property
    def close_text(self) -> str:
        """The same in words."""
        return self.outlet.close_text

    async def next(self) -> Frame | None:
        """Return the next frame for the browser, or None at the end: see `close_code`."""
        return await self.outlet.next()

    def close(self) -> None:
        """Forget a browser that went away; its comm does not outlive it."""
        self._bridge.detach(self)

    def _allows(self, frame: Frame) -> bool:
        # The kernel takes every comm for its owner's: here is the only place to refuse.
        try:
            answer = refusal(frame, self.role)
        except ProtocolError as error:
            self.outlet.close(Close.BAD_MESSAGE, f"bad frame: {error}"[:120])
            return False
        if answer is not None:
            self.outlet.put(answer)
        return answer is None


class Bridge:
    """All browsers attached to one kernel."""

    def __init__(self, channel: KernelChannel) -> None:
        self.channel = channel
        self._attached: dict[str, Attachment] = {}
        self._remove = channel.listen(self._hear)
        self._watch = asyncio.ensure_future(self._end_with_kernel())

    def attach(self, doc: str, role: Role = "edit") -> Attachment:
        """Open a comm for a browser that shows `doc`."""
        attachment = Attachment(self, doc, role)
        self._attached[attachment.comm] = attachment
        if self.channel.dead.is_set():
            attachment.outlet.close(UNKNOWN, "the kernel is gone")
            return attachment
        # Its browsers acknowledge nothing and lose no buffers: each outlet is bounded here.
        data = {"protocol": 1, "doc": doc, "client": None, "relayed": True}
        content = {"comm_id": attachment.comm, "target_name": TARGET, "data": data}
        self.channel.comm("comm_open", content, [])
        return attachment

    def detach(self, attachment: Attachment) -> None:
        """Close a browser's comm, unless the kernel has."""
        known = self._attached.pop(attachment.comm, None)
        attachment.outlet.close(1000)
        if known is not None and not self.channel.dead.is_set():
            self.channel.comm("comm_close", {"comm_id": attachment.comm, "data": {}}, [])

    def leave(self, text: str) -> None:
        """Send every browser away: they are to come back soon."""
        for attachment in tuple(self._attached.values()):
            attachment.outlet.close(Close.RESTART, text)

    async def close(self, code: int = UNKNOWN, text: str = "the session has ended") -> None:
        """Send every browser away."""
        self._remove()
        self._watch.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._watch
        for attachment in tuple(self._attached.values()):
            attachment.outlet.close(code, text)

    @property
    def browsers(self) -> int:
        """How many browsers are attached."""
        return len(self._attached)

    def _hear(self, message: Message) -> None:
        kind = message["msg_type"]
        if kind not in ("comm_msg", "comm_close"):
            return
        comm = message["content"]["comm_id"]
        if kind == "comm_msg" and comm.startswith(CHANNEL_PREFIX):
            self._publish(comm[len(CHANNEL_PREFIX) :], message)
        elif (attachment := self._attached.get(comm)) is not None:
            self._answer(attachment, kind, message)

    def _publish(self, doc: str, message: Message) -> None:
        there = [one for one in self._attached.values() if one.doc == doc and one.greeted]
        for to, frame in _frames(message):
            for attachment in there:
                if to in (None, attachment.comm):
                    attachment.outlet.put(frame)

    def _answer(self, attachment: Attachment, kind: str, message: Message) -> None:
        if kind == "comm_close":
            data = message["content"].get("data") or {}
            text = str(data.get("text", "no such document"))
            del self._attached[attachment.comm]
            attachment.outlet.close(_close_code(data.get("code")), text)
            return
        for _, frame in _frames(message):
            attachment.greeted = True
            attachment.outlet.put(frame)

    async def _end_with_kernel(self) -> None:
        await self.channel.dead.wait()
        for attachment in tuple(self._attached.values()):
            attachment.outlet.close(UNKNOWN, "the kernel is gone")


def _frames(message: Message) -> Iterator[tuple[str | None, Frame]]:
    """Yield the frames of a comm message and the comms they are for."""
    for to, frame in unpacked(message):
        if frame is not None:
            # A buffer is a view of the whole message: not kept for one frame's sake.
            yield to, frame if isinstance(frame, str) else bytes(frame)


def _close_code(code: Any) -> int:
    # A kernel where nothing has registered the target closes without a code.
    return code if isinstance(code, int) and 4000 <= code <= 4999 else UNKNOWN
