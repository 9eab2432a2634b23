"""`/`: the list of applications, or the one that stands for it; and a slash too many."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.responses import Response

from syncline.hosting.permissions import OriginRule, Row, Who

if TYPE_CHECKING:
    from syncline.asgi.call import Call

SLASH = Row("slash", "{app}/", ("GET", "HEAD"), Who.ANYONE, OriginRule.ANY)


async def index(call: Call) -> Response:
    """Answer with the list, or send the browser to the application that is the index."""
    found = call.site.index
    if found is False:
        raise HTTPException(404)
    if isinstance(found, str):
        return _see_other(call, quote(found), 302)
    template = found if isinstance(found, Path) else None
    mine = await call.site.door.may_use(call.entry, call.site.contexts)
    return call.page(call.pages.index(call.site.links(names=mine), template))


async def slash(call: Call) -> Response:
    """Answer with the address of the application as it is meant."""
    return _see_other(call, f"../{quote(call.context.name)}", 301)


def _see_other(call: Call, where: str, status: int) -> Response:
    """Send the browser elsewhere with its query, relative to what a proxy shows."""
    query = call.request.scope["query_string"].decode("latin-1")
    location = f"{where}?{query}".rstrip("?")
    return Response(status_code=status, headers={"Location": location})
