"""Pages of a document in a kernel: the protocol's client over a comm, or over the endpoint."""

from __future__ import annotations

import asyncio
import json
import threading
import time
import uuid
from typing import TYPE_CHECKING, Any

from syncline.core.ops import Msg, Set
from syncline.sync.frames import binary, unpack
from syncline.sync.link import Link
from syncline.sync.replica import Replica
from syncline.transports.endpoint import announced, connect
from syncline.transports.parcel import unpacked
from tests.kernel.driver import CommEnd

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syncline.sync.frames import Frame
    from tests.kernel.driver import Kernel, Message

SECONDS = 30.0
MIME = "application/vnd.syncline.doc.v1+json"


class Page:
    """A replica and its link; a subclass carries the frames."""

    lossy = False

    def __init__(self) -> None:
        self.replica = Replica(report=self._reported)
        self.link = Link(self.replica, self.send, lossy=self.lossy)
        self.reports: list[tuple[str, Any]] = []
        self.errors: list[Any] = []
        """The codes of the errors that the kernel has answered."""
        self.closed: dict[str, Any] | None = None
        self._moved = threading.Condition(threading.RLock())

    def send(self, frame: Frame) -> None:
        raise NotImplementedError

    def close(self) -> None:
        """Leave, as a page does that is closed."""
        raise NotImplementedError

    def set(self, model: str, name: str, value: Any) -> None:
        """Change a property of a model that is shown, as a view does."""
        # A snapshot may be older than the model: what came since follows it (SPEC 5.6).
        self.until(lambda: self.replica.state.has(model))
        with self._moved:
            self.replica.local(Set(model, [name], value))
            self.link.flush(time.monotonic())

    def click(self, model: str) -> None:
        """Send the event a button has."""
        self.until(lambda: self.replica.state.has(model))
        with self._moved:
            self.replica.local(Msg(model, "click", None))
            self.link.flush(time.monotonic())

    def get(self, model: str, name: str) -> Any:
        with self._moved:
            return self.props(model).get(name)

    def props(self, model: str) -> dict[str, Any]:
        """Return what the page shows of a model."""
        return next((props for m, _, props in self.replica.state.items() if m == model), {})

    def until(self, true: Callable[[], bool], seconds: float = SECONDS) -> None:
        """Wait for a state."""
        with self._moved:
            assert self._moved.wait_for(true, seconds), (self.link.status, self.reports)

    def until_settled(self) -> None:
        """Wait until all that was changed is decided, while the link's own time goes on."""

        def settled() -> bool:
            self.link.tick(time.monotonic())
            return self.link.status == "live" and not self.replica.pending

        with self._moved:
            end = time.monotonic() + SECONDS
            while not settled():
                assert time.monotonic() < end, (self.link.status, self.reports)
                self._moved.wait(0.05)

    def until_live(self) -> None:
        self.until(lambda: self.link.status == "live")

    def until_value(self, model: str, name: str, value: Any, seconds: float = SECONDS) -> None:
        self.until(lambda: self.get(model, name) == value, seconds)

    def until_closed(self) -> dict[str, Any]:
        self.until(lambda: self.closed is not None)
        assert self.closed is not None
        return self.closed

    def _hear(self, frame: Frame | memoryview) -> None:
        with self._moved:
            now = time.monotonic()
            envelope, _ = unpack(frame)
            if envelope.header.msgtype == "ERROR":
                self.errors.append(json.loads(bytes(envelope.content))["code"])
            self.link.receive(frame, now)
            self.link.flush(now)
            self._moved.notify_all()

    def _over(self, code: int | None, text: str | None) -> None:
        with self._moved:
            self.link.close()
            self.closed = {"code": code, "text": text}
            self._moved.notify_all()

    def _reported(self, kind: str, detail: Any) -> None:
        if kind not in ("change", "status"):
            self.reports.append((kind, detail))


class CommPage(Page):
    """A page over a comm, as the labextension opens it."""

    def __init__(self, kernel: Kernel, doc: str, subshell: str | None = None) -> None:
        super().__init__()
        self._kernel = kernel
        self._doc = doc
        self.frames: list[str] = []
        self.link.on_channel = lambda name: kernel.listen(name, self._message)
        self.comm = kernel.comm(self._message, subshell)
        self.link.open(time.monotonic())
        self.comm.open("syncline.v1", {"protocol": 1, "doc": doc, "client": None})

    def close(self) -> None:
        self.comm.close()

    def send(self, frame: Frame) -> None:
        self.comm.send({"v": 1}, [binary(frame)])

    def _message(self, message: Message) -> None:
        content = message["content"]
        if message["msg_type"] == "comm_close":
            self._over(content["data"].get("code"), content["data"].get("text"))
            return
        self.frames.append(content["comm_id"])
        for to, frame in unpacked(message):
            if to in (None, self.comm.comm_id):
                assert frame is not None, "a buffer got lost"
                self._hear(frame)


class LossyPage(CommPage):
    """A page that asks again what is not answered, as each over a comm does."""

    lossy = True


class InlinePage(CommPage):
    """A page behind a path that loses every buffer, as a gateway's does."""

    def send(self, frame: Frame) -> None:
        assert isinstance(frame, str), "nothing to send has arrays"
        self.comm.send({"v": 1, "frame": frame})

    def _message(self, message: Message) -> None:
        if message["msg_type"] == "comm_close":
            super()._message(message)
            return
        for to, frame in unpacked({**message, "buffers": []}):
            if to not in (None, self.comm.comm_id):
                continue
            if frame is not None:
                self._hear(frame)
            else:
                # The ACK was in the lost buffer; its absence says what it would have asked.
                self.link.on_channel(f"syncline-{self._doc}")
                self.link.stripped(time.monotonic())


class ShimPage(Page):
    """A page of a host without our labextension: a comm inside those of a widget (SPEC 6.6)."""

    def __init__(self, kernel: Kernel, widget: str, doc: str) -> None:
        super().__init__()
        self._id = uuid.uuid4().hex
        self._heard: list[dict[str, Any]] = []
        self._widget = CommEnd(kernel, widget, self._message, None)
        self.link.on_channel = lambda name: None
        self.link.open(time.monotonic())
        self.say({"comm": self._id, "open": {"protocol": 1, "doc": doc, "client": None}})

    def say(self, content: Any, buffers: list[bytes] | None = None) -> None:
        """Send a custom message."""
        self._widget.send({"method": "custom", "content": content}, buffers)

    def send(self, frame: Frame) -> None:
        self.say({"comm": self._id, "data": {"v": 1}}, [binary(frame)])

    def close(self) -> None:
        self.say({"comm": self._id, "close": {}})

    def until_heard(self, key: str) -> dict[str, Any]:
        """Wait for a custom message with a key; return it."""

        def found() -> dict[str, Any] | None:
            return next((content for content in self._heard if key in content), None)

        self.until(lambda: found() is not None)
        content = found()
        assert content is not None
        return content

    def _message(self, message: Message) -> None:
        content = message["content"]["data"].get("content", {})
        if content.get("comm") != self._id or "close" in content:
            with self._moved:
                self._heard.append(content)
                self._moved.notify_all()
            if content.get("comm") == self._id:
                self._over(content["close"].get("code"), content["close"].get("text"))
            return
        inner = {"content": {"data": content["data"]}, "buffers": message["buffers"]}
        for _, frame in unpacked(inner):
            assert frame is not None, "a buffer got lost"
            self._hear(frame)


class AttachedPage(Page):
    """A page over the kernel's endpoint, as the server extension attaches it."""

    def __init__(self, connection_file: Path, doc: str, role: str = "edit") -> None:
        super().__init__()
        self._loop = asyncio.new_event_loop()
        self._out: asyncio.Queue[Frame] = asyncio.Queue()
        self._thread = threading.Thread(
            target=self._loop.run_until_complete, args=(self._serve(connection_file, doc, role),)
        )
        self._thread.start()

    def send(self, frame: Frame) -> None:
        self._loop.call_soon_threadsafe(self._out.put_nowait, frame)

    def close(self) -> None:
        """Leave, and end the page's thread."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(SECONDS)
        self._loop.close()

    async def _serve(self, connection_file: Path, doc: str, role: str) -> None:
        there = announced(connection_file)
        assert there is not None, "the kernel has announced no endpoint"
        client = await connect(there.address)
        await client.hello(there.key, doc, {"id": "p", "user": "ada", "role": role})
        self.link.open(time.monotonic())
        self._task = asyncio.ensure_future(self._receive(client))
        sender = asyncio.ensure_future(self._send(client))
        await asyncio.wait([self._task])
        sender.cancel()
        await asyncio.wait([sender])
        await client.close()
        self._over(client.close_code, client.close_text)

    async def _receive(self, client: Any) -> None:
        async for frame in client:
            self._hear(frame)

    async def _send(self, client: Any) -> None:
        while True:
            await client.send(await self._out.get())
