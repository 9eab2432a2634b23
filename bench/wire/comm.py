"""A client of Syncline's protocol over a comm, written from SPEC.md alone (no code of ours)."""

from __future__ import annotations

import itertools
import json
import struct
import uuid
from collections.abc import Callable
from typing import Any

MAGIC = b"SL\x01\x00"
PROBE = bytes(range(8))
Send = Callable[..., str]


def pack(message: dict[str, Any], buffers: tuple[bytes, ...] = ()) -> bytes:
    """Return a binary frame (SPEC 3.3); buffers have a multiple of 8 bytes."""
    text = json.dumps(message, separators=(",", ":")).encode()
    head = MAGIC + struct.pack(
        f"<{2 + len(buffers)}I", 1 + len(buffers), len(text), *map(len, buffers)
    )
    return b"".join((_padded(head), _padded(text), *buffers))


def unpack(frame: memoryview) -> dict[str, Any]:
    """Return the message of a frame."""
    (count,) = struct.unpack_from("<I", frame, 4)
    (length,) = struct.unpack_from("<I", frame, 8)
    start = (8 + 4 * count + 7) & ~7
    message: dict[str, Any] = json.loads(bytes(frame[start : start + length]))
    return message


def _padded(part: bytes) -> bytes:
    return part + bytes(-len(part) % 8)


class SynclineComm:
    """Keep one transaction in flight and follow the revisions."""

    def __init__(self, doc: str, send: Send) -> None:
        self.comm = uuid.uuid4().hex
        self.live = False
        self.ids: dict[str, str] = {}
        """The model that has a property, by the property's name."""
        self.values: dict[str, Any] = {}
        self._doc, self._send = doc, send
        self._client, self._epoch, self._channel = "", "", ""
        self._revision = self._seq = self._acknowledged = self._got = 0
        self._ids = itertools.count(1)

    @property
    def settled(self) -> bool:
        """Whether what was sent is acknowledged."""
        return self._acknowledged == self._seq

    def open(self) -> None:
        """Open the comm."""
        data = {"protocol": 1, "doc": self._doc, "client": None}
        self._send("comm_open", {"comm_id": self.comm, "target_name": "syncline.v1", "data": data})

    def submit(self, name: str, value: Any) -> str:
        """Set a property of the model that has it."""
        self._seq += 1
        header = {"client": self._client, "seq": self._seq, "base": self._revision}
        ops = [{"op": "set", "m": self.ids[name], "p": [name], "v": value}]
        return self._say("PATCH-DOC", {**header, "seen": self._revision}, {"ops": ops})

    def hear(self, message: dict[str, Any]) -> None:
        """Take a message of iopub."""
        content = message["content"]
        if message["msg_type"] != "comm_msg" or content["comm_id"] not in (
            self.comm,
            self._channel,
        ):
            return
        for to, frame in zip(content["data"]["to"], message["buffers"], strict=True):
            if to in (None, self.comm):
                self._take(unpack(memoryview(frame)))

    def _take(self, message: dict[str, Any]) -> None:
        header, content = message["header"], message["content"]
        self._got = header.get("n", self._got)
        match header["msgtype"]:
            case "ACK":
                self._client, self._epoch = header["client"], header["epoch"]
                self._channel = content["channel"]
                self._say("PULL-DOC-REQ", {}, {"have": None, "pending": None}, (PROBE,))
            case "PULL-DOC-REPLY":
                self._client, self._revision, self.live = header["client"], header["rev"], True
                for id, model in content["doc"]["models"].items():
                    self.ids |= dict.fromkeys(model["props"], id)
                    self.values |= model["props"]
            case "PATCH-DOC":
                if header["since"] != self._revision:
                    raise RuntimeError(f"gap: at {self._revision}, got since {header['since']}")
                self._revision = header["rev"]
                for tx in content["txs"]:
                    if tx.get("by") == self._client and not tx.get("conflicts"):
                        self._acknowledged = tx["seq"]
                    self.values |= {op["p"][0]: op["v"] for op in tx["ops"]}
            case "OK" if "seq" in header:
                self._acknowledged = header["seq"]
            case "ERROR":
                raise RuntimeError(str(content))

    def _say(
        self, kind: str, header: dict[str, Any], content: Any, buffers: tuple[bytes, ...] = ()
    ) -> str:
        header = {"msgid": f"c-{next(self._ids)}", "msgtype": kind, "epoch": self._epoch, **header}
        if self._got:
            header["got"] = self._got
        if buffers:
            header["buffers"] = len(buffers)
        frame = pack({"header": header, "content": content}, buffers)
        return self._send("comm_msg", {"comm_id": self.comm, "data": {"v": 1}}, [frame])
