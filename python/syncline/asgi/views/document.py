"""`/<app>/docs/<doc>/ws`: a document in the kernel of the visitor's session."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from syncline.asgi.call import Call
    from syncline.transports.asgi import AsgiSocket


async def document(call: Call, socket: AsgiSocket) -> None:
    """Let the bearer of a valid token in, once the kernel answers."""
    doc = call.request.path_params["doc"]
    attachment = await call.site.visits.admissions.attach(
        call.app, doc, socket, call.user, call.entry.role
    )
    if attachment is not None:
        await socket.carry(attachment)
