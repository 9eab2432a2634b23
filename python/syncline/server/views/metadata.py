"""`/<app>/metadata`: what the author says of an application, as JSON. It makes no session."""

from __future__ import annotations

from syncline.apps import AppLoadError
from syncline.hosting.metadata import metadata_of
from syncline.server.views.base import GuardedView


class MetadataView(GuardedView):
    """Describes one application."""

    async def get(self, app: str) -> None:
        """Answer with what is known of it."""
        context = self.context_of(app)
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.set_header("Cache-Control", "no-cache")
        try:
            self.finish(await metadata_of(context))
        except AppLoadError as error:
            self.set_status(500)
            self.finish({"text": "This app could not be described.", "error_id": error.error_id})

    head = get
