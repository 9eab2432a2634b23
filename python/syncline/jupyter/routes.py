"""From the rows of the permission table to routing rules of this server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tornado.routing import PathMatches, Rule

from syncline.jupyter.permissions import ROWS, Row

if TYPE_CHECKING:
    from tornado.httputil import HTTPServerRequest
    from tornado.web import RequestHandler

PREFIX = "syncline/"


class UpgradeMatches(PathMatches):
    """Match a path only when the request asks for a websocket."""

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        if request.headers.get("Upgrade", "").lower() != "websocket":
            return None
        return super().match(request)


def rules(base_url: str) -> list[Rule]:
    """Return the routing rules of every row under the server's base URL."""
    start = base_url.rstrip("/") + "/" + PREFIX
    found = handlers()
    return [_rule(start, row, found[row.name]) for row in ROWS]


def _rule(start: str, row: Row, handler: type[RequestHandler]) -> Rule:
    matcher = UpgradeMatches if row.websocket else PathMatches
    return Rule(matcher(f"{start}{row.pattern}$"), handler, {"row": row})


def handlers() -> dict[str, type[RequestHandler]]:
    """Return the handler of each row; imported here because handlers are heavy."""
    from syncline.jupyter import (
        app_page,
        app_sockets,
        attach,
        doc,
        documents,
        link_api,
        proxy,
        shared,
        static,
        status,
    )

    return {
        "status": status.StatusHandler,
        "documents": documents.DocumentsHandler,
        "document": documents.DocumentHandler,
        "session": documents.SessionHandler,
        "links": link_api.LinksHandler,
        "link": link_api.LinkHandler,
        "static": static.StaticHandler,
        "attach": attach.AttachSocket,
        "doc-page": doc.DocHandler,
        "shared-static": shared.SharedFile,
        "shared-document": shared.SharedSocket,
        "shared-socket": shared.SharedSocket,
        "shared-enter": shared.EnterHandler,
        "shared-page": shared.SharedPage,
        "app-document": app_sockets.AppDocumentSocket,
        "app-socket": app_sockets.AppSocket,
        "app-start-over": app_page.StartOverHandler,
        "app-page": app_page.AppHandler,
        "proxy-socket": proxy.ProxySocket,
        "proxy": proxy.ProxyHandler,
    }
