"""`/login`, `/logout`, `/auth/callback`: the way in and out, as the provider has it."""

from __future__ import annotations

from syncline.hosting.gate import Denied
from syncline.server.views.base import GuardedView


class LoginView(GuardedView):
    """Hands the request to the provider, and the outcome to the browser."""

    async def get(self) -> None:
        """Answer as the provider does."""
        assert self.row is not None
        try:
            reply = await self.site.door.answer(self.row.name, self.asked)
        except Denied as denied:
            self.deny(denied)
        self.finish_reply(reply)

    head = post = get
