"""What a cursor on the log is given next: encoded once, shared by all who read it (SPEC 5.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from syncline.core.ops import to_wire
from syncline.core.squash import squash
from syncline.core.values import MAX_BUFFERS

from .frames import Frame, encode, measure, pack
from .messages import Header, Limits, Tx
from .parts import cut

if TYPE_CHECKING:
    from collections.abc import Container

    from syncline.core.arrays import Buffer

    from .log import Log

CHUNK_REVISIONS = 64
CHUNK_BYTES = 1 << 20
MESSAGE_BYTES = 1 << 18
"""Transactions are put into one message up to this: it is read while the next is made."""
KEPT = 8
"""How many ranges are kept in encoded form: those who follow closely ask for the same few."""
LARGE = 1 << 16
KEPT_LARGE = 2
"""How many where they are large: the next finds their memory in the processor's caches."""
Key = tuple[int, int, bool]
"""Revisions `since` and `rev`, and whether arrays are inline."""
Frames = tuple[Frame, ...]
"""A message in frames: more than one where it has to go in parts."""


Chunk = tuple[int, Frames, int]
"""Transactions of the log: the last revision, the frames, their bytes where they are squashed."""


class Feed:
    """Ranges of one log as frames."""

    def __init__(self, log: Log, limits: Limits, epoch: str) -> None:
        self._log = log
        self._limits = limits
        self.epoch = epoch
        self._raws: dict[Key, Chunk] = {}
        self._squashes: dict[Key, Chunk] = {}

    @property
    def weight(self) -> int:
        """Bytes of what is kept."""
        kept = [*self._raws.values(), *self._squashes.values()]
        return sum(measure(frame) for _, frames, _ in kept for frame in frames)

    def clear(self) -> None:
        """Forget what is kept."""
        self._raws.clear()
        self._squashes.clear()

    def next(
        self, since: int, limit: int, readers: Container[str] = (), *, inline: bool = False
    ) -> Chunk:
        """Return the next revisions after `since`, up to `limit`: as they are, or squashed.

        `readers` are the authors among those who read it: they must find their own transactions.
        """
        key = since, limit, inline
        chunk = self._raws.get(key)
        if chunk is not None:
            return chunk
        if self._long(since, limit):
            end = self._squashable(since, limit, readers)
            if self._long(since, end):
                return self._squashed(since, end, inline)
        chunk = self._raw(since, limit, inline)
        return _keep(self._raws, key, chunk)

    def _long(self, since: int, rev: int) -> bool:
        if rev - since > CHUNK_REVISIONS:
            return True
        return rev - since > 1 and self._log.bytes(since, rev) > CHUNK_BYTES

    def _squashable(self, since: int, limit: int, readers: Container[str]) -> int:
        """Return the revision up to which nobody has to see each transaction."""
        for entry in self._log.after(since, limit):
            if entry.whole or entry.by in readers:
                return entry.rev - 1
        return limit

    def _raw(self, since: int, limit: int, inline: bool) -> Chunk:
        """Put the transactions of a chunk one behind the other, as they are."""
        txs: list[bytes] = []
        buffers: list[Buffer] = []
        rev = since
        weight = 0
        for entry in self._log.after(since, min(limit, since + CHUNK_REVISIONS)):
            weight += entry.weight
            encoded, own = entry.encoded(inline=inline)
            if txs and (weight > MESSAGE_BYTES or len(buffers) + len(own) > MAX_BUFFERS):
                break
            txs.append(encoded)
            buffers += own
            rev = entry.rev
        return rev, self._frames(since, rev, b",".join(txs), buffers, inline), 0

    def txs(self, since: int, rev: int, *, inline: bool) -> tuple[bytes, list[Buffer]]:
        """Return transactions `since + 1` to `rev` as items of a JSON list, and their buffers."""
        txs: list[bytes] = []
        buffers: list[Buffer] = []
        for entry in self._log.after(since, rev):
            encoded, own = entry.encoded(inline=inline)
            if len(buffers) + len(own) > MAX_BUFFERS:
                encoded, own = entry.encoded(inline=True)
            txs.append(encoded)
            buffers += own
        return b",".join(txs), buffers

    def _squashed(self, since: int, rev: int, inline: bool) -> Chunk:
        key = since, rev, inline
        known = self._squashes.get(key)
        if known is not None:
            return known
        return _keep(self._squashes, key, self._squash(since, rev, inline))

    def _squash(self, since: int, rev: int, inline: bool) -> Chunk:
        """Make one transaction of many, by nobody in particular."""
        entries = list(self._log.after(since, rev))
        buffers: list[Buffer] | None = None if inline else []
        fewer = squash([op for one in entries for op in one.ops])
        ops = [to_wire(op, buffers) for op in fewer]  # type: ignore[arg-type]
        schema = {hash: told for one in entries for hash, told in (one.schema or {}).items()}
        tx = Tx(rev, ops, since=since, nbuf=len(buffers or ()), schema=schema or None)
        frames = self._frames(since, rev, encode(tx), buffers or [], inline)
        return rev, frames, sum(map(measure, frames))

    def _frames(
        self, since: int, rev: int, txs: bytes, buffers: list[Buffer], inline: bool
    ) -> Frames:
        header = Header(
            msgid=f"r{since}-{rev}",
            msgtype="PATCH-DOC",
            epoch=self.epoch,
            since=since,
            rev=rev,
            inline=inline,
        )
        frame = pack(header, msgspec.Raw(b'{"txs":[' + txs + b"]}"), buffers)
        if measure(frame) <= self._limits.frame:
            return (frame,)
        return tuple(cut(frame, header, self._limits.frame, inline=inline))


def _keep(kept: dict[Key, Chunk], key: Key, chunk: Chunk) -> Chunk:
    most = KEPT if measure(chunk[1][0]) < LARGE else KEPT_LARGE
    while len(kept) >= most:
        del kept[next(iter(kept))]
    kept[key] = chunk
    return chunk
