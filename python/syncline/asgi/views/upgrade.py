"""The address of a websocket, asked for by something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException

if TYPE_CHECKING:
    from starlette.responses import Response

    from syncline.asgi.call import Call


async def upgrade(call: Call) -> Response:
    """Say what is expected here."""
    raise HTTPException(426, headers={"Upgrade": "websocket", "Connection": "Upgrade"})
