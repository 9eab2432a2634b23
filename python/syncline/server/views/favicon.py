"""`/favicon.ico`: for who asks without having seen a page, which has its icon inside."""

from __future__ import annotations

from syncline.hosting.icons import favicon
from syncline.server.views.base import GuardedView


class FaviconView(GuardedView):
    """The icon."""

    def get(self) -> None:
        """Answer with the icon."""
        self.set_header("Content-Type", "image/x-icon")
        self.set_header("Cache-Control", "public, max-age=86400")
        self.finish(favicon())

    head = get
