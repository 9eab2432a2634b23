"""The HTTP server: Tornado's, with bounds on what strangers can make it hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tornado.httpserver import HTTPServer

if TYPE_CHECKING:
    from tornado.iostream import IOStream

BOUNDS: dict[str, Any] = {
    # No route takes more, and Tornado reads it before any view can refuse.
    "max_body_size": 1 << 16,
    "max_header_size": 1 << 16,
    # Seconds; the first also is how long a request's head may take to come.
    "idle_connection_timeout": 75,
    "body_timeout": 30,
}
MOST_CONNECTIONS = 10_000


class Listener(HTTPServer):
    """An HTTP server that holds at most so many connections that are no websockets."""

    most: int = MOST_CONNECTIONS

    def handle_stream(self, stream: IOStream, address: Any) -> None:
        """Begin to serve a connection, or close it at once where there are too many."""
        if len(self._connections) >= self.most:
            stream.close()
            return
        super().handle_stream(stream, address)
