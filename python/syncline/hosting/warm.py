"""Running every application once before the first visitor: imports are paid, failures are seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncline.hosting.errors import NotWarm

if TYPE_CHECKING:
    from syncline.hosting.session import ServerSession
    from syncline.hosting.site import Site


async def warm(site: Site) -> None:
    """Make a session of each application, and end it. Raises AppLoadError and NotWarm."""
    for context in site.contexts.values():
        session = await site.sessions.create(context)
        try:
            await _finish(session)
        finally:
            site.sessions.discard(session)


async def _finish(session: ServerSession) -> None:
    if session.run is None:
        return
    await session.run.finished.wait()
    if session.failed:
        raise NotWarm(f"{session.app} could not be run (error {session.run.error_id})")
