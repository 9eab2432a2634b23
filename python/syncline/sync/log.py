"""The shared log of committed transactions (SPEC 5.6); connections are cursors on it (5.7)."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

import msgspec

from syncline.core.ops import Add, Drop, Msg, WireOp, to_wire, touches, weight
from syncline.core.values import MAX_BUFFERS

from .frames import Frame, encode, pack
from .messages import Header, Tx

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syncline.core.arrays import Buffer

MAX_REVISIONS = 4096
MAX_BYTES = 32 << 20
CHUNK_REVISIONS = 64
CHUNK_BYTES = 1 << 20


class Entry:
    """One committed transaction, encoded at most once."""

    __slots__ = (
        "_buffers",
        "_encoded",
        "_models",
        "adds",
        "by",
        "drops",
        "frame",
        "messages",
        "ops",
        "rev",
        "schema",
        "seq",
        "weight",
    )

    def __init__(self, rev: int, by: str, seq: int | None, ops: list[WireOp]) -> None:
        self.rev = rev
        self.by = by
        self.seq = seq
        self.ops = ops
        self.weight = sum(map(weight, ops))
        kinds = list(map(type, ops))
        self.messages = kinds.count(Msg)
        self.drops = Drop in kinds
        self.adds = Add in kinds
        self.schema: dict[str, Any] | None = None
        """Entries of the types that this transaction is the first to use (SPEC 5.9)."""
        self._models: set[str | None] | None = None
        self.frame: Frame | None = None
        self._encoded: bytes | None = None
        self._buffers: list[Buffer] = []

    @property
    def models(self) -> set[str | None]:
        """Models it changes; None among them stands for the document or a drop."""
        if self._models is None:
            self._models = {touches(op) for op in self.ops}
        return self._models

    def encoded(self) -> tuple[bytes, list[Buffer]]:
        """Return the JSON of the transaction and its buffers."""
        if self._encoded is None:
            self._encoded = self._encode(self._buffers)
        return self._encoded, self._buffers

    def inline(self) -> bytes:
        """Return the JSON of the transaction with its arrays inside."""
        return self._encode(None)

    def _encode(self, buffers: list[Buffer] | None) -> bytes:
        wire = [to_wire(op, buffers) for op in self.ops]
        count = len(buffers or ())
        return encode(Tx(self.rev, wire, self.by, self.seq, count, schema=self.schema))


class Log:
    """Entries `base + 1` to `rev`, bounded by count and by bytes."""

    def __init__(self, epoch: str) -> None:
        self.epoch = epoch
        self.base = 0
        self.rev = 0
        self.entries: deque[Entry] = deque()
        self.weight = 0

    def append(self, entry: Entry) -> None:
        """Add the next entry and cut the oldest beyond the bounds."""
        self.entries.append(entry)
        self.rev = entry.rev
        self.weight += entry.weight
        while len(self.entries) > MAX_REVISIONS or (
            self.weight > MAX_BYTES and len(self.entries) > 1
        ):
            self.weight -= self.entries.popleft().weight
            self.base += 1

    def after(self, rev: int, to: int | None = None) -> Iterator[Entry]:
        """Yield the entries `rev + 1` to `to` (the last by default)."""
        end = (self.rev if to is None else to) - self.base
        for index in range(rev - self.base, end):
            yield self.entries[index]

    def chunk(self, since: int, limit: int) -> tuple[int, Frame]:
        """Return the next revisions after `since`, up to `limit`, as (last revision, frame)."""
        first = self.entries[since - self.base]
        rev = first.rev
        size = first.weight
        for entry in self.after(rev, limit) if rev < limit else ():
            size += entry.weight
            if size > CHUNK_BYTES or entry.rev - since > CHUNK_REVISIONS:
                break
            rev = entry.rev
        if rev > first.rev:
            return rev, self._frame(since, rev)
        if first.frame is None:
            first.frame = self._frame(since, rev)
        return rev, first.frame

    def txs(self, since: int, rev: int, *, inline: bool = False) -> tuple[bytes, list[Buffer]]:
        """Return transactions `since + 1` to `rev` as items of a JSON list, and their buffers."""
        parts: list[bytes] = []
        buffers: list[Buffer] = []
        for entry in self.after(since, rev):
            encoded, own = (entry.inline(), []) if inline else entry.encoded()
            parts.append(encoded)
            buffers += own
        if len(buffers) > MAX_BUFFERS:
            return self.txs(since, rev, inline=True)
        return b",".join(parts), buffers

    def _frame(self, since: int, rev: int) -> Frame:
        txs, buffers = self.txs(since, rev)
        header = Header(
            msgid=f"r{since}-{rev}", msgtype="PATCH-DOC", epoch=self.epoch, since=since, rev=rev
        )
        return pack(header, msgspec.Raw(b'{"txs":[' + txs + b"]}"), buffers)
