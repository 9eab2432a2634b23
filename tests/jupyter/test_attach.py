"""A page attached to a document in a running kernel, past the kernel's message queues."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.jupyter.kernel import LiveKernel, live_kernel
from tests.jupyter.page import PageSocket, page_socket
from tests.jupyter.serving import JupyterProcess, jupyter


@pytest.fixture(scope="module")
def kernel(server: JupyterProcess) -> Iterator[LiveKernel]:
    live = asyncio.run(live_kernel(server))
    yield live
    live.end()


@pytest.fixture(scope="module")
def viewing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterProcess]:
    """A server whose Authorizer lets its users look at Syncline and no more."""
    root = tmp_path_factory.mktemp("viewing") / "root"
    root.mkdir()
    authorizer = "--ServerApp.authorizer_class=tests.jupyter.denying.ReadOnly"
    with jupyter(root, authorizer, "--Syncline.share_links=True") as running:
        yield running


def attach(server: JupyterProcess, path: str) -> Any:
    return page_socket(f"{server.ws}/attach/{path}", server.authorization)


async def attached(page: PageSocket) -> str:
    """Shake hands; return the slider's id."""
    await page.shake_hands()
    return page.model("ui/Slider")[0]


async def test_a_page_sees_and_changes_the_kernels_document(
    server: JupyterProcess, kernel: LiveKernel
) -> None:
    async with attach(server, kernel.path) as page:
        slider = await attached(page)
        assert page.doc["models"][slider]["props"]["max"] == 10.0
        answer = await page.set(slider, "value", 7.5)
        assert answer["header"]["msgtype"] == "OK"
        assert await kernel.run("slider.value") == "7.5"
        await kernel.run("slider.value = 2.5")
        await page.until_value(slider, "value", 2.5)


async def test_two_pages_follow_each_other(server: JupyterProcess, kernel: LiveKernel) -> None:
    async with attach(server, kernel.path) as one, attach(server, kernel.path) as two:
        slider = await attached(one)
        await attached(two)
        await one.set(slider, "value", 4.0)
        await two.until_value(slider, "value", 4.0)


async def test_a_running_cell_does_not_stop_a_page(
    server: JupyterProcess, kernel: LiveKernel
) -> None:
    async with attach(server, kernel.path) as page:
        slider = await attached(page)
        busy = asyncio.create_task(
            kernel.run("import time\nwhile slider.value != 3.0: time.sleep(0.01)")
        )
        answer = await page.set(slider, "value", 3.0)
        assert answer["header"]["msgtype"] == "OK"
        await asyncio.wait_for(busy, 20)


async def test_a_page_that_does_not_read_stops_no_other(
    server: JupyterProcess, kernel: LiveKernel
) -> None:
    await kernel.run("text = sl.Markdown(text='')\nsl.curdoc().add_root(text)")
    async with attach(server, kernel.path) as slow, attach(server, kernel.path) as quick:
        await attached(slow)
        await attached(quick)
        text = quick.model("ui/Markdown")[0]
        # Far more than all socket buffers between them hold; `slow` reads nothing of it.
        await kernel.run("for i in range(60): text.text = str(i) + 'x' * 1_000_000")
        await kernel.run("text.text = 'last'")
        await quick.until_value(text, "text", "last")


async def test_a_malformed_frame_is_an_error_and_the_page_goes_on(
    server: JupyterProcess, kernel: LiveKernel
) -> None:
    async with attach(server, kernel.path) as page:
        slider = await attached(page)
        await page.connection.write_message("{not json")
        assert (await page.until("ERROR"))["content"]["code"] == "bad-message"
        assert (await page.set(slider, "value", 5.0))["header"]["msgtype"] == "OK"


async def test_the_kernel_is_told_who_the_user_is(
    server: JupyterProcess, kernel: LiveKernel
) -> None:
    await kernel.run("seen = []\nslider.observe(lambda event: seen.append(event.user), 'value')")
    # By cookie, as a browser: a token alone is a new anonymous user at each request.
    async with page_socket(f"{server.ws}/attach/{kernel.path}", server.cookie) as page:
        await page.set(await attached(page), "value", 9.0)
    me = httpx.get(
        server.url.removesuffix("syncline") + "api/me", headers=server.cookie, timeout=60
    ).json()
    wait = "while not seen: time.sleep(0.01)\nseen"
    assert await kernel.run(f"import time\n{wait}") == repr([me["identity"]["username"]])


@pytest.mark.parametrize("path", ["11111111-1111-1111-1111-111111111111/doc"])
async def test_an_unknown_kernel_is_4404(server: JupyterProcess, path: str) -> None:
    async with attach(server, path) as page:
        assert (await page.closed()).code == 4404


async def test_an_unknown_document_is_4404(server: JupyterProcess, kernel: LiveKernel) -> None:
    async with attach(server, f"{kernel.id}/nothing") as page:
        assert (await page.closed()).code == 4404


async def test_a_kernel_without_documents_is_4404(server: JupyterProcess) -> None:
    kernel_id = server.api("POST", "kernels", json={}).json()["id"]
    async with attach(server, f"{kernel_id}/doc") as page:
        end = await page.closed()
    server.api("DELETE", f"kernels/{kernel_id}")
    assert end.code == 4404
    assert end.text


async def test_a_restart_says_come_back_and_then_that_nothing_is_there(
    server: JupyterProcess,
) -> None:
    kernel = await live_kernel(server)
    async with attach(server, kernel.path) as page:
        await attached(page)
        closing = asyncio.create_task(page.closed())
        await asyncio.to_thread(server.api, "POST", f"kernels/{kernel.id}/restart")
        assert (await closing).code == 1012
    async with attach(server, kernel.path) as page:
        assert (await page.closed()).code == 4404
    kernel.end()


async def test_the_page_of_a_document_leads_to_its_socket(
    server: JupyterProcess, kernel: LiveKernel
) -> None:
    answer = server.get(f"/doc/{kernel.path}")
    assert answer.status_code == 200
    data = page_data(answer.text)
    assert data["ws"] == f"../../attach/{kernel.path}"
    assert data["token"] is None
    assert server.get("/doc/11111111-1111-1111-1111-111111111111/x").status_code == 404


async def test_a_viewer_sees_and_may_not_change(viewing: JupyterProcess) -> None:
    kernel = await live_kernel(viewing)
    try:
        async with attach(viewing, kernel.path) as page:
            slider = await attached(page)
            answer = await page.set(slider, "value", 7.0)
            assert answer["header"]["msgtype"] == "ERROR"
            assert answer["content"]["code"] == "read-only"
            assert answer["content"]["retry"] == "never"
            assert answer["header"]["seq"] == 1
            await kernel.run("slider.value = 3.0")
            await page.until_value(slider, "value", 3.0)
        assert await kernel.run("slider.value") == "3.0"
    finally:
        kernel.end()


async def test_a_viewer_may_not_do_more_than_look(viewing: JupyterProcess) -> None:
    assert viewing.get("/api/status").json()["role"] == "view"
    (viewing.root / "app.py").write_text("x = 1\n")
    assert viewing.get("/apps/app.py").status_code == 403
    assert viewing.get("/proxy/echo/x").status_code == 403
    for path in ("documents/11111111-1111-1111-1111-111111111111/doc", "sessions/none", "links/x"):
        assert viewing.call("DELETE", f"/api/{path}").status_code == 403
    wish = {"kernel": "k", "doc": "d", "role": "view"}
    assert viewing.call("POST", "/api/links", json=wish).status_code == 403
    assert viewing.get("/api/links").status_code == 403


def page_data(html: str) -> dict[str, Any]:
    """Return what a page tells its script."""
    found = re.search(r'id="syncline-page">(.*?)</script>', html, re.DOTALL)
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return data
