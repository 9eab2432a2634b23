"""Addresses with a slash too many at the end, or, of the index, without the one it has."""

from __future__ import annotations

from urllib.parse import quote

from syncline.hosting.permissions import OriginRule, Row, Who
from syncline.server.views.base import GuardedView

ROW = Row("slash", "{app}/", ("GET", "HEAD"), Who.ANYONE, OriginRule.ANY)


class SlashView(GuardedView):
    """Sends the browser to the address as it is meant, relative to what a proxy shows."""

    def get(self, app: str | None = None) -> None:
        """Answer with the address of an app, or of the index."""
        if app is None:
            where = self.request.path.rpartition("/")[2] + "/"
        else:
            where = f"../{quote(self.context_of(app).name)}"
        self.see_other(where, 301)

    head = get
