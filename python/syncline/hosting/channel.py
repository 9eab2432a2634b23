"""The one conversation with a kernel: whoever needs it asks here, and one reader hears iopub."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from syncline.hosting.errors import KernelFailed

if TYPE_CHECKING:
    from syncline.hosting.kernels import Kernel

Message = dict[str, Any]
Listener = Callable[[Message], None]

_log = logging.getLogger("syncline.hosting")
START_SECONDS = 60.0
ALIVE_SECONDS = 3.0


class KernelChannel:
    """Requests on shell and control, and what the kernel publishes, in order."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.dead = asyncio.Event()
        """Set when the kernel is gone, or when this channel was closed."""
        self._client = kernel.manager.client()
        self._replies: dict[str, asyncio.Future[Message]] = {}
        self._idle: dict[str, asyncio.Future[Message]] = {}
        self._listeners: list[Listener] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._subshell: str | None = None

    async def open(self) -> None:
        """Connect and wait until the kernel answers."""
        self._client.start_channels(stdin=False, hb=False)
        try:
            await self._client.wait_for_ready(timeout=START_SECONDS)
        except RuntimeError as error:
            raise KernelFailed(f"the kernel does not answer: {error}") from error
        for channel in (self._client.iopub_channel, self._client.shell_channel):
            self._start(self._read(channel))
        self._start(self._read(self._client.control_channel))
        self._start(self._watch())
        await self._open_subshell()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with everything published; return the remover."""
        self._listeners.append(listener)

        def remove() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return remove

    async def execute(
        self, code: str, started: Callable[[str], None] | None = None, *, silent: bool = False
    ) -> Message:
        """Run code on the main shell; return the reply when all output has been published."""
        content = {
            "code": code,
            "silent": silent,
            "store_history": not silent,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": True,
        }
        message = self._client.session.msg("execute_request", content)
        idle = self._expect(self._idle, message)
        if started is not None:
            started(message["header"]["msg_id"])
        reply = await self._request(self._client.shell_channel, message)
        await self._or_death(idle)
        return reply

    def comm(self, kind: str, content: Message, buffers: list[bytes]) -> asyncio.Future[Message]:
        """Send a comm message; the future is done when the kernel has dealt with it."""
        message = self._client.session.msg(kind, content)
        if self._subshell is not None:
            # Open and messages take one way, else they overtake each other.
            message["header"]["subshell_id"] = self._subshell
        handled = self._expect(self._idle, message)
        self._send(self._client.shell_channel, message, buffers)
        return handled

    async def close(self) -> None:
        """Leave the kernel to itself."""
        self.dead.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._fail_all()
        self._client.stop_channels()

    async def _open_subshell(self) -> None:
        # With a subshell a document answers while a cell runs; a kernel without has its main one.
        message = self._client.session.msg("create_subshell_request", {})
        try:
            async with asyncio.timeout(5):
                reply = await self._request(self._client.control_channel, message)
        except (TimeoutError, KernelFailed):
            return
        self._subshell = reply["content"].get("subshell_id")

    async def _request(self, channel: Any, message: Message) -> Message:
        reply = self._expect(self._replies, message)
        self._send(channel, message, [])
        return await self._or_death(reply)

    def _send(self, channel: Any, message: Message, buffers: list[bytes]) -> None:
        socket = getattr(channel, "socket", None)
        if socket is None:
            # A gateway's channel is a queue, not a socket.
            channel.send({**message, "buffers": buffers})
            return
        # Not channel.send(): it writes behind asyncio's back and swallows the one notice ZeroMQ
        # gives of a reply that arrives meanwhile, and the reader would wait for ever.
        parts = self._client.session.serialize(message)
        socket.send_multipart([*parts, *buffers]).add_done_callback(_sent)

    def _expect(
        self, waiting: dict[str, asyncio.Future[Message]], message: Message
    ) -> asyncio.Future[Message]:
        future: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        name = message["header"]["msg_id"]
        waiting[name] = future
        future.add_done_callback(lambda _: waiting.pop(name, None))
        if self.dead.is_set():
            future.cancel()
        return future

    async def _or_death(self, future: asyncio.Future[Message]) -> Message:
        try:
            return await future
        except asyncio.CancelledError:
            if self.dead.is_set() and not _cancelling():
                raise KernelFailed("the kernel died") from None
            raise

    async def _read(self, channel: Any) -> None:
        while True:
            try:
                message = await channel.get_msg(timeout=None)
            except (ValueError, KeyError) as error:
                _log.warning("unreadable message of kernel %s: %s", self.kernel.id, error)
                continue
            self._hear(message, published=channel is self._client.iopub_channel)

    def _hear(self, message: Message, published: bool) -> None:
        parent = message["parent_header"].get("msg_id", "")
        if not published:
            _resolve(self._replies.get(parent), message)
            return
        for listener in tuple(self._listeners):
            try:
                listener(message)
            except Exception:  # noqa: BLE001 - logged
                # One listener's fault must not stop the reader all others depend on.
                _log.exception("a message of kernel %s was not understood", self.kernel.id)
        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            _resolve(self._idle.get(parent), message)

    async def _watch(self) -> None:
        while await self.kernel.manager.is_alive():  # noqa: ASYNC110 - nothing tells of a death
            await asyncio.sleep(ALIVE_SECONDS)
        self.dead.set()
        self._fail_all()

    def _fail_all(self) -> None:
        for future in (*self._replies.values(), *self._idle.values()):
            future.cancel()

    def _start(self, work: Any) -> None:
        self._tasks.append(asyncio.ensure_future(work))


def _resolve(future: asyncio.Future[Message] | None, message: Message) -> None:
    if future is not None and not future.done():
        future.set_result(message)


def _sent(future: asyncio.Future[Any]) -> None:
    if not future.cancelled() and (error := future.exception()) is not None:
        _log.error("a message could not be sent to a kernel", exc_info=error)


def _cancelling() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
