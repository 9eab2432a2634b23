"""A browser without a screen: fetches pages, keeps cookies, opens their websockets."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse
from tornado.websocket import WebSocketClientConnection, websocket_connect

from syncline.hosting.auth import AuthRequest
from syncline.sync.frames import split
from tests.outcomes import says_all

if TYPE_CHECKING:
    from collections.abc import Callable

    from syncline.server import Server

SECONDS = 30
OPENED: list[WebSocketClientConnection] = []
"""Connections of the running test, closed at its end."""


def close_all() -> None:
    """Close the connections of the running test."""
    while OPENED:
        OPENED.pop().close()


@dataclass
class Browser:
    """One visitor of one server."""

    server: Server
    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)

    async def fetch(
        self, path: str, method: str = "GET", body: str | None = None, **headers: str
    ) -> HTTPResponse:
        """Fetch a path of the server, whatever it answers."""
        request = HTTPRequest(
            self.server.url + path,
            method,
            headers=self._headers(headers),
            body=body,
            allow_nonstandard_methods=True,
            follow_redirects=False,
            decompress_response=False,
        )
        response = await AsyncHTTPClient().fetch(request, raise_error=False)
        for cookie in response.headers.get_list("Set-Cookie"):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
            if "Max-Age=0" in cookie:
                del self.cookies[name]
        return response

    async def send_form(
        self, path: str, form: dict[str, str], origin: str | None = None
    ) -> HTTPResponse:
        """Send a form, as a page of the server does."""
        ours = "/".join(self.server.url.split("/")[:3])
        headers = {"Origin": ours if origin is None else origin}
        return await self.fetch(path, "POST", urlencode(form), **headers)

    def asked(self, path: str = "") -> AuthRequest:
        """Return what a request for a path says of who makes it."""
        return AuthRequest(path=path, cookies=self.cookies, headers=self.headers)

    async def page(self, app: str) -> dict[str, Any]:
        """Return the data of an application's page."""
        return page_data((await self.fetch(app)).body.decode())

    async def open(self, app: str) -> Socket:
        """Load a page and connect to its document."""
        data = await self.page(app)
        return await self.connect(data["ws"], data["token"])

    async def connect(
        self, path: str, token: str | None, protocol: str = "syncline.v1", **headers: str
    ) -> Socket:
        """Open a websocket; raise for what is refused before the upgrade."""
        protocols = [protocol]
        if token is not None:
            coded = base64.urlsafe_b64encode(token.encode()).decode().rstrip("=")
            protocols.append(f"syncline.t.{coded}")
        url = "ws" + self.server.url.removeprefix("http") + path
        request = HTTPRequest(url, headers=self._headers(headers))
        connection = await websocket_connect(
            request, subprotocols=protocols, max_message_size=64 << 20
        )
        OPENED.append(connection)
        return Socket(connection)

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        named = {name.replace("_", "-"): value for name, value in more.items()}
        return {**self.headers, **({"Cookie": cookies} if cookies else {}), **named}


async def ready(server: Server) -> None:
    """Wait until a server welcomes new visitors."""
    async with asyncio.timeout(SECONDS):
        while not server.site.is_ready:
            await asyncio.sleep(0.001)


def page_data(html: str) -> dict[str, Any]:
    """Return the data a page carries."""
    found = re.search(r'<script type="application/json" id="syncline-page">(.*?)</script>', html)
    assert found is not None, html
    data: dict[str, Any] = json.loads(found[1])
    return data


class Socket:
    """One connection, at the level of messages."""

    def __init__(self, connection: WebSocketClientConnection) -> None:
        self.connection = connection
        self.client = ""
        self.epoch = ""
        self.rev = 0
        self.probe = False
        self._seq = itertools.count(1)
        self._ids = itertools.count(1)

    async def receive(self) -> dict[str, Any]:
        """Return the next message; raise `Closed` at the end."""
        async with asyncio.timeout(SECONDS):
            frame = await self.connection.read_message()
        if frame is None:
            raise Closed(self.connection.close_code, self.connection.close_reason)
        text = frame if isinstance(frame, str) else bytes(split(frame)[0]).decode()
        message: dict[str, Any] = json.loads(text)
        return message

    async def until(self, *kinds: str) -> dict[str, Any]:
        """Return the next message of one of these types."""
        while True:
            message = await self.receive()
            if message["header"]["msgtype"] in kinds:
                return message

    async def closed(self) -> int:
        """Wait for the end and return the close code."""
        while True:
            try:
                await self.receive()
            except Closed as end:
                return end.code

    async def greet(self) -> dict[str, Any]:
        """Take the ACK and return the document."""
        header = (await self.receive())["header"]
        assert header["msgtype"] == "ACK"
        self.client, self.epoch = header["client"], header["epoch"]
        return await self.pull()

    async def pull(self) -> dict[str, Any]:
        """Return the document as it is now."""
        await self.send("PULL-DOC-REQ", {"have": None, "pending": None})
        reply = await self.until("PULL-DOC-REPLY")
        self.client, self.rev = reply["header"]["client"], reply["header"]["rev"]
        doc: dict[str, Any] = reply["content"]["doc"]
        return doc

    async def document(self, good: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Return the document as soon as it is as it should be."""
        doc = await (self.pull() if self.client else self.greet())
        async with asyncio.timeout(SECONDS):
            while not good(doc):
                await self.until("PATCH-DOC")
                doc = await self.pull()
        return doc

    async def _outcome(self, seq: int) -> dict[str, Any]:
        """Return the OK or ERROR, or the patch that is all of the outcome (SPEC 6.2)."""
        while True:
            message = await self.until("OK", "ERROR", "PATCH-DOC")
            if message["header"]["msgtype"] != "PATCH-DOC" or says_all(message, self.client, seq):
                return message

    async def patch(self, *ops: dict[str, Any]) -> dict[str, Any]:
        """Submit a transaction and return the answer."""
        seq = next(self._seq)
        header = {"seq": seq, "base": self.rev, "client": self.client}
        await self.send("PATCH-DOC", {"ops": list(ops)}, epoch=self.epoch, **header)
        answer = await self._outcome(seq)
        self.rev = max(self.rev, answer["header"].get("rev") or 0)
        return answer

    async def send(self, kind: str, content: dict[str, Any], **header: Any) -> None:
        """Send a message as a text frame."""
        head = {"msgid": f"c-{next(self._ids)}", "msgtype": kind, **header}
        await self.connection.write_message(json.dumps({"header": head, "content": content}))

    def close(self) -> None:
        """Go away."""
        self.connection.close()


class Closed(Exception):
    """The server ended the connection."""

    def __init__(self, code: int | None, text: str | None) -> None:
        self.code = code or 1006
        self.text = text
        super().__init__(code, text)


def model(doc: dict[str, Any], kind: str, **props: Any) -> tuple[str, dict[str, Any]]:
    """Return the id and properties of the first model of a type with these properties."""
    for name, found in doc["models"].items():
        right = all(found["props"].get(key) == value for key, value in props.items())
        if found["type"].startswith(f"ui/{kind}@") and right:
            return name, found["props"]
    raise AssertionError(f"no {kind} with {props} in {doc}")


def has(kind: str, **props: Any) -> Callable[[dict[str, Any]], bool]:
    """Return a check that a document has such a model."""

    def check(doc: dict[str, Any]) -> bool:
        try:
            model(doc, kind, **props)
        except AssertionError:
            return False
        return True

    return check
