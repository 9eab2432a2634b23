"""A third client of the protocol, written from SPEC.md alone: the replica and its connection."""

import asyncio
import base64
import copy
import json
import random
import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from tornado.httpclient import AsyncHTTPClient
from tornado.websocket import WebSocketClosedError, WebSocketError, websocket_connect

from wire import apply, decode, encode, pack, unpack

FINAL = {4400, 4401, 4404, 4406, 4413}  # never reconnect after these (SPEC 5.9)


@dataclass
class Edit:
    """A transaction that is not acknowledged: the queue, or the one in flight."""

    ops: list[dict[str, Any]]
    done: asyncio.Future
    seq: int = 0
    base: int | None = None  # what the ops are expressed on: None says head


@dataclass
class Client:
    """Confirmed document, one transaction in flight, and a queue.

    Nothing is transformed here: a resent transaction keeps its base, so that the session does it.
    """

    url: str
    token: str
    id: str | None = None
    key: str = ""
    epoch: str | None = None
    rev: int = -1
    n: int = 0
    confirmed: dict[str, Any] = field(default_factory=dict)
    in_flight: Edit | None = None
    queue: Edit | None = None
    log: list[tuple] = field(default_factory=list)  # (rev, by, seq) of all that was committed
    messages: list[dict[str, Any]] = field(default_factory=list)
    cuts: int = 0
    mute: bool = False  # for the check: what it sends gets lost
    deaf: bool = False  # or what it is sent
    live: bool = False
    pulling: bool = True
    ws: Any = None
    count: int = 0
    ping: int = 20
    limit: int = 2**23
    parts: list[bytes] = field(default_factory=list)
    offered: tuple[str, str] = ("", "")
    news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def view(self):
        """The document as its user sees it."""
        doc = copy.deepcopy(self.confirmed)
        for edit in (self.in_flight, self.queue):
            for op in copy.deepcopy(edit.ops) if edit else ():
                with suppress(LookupError):
                    apply(doc, op)
        return doc

    def edit(self, *ops):
        """Do ops at once; the future says what became of them."""
        if not self.queue:
            self.queue = Edit([], asyncio.get_running_loop().create_future())
        for op in ops:
            last = self.queue.ops[-1] if self.queue.ops else {}
            if op["op"] == "set" and all(last.get(k) == op[k] for k in ("op", "m", "p")):
                self.queue.ops.pop()
            self.queue.ops.append(op)
        done = self.queue.done
        self.submit()
        return done

    async def until(self, condition, seconds=10):
        """Wait until something holds."""
        async with asyncio.timeout(seconds):
            while not condition():
                self.news.clear()
                with suppress(TimeoutError):  # what it waits for may come to another client
                    await asyncio.wait_for(self.news.wait(), 0.05)

    # Out

    def send(self, msgtype, content, buffers=(), **header):
        """Send one message."""
        self.count += 1
        header = {"msgid": f"c-{self.count}", "msgtype": msgtype, **header}
        frames = [pack(header, content, buffers)]
        if len(frames[0]) > self.limit:  # SPEC 3.4
            whole = pack(header, content, buffers, binary=True)
            size = self.limit - 1024
            slices = [whole[at : at + size] for at in range(0, len(whole), size)]
            part = {"msgid": header["msgid"], "msgtype": msgtype, "total": len(whole)}
            parts = [{**part, "part": [k, len(slices)]} for k in range(len(slices))]
            frames = [pack(head, {}, [data]) for head, data in zip(parts, slices, strict=True)]
        for frame in frames:
            if self.ws and not self.mute:
                with suppress(WebSocketClosedError):  # the reader sees it too and resumes
                    self.ws.write_message(frame, binary=isinstance(frame, bytes))

    def submit(self, *, again=False):
        """Send the queue, if nothing is in flight; or what is in flight once more."""
        if not self.live or self.pulling or bool(self.in_flight) != again:
            return
        if not again:
            if not self.queue:
                return
            self.n += 1
            self.in_flight, self.queue = self.queue, None
            self.in_flight.seq = self.n
        edit, buffers = self.in_flight, []
        if edit.base is None:
            edit.base = self.rev
        content = {"ops": [encode(op, buffers) for op in edit.ops]}
        self.send(
            "PATCH-DOC",
            content,
            buffers,
            client=self.id,
            seq=edit.seq,
            base=edit.base,
            epoch=self.epoch,
            seen=self.rev,
        )

    def pull(self, *, whole=False, **header):
        """Ask for what is missing, or for the whole document."""
        self.pulling, self.live = True, False
        have = {"epoch": self.epoch, "rev": self.rev} if self.epoch else None
        pending = self.in_flight.seq if self.in_flight else None
        content = {"have": have, "pending": pending, **({"kind": "snapshot"} if whole else {})}
        self.send("PULL-DOC-REQ", content, **header)

    # In

    def receive(self, frame):
        """Take one message."""
        header, content, buffers = unpack(frame)
        kind, foreign = header["msgtype"], header.get("epoch") != self.epoch
        if "part" in header:
            k, n = header["part"]
            self.parts = [*self.parts[:k], *buffers]
            if len(self.parts) <= k:
                self.pull()  # a hole
            elif k == n - 1:
                self.receive(b"".join(self.parts))
        elif kind == "ACK":
            self.offered = header["client"], content["resume_key"]
            self.ping, self.limit = content["ping"], content["limits"]["frame"]
            self.pull(**({"client": self.id, "resume_key": self.key} if self.key else {}))
        elif kind == "PING":
            self.send("OK", {}, reqid=header["msgid"], epoch=self.epoch, seen=self.rev)
            if not self.pulling and (foreign or header["rev"] > self.rev):
                self.pull()
        elif kind == "PULL-DOC-REPLY":
            self.pulled(header, content, buffers)
        elif kind == "PUSH-DOC":
            self.replace(header, content, buffers)
            self.outcome(header)
            self.submit()
        elif kind == "ERROR" and "seq" not in header:
            if content["retry"] == "resume" and not self.pulling:
                self.pull()
        elif kind in ("PATCH-DOC", "OK", "ERROR") and "since" in header and not self.pulling:
            if foreign or (header["rev"] > self.rev and header["since"] != self.rev):
                self.pull()
                return
            try:
                if kind == "PATCH-DOC":
                    self.play(content["txs"], buffers)
                    self.submit()
                else:
                    self.reply(header, content, buffers)
            except LookupError:  # a committed op always applies: this replica is at fault
                self.pull(whole=True)
        self.news.set()

    def pulled(self, header, content, buffers):
        """Take the answer to a PULL."""
        delta, same = content["kind"] == "delta", header["epoch"] == self.epoch
        fits = (header["since"] == self.rev) if delta else (header["rev"] >= self.rev)
        if not (fits and same) and (delta or same):
            return
        self.pulling, self.live = False, True
        if delta:
            self.play(content["txs"], buffers)  # with the old id: it may hold what is in flight
        else:
            self.replace(header, content, buffers)
        if header["client"] != self.id:
            self.id, self.key = self.offered
            self.n = 0
            if self.in_flight:
                self.n = self.in_flight.seq = 1
        self.outcome(header)
        self.n = max(self.n, header.get("last_seq") or 0)
        self.submit(again=bool(self.in_flight))

    def outcome(self, header):
        """Learn from ``result`` what became of the transaction in flight."""
        edit, result = self.in_flight, header.get("result")
        if edit and result and result["seq"] == edit.seq:
            self.finish(result["type"], result["content"])

    def replace(self, header, content, buffers):
        """Take a whole document."""
        self.confirmed = decode(content["doc"], buffers)
        self.epoch, self.rev = header["epoch"], header["rev"]
        if self.in_flight:
            self.in_flight.base = None

    def commit(self, rev, by, seq, ops):
        """Apply a committed transaction."""
        for op in copy.deepcopy(ops):
            apply(self.confirmed, op)
            if op["op"] == "msg":
                self.messages.append(op)
        self.rev = rev
        self.log.append((rev, by, seq))

    def play(self, txs, buffers):
        """Apply the transactions of a PATCH or a delta."""
        at = 0
        for tx in txs:
            own, at = buffers[at : at + tx.get("nbuf", 0)], at + tx.get("nbuf", 0)
            if tx["rev"] > self.rev:
                self.commit(tx["rev"], tx.get("by"), tx.get("seq"), decode(tx["ops"], own))
            if self.in_flight and (tx.get("by"), tx.get("seq")) == (self.id, self.in_flight.seq):
                self.finish("OK", {})

    def reply(self, header, content, buffers):
        """Take the OK or ERROR of the transaction in flight."""
        edit = self.in_flight
        if not edit or header.get("seq") != edit.seq:
            return
        if header["msgtype"] == "OK" and header["rev"] > self.rev:
            ops = edit.ops if content.get("verbatim") else decode(content["ops"], buffers)
            self.commit(header["rev"], self.id, edit.seq, ops)
        retry = content.get("retry", "never")
        if content.get("code") == "stale-base":
            edit.base = None
        if retry == "resume":
            self.pull()
        elif retry == "later":
            asyncio.get_running_loop().call_later(
                content.get("after_ms", 0) / 1000, lambda: self.submit(again=True)
            )
        else:
            self.finish(header["msgtype"], content)
            self.submit()

    def finish(self, kind, content):
        """End the transaction in flight."""
        edit, self.in_flight = self.in_flight, None
        edit.done.set_result((kind, content))

    async def next(self):
        """Return the next frame, None at the end; ask a silent server whether it is there."""
        reading = asyncio.ensure_future(self.ws.read_message())
        for _ in range(3):
            if (await asyncio.wait([reading], timeout=2 * self.ping))[0]:
                return reading.result()
            self.send("PING", {}, epoch=self.epoch, seen=self.rev)
        self.ws.close(4408, "no answer to two pings")
        return None

    async def run(self):
        """Connect, read, and come back when the connection breaks."""
        secret = base64.urlsafe_b64encode(self.token.encode()).decode().rstrip("=")
        wait = 0.5
        while True:
            try:
                names = ["syncline.v1", f"syncline.t.{secret}"]
                self.ws = await websocket_connect(self.url, subprotocols=names)
                while (frame := await self.next()) is not None:
                    if not self.deaf:
                        self.receive(frame)
                    wait = 0.5
                code = self.ws.close_code
            except (OSError, WebSocketError):
                code = None
            self.live, self.ws = False, None
            self.cuts += 1
            self.news.set()
            if code in FINAL:
                raise ConnectionError(code)
            if code == 4409:
                self.key = ""  # never again as this client
            await asyncio.sleep(wait * random.uniform(0.5, 1))  # noqa: S311
            wait = min(2 * wait, 30)


async def page(url):
    """Return the websocket's address and the token that stand in the page."""
    body = (await AsyncHTTPClient().fetch(url)).body.decode()
    found = json.loads(re.search(r'id="syncline-page">(.*?)</script>', body)[1])
    return url.replace("http", "ws", 1).rpartition("/")[0] + "/" + found["ws"], found["token"]
