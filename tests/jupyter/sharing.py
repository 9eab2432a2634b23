"""Links of a server under test, and browsers that follow them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.jupyter.page import PageSocket, page_socket
from tests.jupyter.serving import JupyterProcess, jupyter


@contextmanager
def sharing_server(folder: Path, *arguments: str, ready: int = 200) -> Iterator[JupyterProcess]:
    """Run a server where links may be handed out."""
    root = folder / "root"
    root.mkdir()
    options = ("--Syncline.share_links=True", *arguments)
    with jupyter(root, *options, ready_status=ready) as running:
        yield running


@dataclass
class MadeLink:
    """A link, as whoever made it has it."""

    server: JupyterProcess
    id: str
    path: str
    """Of its page, below the extension's routes."""
    token: str

    def revoke(self) -> httpx.Response:
        return self.server.call("DELETE", f"/api/links/{self.id}")

    def enter(self, token: str | None = None, path: str | None = None) -> httpx.Response:
        """Show a token as its page does."""
        headers = {**same_origin(self.server), "X-Syncline-Token": token or self.token}
        return self.server.call("POST", f"{path or self.path}/enter", headers=headers)

    def follow(self) -> Guest:
        """Return a browser that has shown the token."""
        answer = self.enter()
        assert answer.status_code == 200, answer.text
        return Guest(self.server, self.path, answer.cookies["syncline-link"])


@dataclass
class Guest:
    """A browser that has a link's cookie and nothing else."""

    server: JupyterProcess
    path: str
    value: str

    @property
    def headers(self) -> dict[str, str]:
        """Return what it sends, if it sent its cookie everywhere."""
        return {**same_origin(self.server), "Cookie": f"syncline-link={self.value}"}

    def socket(self, path: str = "/ws") -> AbstractAsyncContextManager[PageSocket]:
        """Connect below the link's page."""
        return page_socket(f"{self.server.ws}{self.path}{path}", self.headers)


def make_link(server: JupyterProcess, path: str, role: str = "view", **more: Any) -> MadeLink:
    """Make a link to `<kernel>/<doc>`."""
    kernel, doc = path.split("/")
    answer = ask_for_link(server, kernel=kernel, doc=doc, role=role, **more)
    assert answer.status_code == 201, answer.text
    said = answer.json()
    page, _, token = said["url"].partition("#")
    assert page == f"{server.base}syncline/shared/{path}"
    return MadeLink(server, said["link"]["id"], f"/shared/{path}", token)


def ask_for_link(server: JupyterProcess, **body: Any) -> httpx.Response:
    return server.call("POST", "/api/links", json=body)


def same_origin(server: JupyterProcess) -> dict[str, str]:
    """Return what a browser says of a request that a page of the server makes."""
    return {"Origin": f"http://127.0.0.1:{server.port}", "Sec-Fetch-Site": "same-origin"}
