"""`/<app>/start-over`: ends the session of a page, so that the next load begins a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import Response

from syncline.hosting.refusals import Refused
from syncline.hosting.tokens import TOKEN_HEADER

if TYPE_CHECKING:
    from syncline.asgi.call import Call


async def start_over(call: Call) -> Response:
    """Take the page's token in a header: neither a form nor another site can send that."""
    token = call.request.headers.get(TOKEN_HEADER)
    try:
        await call.site.visits.admissions.start_over(call.context.name, token, call.user)
    except Refused:
        raise HTTPException(403) from None
    return Response(status_code=204)
