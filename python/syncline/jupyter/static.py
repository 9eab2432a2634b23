"""`<base>/syncline/static/...`: the page runtime, from this installation."""

from __future__ import annotations

from tornado.web import HTTPError

from syncline.hosting.answers import answer_file
from syncline.jupyter.guard import Guarded


class StaticHandler(Guarded):
    """One file of the built front end."""

    async def get(self, name: str) -> None:
        file = self.state.static.find(name, self.request.headers.get("Accept-Encoding", ""))
        if file is None:
            raise HTTPError(404)
        answer_file(self, file)

    head = get
