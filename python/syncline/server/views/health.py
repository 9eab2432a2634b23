"""`/healthz`: the server answers. It makes no session, so a probe costs nothing."""

from __future__ import annotations

from syncline.server.views.base import GuardedView


class HealthView(GuardedView):
    """Says that the loop turns."""

    def get(self) -> None:
        """Answer."""
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self.finish("ok\n")

    head = get
