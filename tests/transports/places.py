"""Where a document may live, and the pages that reach it there: one for each carrier."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Protocol

from starlette.routing import Router, WebSocketRoute
from starlette.websockets import WebSocket
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application
from tornado.websocket import WebSocketHandler, websocket_connect

from syncline.document import find_document
from syncline.sync.peer import Peer
from syncline.transports.asgi import AsgiCarrier, AsgiSocket
from syncline.transports.endpoint import announced, connect
from syncline.transports.memory import MemoryCarrier
from syncline.transports.tornado import TornadoCarrier
from tests.asgi.serving import Uvicorn
from tests.kernel.pages import MIME, SECONDS, CommPage, Page

if TYPE_CHECKING:
    from syncline.sync.frames import Frame
    from tests.kernel.driver import Kernel

SETUP = """
import numpy as np
import syncline as sl

class Knob(sl.Model, type="engine/Knob@1"):
    events = ("click",)
    value: float = sl.prop(default=0.0, client=True)
    double: float = sl.prop(default=0.0)
    clicks: int = sl.prop(default=0)
    items: list[int] = sl.prop(default=[], client=True)
    data: object = sl.prop(default=None, client=True)

def follow(event):
    event.model.double = 2 * event.new

def count(event):
    event.model.clicks += 1
"""
MAKE = """
doc = sl.Document()
knob = doc.add_root(Knob(value=1, items=[1, 2, 3]))
knob.observe(follow, "value")
knob.on("click", count)
"""


class Reaching(Protocol):
    """What a test of the engine does with a page, beside what every page can."""

    def leave(self) -> None: ...

    def join(self) -> None: ...


class Place:
    """A process with one document, and the pages that see it."""

    doc: str
    knob: str

    def __init__(self) -> None:
        self.pages: list[Any] = []

    def run(self, code: str) -> None:
        raise NotImplementedError

    def value(self, expression: str) -> str:
        raise NotImplementedError

    def reach(self) -> Any:
        raise NotImplementedError

    def page(self) -> Any:
        """Return a new page that is live."""
        made = self.reach()
        self.pages.append(made)
        made.until_live()
        return made

    def close(self) -> None:
        for page in self.pages:
            page.leave()


class Here(Place):
    """The document lives in this process."""

    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, Any] = {"__name__": "engine_setup"}
        exec(SETUP + MAKE, self.names)
        self.doc, self.knob = self.names["doc"].id, self.names["knob"].id

    def run(self, code: str) -> None:
        exec(code, self.names)

    def value(self, expression: str) -> str:
        return repr(eval(expression, self.names))


class MemoryPage(Page):
    """A page on a pair of queues; waiting is pumping."""

    def __init__(self, place: MemoryPlace) -> None:
        super().__init__()
        self.place = place
        self.inbox: deque[Frame] = deque()
        self.join()

    def join(self) -> None:
        self.inbox.clear()
        self.carrier = MemoryCarrier(self.place.names["doc"].session, self.inbox.append)
        self.link.open(time.monotonic())
        self.carrier.open()

    def leave(self) -> None:
        self.carrier.close()
        self.link.close()

    def send(self, frame: Frame) -> None:
        self.carrier.receive(frame)

    def pump(self) -> bool:
        moved = self.carrier.send()
        while self.inbox:
            self._hear(self.inbox.popleft())
            moved = True
        return moved

    def until(self, true: Callable[[], bool], seconds: float = SECONDS) -> None:
        while any(page.pump() for page in (self, *self.place.pages)):
            continue
        assert true(), (self.link.status, self.reports)


class MemoryPlace(Here):
    def reach(self) -> Any:
        return MemoryPage(self)


class Dialled(Protocol):
    """A connection of a page that has a loop of its own."""

    async def send(self, frame: Frame) -> None: ...

    def __aiter__(self) -> AsyncIterator[Any]: ...

    async def close(self) -> None: ...


class LoopPage(Page):
    """A page that lives on a thread with a loop."""

    def __init__(self) -> None:
        super().__init__()
        self.join()

    async def dial(self) -> Dialled:
        raise NotImplementedError

    def join(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._out: asyncio.Queue[Frame] = asyncio.Queue()
        self._ready = Event()
        self._thread = Thread(target=self._loop.run_until_complete, args=(self._serve(),))
        self._thread.start()
        assert self._ready.wait(SECONDS), "no connection"

    def leave(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._receiving.cancel)
        self._thread.join(SECONDS)
        self._loop.close()

    def send(self, frame: Frame) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._out.put_nowait, frame)

    async def _serve(self) -> None:
        connection = await self.dial()
        self.link.open(time.monotonic())
        self._receiving = asyncio.ensure_future(self._receive(connection))
        sending = asyncio.ensure_future(self._send(connection))
        self._ready.set()
        await asyncio.wait([self._receiving])
        sending.cancel()
        await asyncio.wait([sending])
        await connection.close()
        self._over(None, None)

    async def _receive(self, connection: Dialled) -> None:
        async for frame in connection:
            self._hear(frame)

    async def _send(self, connection: Dialled) -> None:
        while True:
            await connection.send(await self._out.get())


class Websocket:
    """A real websocket client."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def send(self, frame: Frame) -> None:
        await self._connection.write_message(frame, binary=isinstance(frame, bytes))

    async def __aiter__(self) -> AsyncIterator[Any]:
        while (frame := await self._connection.read_message()) is not None:
            yield frame

    async def close(self) -> None:
        self._connection.close()


class WebsocketPage(LoopPage):
    def __init__(self, port: int, doc: str) -> None:
        self._url = f"ws://127.0.0.1:{port}/{doc}"
        super().__init__()

    async def dial(self) -> Dialled:
        return Websocket(await websocket_connect(self._url))


class Socket(WebSocketHandler):
    """The server's end of a websocket."""

    def open(self, *args: str, **kwargs: str) -> None:
        document = find_document(args[0])
        assert document is not None
        self.set_nodelay(True)
        self.carrier = TornadoCarrier(self, Peer(document.session))
        self.carrier.open()

    def on_message(self, message: str | bytes) -> None:
        self.carrier.receive(message)

    def on_close(self) -> None:
        self.carrier.close()


class ServerPlace(Here):
    """A server on a free port, on a thread of its own."""

    port: int

    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.new_event_loop()
        self._end = asyncio.Event()
        ready = Event()
        self._thread = Thread(target=self._loop.run_until_complete, args=(self._serve(ready),))
        self._thread.start()
        assert ready.wait(SECONDS)

    async def _serve(self, ready: Event) -> None:
        raise NotImplementedError

    def reach(self) -> Any:
        return WebsocketPage(self.port, self.doc)

    def close(self) -> None:
        super().close()
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(SECONDS)
        self._loop.close()


class TornadoPlace(ServerPlace):
    async def _serve(self, ready: Event) -> None:
        socket, self.port = bind_unused_port()
        server = HTTPServer(Application([("/(.*)", Socket)]))
        server.add_sockets([socket])
        ready.set()
        await self._end.wait()
        server.stop()
        await server.close_all_connections()


async def carried(websocket: WebSocket) -> None:
    """Be the server's end of a websocket."""
    document = find_document(websocket.path_params["doc"])
    assert document is not None
    await websocket.accept()
    socket = AsgiSocket(websocket)
    await socket.carry(AsgiCarrier(Peer(document.session)))
    await socket.finish()


class AsgiPlace(ServerPlace):
    async def _serve(self, ready: Event) -> None:
        app = Router([WebSocketRoute("/{doc}", carried)])
        async with Uvicorn(app, lifespan="off") as server:
            self.port = server.port
            ready.set()
            await self._end.wait()


class InKernel(Place):
    """The document lives in a real kernel."""

    def __init__(self, kernel: Kernel) -> None:
        super().__init__()
        self.kernel = kernel
        kernel.run(MAKE)
        bundle = kernel.shown("doc")[MIME]
        self.doc = bundle["doc"]
        self.knob = kernel.value("knob.id").strip("'")

    def run(self, code: str) -> None:
        self.kernel.run(code)

    def value(self, expression: str) -> str:
        return self.kernel.value(expression)


class RejoiningCommPage(CommPage):
    """A page that may come back on another comm."""

    def leave(self) -> None:
        self.comm.close()
        self.link.close()

    def join(self) -> None:
        self.comm = self._kernel.comm(self._message, self.comm._subshell)
        self.link.open(time.monotonic())
        self.comm.open("syncline.v1", {"protocol": 1, "doc": self._doc, "client": None})


class CommPlace(InKernel):
    def __init__(self, kernel: Kernel) -> None:
        super().__init__(kernel)
        self.subshell = kernel.subshell()

    def reach(self) -> Any:
        return RejoiningCommPage(self.kernel, self.doc, self.subshell)


class LitePlace(InKernel):
    """The document lives in a kernel like JupyterLite's, in which everything is in one thread."""

    def reach(self) -> Any:
        return RejoiningCommPage(self.kernel, self.doc)


class EndpointPage(LoopPage):
    def __init__(self, kernel: Kernel, doc: str) -> None:
        self._kernel, self._doc = kernel, doc
        super().__init__()

    async def dial(self) -> Dialled:
        there = announced(self._kernel.connection_file)
        assert there is not None, "the kernel has announced no endpoint"
        client = await connect(there.address)
        await client.hello(there.key, self._doc, {"id": "p", "user": "ada", "role": "edit"})
        return client


class EndpointPlace(InKernel):
    def reach(self) -> Any:
        return EndpointPage(self.kernel, self.doc)
