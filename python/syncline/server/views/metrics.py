"""`/metrics`: figures for Prometheus."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from syncline.hosting.metrics import merged
from syncline.hosting.procs import PROCESS, Busy
from syncline.server.router import ask
from syncline.server.views.base import GuardedView

if TYPE_CHECKING:
    from syncline.hosting.procs import Procs

_log = logging.getLogger("syncline.server")


class MetricsView(GuardedView):
    """What the site counts, in all its processes or in the one that is asked for."""

    def process(self, procs: Procs) -> int | None:
        """Return the process whose figures are asked for."""
        return procs.named(self.get_query_argument(PROCESS, ""))

    async def get(self) -> None:
        """Answer with the figures, in the format that is asked for."""
        accept = self.request.headers.get("Accept", "")
        procs = self.site.procs
        if procs is None or self.process(procs) is not None:
            body, kind = self.site.metrics.text(accept)
        else:
            body, kind = merged(await self._of_all(procs), accept)
        self.set_header("Content-Type", kind)
        self.set_header("Cache-Control", "no-store")
        self.finish(body)

    head = get

    async def _of_all(self, procs: Procs) -> dict[str, str]:
        """Return the figures of each process that says any."""
        texts = await asyncio.gather(*(self._of(procs, i) for i in range(procs.count)))
        return {str(index): text for index, text in enumerate(texts) if text is not None}

    async def _of(self, procs: Procs, index: int) -> str | None:
        if index == procs.index:
            return self.site.metrics.text()[0].decode()
        try:
            uri = f"{self.request.path}?{PROCESS}={index}"
            return (await ask(self, procs, index, uri)).decode()
        except (Busy, TimeoutError, ValueError) as error:
            _log.warning("no figures of process %d: %r", index, error)
            return None
