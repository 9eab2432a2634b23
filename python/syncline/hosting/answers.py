"""How a page or a file becomes a response, for every front that sets headers and finishes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from syncline.hosting.pages import Page
    from syncline.hosting.static import StaticFile


class Responder(Protocol):
    """The part of a request's handler that answers."""

    def set_status(self, status_code: int, /) -> None:
        """Set the status."""

    def set_header(self, name: str, value: str, /) -> None:
        """Set a header, instead of any before."""

    def finish(self, chunk: str | bytes, /) -> Any:
        """Send the body."""


def answer_page(handler: Responder, page: Page) -> None:
    """Answer with a page."""
    handler.set_status(page.status)
    answer(handler, page.headers, page.html)


def answer_file(handler: Responder, file: StaticFile) -> None:
    """Answer with a file of the built front end."""
    answer(handler, file.headers, file.body)


def answer(handler: Responder, headers: Mapping[str, str], body: str | bytes) -> None:
    """Answer with a body."""
    for name, value in headers.items():
        handler.set_header(name, value)
    handler.finish(body)
