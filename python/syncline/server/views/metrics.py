"""`/metrics`: figures for Prometheus."""

from __future__ import annotations

from syncline.server.views.base import GuardedView


class MetricsView(GuardedView):
    """What the site counts."""

    def get(self) -> None:
        """Answer with the figures, in the format that is asked for."""
        body, kind = self.site.metrics.text(self.request.headers.get("Accept", ""))
        self.set_header("Content-Type", kind)
        self.set_header("Cache-Control", "no-store")
        self.finish(body)

    head = get
