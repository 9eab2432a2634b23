"""The page of a session: ours, or the one its application brings along."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from syncline.apps import AppLoadError
from syncline.hosting.app_files import THEME
from syncline.hosting.author_page import embedding, has_template, template_of
from syncline.hosting.lifecycle import log_load_error
from syncline.hosting.pages import UNKNOWN
from syncline.hosting.pool import pool

if TYPE_CHECKING:
    from syncline.hosting.pages import Page, Pages
    from syncline.hosting.session import ServerSession
    from syncline.hosting.visitor import Place


async def session_page(pages: Pages, session: ServerSession, place: Place, token: str) -> Page:
    """Return the page that shows a session; raise `AppLoadError` when its template raises."""
    scope = session.context.application_context.session
    options: dict[str, Any] = {
        "scope": scope,
        # What is everybody's no viewer ends.
        "start_over": None if scope == "global" else place.start_over,
        "logout": place.logout,
        # A user's is the same without a cookie.
        "place": session.place if scope == "shared" and session.context.user is None else None,
        "socket": place.socket,
        "static": place.static,
        "token": token,
        "title": session.document.title,
        "theme": session.document.theme,
        "types": _types(session),
        # What worked is still shown; the status is for whoever looks at statuses.
        "status": 500 if session.failed else 200,
    }
    application = session.application
    if place.files is not None and application.theme_path is not None:
        options["style"] = place.files + THEME
    if not has_template(application, session.document):
        return pages.app(**options)
    options["variables"] = {
        "files": place.files,
        "user": session.context.user,
        "logout_url": session.context.logout_url,
        "embed": embedding(session.document),
        **session.document.template_variables,
    }
    try:
        return await pool.run(lambda: _from_template(session, pages, options))
    except AppLoadError as error:
        log_load_error(session.app, error)
        raise


def _types(session: ServerSession) -> set[str]:
    """Return what the browser will have to show; a kernel's document is not known yet."""
    known = {model.type_name for model in session.document.models.values()}
    return {*known, *UNKNOWN} if session.run is not None else known


def _from_template(session: ServerSession, pages: Pages, options: dict[str, Any]) -> Page:
    try:
        template = template_of(session.application, session.document)
        return pages.app(template=template, **options)
    except Exception as error:
        raise AppLoadError.from_exception("the page's template", error) from error
