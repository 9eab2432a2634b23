"""`/<app>/metadata`: what the author says of an application, as JSON. It makes no session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

from syncline.apps import AppLoadError
from syncline.hosting.metadata import metadata_of

if TYPE_CHECKING:
    from syncline.asgi.call import Call

_HEADERS = {"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-cache"}


async def metadata(call: Call) -> Response:
    """Answer with what is known of it."""
    try:
        return Response(await metadata_of(call.context), headers=_HEADERS)
    except AppLoadError as error:
        said = {"text": "This app could not be described.", "error_id": error.error_id}
        return JSONResponse(said, 500, _HEADERS)
