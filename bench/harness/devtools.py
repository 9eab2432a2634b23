"""A tab of Chromium driven by as little of the DevTools protocol as there is.

A driver that listens to a page's network is told of every websocket frame, by way of each of the
browser's processes: in a page that gets two hundred frames a second that is a large part of the
work. Here nothing is listened to.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import tempfile
from collections.abc import AsyncIterator
from typing import Any

from tornado.httpclient import AsyncHTTPClient
from tornado.websocket import WebSocketClientConnection, websocket_connect

from harness.browser import CHROMIUM, FLAGS
from harness.process import ServerProcess, free_port

POLL_SECONDS = 0.05
MOST_BYTES = 2**27


class Mouse:
    """The mouse of a tab; positions are in CSS pixels of its viewport."""

    def __init__(self, tab: Tab) -> None:
        self._tab = tab
        self._at = (0.0, 0.0)
        self._down = False

    async def move(self, x: float, y: float) -> None:
        """Move to a place."""
        self._at = (x, y)
        await self._send("mouseMoved")

    async def down(self) -> None:
        """Press the left button."""
        self._down = True
        await self._send("mousePressed", clickCount=1)

    async def up(self) -> None:
        """Release the left button."""
        self._down = False
        await self._send("mouseReleased", clickCount=1)

    async def _send(self, kind: str, **more: int) -> None:
        x, y = self._at
        button = "none" if kind == "mouseMoved" and not self._down else "left"
        held = {"button": button, "buttons": int(self._down)}
        await self._tab.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **held, **more)


class Tab:
    """The one tab of a browser."""

    def __init__(self, socket: WebSocketClientConnection) -> None:
        self.mouse = Mouse(self)
        self._socket = socket
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._reading = asyncio.create_task(self._read())

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol; return its result."""
        number = next(self._ids)
        self._waiting[number] = answer = asyncio.get_running_loop().create_future()
        request = {"id": number, "method": method, "params": parameters}
        await self._socket.write_message(json.dumps(request))
        said = await answer
        if "error" in said:
            raise RuntimeError(f"{method}: {said['error']}")
        result: dict[str, Any] = said["result"]
        return result

    async def evaluate(self, function: str, argument: Any = None) -> Any:
        """Call a JavaScript function with one argument; return what it, or its promise, gives."""
        expression = f"({function})({json.dumps(argument)})"
        said = await self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in said:
            raise RuntimeError(json.dumps(said["exceptionDetails"])[:2000])
        return said["result"].get("value")

    async def until(self, function: str, argument: Any = None, seconds: float = 60) -> Any:
        """Wait until a function gives something that is true; return it.

        Raises TimeoutError.
        """
        async with asyncio.timeout(seconds):
            while True:
                if given := await self.evaluate(function, argument):
                    return given
                await asyncio.sleep(POLL_SECONDS)

    async def close(self) -> None:
        """Let the tab alone."""
        self._socket.close()
        await self._reading

    async def _read(self) -> None:
        while (text := await self._socket.read_message()) is not None:
            said = json.loads(text)
            answer = self._waiting.pop(said.get("id"), None)
            if answer is not None and not answer.done():
                answer.set_result(said)


@contextlib.asynccontextmanager
async def tab(*scripts: str) -> AsyncIterator[Tab]:
    """Run a headless Chromium with one tab; `scripts` run in each page before its own."""
    port = free_port()
    base = f"http://127.0.0.1:{port}/json"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        argv = [CHROMIUM, *FLAGS, "--headless=new", "--window-size=1500,900", "about:blank"]
        argv += [f"--remote-debugging-port={port}", f"--user-data-dir={folder}"]
        with ServerProcess(argv, f"{base}/version"):
            reply = await AsyncHTTPClient().fetch(f"{base}/list")
            pages = [one for one in json.loads(reply.body) if one["type"] == "page"]
            url = pages[0]["webSocketDebuggerUrl"]
            opened = Tab(await websocket_connect(url, max_message_size=MOST_BYTES))
            await opened.call("Page.enable")
            # JupyterLab goes by the focus.
            await opened.call("Emulation.setFocusEmulationEnabled", enabled=True)
            for script in scripts:
                await opened.call("Page.addScriptToEvaluateOnNewDocument", source=script)
            try:
                yield opened
            finally:
                await opened.close()
