"""What a comm message of the kernel carries: frames, each for one page or for all (SPEC 6.2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from syncline.sync.frames import binary, measure

if TYPE_CHECKING:
    from syncline.sync.frames import Frame

FULL_BYTES = 1 << 16
"""What has so many bytes leaves: with one more frame it still passes where 10 MiB are allowed."""


class Source(Protocol):
    """What a comm is fed from: a page's peer, or the document's channel."""

    def take(self) -> Frame | None:
        """Return the next frame, or None."""
        ...


class Sender(Protocol):
    """A comm that publishes."""

    def send(self, data: Any = None, metadata: Any = None, buffers: Any = None) -> None:
        """Publish a message."""
        ...


class Parcel:
    """Frames that leave as one message, in order.

    With `inline` those that are text go inside the JSON, as the buffers of some page get lost.
    """

    def __init__(self, *, inline: bool = False) -> None:
        self.frames: list[Frame] = []
        self._to: list[str | None] = []
        self._inline = inline
        self._bytes = 0

    def add(self, to: str | None, frame: Frame) -> None:
        """Add a frame for the page whose comm this is, or for all."""
        self._to.append(to)
        self.frames.append(frame)
        self._bytes += measure(frame)

    def fill(self, to: str | None, source: Source) -> None:
        """Add what a source has, as long as there is room."""
        while self._bytes < FULL_BYTES and (frame := source.take()) is not None:
            self.add(to, frame)

    def send(self, comm: Sender) -> None:
        """Publish it."""
        data: dict[str, Any] = {"v": 1, "to": self._to}
        frames: Sequence[Frame] = self.frames
        if self._inline:
            data["frames"] = [frame if isinstance(frame, str) else None for frame in frames]
            frames = [frame for frame in frames if not isinstance(frame, str)]
        comm.send(data=data, buffers=[binary(frame) for frame in frames])


def unpacked(message: Any) -> Iterator[tuple[str | None, Frame | None]]:
    """Yield the frames of a kernel's message with whom each is for; None for one that got lost."""
    data = message["content"].get("data") or {}
    buffers = iter(message.get("buffers") or ())
    to = data["to"]
    for page, frame in zip(to, data.get("frames") or [None] * len(to), strict=False):
        yield page, next(buffers, None) if frame is None else frame
