"""`/<app>/autoload.js`: shows the application in a page of another site. It makes no session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from syncline.hosting.autoload import HEADERS
from syncline.hosting.autoload import autoload as script

if TYPE_CHECKING:
    from syncline.asgi.call import Call


async def autoload(call: Call) -> Response:
    """Answer with the script, which does not tell whether there is such an application."""
    return Response(script(call.site.static_files.manifest), headers=HEADERS)
