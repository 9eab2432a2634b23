"""Links to documents: who has one gets its document in its role, and nothing else of the server."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tornado.httpclient import HTTPClientError

from tests.jupyter.connection import connected
from tests.jupyter.kernel import SHOW, LiveKernel, live_kernel
from tests.jupyter.page import PageSocket
from tests.jupyter.serving import JupyterProcess
from tests.jupyter.sharing import Guest, ask_for_link, make_link, same_origin, sharing_server

MOUNTS = """
def document(text):
    made = sl.Document()
    made.add_root(sl.Markdown(text=text))
    display(made)
    return made
inner, later, outer = document("inner"), document("later"), document("outer")
outer.add_root(sl.Mount(doc=inner.id))
"""


@pytest.fixture(scope="module")
def sharing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterProcess]:
    """A server where links may be handed out, without any other way in, which logs all it can."""
    folder = tmp_path_factory.mktemp("sharing")
    strict = "--ServerApp.allow_unauthenticated_access=False"
    with sharing_server(folder, strict, "--Application.log_level=DEBUG") as running:
        yield running


@pytest.fixture(scope="module")
def kernel(sharing: JupyterProcess) -> Iterator[LiveKernel]:
    live = asyncio.run(live_kernel(sharing))
    yield live
    live.end()


def links_of(server: JupyterProcess) -> dict[str, dict[str, Any]]:
    answer = server.get("/api/links")
    assert answer.headers["cache-control"] == "no-store"
    return {link["id"]: link for link in answer.json()["links"]}


async def attached(page: PageSocket) -> str:
    """Shake hands; return the slider's id."""
    await page.shake_hands()
    return page.model("ui/Slider")[0]


async def test_a_view_link_shows_and_changes_nothing(
    sharing: JupyterProcess, kernel: LiveKernel
) -> None:
    await kernel.run("slider.value = 1.0")
    guest = make_link(sharing, kernel.path).follow()
    async with guest.socket() as page:
        slider = await attached(page)
        answer = await page.set(slider, "value", 7.0)
        assert answer["content"]["code"] == "read-only"
        await kernel.run("slider.value = 3.0")
        await page.until_value(slider, "value", 3.0)
        # Nor by a message of another kind, or a frame that only claims to be harmless.
        await page.send("PUSH-DOC", {"doc": page.doc}, client=page.client)
        assert (await page.until("ERROR"))["content"]["code"] == "read-only"
    assert await kernel.run("slider.value") == "3.0"


async def test_an_edit_link_changes_and_the_kernel_hears_by_whom(
    sharing: JupyterProcess, kernel: LiveKernel
) -> None:
    await kernel.run("seen = []\nslider.observe(lambda event: seen.append(event.user), 'value')")
    link = make_link(sharing, kernel.path, "edit", label="Ann Ö")
    async with link.follow().socket() as page:
        answer = await page.set(await attached(page), "value", 8.0)
        assert answer["header"]["msgtype"] == "OK"
        listed = await asyncio.to_thread(links_of, sharing)
        peers = (await asyncio.to_thread(sharing.get, "/api/documents")).json()["documents"][0]
    assert await kernel.run("slider.value") == "8.0"
    assert (
        await kernel.run("import time\nwhile not seen: time.sleep(0.01)\nseen") == "['link:Ann Ö']"
    )
    assert {"user": "link:Ann Ö", "role": "edit", "carrier": "attach"} in peers["peers"]
    told = listed[link.id]
    assert (told["role"], told["label"], told["open"]) == ("edit", "Ann Ö", 1)
    assert told["expires"] - told["created"] == 86400
    assert link.token not in str(listed)


async def test_the_cookie_is_for_its_document_alone(
    sharing: JupyterProcess, kernel: LiveKernel
) -> None:
    link = make_link(sharing, kernel.path)
    said = link.enter()
    assert said.json() == {"role": "view", "mounts": []}
    # Never the token itself, nor to a script, nor to another path or site.
    cookie = said.headers["set-cookie"]
    assert link.token not in cookie
    path = f"{sharing.base}syncline{link.path}"
    assert set(cookie.split("; ")[1:]) == {"HttpOnly", "SameSite=Strict", f"Path={path}"}
    secure = {**same_origin(sharing), "X-Syncline-Token": link.token}
    secure["Origin"] = secure["Origin"].replace("http:", "https:")
    answer = sharing.call("POST", f"{link.path}/enter", headers=secure)
    assert answer.status_code == 200, answer.text
    attributes = answer.headers["set-cookie"].split("; ")
    assert attributes[0].startswith("syncline-link=")
    assert "Secure" in attributes[1:]


OTHERS = (
    ("GET", "api/kernels"),
    ("POST", "api/kernels"),
    ("GET", "api/kernels/{kernel}"),
    ("GET", "api/kernels/{kernel}/channels"),
    ("GET", "api/sessions"),
    ("GET", "api/contents"),
    ("GET", "api/terminals"),
    ("GET", "files/x"),
    ("GET", "syncline/api/status"),
    ("GET", "syncline/api/documents"),
    ("DELETE", "syncline/api/documents/{kernel}/{doc}"),
    ("GET", "syncline/api/links"),
    ("POST", "syncline/api/links"),
    ("GET", "syncline/doc/{kernel}/{doc}"),
    ("GET", "syncline/attach/{kernel}/{doc}"),
    ("GET", "syncline/static/manifest.json"),
    ("GET", "syncline/proxy/echo/x"),
    ("GET", "syncline/apps/app.py"),
)


@pytest.mark.parametrize(("method", "path"), OTHERS)
def test_the_cookie_is_worth_nothing_elsewhere(
    sharing: JupyterProcess, kernel: LiveKernel, method: str, path: str
) -> None:
    link = make_link(sharing, kernel.path, "edit")
    guest = link.follow()
    place = path.format(kernel=kernel.id, doc=kernel.doc)
    url = sharing.url.removesuffix("syncline") + place
    for more in ({}, {"X-Syncline-Token": link.token}, {"Authorization": f"token {link.token}"}):
        answer = httpx.request(method, url, headers={**guest.headers, **more}, timeout=60)
        login = answer.status_code == 302 and "/login" in answer.headers["location"]
        assert login or answer.status_code in (403, 404, 405), answer.status_code


@pytest.mark.parametrize("role", ["view", "edit"])
async def test_nobody_gets_a_kernels_websocket_by_a_link(
    sharing: JupyterProcess, kernel: LiveKernel, role: str
) -> None:
    guest = make_link(sharing, kernel.path, role).follow()
    start = f"ws://127.0.0.1:{sharing.port}{sharing.base}"
    kernels = f"api/kernels/{kernel.id}/channels"
    for place in (kernels, f"syncline/attach/{kernel.path}", "api/events/subscribe"):
        # Jupyter's own sends whoever is not signed in to the login.
        with pytest.raises(HTTPClientError, match=r"302|403"):
            async with connected(start + place, guest.headers):
                pass


async def test_a_link_leads_to_no_other_document(
    sharing: JupyterProcess, kernel: LiveKernel
) -> None:
    other = await kernel.run("other = sl.Document()\ndisplay(other)\nother.id")
    path = f"{kernel.id}/{other.strip(chr(39))}"
    link, own = make_link(sharing, kernel.path, "edit"), make_link(sharing, path)
    assert link.enter(path=own.path).status_code == 403
    guest = Guest(sharing, own.path, link.follow().value)
    async with guest.socket() as page:
        assert (await page.closed()).code == 4401


async def test_no_other_site_uses_a_link_that_was_followed(
    sharing: JupyterProcess, kernel: LiveKernel
) -> None:
    guest = make_link(sharing, kernel.path).follow()
    foreign = {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}
    other_port = {"Origin": "http://127.0.0.1:1", "Sec-Fetch-Site": "same-site"}
    for site in (foreign, other_port, {"Origin": "null"}):
        headers = {"Cookie": guest.headers["Cookie"], **site}
        with pytest.raises(HTTPClientError, match="403"):
            async with connected(f"{sharing.ws}{guest.path}/ws", headers):
                pass


async def test_what_is_mounted_belongs_to_it_and_nothing_that_is_mounted_later(
    sharing: JupyterProcess, kernel: LiveKernel
) -> None:
    await kernel.run(MOUNTS)
    inner, later, outer = eval(await kernel.run("inner.id, later.id, outer.id"))
    link = make_link(sharing, f"{kernel.id}/{outer}")
    assert link.enter().json()["mounts"] == [inner]
    await kernel.run("outer.add_root(sl.Mount(doc=later.id))")
    guest = link.follow()
    async with guest.socket(f"/docs/{inner}/ws") as page:
        await page.shake_hands()
        assert page.model("ui/Markdown")[1]["props"]["text"] == "inner"
        text = page.model("ui/Markdown")[0]
        assert (await page.set(text, "text", "x"))["content"]["code"] == "read-only"
    for doc in (later, kernel.doc):
        with pytest.raises(HTTPClientError, match="403"):
            async with guest.socket(f"/docs/{doc}/ws"):
                pass


async def test_a_link_that_is_taken_back_ends_what_is_open(
    sharing: JupyterProcess, kernel: LiveKernel
) -> None:
    await kernel.run("slider.value = 1.0")
    link, other = make_link(sharing, kernel.path, "edit"), make_link(sharing, kernel.path)
    guest = link.follow()
    async with guest.socket() as page, other.follow().socket() as beside:
        slider = await attached(page)
        await attached(beside)
        # Meanwhile this loop stands still: the page has not heard of the end, as if it ignored it.
        assert link.revoke().status_code == 204
        await page.change(slider, "value", 9.0)
        end = await page.closed()
        assert await kernel.run("slider.value") == "1.0"
        await kernel.run("slider.value = 2.0")
        await beside.until_value(slider, "value", 2.0)
    assert (end.code, end.text) == (4401, "This link was taken back.")
    assert link.enter().status_code == 403
    async with guest.socket() as page:
        assert (await page.closed()).code == 4401
    assert link.revoke().status_code == 404
    assert link.id not in links_of(sharing)


async def test_a_link_ends_with_its_time_and_so_does_what_is_open(
    sharing: JupyterProcess, kernel: LiveKernel
) -> None:
    link = make_link(sharing, kernel.path, expires_in=6)
    guest = link.follow()
    async with guest.socket() as page:
        await attached(page)
        end = await page.closed()
        assert (end.code, end.text) == (4401, "This link was for a time that is over.")
    assert link.enter().status_code == 403
    async with guest.socket() as page:
        end = await page.closed()
        assert (end.code, end.text) == (4401, "This link is not valid any more.")
    assert link.id not in links_of(sharing)


async def test_links_to_what_a_killed_or_restarted_kernel_had_are_listed_no_more(
    sharing: JupyterProcess,
) -> None:
    kernel = await live_kernel(sharing)
    killed = make_link(sharing, kernel.path)
    pid = int(await kernel.run("import os; os.getpid()"))
    # One that only does not answer has what it had.
    os.kill(pid, signal.SIGSTOP)
    assert killed.id in links_of(sharing)
    os.kill(pid, signal.SIGKILL)
    async with asyncio.timeout(30):
        # It takes a moment until it is gone.
        while killed.id in links_of(sharing):
            await asyncio.sleep(0.05)
    sharing.api("POST", f"kernels/{kernel.id}/restart").raise_for_status()
    doc = (await kernel.run(f"{SHOW}\nsl.curdoc().id")).strip("'")
    restarted = make_link(sharing, f"{kernel.id}/{doc}")
    assert restarted.id in links_of(sharing)
    sharing.api("POST", f"kernels/{kernel.id}/restart").raise_for_status()
    assert restarted.id not in links_of(sharing)
    kernel.end()


async def test_a_link_ends_with_its_document_and_with_its_kernel(sharing: JupyterProcess) -> None:
    kernel = await live_kernel(sharing)
    link = make_link(sharing, kernel.path)
    assert sharing.call("DELETE", f"/api/documents/{kernel.path}").status_code == 204
    assert link.enter().status_code == 403
    second = (await kernel.run("display(sl.Slider())\nsl.curdoc().id")).strip("'")
    link = make_link(sharing, f"{kernel.id}/{second}")
    guest = link.follow()
    kernel.end()
    assert link.enter().status_code == 403
    async with guest.socket() as page:
        assert (await page.closed()).code in (4401, 4404)
    assert link.id not in links_of(sharing)


def changed(token: str, place: int) -> str:
    letter = "A" if token[place] != "A" else "B"
    return token[:place] + letter + token[place + 1 :]


def test_no_other_token_is_let_in(sharing: JupyterProcess, kernel: LiveKernel) -> None:
    link = make_link(sharing, kernel.path)
    dot = link.token.index(".")
    for token in (
        *(changed(link.token, place) for place in (0, 5, dot // 2, dot + 1, dot + 20)),
        link.token[:dot],
        link.follow().value,
        sharing.token,
        "x",
        ".",
    ):
        answer = link.enter(token)
        assert answer.status_code == 403
        assert answer.json()["message"] == "This link is not valid any more."
        assert "set-cookie" not in answer.headers


def test_a_page_that_is_loaded_again_is_known_by_its_cookie(
    sharing: JupyterProcess, kernel: LiveKernel
) -> None:
    link = make_link(sharing, kernel.path)
    guest = link.follow()
    shown = sharing.get(link.path, headers=same_origin(sharing))
    xsrf = shown.cookies["_xsrf"]
    both = {**guest.headers, "Cookie": f"{guest.headers['Cookie']}; _xsrf={xsrf}"}
    enter = f"{link.path}/enter"
    assert sharing.call("POST", enter, headers={**both, "X-XSRFToken": xsrf}).status_code == 200
    # Whoever cannot read the page's cookies, or comes from elsewhere, is refused.
    assert sharing.call("POST", enter, headers=both).status_code == 403
    foreign = {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}
    for more in ({"X-XSRFToken": xsrf}, {"X-Syncline-Token": link.token}):
        answer = sharing.call("POST", enter, headers={**both, **more, **foreign})
        assert answer.status_code in (403, 404)
        assert "set-cookie" not in answer.headers


def test_a_page_without_its_token_says_nothing(sharing: JupyterProcess, kernel: LiveKernel) -> None:
    link = make_link(sharing, kernel.path)
    shown = sharing.get(link.path, headers={})
    nothing = sharing.get("/shared/11111111-1111-1111-1111-111111111111/nothing", headers={})
    assert shown.status_code == nothing.status_code == 200
    plain = shown.text.replace(kernel.doc, "nothing")
    assert without_nonce(plain) == without_nonce(nothing.text)
    assert kernel.id not in shown.text
    assert shown.headers["referrer-policy"] == "no-referrer"
    assert shown.headers["cache-control"] == "no-store"
    assert "frame-ancestors 'self'" in shown.headers["content-security-policy"]


def without_nonce(html: str) -> str:
    return re.sub(r'nonce="[^"]*"', "", html)


async def test_no_log_has_a_token(sharing: JupyterProcess, kernel: LiveKernel) -> None:
    link = make_link(sharing, kernel.path)
    guest = link.follow()
    async with guest.socket() as page:
        await attached(page)
    link.revoke()
    assert link.enter().status_code == 403
    log = sharing.log.read_text()
    assert f"POST /base/syncline{link.path}/enter" in log
    assert link.id in log
    assert link.token not in log
    assert guest.value not in log


BAD = (
    {"role": "owner"},
    {"role": "Edit"},
    {"expires_in": 0},
    {"expires_in": -1},
    {"expires_in": 31 * 86400},
    {"expires_in": "soon"},
    {"label": "x" * 101},
    {"more": 1},
)


@pytest.mark.parametrize("wrong", BAD, ids=str)
def test_a_wrong_wish_is_told(
    sharing: JupyterProcess, kernel: LiveKernel, wrong: dict[str, Any]
) -> None:
    body = {"kernel": kernel.id, "doc": kernel.doc, "role": "view"}
    answer = ask_for_link(sharing, **{**body, **wrong})
    assert answer.status_code == 400
    assert answer.json()["message"]


def test_there_are_no_links_to_what_is_not_there(
    sharing: JupyterProcess, kernel: LiveKernel
) -> None:
    for path in (f"{kernel.id}/nothing", f"11111111-1111-1111-1111-111111111111/{kernel.doc}"):
        place = dict(zip(("kernel", "doc"), path.split("/"), strict=True))
        assert ask_for_link(sharing, **place, role="view").status_code == 404


def test_a_browser_needs_its_xsrf_token_to_make_or_end_links(
    sharing: JupyterProcess, kernel: LiveKernel
) -> None:
    link = make_link(sharing, kernel.path)
    body = {"kernel": kernel.id, "doc": kernel.doc, "role": "view"}
    cookie = {**sharing.cookie, **same_origin(sharing)}
    assert sharing.call("POST", "/api/links", json=body, headers=cookie).status_code == 403
    assert sharing.call("DELETE", f"/api/links/{link.id}", headers=cookie).status_code == 403
    told = {**sharing.page, **same_origin(sharing)}
    assert sharing.call("POST", "/api/links", json=body, headers=told).status_code == 201
    assert sharing.call("DELETE", f"/api/links/{link.id}", headers=told).status_code == 204


def test_there_are_none_unless_they_are_wanted(server: JupyterProcess) -> None:
    assert server.get("/api/status").json()["share_links"] is False
    assert server.get("/api/links").status_code == 404
    assert ask_for_link(server, kernel="k", doc="d", role="view").status_code == 404
    for path in ("", "/ws", "/enter"):
        assert server.get(f"/shared/k/d{path}").status_code == 404


async def test_under_a_hub_a_link_alone_is_not_enough(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/base/")
    with sharing_server(tmp_path_factory.mktemp("hub")) as running:
        kernel = await live_kernel(running)
        link = make_link(running, kernel.path)
        assert running.get("/shared/static/manifest.json", headers={}).status_code == 403
        page = running.get(link.path, headers={})
        assert page.status_code == 302
        assert "/login" in page.headers["location"]
        assert link.enter().status_code == 403
        token = {**running.authorization, "X-Syncline-Token": link.token}
        answer = running.call("POST", f"{link.path}/enter", headers=token)
        assert answer.status_code == 200
        guest = Guest(running, link.path, answer.cookies["syncline-link"])
        with pytest.raises(HTTPClientError, match="403"):
            async with guest.socket():
                pass
        kernel.end()
