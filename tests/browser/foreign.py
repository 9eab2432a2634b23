"""Pages of another site than the app's, served from another port and under another name."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class ForeignSite:
    """A site whose pages are strings; `policy` is the Content-Security-Policy of all of them."""

    def __init__(self, port: int) -> None:
        # To the app at 127.0.0.1 this is another site: no cookie of it is sent from there.
        self.origin = f"http://localhost:{port}"
        self.pages: dict[str, str] = {}
        self.policy: str | None = None

    def put(self, body: str, head: str = "") -> str:
        """Serve a page; return its address."""
        path = f"/{len(self.pages)}"
        self.pages[path] = (
            f"<!doctype html><html><head><meta charset=utf-8><title>Elsewhere</title>{head}"
            f"</head><body>{body}</body></html>"
        )
        return self.origin + path


@contextlib.contextmanager
def foreign_site() -> Iterator[ForeignSite]:
    """Run such a site."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = site.pages.get(self.path.partition("?")[0])
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            if site.policy is not None:
                self.send_header("Content-Security-Policy", site.policy)
            self.end_headers()
            self.wfile.write((body or "").encode())

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site = ForeignSite(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
