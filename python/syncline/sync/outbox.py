"""What a connection has to send, in order: a cursor on the log, and a side queue (SPEC 5.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import Close, Fatal
from .frames import Frame, measure, pack
from .parts import cut

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from syncline.core.arrays import Buffer

    from .channel import Channel
    from .messages import Header
    from .session import Session
    from .volatile import Whisper
    from .window import Window

MAX_SIDE = 64
SMALL = 1 << 16
"""Squashed transactions of so many bytes are sent however small the document is."""
Key = tuple[str, str]
"""Model and name of a volatile message."""


class Message:
    """A message that is not in the log: sent when the cursor is at `after`, moves it to `rev`."""

    __slots__ = ("after", "buffers", "content", "header", "rev")

    def __init__(
        self, header: Header, content: Any, buffers: Sequence[Buffer], after: int, rev: int
    ) -> None:
        self.header = header
        self.content = content
        self.buffers = buffers
        self.after = after
        self.rev = rev


class Outbox:
    """The side queue of one connection and its cursor on the log; used under the session's lock."""

    __slots__ = (
        "_channel",
        "_log",
        "_parts",
        "_replacement",
        "_session",
        "_side",
        "_volatile",
        "cursor",
        "following",
        "inline",
        "window",
    )

    def __init__(
        self,
        session: Session,
        channel: Channel | None,
        window: Window | None,
        replacement: Callable[[], Message],
    ) -> None:
        self.cursor = session.rev
        """Last revision handed to the carrier."""
        self.following = False
        """Whether patches are sent: from the reply to the first PULL on."""
        self.inline = False
        """Whether arrays go inside the JSON, because buffers get lost on the way."""
        self.window = window
        self._session = session
        self._log = session.log
        self._channel = channel
        self._replacement = replacement
        """Makes the PUSH-DOC for one who is too far behind."""
        # Short, and empty most of the time: replaced, never changed, so that all share the empty.
        self._side: tuple[Message, ...] = ()
        self._parts: tuple[Frame, ...] = ()
        self._volatile: tuple[tuple[Key, Frame], ...] = ()

    @property
    def place(self) -> int:
        """Last revision that is on its way to the other side."""
        return self._channel.cursor if self._channel is not None else self.cursor

    @property
    def full(self) -> bool:
        """Whether the connection takes no replies any more and must be closed."""
        return len(self._side) > MAX_SIDE

    @property
    def waiting(self) -> bool:
        """Whether there is something to send, now or later."""
        if self._side or self._parts or self._volatile:
            return True
        end = self._log.rev if self._channel is None else self._channel.jumped
        return self.following and self.cursor < end

    @property
    def stuck(self) -> bool:
        """Whether what waits has to wait for receipts."""
        return self.window is not None and not self.window.open and self.waiting

    # Filling

    def put(
        self,
        header: Header,
        content: Any = None,
        buffers: Sequence[Buffer] = (),
        after: int | None = None,
        rev: int | None = None,
    ) -> None:
        """Queue a message behind revision `after` (now, by default), to move the cursor to `rev`.

        `buffers` are those that `content`, a struct or JSON, refers to.
        """
        after = self.place if after is None else after
        header.inline = self.inline
        message = Message(header, content, buffers, after, after if rev is None else rev)
        self._side = (*self._side, message)
        self._make_room()

    def hear(self, whisper: Whisper) -> None:
        """Queue a volatile message; the latest of its model and name is kept (SPEC 5.8)."""
        others = (each for each in self._volatile if each[0] != whisper.key)
        self._volatile = (*others, (whisper.key, whisper.frame(inline=self.inline)))
        self._make_room()

    def _make_room(self) -> None:
        if self._volatile:
            over = len(self._side) + len(self._volatile) - MAX_SIDE
            self._volatile = self._volatile[max(0, over) :]

    def clear(self) -> None:
        """Forget what waits. A message that has begun in parts is finished."""
        self._side, self._volatile = (), ()
        if self.window is not None:
            self.window.reset()

    # Emptying

    def take(self) -> Frame | None:
        """Return the next frame, or None when there is nothing now."""
        window = self.window
        if window is None:
            return self._next()
        frame = self._next() if window.open else None
        if frame is not None:
            window.sent(measure(frame))
        return frame

    def _next(self) -> Frame | None:
        if self._parts:
            return self._part()
        if self._volatile:
            (_, frame), self._volatile = self._volatile[0], self._volatile[1:]
            return frame
        if self._side and self._side[0].after <= self.place:
            message, self._side = self._side[0], self._side[1:]
            self.cursor = max(self.cursor, message.rev)
            return self._packed(message)
        if not self.following:
            return None
        return self._patch() if self._channel is None else self._resumed(self._channel)

    def _part(self) -> Frame:
        frame, self._parts = self._parts[0], self._parts[1:]
        return frame

    def _resumed(self, channel: Channel) -> Frame | None:
        """Send the document to a page whose channel had to leave something out."""
        return self._push() if self.cursor < channel.jumped else None

    def _packed(self, message: Message) -> Frame:
        """Return the first frame of a message; there are more where it has to go in parts."""
        header, limits = message.header, self._session.limits
        number = None if self.window is None else self.window.number + 1
        frame = pack(header, message.content, message.buffers)
        if (size := measure(frame)) > limits.max_document_out:
            raise Fatal(Close.TOO_LARGE, f"a message of {size} bytes is too large to send")
        if size > limits.frame:
            self._parts = tuple(cut(frame, header, limits.frame, inline=self.inline, number=number))
            return self._part()
        if number is None:
            return frame
        header.n = number
        return pack(header, message.content, message.buffers)

    def _patch(self) -> Frame | None:
        """Return the next transactions of the log, up to the next message of the side queue."""
        log, cursor = self._log, self.cursor
        limit = min(log.rev, self._side[0].after) if self._side else log.rev
        if cursor >= limit:
            return None
        if cursor < log.base:
            return self._push()
        rev, frames, squashed = self._session.feed.next(cursor, limit, inline=self.inline)
        # Only where it ends at head: a snapshot may not jump over what must reach everybody.
        if squashed > SMALL and rev == log.rev and squashed > self._session.snapshot_bytes:
            return self._push()
        self.cursor = rev
        if len(frames) == 1:
            return frames[0]
        self._parts = frames
        return self._part()

    def _push(self) -> Frame:
        """Replace the document of one who is too far behind (SPEC 5.7, rule 3)."""
        message = self._replacement()
        self.cursor = message.rev
        return self._packed(message)
