"""`<base>/syncline/doc/<kernel>/<doc>`: a running document as a page of its own."""

from __future__ import annotations

from tornado.web import HTTPError

from syncline.jupyter.page import PageHandler


class DocHandler(PageHandler):
    """The page; its websocket goes to `attach`."""

    async def get(self, kernel: str, doc: str) -> None:
        if kernel not in self.kernel_manager:
            raise HTTPError(404, "this kernel is not running")
        self.show(
            self.state.pages.app(
                socket=f"../../attach/{kernel}/{doc}",
                # Jupyter's own sign-in opens the websocket; there is nothing to sign.
                token=None,
                documents=f"../../attach/{kernel}/{{doc}}",
                title=await self._title(kernel),
                static="../../static/",
            )
        )

    async def _title(self, kernel: str) -> str:
        for session in await self.session_manager.list_sessions():
            if session["kernel"]["id"] == kernel:
                return str(session["name"] or session["path"])
        return "Syncline"
