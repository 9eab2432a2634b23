"""`/<app>/autoload.js`: shows the application in a page of another site. It makes no session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import Response

from syncline.hosting.autoload import HEADERS
from syncline.hosting.autoload import autoload as script

if TYPE_CHECKING:
    from syncline.asgi.call import Call


async def autoload(call: Call) -> Response:
    """Answer with the script, the same for every application the call may name."""
    _ = call.context
    text = script(call.site.static_files.manifest)
    if text is None:
        raise HTTPException(404)
    return Response(text, headers=HEADERS)
