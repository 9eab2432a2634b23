"""`/<app>`: the page of the visitor's session; `/admin`: the administrators'."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.responses import Response

from syncline.hosting import Place

if TYPE_CHECKING:
    from syncline.apps import ApplicationContext
    from syncline.asgi.call import Call
    from syncline.hosting import Visits


async def page(call: Call) -> Response:
    """Find or make the visitor's session and show it."""
    return await _show(call, call.context, call.site.visits)


async def admin(call: Call) -> Response:
    """Show the page of an application that is in no list."""
    return await _show(call, call.site.admin.context, call.site.admin.visits)


async def _show(call: Call, context: ApplicationContext, visits: Visits) -> Response:
    """Answer with the page, and the cookie that finds the session again."""
    if call.request.method == "HEAD":
        # A probe makes no session.
        return Response()
    name = quote(context.name)
    place = Place(
        socket=f"{name}/ws",
        static="static/",
        files=f"{name}/static/",
        start_over=f"{name}/start-over",
        logout=call.site.door.way_out(call.entry),
    )
    visit = await call.here(visits.open(context, call.visitor, place))
    response = call.page(visit.page)
    if visit.cookie is not None:
        call.remember(response, visit.cookie)
    return response
