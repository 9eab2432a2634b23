"""What a kernel's endpoint tells of its documents, and how a server process asks (SPEC 6.3)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal

import msgspec

from syncline.sync.errors import Close
from syncline.transports.records import PeerInfo, connect

if TYPE_CHECKING:
    from syncline.transports.records import Announcement, EndpointClient

MOST_TYPES = 20
ASK_SECONDS = 3.0
DONE = 1000


class Viewer(msgspec.Struct):
    """Somebody who looks at a document."""

    user: str | None
    role: str
    carrier: Literal["attach", "comm"]


class Overview(msgspec.Struct):
    """One document of a kernel."""

    id: str
    title: str
    roots: int
    types: list[str]
    """Of its first roots, in order."""
    mounts: list[str]
    """The documents that it shows in itself."""
    peers: list[Viewer] = msgspec.field(default_factory=list)


class Overviews(msgspec.Struct):
    """The answer to a hello without a document."""

    documents: list[Overview]


async def overviews(there: Announcement) -> list[Overview]:
    """Return the documents of a kernel. Raises OSError where it does not tell them."""
    async with asyncio.timeout(ASK_SECONDS):
        client = await connect(there.address)
        try:
            await client.hello(there.key, None, PeerInfo(role="owner"))
            return await _told(client)
        finally:
            await client.close()


async def end(there: Announcement, doc: str) -> bool:
    """Have a kernel close a document; tell whether it has it. Raises OSError without an answer."""
    async with asyncio.timeout(ASK_SECONDS):
        client = await connect(there.address)
        try:
            await client.hello(there.key, doc, PeerInfo(role="owner"), end=True)
            async for _ in client:
                pass
        finally:
            await client.close()
    if client.close_code not in (DONE, Close.UNKNOWN_SESSION):
        raise OSError(f"the kernel has not closed the document: {client.close_text}")
    return client.close_code == DONE


async def _told(client: EndpointClient) -> list[Overview]:
    async for frame in client:
        try:
            return msgspec.json.decode(frame, type=Overviews).documents
        except msgspec.MsgspecError as error:
            raise OSError(f"the kernel's answer is none: {error}") from None
    raise OSError(f"the kernel does not tell: {client.close_text}")
