"""What the handlers of `<base>/syncline/api/...` have in common: JSON, also where it fails."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from tornado.web import HTTPError

from syncline.jupyter.guard import Guarded

if TYPE_CHECKING:
    from collections.abc import Mapping


class Api(Guarded):
    """A handler for scripts, not for people."""

    def answer(self, body: Mapping[str, Any], status: int = 200) -> None:
        """Answer with JSON, which nobody keeps."""
        self.set_status(status)
        self.set_header("Cache-Control", "no-store")
        self.finish(dict(body))

    def done(self) -> None:
        """Answer that it is done, and nothing more."""
        self.set_status(204)
        self.finish()

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Say what is wrong as Jupyter's own API does."""
        error = kwargs.get("exc_info", (None, None))[1]
        said = error.log_message if isinstance(error, HTTPError) else None
        message = said or HTTPStatus(status_code).phrase
        self.answer({"message": message, "reason": None}, status_code)
