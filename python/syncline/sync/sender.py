"""What a client says, and in which words (SPEC 3.1)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from syncline.core.ops import Msg, to_wire

from .frames import Frame, measure, pack
from .messages import Header, Patch, Pull, PushRequest
from .parts import cut

if TYPE_CHECKING:
    from syncline.core.arrays import Buffer

    from .replica import Replica

Send = Callable[[Frame], None]


class Sender:
    """Writes the messages of one client after the other."""

    def __init__(self, replica: Replica, send: Send) -> None:
        self.replica = replica
        self.send = send
        self.inline = False
        """Whether arrays go inside the JSON, because buffers get lost on the way."""
        self.got: int | None = None
        """Number of the last frame that came, on a carrier that counts them (SPEC 5.7)."""
        self._ids = itertools.count(1)

    def say(
        self, msgtype: str, content: Any = None, buffers: Sequence[Buffer] = (), **fields: Any
    ) -> str:
        """Send a message with any more header fields; return its id."""
        replica = self.replica
        header = Header(msgid=f"c-{next(self._ids)}", msgtype=msgtype, **fields)
        header.inline, header.got = self.inline, self.got
        if replica.epoch:
            header.epoch, header.seen = replica.epoch, replica.rev
        frame, limit = pack(header, content, buffers), replica.limits.frame
        if measure(frame) <= limit:
            self.send(frame)
            return header.msgid
        for part in cut(frame, header, limit, inline=self.inline):
            self.send(part)
        return header.msgid

    def submit(self) -> None:
        """Send what is in flight, as it is now."""
        batch = self.replica.submit()
        limit = self.replica.limits.buffers
        buffers: list[Buffer] | None = None if self.inline else []
        ops = [to_wire(op, buffers) for op in batch.submitted]  # type: ignore[arg-type]
        if buffers is not None and len(buffers) > limit:
            buffers, ops = None, [to_wire(op, None) for op in batch.submitted]  # type: ignore[arg-type]
        content = Patch(ops, batch.mode, batch.label)
        self.say(
            "PATCH-DOC",
            content,
            buffers or (),
            client=batch.client,
            seq=batch.seq,
            base=self.replica.rev,
        )

    def push(self, content: PushRequest, buffers: Sequence[Buffer], seq: int) -> None:
        """Send a document in the place of this one."""
        replica = self.replica
        self.say("PUSH-DOC", content, buffers, client=replica.client, seq=seq, base=replica.rev)

    def volatile(self, op: Msg) -> None:
        """Send an event that may get lost (SPEC 5.8)."""
        buffers: list[Buffer] | None = None if self.inline else []
        content = Patch([to_wire(op, buffers)])
        self.say("PATCH-DOC", content, buffers or (), client=self.replica.client, volatile=True)

    def pull(self, pull: Pull, resume_key: str | None, probe: Sequence[Buffer]) -> str:
        """Ask for what is missing; return the id of the question."""
        client = self.replica.client or None
        key = resume_key if client else None
        return self.say("PULL-DOC-REQ", pull, probe, client=client, resume_key=key)
