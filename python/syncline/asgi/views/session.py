"""`/<app>/ws`: the document of the visitor's session; `/admin/ws`: that of an administrator's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncline.hosting.admin import NAME
from syncline.transports.asgi import AsgiCarrier

if TYPE_CHECKING:
    from syncline.asgi.call import Call
    from syncline.hosting import Visits
    from syncline.transports.asgi import AsgiSocket


async def socket(call: Call, socket: AsgiSocket) -> None:
    """Let the bearer of a valid token in; callbacks run here, in the loop."""
    await _join(call, call.site.visits, call.app, socket)


async def admin_socket(call: Call, socket: AsgiSocket) -> None:
    """Let an administrator in, who was given the page."""
    await _join(call, call.site.admin.visits, NAME, socket)


async def _join(call: Call, visits: Visits, app: str, socket: AsgiSocket) -> None:
    """Carry a session's document; the session's time without a viewer begins after it."""
    admitted = await visits.admissions.join(app, socket, call.user)
    if admitted is None:
        return
    document = admitted.session.document
    call.site.set_limits(document.session.limits)
    peer = admitted.limited(call.entry.role).peer()
    with visits.sessions.viewing(admitted.session):
        await socket.carry(AsgiCarrier(peer, document.observers.tally))
