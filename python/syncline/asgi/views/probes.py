"""What machines ask: `/healthz`, `/readyz` and `/metrics`. None makes a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse, Response

if TYPE_CHECKING:
    from syncline.asgi.call import Call

_FRESH = {"Cache-Control": "no-store"}


async def health(call: Call) -> Response:
    """Say that the loop turns."""
    return PlainTextResponse("ok\n", headers=_FRESH)


async def ready(call: Call) -> Response:
    """Say whether new visitors are welcome: 200 or 503."""
    ready = call.site.is_ready
    # Without its store a server goes on: to send visitors elsewhere would help nobody.
    lost = "" if call.site.keeps_sessions else "store lost\n"
    said = ("ready\n" if ready else "not ready\n") + lost
    return PlainTextResponse(said, 200 if ready else 503, headers=_FRESH)


async def metrics(call: Call) -> Response:
    """Answer with what the site counts, in the format that is asked for."""
    body, kind = call.site.metrics.text(call.request.headers.get("Accept", ""))
    return Response(body, headers={**_FRESH, "Content-Type": kind})
