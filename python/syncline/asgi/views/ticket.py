"""`/<app>/ticket`: what a program needs to connect to the visitor's session, as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

from syncline.hosting.refusals import Unavailable

if TYPE_CHECKING:
    from syncline.asgi.call import Call

# It holds a token: it is kept nowhere.
_HEADERS = {"Cache-Control": "no-store"}


async def ticket(call: Call) -> Response:
    """Find or make the visitor's session, as its page does, and show nothing of it."""
    context = call.context
    if call.request.method == "HEAD":
        return Response(headers=_HEADERS)
    try:
        found = await call.here(call.site.visits.ticket(context, call.visitor))
    except Unavailable as error:
        headers = {**_HEADERS, **error.retry}
        return call.tell(error.text, error.status, headers, error.error_id)
    response = JSONResponse(found.answer, headers=_HEADERS)
    if found.cookie is not None:
        call.remember(response, found.cookie)
    return response
