"""A notebook and a script under the server's root, served as apps in kernels of their own."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.jupyter.page import page_socket
from tests.jupyter.serving import JupyterProcess
from tests.jupyter.test_attach import page_data

SCRIPT = """
import os
import syncline as sl
slider = sl.Slider(label="speed", value=1.0, min=0.0, max=10.0)
text = sl.Markdown(text="start")
def follow(event):
    text.text = f"{slider.value:g} in {os.getpid()}"
slider.observe(follow, "value")
sl.curdoc().add_root(sl.Column(slider, text))
"""


def notebook(*cells: tuple[str, str]) -> str:
    """Return the file of a notebook."""
    made: list[dict[str, Any]] = [
        {"cell_type": kind, "id": f"c{number}", "metadata": {}, "source": source}
        | ({"outputs": [], "execution_count": None} if kind == "code" else {})
        for number, (kind, source) in enumerate(cells)
    ]
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


class Visitor:
    """A browser that keeps its cookies."""

    def __init__(self, server: JupyterProcess) -> None:
        self.server = server
        self.client = httpx.Client(timeout=90)
        for name, value in server.sign_in().items():
            self.client.cookies.set(name, value, domain="127.0.0.1", path=server.base)

    def open(self, path: str) -> dict[str, Any]:
        """Return what the app's page tells its script."""
        answer = self.client.get(f"{self.server.url}/apps/{path}").raise_for_status()
        return page_data(answer.text)

    def socket(self, path: str, data: dict[str, Any], tail: str = "ws") -> Any:
        """Connect as the page does."""
        url = f"{self.server.ws}/apps/{path}/{tail}"
        return page_socket(url, self.server.cookie, data["token"])


@pytest.fixture
def visitor(server: JupyterProcess) -> Iterator[Visitor]:
    one = Visitor(server)
    with one.client:
        yield one


@pytest.fixture
def other(server: JupyterProcess) -> Iterator[Visitor]:
    one = Visitor(server)
    with one.client:
        yield one


async def test_a_script_is_an_app_in_a_kernel_of_its_own(
    server: JupyterProcess, root: Path, visitor: Visitor
) -> None:
    (root / "folder").mkdir(exist_ok=True)
    (root / "folder" / "speed app.py").write_text(SCRIPT)
    path = "folder/speed%20app.py"
    data = visitor.open(path)
    assert data["ws"] == "./speed%20app.py/ws"
    async with visitor.socket(path, data) as page:
        doc = await mounted(page)
        assert len(server.api("GET", "kernels").json()) >= 1
        async with visitor.socket(path, data, f"docs/{doc}/ws") as inner:
            await inner.shake_hands()
            slider, text = inner.model("ui/Slider")[0], inner.model("ui/Markdown")[0]
            assert (await inner.set(slider, "value", 5.0))["header"]["msgtype"] != "ERROR"
            said = await value_of(inner, text, "text")
            pid = int(said.split()[-1])
            assert said.startswith("5 in ")
            assert pid not in (server.process.pid, os.getpid())
        # A reload is the same session with its present value.
        again = visitor.open(path)
        async with visitor.socket(path, again, f"docs/{doc}/ws") as inner:
            await inner.shake_hands()
            assert inner.model("ui/Slider")[1]["props"]["value"] == 5.0


async def test_a_notebook_is_an_app(root: Path, visitor: Visitor) -> None:
    cells = [
        ("markdown", "# Title of it"),
        ("code", "import syncline as sl\nslider = sl.Slider(value=2.0)\nslider"),
        ("code", "print('printed')\n6 * 7"),
    ]
    (root / "nb.ipynb").write_text(notebook(*cells))
    data = visitor.open("nb.ipynb")
    assert data["title"] == "Title of it"
    async with visitor.socket("nb.ipynb", data) as page:
        await mounted(page)
        await page_has(page, "42")


async def test_a_users_session_is_the_same_in_another_browser(
    root: Path, visitor: Visitor, other: Visitor
) -> None:
    (root / "two.py").write_text(SCRIPT)
    first, second = visitor.open("two.py"), other.open("two.py")
    async with visitor.socket("two.py", first) as one, other.socket("two.py", second) as two:
        assert await mounted(one) == await mounted(two)


async def test_a_session_is_opened_by_its_address_by_whoever_may_run_code(
    server: JupyterProcess, root: Path, visitor: Visitor
) -> None:
    (root / "shown.py").write_text(SCRIPT)
    stranger = Visitor(replace(server, cookies={}))
    with stranger.client:
        async with visitor.socket("shown.py", visitor.open("shown.py")) as page:
            doc = await mounted(page)
            (listed,) = sessions_of(server, "shown.py")
            address = listed["page"].removeprefix(f"{server.base}syncline/apps/")
            # The address without the session is that of one's own.
            own = stranger.open("shown.py")
            async with stranger.socket("shown.py", own) as other:
                assert await mounted(other) != doc
            assert len(sessions_of(server, "shown.py")) == 2
            shown = stranger.open(address)
            async with stranger.socket("shown.py", shown) as other:
                assert await mounted(other) == doc
        assert len(sessions_of(server, "shown.py")) == 2
        # A token is still good for its own user alone, and the name grants nothing.
        async with visitor.socket("shown.py", shown) as page:
            assert (await page.closed()).code == 4401
        assert server.get(f"/apps/{address}", headers={}).status_code == 302
        # Once it has ended the address is that of the app.
        assert server.call("DELETE", f"/api/sessions/{listed['id']}").status_code == 204
        answer = stranger.client.get(f"{server.url}/apps/{address}")
        assert answer.headers["location"] == f"{server.base}syncline/apps/shown.py"


def sessions(server: JupyterProcess) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = server.get("/api/documents").json()["sessions"]
    return found


def sessions_of(server: JupyterProcess, app: str) -> list[dict[str, Any]]:
    return [session for session in sessions(server) if session["app"] == app]


async def test_who_starts_over_ends_the_session_and_its_kernel(
    server: JupyterProcess, root: Path, visitor: Visitor
) -> None:
    (root / "again.py").write_text(SCRIPT)
    data = visitor.open("again.py")
    assert data["startOver"] == "./again.py/start-over"
    url = f"{server.url}/apps/again.py/start-over"
    async with visitor.socket("again.py", data) as page:
        doc = await mounted(page)
        for token, status in (("wrong", 403), (data["token"], 204)):
            answer = visitor.client.post(url, headers={"X-Syncline-Token": token})
            assert answer.status_code == status
        assert (await page.closed()).code == 4404
    async with visitor.socket("again.py", visitor.open("again.py")) as page:
        assert await mounted(page) != doc


async def test_a_failing_notebook_says_where_and_not_why(
    server: JupyterProcess, root: Path, visitor: Visitor
) -> None:
    (root / "bad.ipynb").write_text(notebook(("code", "secret = 'x123'\nraise ValueError(secret)")))
    data = visitor.open("bad.ipynb")
    async with visitor.socket("bad.ipynb", data) as page:
        said = await page_has(page, "Error id")
    assert "x123" not in said
    assert "x123" in server.log.read_text()
    assert visitor.client.get(f"{server.url}/apps/bad.ipynb").status_code == 500


async def test_a_socket_needs_the_pages_token(root: Path, visitor: Visitor) -> None:
    (root / "token.py").write_text(SCRIPT)
    data = visitor.open("token.py")
    for token, tail in ((None, "ws"), ("wrong", "ws"), ("wrong", "docs/x/ws")):
        async with visitor.socket("token.py", {"token": token}, tail) as page:
            assert (await page.closed()).code == 4401
    # A token of one app is none for another.
    (root / "other.py").write_text(SCRIPT)
    async with visitor.socket("other.py", data) as page:
        assert (await page.closed()).code == 4401


@pytest.mark.parametrize(
    "path",
    [
        "missing.py",
        "../outside.py",
        "..%2Foutside.py",
        "%2e%2e/outside.py",
        "folder/../../outside.py",
        "/etc/x.py",
        "..%5Coutside.py",
        "%00.py",
        ".hidden.py",
        ".hidden/app.py",
        "folder.py",
        "plain.txt",
    ],
)
def test_nothing_but_visible_files_under_the_root(
    server: JupyterProcess, root: Path, path: str
) -> None:
    (root.parent / "outside.py").write_text(SCRIPT)
    (root / ".hidden.py").write_text(SCRIPT)
    (root / ".hidden").mkdir(exist_ok=True)
    (root / ".hidden" / "app.py").write_text(SCRIPT)
    (root / "folder.py").mkdir(exist_ok=True)
    (root / "plain.txt").write_text(SCRIPT)
    # Those of other tests may end meanwhile.
    before = {session["id"] for session in sessions(server)}
    assert raw_status(server, f"/apps/{path}") == 404
    assert {session["id"] for session in sessions(server)} <= before


def raw_status(server: JupyterProcess, path: str) -> int:
    """Ask for a path exactly as it is written: clients tidy dots away."""
    url = httpx.URL(server.url)
    target = f"{url.path}{path}".encode()
    request = httpx.Request("GET", url, headers=server.authorization, extensions={"target": target})
    with httpx.Client(timeout=60) as client:
        return client.send(request).status_code


def test_who_is_known_needs_no_cookie(server: JupyterProcess, root: Path, visitor: Visitor) -> None:
    (root / "cookie.py").write_text(SCRIPT)
    answer = visitor.client.get(f"{server.url}/apps/cookie.py").raise_for_status()
    assert not [c for c in answer.headers.get_list("set-cookie") if c.startswith("syncline-")]


def test_the_kernel_of_an_app_is_one_of_the_servers(
    server: JupyterProcess, root: Path, visitor: Visitor
) -> None:
    (root / "listed.py").write_text(SCRIPT)
    before = {kernel["id"] for kernel in server.api("GET", "kernels").json()}
    visitor.open("listed.py")
    deadline = time.monotonic() + 60
    while not {kernel["id"] for kernel in server.api("GET", "kernels").json()} - before:
        assert time.monotonic() < deadline, "no kernel was started"
        time.sleep(0.1)


async def mounted(page: Any) -> str:
    """Wait until the page shows a document of the kernel; return its id."""
    await page.shake_hands()
    found = [m for m in page.doc["models"].values() if m["type"].startswith("ui/Mount@")]
    if found:
        return str(found[0]["props"]["doc"])
    while True:
        patch = await page.until("PATCH-DOC")
        for op in ops_of(patch):
            if op["op"] == "add" and op["type"].startswith("ui/Mount@"):
                # It may hold what the page shows next, too.
                page.passed_over.appendleft(patch)
                return str(op["props"]["doc"])


async def page_has(page: Any, text: str) -> str:
    """Wait until a text is somewhere on the page; return the message with it."""
    if not page.doc:
        await page.shake_hands()
    said = json.dumps(page.doc)
    while text not in said:
        said = json.dumps(await page.until("PATCH-DOC"))
    return said


async def value_of(page: Any, model: str, name: str) -> str:
    """Wait for a change of a property; return its value."""
    while True:
        for op in ops_of(await page.until("PATCH-DOC")):
            if op.get("m") == model and op.get("p") == [name]:
                return str(op["v"])


def ops_of(patch: dict[str, Any]) -> list[dict[str, Any]]:
    return [op for tx in patch["content"]["txs"] for op in tx["ops"]]
