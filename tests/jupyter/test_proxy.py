"""An app behind the proxy: what reaches it, what reaches the browser, when it runs."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from tornado.httpclient import HTTPClientError

from tests.jupyter.connection import connected
from tests.jupyter.serving import JupyterProcess

ECHO = "/proxy/echo"


def seen(answer: httpx.Response) -> dict[str, str]:
    """Return the headers the app saw, by lower-case name."""
    return {name.lower(): value for name, value in answer.raise_for_status().json()["headers"]}


def socket(
    server: JupyterProcess, path: str, headers: dict[str, str] | None = None, **options: Any
) -> Any:
    return connected(server.ws + path, headers or server.authorization, **options)


def test_an_app_is_started_once_for_requests_at_the_same_time(server: JupyterProcess) -> None:
    async def all_at_once() -> list[httpx.Response]:
        async with httpx.AsyncClient(headers=server.authorization, timeout=60) as client:
            return await asyncio.gather(*(client.get(f"{server.url}{ECHO}/x") for _ in range(10)))

    answers = asyncio.run(all_at_once())
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["pid"] for answer in answers}) == 1


def test_path_and_query_arrive_as_the_browser_wrote_them(server: JupyterProcess) -> None:
    answer = server.get(f"{ECHO}/a%20b/%2Fc?q=1&q=a%26b")
    assert answer.json()["uri"] == "/a%20b/%2Fc?q=1&q=a%26b"


def test_no_credential_of_jupyter_reaches_the_app(server: JupyterProcess) -> None:
    cookies = "; ".join(f"{k}={v}" for k, v in server.sign_in().items())
    headers = {
        "Cookie": f"{cookies}; syncline-browser-app=mine; other=1",
        "Authorization": f"token {server.token}",
        "X-XSRFToken": "secret",
        "X-Syncline-User": "root",
        "X-Forwarded-For": "6.6.6.6",
        "Connection": "keep-alive, X-Private",
        "X-Private": "1",
        "Referer": f"{server.url}/?token={server.token}",
    }
    answer = server.get(f"{ECHO}/x?token={server.token}&_xsrf=1&%74oken=x&a=2", headers=headers)
    got = seen(answer)
    assert server.token not in answer.text
    assert got["cookie"] == "syncline-browser-app=mine"
    assert not {"authorization", "x-xsrftoken", "x-private", "referer"} & set(got)
    assert got["x-forwarded-for"] == "127.0.0.1"
    assert got["x-syncline-user"] != "root"
    assert len(got["x-syncline-secret"]) > 30
    assert answer.json()["uri"] == "/x?a=2"


def test_the_app_learns_where_its_visitors_see_it(server: JupyterProcess) -> None:
    got = seen(server.get(f"{ECHO}/x"))
    assert got["x-forwarded-prefix"] == "/base/syncline/proxy/echo"
    assert got["x-forwarded-proto"] == "http"
    assert got["x-forwarded-host"] == f"127.0.0.1:{server.port}"


def test_only_session_cookies_come_back_and_under_the_prefix(server: JupyterProcess) -> None:
    # By cookie: to whoever shows a token Jupyter itself sets its cookie.
    answer = server.get(f"{ECHO}/cookies", headers=server.cookie)
    assert answer.headers.get_list("set-cookie") == [
        "syncline-browser-app=abc; HttpOnly; Path=/base/syncline/proxy/echo/app; SameSite=Lax"
    ]
    assert answer.headers.get("access-control-allow-origin") != "*"
    assert "service-worker-allowed" not in answer.headers


def test_a_redirect_stays_under_the_prefix(server: JupyterProcess) -> None:
    answer = server.get(f"{ECHO}/moved")
    assert answer.status_code == 302
    assert answer.headers["location"] == "/base/syncline/proxy/echo/app?x=1"


def test_the_name_alone_leads_to_the_index(server: JupyterProcess) -> None:
    answer = server.get(ECHO, follow_redirects=True)
    assert answer.json()["uri"] == "/"


def test_a_body_arrives_while_it_is_made(server: JupyterProcess) -> None:
    with httpx.stream(
        "GET", f"{server.url}{ECHO}/slow", headers=server.authorization, timeout=30
    ) as answer:
        chunks = answer.iter_bytes()
        assert next(chunks) == b"first"
        server.get(f"{ECHO}/go").raise_for_status()
        assert b"".join(chunks) == b"second"


def test_a_large_upload_is_streamed_through(server: JupyterProcess) -> None:
    size = 30 << 20
    answer = httpx.post(
        f"{server.url}{ECHO}/upload",
        content=bytes(size),
        headers=server.authorization,
        timeout=60,
    )
    assert answer.text == str(size)


def test_a_cookie_alone_may_not_post(server: JupyterProcess) -> None:
    answer = httpx.post(f"{server.url}{ECHO}/upload", content=b"x", headers=server.cookie)
    assert answer.status_code == 403


def test_a_crashed_app_is_started_again(server: JupyterProcess) -> None:
    before = server.get(f"{ECHO}/x").json()["pid"]
    assert server.get(f"{ECHO}/crash").status_code == 502
    after = server.get(f"{ECHO}/x").raise_for_status().json()["pid"]
    assert after != before


@pytest.mark.parametrize("name", ["broken", "missing"])
def test_an_app_that_does_not_start_says_so_and_keeps_its_reason_to_the_log(
    server: JupyterProcess, name: str
) -> None:
    answer = server.get(f"/proxy/{name}/")
    assert answer.status_code == 502
    assert name in answer.text
    assert "no such thing" not in answer.text
    said = server.log.read_text()
    error_id = answer.text.partition("near error ")[2][:8]
    assert error_id in said
    assert ("no such thing" if name == "broken" else "cannot be started") in said


def test_an_unknown_name_is_not_found(server: JupyterProcess) -> None:
    assert server.get("/proxy/nothing/").status_code == 404


async def test_frames_pass_both_ways_whole(server: JupyterProcess) -> None:
    async with socket(server, f"{ECHO}/ws") as connection:
        for frame in ("text é", b"\x00\xff", "x" * 100_000, bytes(12 << 20)):
            await connection.write_message(frame, binary=isinstance(frame, bytes))
            assert await connection.read_message() == frame


async def test_the_app_chooses_the_subprotocol(server: JupyterProcess) -> None:
    async with socket(server, f"{ECHO}/ws", subprotocols=["first", "second"]) as connection:
        assert connection.selected_subprotocol == "second"


async def test_a_close_code_of_the_app_reaches_the_browser(server: JupyterProcess) -> None:
    async with socket(server, f"{ECHO}/ws") as connection:
        await connection.write_message("close")
        assert await connection.read_message() is None
        assert (connection.close_code, connection.close_reason) == (4321, "as asked")


async def test_a_socket_carries_no_credential_either(server: JupyterProcess) -> None:
    headers = {**server.cookie, "Origin": f"http://127.0.0.1:{server.port}"}
    async with socket(server, f"{ECHO}/ws", headers) as connection:
        await connection.write_message("headers")
        answer = await connection.read_message()
        assert isinstance(answer, str)
        got = {name.lower() for name in json.loads(answer)}
        assert "cookie" not in got
        assert "authorization" not in got


async def test_a_refusal_of_the_app_is_the_answer(server: JupyterProcess) -> None:
    with pytest.raises(HTTPClientError) as refused:
        async with socket(server, f"{ECHO}/refuse"):
            pass
    assert refused.value.code == 418


def test_starts_were_counted(server: JupyterProcess) -> None:
    # Once at first, once more after the crash above: no request ever started a second one.
    starts = Path(server.root.parent / "starts").read_text().split()
    assert len(starts) == len(set(starts))
