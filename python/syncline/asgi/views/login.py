"""`/login`, `/logout`, `/auth/callback`: the way in and out, as the provider has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException

if TYPE_CHECKING:
    from starlette.responses import Response

    from syncline.asgi.call import Call

MOST_BYTES = 1 << 16


async def login(call: Call) -> Response:
    """Hand the request to the provider, and the outcome to the browser."""
    assert call.row is not None
    asked = call.asked(await _body(call))
    return call.reply(await call.site.door.answer(call.row.name, asked))


async def _body(call: Call) -> bytes:
    body = b""
    async for chunk in call.request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise HTTPException(413)
    return body
