"""Between one browser and one document in a running kernel: whole frames, unchanged, both ways.

Each attached page has its own connection to the kernel's endpoint (SPEC 6), and each direction
awaits the other end's buffer before it reads on, so memory per page is bounded and a slow page
slows nobody else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncline.hosting.roles import refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from syncline.hosting.tokens import Role
    from syncline.sync.frames import Frame
    from syncline.transports.records import EndpointClient


class Relay:
    """The two directions of one attached page."""

    def __init__(self, client: EndpointClient, role: Role) -> None:
        self._client = client
        self._role = role

    async def up(self, frame: Frame) -> Frame | None:
        """Forward a frame to the kernel, or return the refusal that answers it.

        Raises ProtocolError for a viewer's malformed frame.
        """
        answer = refusal(frame, self._role)
        if answer is None:
            await self._client.send(frame)
        return answer

    async def down(self, write: Callable[[Frame], Awaitable[None]]) -> tuple[int, str] | None:
        """Forward the kernel's frames until it ends; return why, if it said so."""
        async for frame in self._client:
            await write(frame)
        if self._client.close_code is None:
            return None
        return self._client.close_code, self._client.close_text

    async def close(self) -> None:
        """Leave the document."""
        await self._client.close()
