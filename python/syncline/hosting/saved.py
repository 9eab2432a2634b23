"""A session as it is kept: its document, what its kernel keeps, and whose it is."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from syncline.document import saved
from syncline.document.saved import Extra, SavedDocument
from syncline.sync.frames import encode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from syncline.apps import Request
    from syncline.hosting.session import ServerSession

MOST_BYTES = 64 << 20
"""What one session may take in the store."""
Version = tuple[int, int]
"""Of a session's document, and of what its kernel keeps: both only ever grow."""


class About(msgspec.Struct, omit_defaults=True):
    """What a store keeps of a session beside documents. Of the request no header and no cookie."""

    app: str
    user: str | None
    created: float
    path: str
    arguments: dict[str, tuple[str, ...]]
    kernel: dict[str, int] = {}
    """The ids of its kernel's documents, and how long their frames are: one after the other they
    are the last buffer."""


@dataclass(frozen=True)
class Saved:
    """A session that was read from a store."""

    document: SavedDocument
    about: About
    kernel: Mapping[str, bytes]
    """The frames of its kernel's documents by their ids."""

    @property
    def session(self) -> str:
        """Its id."""
        return self.document.name

    def request(self, now: Request) -> Request:
        """Return the request that made it, with the headers and cookies of the one that is now."""
        about = self.about
        return replace(now, path=about.path, arguments=about.arguments, user=about.user)


class Writer:
    """Writes one session down, again and again: what was not touched since is not encoded again."""

    def __init__(self, session: ServerSession, *, clients_only: bool = False) -> None:
        self._session = session
        self._document = saved.Writer(session.document, clients_only=clients_only)

    def frame(self) -> tuple[Version, bytes]:
        """Return the session as it is now, and its version; on any thread."""
        session = self._session
        # Before the document: what comes meanwhile makes it due once more.
        version, kernel = session.kernel_frames()
        context = session.context
        about = About(
            app=session.app,
            user=context.user,
            created=session.created,
            path=context.request.path,
            arguments=dict(context.request.arguments),
            kernel={doc: len(frame) for doc, frame in kernel.items()},
        )
        rev, data = self._document.frame(
            Extra(encode(about), (b"".join(kernel.values()),) if kernel else ())
        )
        return (rev, version), data


def read(data: memoryview) -> Saved:
    """Return the session in a frame. Raises ValueError, msgspec's or the protocol's own error."""
    document, extra = saved.read(data)
    about = msgspec.json.decode(extra.more, type=About)
    frames = b"".join(extra.buffers[-1:]) if about.kernel else b""
    return Saved(document, about, _parted(frames, about.kernel))


def _parted(data: bytes, sizes: Mapping[str, int]) -> dict[str, bytes]:
    if sum(sizes.values()) != len(data):
        raise ValueError(f"expected documents of a kernel of {sum(sizes.values())} bytes")
    ends = itertools.accumulate(sizes.values())
    return {doc: data[end - sizes[doc] : end] for doc, end in zip(sizes, ends, strict=True)}
