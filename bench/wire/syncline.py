"""A client of Syncline's protocol, written from SPEC.md alone (no code of ours in it)."""

from __future__ import annotations

import asyncio
import base64
import itertools
import re
import urllib.request
from typing import Any
from urllib.parse import urljoin

import orjson

from wire.frames import FrameClient, connect

# As the floor's client: a patch is text with numbers in it.
PATCH = (
    '{"header":{"msgid":"c-%%d","msgtype":"PATCH-DOC","client":"%s","seq":%%d,"base":%%d,"seen":%%d,'
    '"epoch":"%s"},"content":{"ops":[{"op":"set","m":"%s","p":["value"],"v":%%d}]}}'
)
PAGE_DATA = re.compile(r'<script[^>]*\bid="syncline-page"[^>]*>(.*?)</script>', re.DOTALL)


class SynclineClient(FrameClient):
    """Keep one transaction in flight and follow the revisions."""

    slider: str
    label: str

    def __init__(self) -> None:
        super().__init__()
        loop = asyncio.get_running_loop()
        self.greeted: asyncio.Future[None] = loop.create_future()
        self.pulled: asyncio.Future[dict[str, Any]] = loop.create_future()
        self._ids = itertools.count(1)
        self.client, self.epoch, self.revision, self.seq = "", "", 0, 0
        self._wanted: tuple[int, str] = (0, "")
        self._committed = self._shown = False
        self._patch_text: bytes | None = None
        self._done: asyncio.Future[None] | None = None

    def on_frame(self, payload: bytes, *, text: bool) -> None:
        if not text:
            self._fail("a binary frame, although no message here has a buffer")
            return
        message = orjson.loads(payload)
        header, content = message["header"], message.get("content", {})
        match header["msgtype"]:
            case "ACK":
                self.client, self.epoch = header["client"], header["epoch"]
                self.greeted.set_result(None)
            case "PULL-DOC-REPLY":
                self.client, self.revision = header["client"], header["rev"]
                self.seq = header.get("last_seq") or 0
                self.pulled.set_result(content["doc"])
            case "PATCH-DOC":
                self._patch(header, content)
            case "OK":
                self._ok(header)
            case "PING":
                self._send("OK", {"reqid": header["msgid"], "seen": self.revision}, {})
            case "ERROR":
                self._fail(str(content))

    def _follow(self, header: dict[str, Any]) -> None:
        # SPEC 5.2: a gap would have to be pulled; on a healthy websocket there is none
        if header["since"] != self.revision:
            self._fail(f"gap: at {self.revision}, got since {header['since']}")
        self.revision = header["rev"]

    def _patch(self, header: dict[str, Any], content: dict[str, Any]) -> None:
        self._follow(header)
        for transaction in content["txs"]:
            for op in transaction["ops"]:
                if op.get("m") == self.label and op.get("v") == self._wanted[1]:
                    self._shown = True
        self._settle()

    def _ok(self, header: dict[str, Any]) -> None:
        if header.get("seq") != self._wanted[0]:
            return
        self._follow(header)
        self._committed = True
        self._settle()

    def _settle(self) -> None:
        if self._committed and self._shown and self._done is not None and not self._done.done():
            self._done.set_result(None)

    def _fail(self, text: str) -> None:
        error = RuntimeError(text)
        for future in (self._done, self.pulled, self.greeted):
            if future is not None and not future.done():
                future.set_exception(error)

    def _send(self, kind: str, header: dict[str, Any], content: dict[str, Any]) -> None:
        header = {"msgid": f"c-{next(self._ids)}", "msgtype": kind, "epoch": self.epoch, **header}
        self.send_text(orjson.dumps({"header": header, "content": content}))

    def pull(self) -> None:
        """Ask for a snapshot."""
        self._send("PULL-DOC-REQ", {}, {"have": None, "pending": None})

    async def trip(self, number: int) -> None:
        """Set the slider, wait for the OK and for the patch with the label."""
        self.seq += 1
        self._wanted = (self.seq, str(number))
        self._committed = self._shown = False
        self._done = asyncio.get_running_loop().create_future()
        if self._patch_text is None:
            self._patch_text = (PATCH % (self.client, self.epoch, self.slider)).encode()
        revision = self.revision
        self.send_text(self._patch_text % (self.seq, self.seq, revision, revision, number))
        await self._done


def model_with(document: dict[str, Any], name: str) -> str:
    """Return the id of the only model that has a property."""
    (found,) = (key for key, model in document["models"].items() if name in model["props"])
    return str(found)


async def open_syncline(port: int) -> SynclineClient:
    """Open a session of the app and do the handshake."""
    origin = f"http://127.0.0.1:{port}"
    page = await asyncio.to_thread(lambda: urllib.request.urlopen(f"{origin}/app").read().decode())
    found = PAGE_DATA.search(page)
    if found is None:
        raise RuntimeError("no syncline-page data in the page")
    data = orjson.loads(found.group(1))
    token = base64.urlsafe_b64encode(data["token"].encode()).decode().rstrip("=")
    url = urljoin(f"{origin}/app", data["ws"]).replace("http", "ws", 1)
    subprotocols = ("syncline.v1", f"syncline.t.{token}")
    client = await connect(SynclineClient(), url, origin=origin, subprotocols=subprotocols)
    await client.greeted
    client.pull()
    document = await client.pulled
    client.slider, client.label = model_with(document, "value"), model_with(document, "text")
    return client
