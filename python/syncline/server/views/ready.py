"""`/readyz`: whether a balancer should send new visitors here."""

from __future__ import annotations

from syncline.server.views.base import GuardedView


class ReadyView(GuardedView):
    """Says whether new visitors are welcome."""

    def get(self) -> None:
        """Answer 200 or 503."""
        ready = self.site.is_ready
        self.set_status(200 if ready else 503)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        # Without its store a server goes on: to send visitors elsewhere would help nobody.
        lost = "" if self.site.keeps_sessions else "store lost\n"
        self.finish(("ready\n" if ready else "not ready\n") + lost)

    head = get
