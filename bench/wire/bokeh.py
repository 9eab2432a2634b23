"""A client of Bokeh's wire protocol: a message is several frames, header first."""

from __future__ import annotations

import asyncio
import itertools
import re
import urllib.request
from typing import Any

import orjson

from wire.frames import FrameClient, connect

FRAMES_OF_A_MESSAGE = 3


class BokehClient(FrameClient):
    """Speak as much of the protocol as a property change needs."""

    slider: str

    def __init__(self) -> None:
        super().__init__()
        loop = asyncio.get_running_loop()
        self.greeted: asyncio.Future[None] = loop.create_future()
        self._ids = itertools.count(1)
        self._parts: list[bytes] = []
        self._replies: dict[str, asyncio.Future[bytes]] = {}
        self._patched: asyncio.Future[None] | None = None

    def on_frame(self, payload: bytes, *, text: bool) -> None:
        self._parts.append(payload)
        if len(self._parts) < FRAMES_OF_A_MESSAGE:
            return
        header, _, content = self._parts
        self._parts = []
        self._message(orjson.loads(header), content)

    def _message(self, header: dict[str, Any], content: bytes) -> None:
        kind = header["msgtype"]
        if kind == "ACK":
            self.greeted.set_result(None)
        elif kind == "PATCH-DOC" and self._patched is not None and not self._patched.done():
            # the browser decodes what it gets, so this client does too
            orjson.loads(content)
            self._patched.set_result(None)
        reply = self._replies.pop(header.get("reqid", ""), None)
        if reply is not None:
            reply.set_result(content)

    def request(self, kind: str, content: bytes = b"{}") -> asyncio.Future[bytes]:
        """Send a message and return the future of its reply."""
        name = f"c{next(self._ids)}"
        reply: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._replies[name] = reply
        self.send_text(orjson.dumps({"msgid": name, "msgtype": kind}))
        self.send_text(b"{}")
        self.send_text(content)
        return reply

    async def trip(self, number: int) -> None:
        """Set the slider, wait for the label's patch and for the OK."""
        self._patched = asyncio.get_running_loop().create_future()
        event = {"kind": "ModelChanged", "model": {"id": self.slider}}
        content = orjson.dumps({"events": [{**event, "attr": "value", "new": number}]})
        ok = self.request("PATCH-DOC", content)
        await self._patched
        await ok


def find_named(node: Any, name: str) -> str | None:
    """Return the id of the model with a name in a document of the wire."""
    if isinstance(node, dict):
        if node.get("attributes", {}).get("name") == name:
            return str(node["id"])
        node = list(node.values())
    if isinstance(node, list):
        found = (find_named(child, name) for child in node)
        return next((one for one in found if one is not None), None)
    return None


async def open_bokeh(port: int) -> BokehClient:
    """Open a session of the app and find its slider."""
    origin = f"http://127.0.0.1:{port}"
    page = await asyncio.to_thread(lambda: urllib.request.urlopen(f"{origin}/app").read().decode())
    token = re.search(r'"token":\s*"([^"]+)"', page)
    if token is None:
        raise RuntimeError("no session token in the page of Bokeh")
    client = await connect(
        BokehClient(),
        f"ws://127.0.0.1:{port}/app/ws",
        origin=origin,
        subprotocols=("bokeh", token.group(1)),
    )
    await client.greeted
    document = orjson.loads(await client.request("PULL-DOC-REQ"))
    slider = find_named(document["doc"], "slider")
    if slider is None:
        raise RuntimeError("no slider in the document of Bokeh")
    client.slider = slider
    return client
