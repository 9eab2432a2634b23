"""A browser's half of a connection, as plain as the protocol allows."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tornado.websocket import WebSocketClientConnection

from syncline.sync.frames import split
from tests.jupyter.connection import connected
from tests.outcomes import says_all

SECONDS = 30
Message = dict[str, Any]


class Closed(Exception):
    """The other side has closed."""

    def __init__(self, code: int | None, text: str | None) -> None:
        self.code, self.text = code, text
        super().__init__(f"{code} {text}")


class PageSocket:
    """One page's websocket."""

    def __init__(self, connection: WebSocketClientConnection) -> None:
        self.connection = connection
        self.ids = itertools.count(1)
        self.rev = 0
        self.epoch = self.client = ""
        self.doc: Message = {}
        self.passed_over: deque[Message] = deque()

    async def receive(self) -> Message:
        """Return the next message; one that `set` has passed over comes first."""
        return self.passed_over.popleft() if self.passed_over else await self._read()

    async def _read(self) -> Message:
        frame = await asyncio.wait_for(self.connection.read_message(), SECONDS)
        if frame is None:
            raise Closed(self.connection.close_code, self.connection.close_reason)
        message: Message = json.loads(json_of(frame))
        header = message["header"]
        if header["msgtype"] in ("PATCH-DOC", "OK", "PULL-DOC-REPLY") and "rev" in header:
            self.rev = header["rev"]
        if header["msgtype"] == "PING":
            await self.send("OK", {}, reqid=header["msgid"])
        return message

    async def send(self, msgtype: str, content: Message, **header: Any) -> str:
        """Send a message; return its id."""
        msgid = f"c-{next(self.ids)}"
        whole = {"msgid": msgid, "msgtype": msgtype, **header}
        await self.connection.write_message(json.dumps({"header": whole, "content": content}))
        return msgid

    async def shake_hands(self) -> Message:
        """Go through ACK and PULL; return the document."""
        ack = await self.receive()
        assert ack["header"]["msgtype"] == "ACK", ack
        self.epoch, self.client = ack["header"]["epoch"], ack["header"]["client"]
        await self.send("PULL-DOC-REQ", {"have": None, "pending": None}, client=self.client)
        reply = await self.until("PULL-DOC-REPLY")
        self.doc = reply["content"]["doc"]
        return self.doc

    async def until(self, msgtype: str) -> Message:
        """Return the next message of a type."""
        while True:
            message = await self.receive()
            if message["header"]["msgtype"] == msgtype:
                return message

    async def change(self, model: str, name: str, value: Any, seq: int = 1) -> str:
        """Send a change of a property; return the message's id."""
        ops = [{"op": "set", "m": model, "p": [name], "v": value}]
        header = {"client": self.client, "seq": seq, "base": self.rev, "epoch": self.epoch}
        return await self.send("PATCH-DOC", {"ops": ops}, **header, seen=self.rev)

    async def set(self, model: str, name: str, value: Any, seq: int = 1) -> Message:
        """Change a property; return the OK or ERROR, or the patch that says all (SPEC 6.2)."""
        msgid = await self.change(model, name, value, seq)
        while True:
            message = await self._read()
            if message["header"].get("reqid") == msgid:
                return message
            # Over a comm the patches that follow may come before the answer (SPEC 8, 17).
            self.passed_over.append(message)
            if says_all(message, self.client, seq):
                return message

    async def until_value(self, model: str, name: str, value: Any) -> None:
        """Wait for a patch that sets a property to a value."""
        while True:
            patch = await self.until("PATCH-DOC")
            for tx in patch["content"]["txs"]:
                for op in tx["ops"]:
                    if op.get("m") == model and op.get("p") == [name] and op.get("v") == value:
                        return

    async def closed(self) -> Closed:
        """Wait until the other side closes."""
        try:
            while True:
                await self.receive()
        except Closed as end:
            return end

    def model(self, kind: str) -> tuple[str, Message]:
        """Return the first model of a type, with its id."""
        models = self.doc["models"].items()
        return next((i, m) for i, m in models if m["type"].startswith(kind + "@"))


@asynccontextmanager
async def page_socket(
    url: str, headers: dict[str, str], token: str | None = None
) -> AsyncIterator[PageSocket]:
    """Connect as a page does."""
    names = ["syncline.v1"]
    if token is not None:
        names.append("syncline.t." + base64.urlsafe_b64encode(token.encode()).decode().rstrip("="))
    async with connected(url, headers, subprotocols=names) as connection:
        yield PageSocket(connection)


def json_of(frame: str | bytes) -> str | bytes:
    """Return the JSON of a frame."""
    return frame if isinstance(frame, str) else bytes(split(frame)[0])
