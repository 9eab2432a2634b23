"""Files: `/static/...` of the front end, `/<app>/static/...` of an application, the icon."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import Response

from syncline.hosting.app_files import find_file
from syncline.hosting.icons import favicon as icon
from syncline.hosting.pool import pool

if TYPE_CHECKING:
    from collections.abc import Mapping

    from syncline.asgi.call import Call


async def static(call: Call) -> Response:
    """Answer with a file that was there at the start, compressed when that is accepted."""
    accepted = call.request.headers.get("Accept-Encoding", "")
    file = call.site.static_files.find(call.request.path_params["name"], accepted)
    if file is None:
        raise HTTPException(404)
    return _file(call, file.body, file.headers)


async def favicon(call: Call) -> Response:
    """Answer with the icon, for who asks without having seen a page."""
    headers = {"Content-Type": "image/x-icon", "Cache-Control": "public, max-age=86400"}
    return _file(call, icon(), headers)


async def app_static(call: Call) -> Response:
    """Answer with one of an application's own files."""
    application, name = call.context.application, call.request.path_params["name"]
    file = await pool.run(lambda: find_file(application, name))
    if file is None:
        raise HTTPException(404)
    return _file(call, await pool.run(file.path.read_bytes), file.headers)


def _file(call: Call, body: bytes, headers: Mapping[str, str]) -> Response:
    """Answer with a file, or that the browser has it."""
    mark = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    known = call.request.headers.get("If-None-Match", "").split(",")
    headers = {**headers, "ETag": mark}
    if mark in (each.strip().removeprefix("W/") for each in known):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers)
