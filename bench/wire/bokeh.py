"""A client of Bokeh's wire protocol: a message is several frames, header first."""

from __future__ import annotations

import asyncio
import itertools
import re
from typing import Any

import msgspec

from wire.frames import FrameClient, connect
from wire.page import page_of

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


class BokehClient(FrameClient):
    """Speak as much of the protocol as a property change needs."""

    def __init__(self) -> None:
        super().__init__()
        loop = asyncio.get_running_loop()
        self.greeted: asyncio.Future[None] = loop.create_future()
        self.ids: dict[str, str] = {}
        """Model ids by the models' names."""
        self.texts: dict[str, str] = {}
        """The text last received of each model, by its id."""
        self._ids = itertools.count(1)
        self._header: dict[str, Any] | None = None
        self._parts: list[bytes] = []
        self._replies: dict[str, asyncio.Future[bytes]] = {}

    def on_frame(self, payload: bytes, *, text: bool) -> None:
        if self._header is None:
            self._header = _decode(payload)
            return
        self._parts.append(payload)
        # after the header: metadata, content, and a header and the bytes of each buffer
        if len(self._parts) < 2 + 2 * self._header.get("num_buffers", 0):
            return
        header, (_, content, *buffers) = self._header, self._parts
        self._header, self._parts = None, []
        self.buffer_bytes += sum(map(len, buffers[1::2]))
        self._message(header, content)

    def _message(self, header: dict[str, Any], content: bytes) -> None:
        kind = header["msgtype"]
        if kind == "ACK":
            self.greeted.set_result(None)
        elif kind == "PATCH-DOC":
            self.patches += 1
            # the browser decodes what it gets, so this client does too
            for event in _decode(content)["events"]:
                if event.get("attr") == "text":
                    self._text(event["model"]["id"], event["new"])
        reply = self._replies.pop(header.get("reqid", ""), None)
        if reply is not None:
            reply.set_result(content)
        self.settle()

    def _text(self, id: str, text: str) -> None:
        self.texts[id] = text
        if id == self.ids["label"]:
            self.on_text(text)

    def request(self, kind: str, content: bytes = b"{}") -> asyncio.Future[bytes]:
        """Send a message and return the future of its reply."""
        name = f"c{next(self._ids)}"
        reply: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._replies[name] = reply
        self.send_text(_encode({"msgid": name, "msgtype": kind}))
        self.send_text(b"{}")
        self.send_text(content)
        return reply

    def submit(self, model: str, value: Any) -> asyncio.Future[bytes]:
        """Set the value of a model given by its name; return the future of the OK."""
        event = {"kind": "ModelChanged", "model": {"id": self.ids[model]}}
        content = _encode({"events": [{**event, "attr": "value", "new": value}]})
        return self.request("PATCH-DOC", content)

    async def change(self, number: int) -> None:
        """Set the slider whose callback changes nothing, wait for the OK."""
        await self.submit("quiet", number)

    def nap(self, number: float) -> None:
        """Set what makes a callback take two seconds; wait for nothing."""
        self.submit("nap", number)

    async def trip(self, number: int) -> None:
        """Set the slider, wait for the label's patch and for the OK."""
        ok = self.submit("slider", number)
        label, text = self.ids["label"], str(number)
        await self.until(lambda: self.texts.get(label) == text)
        await ok

    async def order(self, order: str) -> None:
        """Tell Python what to do; wait until it says, behind its changes, that it is done."""
        ok = self.submit("order", order)
        report = self.ids["report"]
        await self.until(lambda: self.texts.get(report) == order)
        await ok


def named(node: Any) -> dict[str, str]:
    """Return the ids of the models that have a name in a document of the wire."""
    found: dict[str, str] = {}
    todo = [node]
    while todo:
        node = todo.pop()
        if isinstance(node, dict):
            name = node.get("attributes", {}).get("name")
            if name is not None:
                found[name] = node["id"]
            todo += node.values()
        elif isinstance(node, list):
            todo += node
    return found


async def open_bokeh(port: int) -> BokehClient:
    """Open a session of the app and find its models."""
    return await join_bokeh(port, await page_of(port))


async def join_bokeh(port: int, page: str, path: str = "/app") -> BokehClient:
    """Open a websocket to the session of a page and find its models."""
    token = re.search(r'"token":\s*"([^"]+)"', page)
    if token is None:
        raise RuntimeError("no session token in the page of Bokeh")
    client = await connect(
        BokehClient(),
        f"ws://127.0.0.1:{port}{path}/ws",
        origin=f"http://127.0.0.1:{port}",
        subprotocols=("bokeh", token.group(1)),
    )
    await client.greeted
    document = _decode(await client.request("PULL-DOC-REQ"))
    client.ids = named(document["doc"])
    return client
