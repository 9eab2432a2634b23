"""`<base>/syncline/api/status`: what this server offers, for the labextension's probe."""

from __future__ import annotations

from syncline import __version__
from syncline.jupyter.api import Api
from syncline.sync.messages import VERSION


class StatusHandler(Api):
    """Tell version, protocol and carriers."""

    async def get(self) -> None:
        edit = await self.may("execute")
        self.answer(
            {
                "version": __version__,
                "protocol": {"version": VERSION, "min": VERSION},
                "carriers": ["comm", "attach"],
                "role": "edit" if edit else "view",
                "share_links": bool(self.syncline.share_links),
                "servers": sorted(self.syncline.servers) if edit else [],
            }
        )
