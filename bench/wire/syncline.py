"""A client of Syncline's protocol, written from SPEC.md alone (no code of ours in it)."""

from __future__ import annotations

import asyncio
import base64
import itertools
import re
import struct
from typing import Any
from urllib.parse import urljoin

import msgspec

from wire.frames import FrameClient, connect
from wire.page import page_of

# As the floor's client: a patch is text with values in it.
PATCH = (
    '{"header":{"msgid":"c-%d","msgtype":"PATCH-DOC","client":"%s","seq":%d,"base":%d,"seen":%d,'
    '"epoch":"%s"},"content":{"ops":[{"op":"set","m":"%s","p":["%s"],"v":%s}]}}'
)
PAGE_DATA = re.compile(r'<script[^>]*\bid="syncline-page"[^>]*>(.*?)</script>', re.DOTALL)
MAGIC = b"SL\x01\x00"
_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


class SynclineClient(FrameClient):
    """Keep one transaction in flight and follow the revisions."""

    def __init__(self) -> None:
        super().__init__()
        loop = asyncio.get_running_loop()
        self.greeted: asyncio.Future[None] = loop.create_future()
        self.pulled: asyncio.Future[None] = loop.create_future()
        self.ids: dict[str, str] = {}
        """The model that has a property, by the property's name."""
        self.client, self.epoch, self.revision, self.seq = "", "", 0, 0
        self.acknowledged = 0
        self.values: dict[str, Any] = {}
        """The value last set by a patch, by the property's name."""
        self._ids = itertools.count(1)

    def on_frame(self, payload: bytes, *, text: bool) -> None:
        message = _decode(payload if text else self._joined(payload))
        header, content = message["header"], message.get("content", {})
        match header["msgtype"]:
            case "PATCH-DOC":
                self._follow(header)
                self.patches += 1
                for transaction in content["txs"]:
                    self._play(transaction["ops"])
            case "OK":
                self._ok(header)
            case "ACK":
                self.client, self.epoch = header["client"], header["epoch"]
                self.greeted.set_result(None)
            case "PULL-DOC-REPLY":
                self.client, self.revision = header["client"], header["rev"]
                self.seq = header.get("last_seq") or 0
                self._load(content["doc"])
                self.pulled.set_result(None)
            case "PUSH-DOC":
                self.revision = header["rev"]
                self._load(content["doc"])
            case "PING":
                self._send("OK", {"reqid": header["msgid"], "seen": self.revision}, {})
            case "ERROR":
                self.fail(str(content))
        self.settle()

    def _joined(self, frame: bytes) -> memoryview:
        # SPEC 3.3: magic, count, lengths; then the parts, each padded to a multiple of 8
        if frame[:4] != MAGIC:
            raise RuntimeError("not a binary frame of version 1")
        (count,) = struct.unpack_from("<I", frame, 4)
        length, *buffers = struct.unpack_from(f"<{count}I", frame, 8)
        self.buffer_bytes += sum(buffers)
        start = (8 + 4 * count + 7) & ~7
        return memoryview(frame)[start : start + length]

    def _load(self, document: dict[str, Any]) -> None:
        for id, model in document["models"].items():
            for name, value in model["props"].items():
                self.ids[name] = id
                self.values[name] = value

    def _follow(self, header: dict[str, Any]) -> None:
        # SPEC 5.2: a gap would have to be pulled; on a healthy websocket there is none
        if header["since"] != self.revision:
            self.fail(f"gap: at {self.revision}, got since {header['since']}")
        self.revision = header["rev"]

    def _play(self, ops: list[dict[str, Any]]) -> None:
        for op in ops:
            if op["op"] == "set":
                name = op["p"][0]
                self.values[name] = op["v"]
                if name == "text":
                    self.on_text(op["v"])

    def _ok(self, header: dict[str, Any]) -> None:
        if "seq" not in header:
            return
        self._follow(header)
        self.acknowledged = header["seq"]

    def _send(self, kind: str, header: dict[str, Any], content: dict[str, Any]) -> None:
        header = {"msgid": f"c-{next(self._ids)}", "msgtype": kind, "epoch": self.epoch, **header}
        self.send_text(_encode({"header": header, "content": content}))

    def pull(self) -> None:
        """Ask for a snapshot."""
        self._send("PULL-DOC-REQ", {}, {"have": None, "pending": None})

    def submit(self, name: str, value: bytes) -> None:
        """Set a property, given as JSON, of the model that has it."""
        self.seq += 1
        seq, revision = self.seq, self.revision
        head = (seq, self.client, seq, revision, revision, self.epoch, self.ids[name], name)
        self.send_text((PATCH % (*head, value.decode())).encode())

    async def change(self, number: int) -> None:
        """Set the property whose callback changes nothing, wait for the OK."""
        self.submit("quiet", b"%d" % number)
        seq = self.seq
        await self.until(lambda: self.acknowledged == seq)

    def nap(self, number: float) -> None:
        """Set what makes a callback take two seconds; wait for nothing."""
        self.submit("nap", b"%.1f" % number)

    async def trip(self, number: int) -> None:
        """Set the slider, wait for the OK and for the patch with the label."""
        self.submit("value", b"%d" % number)
        seq, text = self.seq, str(number)
        await self.until(lambda: self.acknowledged == seq and self.values["text"] == text)

    async def order(self, order: str) -> None:
        """Tell Python what to do; wait until it says, behind its changes, that it is done."""
        self.submit("order", _encode(order))
        seq = self.seq
        await self.until(lambda: self.acknowledged == seq and self.values["report"] == order)


async def open_syncline(port: int) -> SynclineClient:
    """Open a session of the app and do the handshake."""
    return await join_syncline(port, await page_of(port))


async def join_syncline(port: int, page: str, path: str = "/app") -> SynclineClient:
    """Open a websocket to the session of a page and do the handshake."""
    found = PAGE_DATA.search(page)
    if found is None:
        raise RuntimeError("no syncline-page data in the page")
    data = _decode(found.group(1).encode())
    origin = f"http://127.0.0.1:{port}"
    token = base64.urlsafe_b64encode(data["token"].encode()).decode().rstrip("=")
    url = urljoin(f"{origin}{path}", data["ws"]).replace("http", "ws", 1)
    subprotocols = ("syncline.v1", f"syncline.t.{token}")
    client = await connect(SynclineClient(), url, origin=origin, subprotocols=subprotocols)
    await client.greeted
    client.pull()
    await client.pulled
    return client
