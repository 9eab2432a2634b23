"""The list of what is live in a server, and what is ended from there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.jupyter.kernel import LiveKernel, live_kernel
from tests.jupyter.page import page_socket
from tests.jupyter.serving import JupyterProcess

APP = """
import syncline as sl
slider = sl.Slider(label="in an app", value=1.0)
slider
"""

AFRESH = """
from syncline.document.current import documents
for known in list(documents.values()):
    known.close()
slider = sl.Slider()
display(slider)
sl.curdoc().id
"""


@pytest.fixture(scope="module")
def running(server: JupyterProcess) -> Iterator[LiveKernel]:
    live = asyncio.run(live_kernel(server))
    yield live
    live.end()


@pytest.fixture
async def kernel(running: LiveKernel) -> LiveKernel:
    """The kernel with a new document, and no other."""
    doc = await running.run(AFRESH)
    return replace(running, doc=doc.strip("'"))


def listed(server: JupyterProcess, kernel: LiveKernel) -> dict[str, dict[str, Any]]:
    """Return the documents of a kernel by their ids."""
    answer = server.get("/api/documents")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    documents = answer.json()["documents"]
    return {d["id"]: d for d in documents if d["kernel"] == kernel.id}


async def test_a_document_is_listed_with_who_looks_at_it(
    server: JupyterProcess, kernel: LiveKernel
) -> None:
    await kernel.run("sl.curdoc().title = 'Some title'")
    await kernel.run("other = sl.Document()\nother.add_root(sl.Markdown(text='x'))\ndisplay(other)")
    await kernel.run("display(sl.Mount(doc=other.id))")
    url = f"{server.ws}/attach/{kernel.path}"
    async with page_socket(url, server.authorization) as page:
        await page.shake_hands()
        found = await asyncio.to_thread(listed, server, kernel)
    other = (await kernel.run("other.id")).strip("'")
    assert set(found) == {kernel.doc, other}
    peers = found[kernel.doc].pop("peers")
    assert [(peer["role"], peer["carrier"]) for peer in peers] == [("edit", "attach")]
    assert found[kernel.doc] == {
        "kernel": kernel.id,
        "id": kernel.doc,
        "title": "Some title",
        "roots": 2,
        "types": ["ui/Slider@1", "ui/Mount@1"],
        "mounts": [other],
        "session": None,
        "page": f"{server.base}syncline/doc/{kernel.path}",
    }
    assert server.get(f"/doc/{kernel.path}").status_code == 200


async def test_a_documents_notebook_is_named(server: JupyterProcess, kernel: LiveKernel) -> None:
    names = {"path": "a b.ipynb", "name": "a b.ipynb", "type": "notebook"}
    session = {**names, "kernel": {"id": kernel.id}}
    created = server.api("POST", "sessions", json=session).raise_for_status().json()
    owner = listed(server, kernel)[kernel.doc]["session"]
    assert owner == {**names, "id": created["id"]}


async def test_a_closed_document_is_gone_for_everybody(
    server: JupyterProcess, kernel: LiveKernel
) -> None:
    url = f"{server.ws}/attach/{kernel.path}"
    async with page_socket(url, server.authorization) as page:
        await page.shake_hands()
        path = f"/api/documents/{kernel.path}"
        closed = await asyncio.to_thread(server.call, "DELETE", path)
        assert closed.status_code == 204
        end = await page.closed()
    assert (end.code, end.text) == (4404, "the document was closed")
    assert await asyncio.to_thread(listed, server, kernel) == {}
    # The cell shows a new one when it runs again.
    assert await kernel.run("slider.document is None or slider.document is sl.curdoc()") == "False"
    await kernel.run("display(sl.Slider())")
    assert len(await asyncio.to_thread(listed, server, kernel)) == 1


async def test_what_is_not_there_is_not_closed(server: JupyterProcess, kernel: LiveKernel) -> None:
    unknown = "11111111-1111-1111-1111-111111111111"
    for path in (f"documents/{unknown}/x", f"documents/{kernel.id}/x", "sessions/none"):
        answer = server.call("DELETE", f"/api/{path}")
        assert answer.status_code == 404
        assert answer.json()["message"]


async def test_a_browser_needs_its_xsrf_token(server: JupyterProcess, kernel: LiveKernel) -> None:
    path = f"/api/documents/{kernel.path}"
    assert server.call("DELETE", path, headers=server.cookie).status_code == 403
    assert kernel.doc in listed(server, kernel)
    assert server.call("DELETE", path, headers=server.page).status_code == 204


def test_an_apps_session_is_listed_and_ended(server: JupyterProcess) -> None:
    (server.root / "listed app.py").write_text(APP)
    assert server.get("/apps/listed%20app.py").status_code == 200
    session, documents = until_it_runs(server)
    assert (session["viewers"], session["kernel"] is None) == (0, False)
    named = f"listed%20app.py?syncline-session={session['id']}"
    assert session["page"] == f"{server.base}syncline/apps/{named}"
    assert session["kernel"] not in {document["kernel"] for document in documents}
    assert server.call("DELETE", f"/api/sessions/{session['id']}").status_code == 204
    left = server.get("/api/documents").json()["sessions"]
    assert session["id"] not in {each["id"] for each in left}
    deadline = time.monotonic() + 20
    while session["kernel"] in {k["id"] for k in server.api("GET", "kernels").json()}:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def until_it_runs(server: JupyterProcess) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Wait for the app's kernel and title; return its session, and all documents."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        answer = server.get("/api/documents").json()
        apps = {app["app"]: app for app in answer["sessions"]}
        app = apps.get("listed app.py")
        if app and app["kernel"] and app["title"]:
            return app, answer["documents"]
        time.sleep(0.05)
    raise AssertionError(f"the app does not run: {answer}")
