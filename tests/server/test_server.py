"""The server as an object: its options, its start, its end, and what it knows."""

from __future__ import annotations

import asyncio
import socket
import ssl
import subprocess
import webbrowser
from typing import TYPE_CHECKING, Any

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.routing import PathMatches, Rule, RuleRouter
from tornado.simple_httpclient import HTTPStreamClosedError
from tornado.testing import bind_unused_port
from tornado.web import Application as TornadoApplication
from tornado.web import RequestHandler

from syncline.server import (
    BadCertificate,
    BadName,
    BaseServer,
    NotAllowed,
    Server,
    SynclineTornado,
    UnknownSession,
)
from tests.server.browsing import Browser, model
from tests.server.test_session import counter

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.conftest import Serve


class Hello(RequestHandler):
    def get(self) -> None:
        self.finish("hello")


async def works(browser: Browser, app: str = "counter") -> None:
    """A page is fetched, its websocket opens, an edit is accepted, a reload finds the session."""
    page = await browser.open(app)
    slider, _ = model(await page.greet(), "Slider")
    answer = await page.patch({"op": "set", "m": slider, "p": ["value"], "v": 7})
    assert answer["header"]["msgtype"] == "OK"
    page.close()
    again = await browser.open(app)
    _, props = model(await again.greet(), "Slider")
    assert props["value"] == 7
    again.close()


async def test_a_server_lives_as_long_as_its_block() -> None:
    async with Server(counter, port=0) as server:
        assert server.port != 0
        await works(Browser(server))
        url = server.url
    with pytest.raises(OSError, match="refused"):
        await AsyncHTTPClient().fetch(url)


async def test_its_websockets_send_without_delay() -> None:
    async with Server(counter, port=0) as server:
        await (await Browser(server).open("counter")).greet()
        (view,) = server.site.sockets
        stream = view.ws_connection.stream  # type: ignore[attr-defined]
        assert stream.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_two_servers_take_two_free_ports() -> None:
    async with Server(counter, port=0) as one, Server(counter, port=0) as two:
        assert one.port != two.port
        await works(Browser(two))


async def test_who_stops_listening_goes_on_with_those_who_are_there(serve: Serve) -> None:
    server = serve(counter)
    page = await Browser(server).open("counter")
    await page.greet()
    server.unlisten()
    server.unlisten()
    with pytest.raises(OSError, match="refused"):
        await AsyncHTTPClient().fetch(server.url)
    assert (await page.pull())["roots"]


async def test_a_stop_may_be_waited_for_or_not(serve: Serve) -> None:
    server = serve(counter)
    await Browser(server).page("counter")
    await server.stop(wait=False)
    await server.stop()
    assert len(server.site.sessions) == 0


async def test_a_server_that_never_started_stops_all_the_same() -> None:
    server = Server(counter, port=0)
    await server.stop()
    Server(counter, port=server.port or 0).unlisten()


async def test_sessions_are_found_by_app_and_id(serve: Serve) -> None:
    server = serve({"one": counter, "two": counter})
    await Browser(server).page("one")
    await Browser(server).page("two")
    (session,) = server.get_sessions("/one")
    assert session.app == "one"
    assert len(server.get_sessions()) == 2
    assert server.get_session("one", session.id) is session
    for app, name in (("two", session.id), ("three", session.id), ("one", "nothing")):
        with pytest.raises(UnknownSession):
            server.get_session(app, name)
    with pytest.raises(UnknownSession):
        server.get_sessions("three")


def test_a_browser_is_shown_an_app_or_the_index(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(webbrowser, "open", shown.append)
    server = Server({"one": counter, "two": counter}, port=0, prefix="viz")
    server.show()
    server.show("/two")
    url = f"http://127.0.0.1:{server.port}/viz/"
    assert shown == [url, url + "two"]
    with pytest.raises(UnknownSession):
        server.show("three")
    server.unlisten()


def test_a_server_runs_in_the_loop_it_is_given() -> None:
    loop = IOLoop(make_current=False)
    server = Server(counter, loop, port=0)
    assert server.io_loop is loop
    server.start()
    server.start()

    async def visit() -> None:
        await works(Browser(server))
        await server.stop()

    loop.run_sync(visit)
    loop.close()


def test_a_server_serves_until_it_is_stopped() -> None:
    server = Server(counter, port=0)

    async def visit() -> None:
        await works(Browser(server))
        await server.stop()

    async def both() -> None:
        await asyncio.gather(server.serve(), visit())

    asyncio.run(both())


async def test_people_bring_their_own_parts() -> None:
    application = SynclineTornado({"counter": counter}, prefix="/viz")
    http_server = HTTPServer(application)
    listener, port = bind_unused_port()
    http_server.add_socket(listener)
    async with BaseServer(IOLoop.current(), application, http_server) as server:
        browser: Any = Browser(server)  # type: ignore[arg-type]
        server.url = f"http://127.0.0.1:{port}/viz/"  # type: ignore[attr-defined]
        await works(browser)


@pytest.mark.parametrize("prefix", ["viz", "/viz", "/viz/", "deep/er/viz"])
async def test_everything_is_below_the_prefix(serve: Serve, prefix: str) -> None:
    server = serve(counter, prefix=prefix)
    browser = Browser(server)
    assert server.url.endswith(f":{server.port}/{prefix.strip('/')}/")
    assert server.urls == {"counter": server.url + "counter"}
    await works(browser)
    assert (await browser.fetch("")).headers["Location"] == "counter"
    assert (await browser.fetch("healthz")).code == 200
    root = server.url.removesuffix(f"{prefix.strip('/')}/")
    for path in ("", "counter", "healthz"):
        response = await AsyncHTTPClient().fetch(root + path, raise_error=False)
        assert response.code == 404
        assert f'href="{prefix.strip("/")}/counter"' in response.body.decode()


async def test_the_index_has_the_slash_that_its_links_need(serve: Serve) -> None:
    server = serve({"one": counter, "two": counter}, prefix="deep/viz")
    request = HTTPRequest(server.url.rstrip("/") + "?a=1", follow_redirects=False)
    response = await AsyncHTTPClient().fetch(request, raise_error=False)
    assert (response.code, response.headers["Location"]) == (301, "viz/?a=1")
    response = await AsyncHTTPClient().fetch(server.url.rstrip("/"))
    assert response.effective_url == server.url


@pytest.mark.parametrize("prefix", ["..", "a/../b", "a b", "a?b", "a//b"])
def test_what_is_no_path_is_no_prefix(prefix: str) -> None:
    with pytest.raises(BadName):
        SynclineTornado(counter, prefix=prefix)


async def test_rules_of_ones_own_are_below_the_prefix_too(serve: Serve) -> None:
    server = serve(counter, prefix="viz", extra_patterns=[("/hello", Hello)])
    browser = Browser(server)
    assert (await browser.fetch("hello")).body == b"hello"
    await works(browser)


async def test_our_rules_work_in_an_application_of_theirs() -> None:
    ours = SynclineTornado({"counter": counter}, prefix="/viz")
    theirs = TornadoApplication([("/hello", Hello)])
    theirs.add_handlers(".*", ours.rules)
    await mounted(ours, theirs)


async def test_ours_is_a_target_of_their_router() -> None:
    ours = SynclineTornado({"counter": counter}, prefix="/viz")
    theirs = TornadoApplication([("/hello", Hello)])
    router = RuleRouter([Rule(PathMatches("/viz.*"), ours), Rule(PathMatches("/.*"), theirs)])
    await mounted(ours, router)


async def mounted(ours: SynclineTornado, theirs: Any) -> None:
    """Both answer at one port."""
    http_server = HTTPServer(theirs)
    listener, port = bind_unused_port()
    http_server.add_socket(listener)
    async with BaseServer(None, ours, http_server) as server:
        root = f"http://127.0.0.1:{port}/"
        assert (await AsyncHTTPClient().fetch(root + "hello")).body == b"hello"
        server.url = root + "viz/"  # type: ignore[attr-defined]
        await works(Browser(server))  # type: ignore[arg-type]


async def test_nobody_is_believed_who_the_caller_is_but_a_proxy(serve: Serve) -> None:
    said = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}
    response = await Browser(serve(counter), said).fetch("counter")
    assert "Secure" not in response.headers["Set-Cookie"]
    response = await Browser(serve(counter, use_xheaders=True), said).fetch("counter")
    assert "Secure" in response.headers["Set-Cookie"]


async def test_a_proxy_changes_nothing_about_hosts_and_origins(serve: Serve) -> None:
    server = serve(counter, use_xheaders=True, allow_origin="https://viz.example")
    said = {"X-Forwarded-Proto": "https", "Host": "viz.example"}
    browser = Browser(server, {**said, "Origin": "https://viz.example"})
    await works(browser)
    assert (await Browser(server, said | {"Host": "evil.example"}).fetch("counter")).code == 403
    forwarded = {"Host": "evil.example", "X-Forwarded-Host": "viz.example"}
    assert (await Browser(server, said | forwarded).fetch("counter")).code == 403


@pytest.mark.parametrize("name", ["allow_origins", "auth_user", "session_tll", "num_procs"])
def test_what_is_no_option_is_not_passed_over(name: str) -> None:
    options: Any = {"port": 0, name: "x"}
    with pytest.raises(TypeError, match=name):
        Server(counter, **options)


def test_the_whole_network_is_served_only_if_that_is_said() -> None:
    with pytest.raises(NotAllowed, match="--allow-anonymous"):
        Server(counter, address="0.0.0.0", port=0)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-passout", "pass:open sesame", "-keyout", str(key), "-out", str(cert)),
        ],
        check=True,
        capture_output=True,
    )
    return cert, key


async def test_a_server_speaks_tls_itself(serve: Serve, certificate: tuple[Path, Path]) -> None:
    cert, key = certificate
    server = serve(counter, ssl_certfile=cert, ssl_keyfile=key, ssl_password="open sesame")
    assert server.url.startswith("https://127.0.0.1:")
    context = ssl.create_default_context(cafile=str(cert))
    response = await AsyncHTTPClient().fetch(server.url + "counter", ssl_options=context)
    assert "Secure" in response.headers["Set-Cookie"]


def test_a_certificate_that_cannot_be_used_is_one_line(
    certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    cert, key = certificate
    (tmp_path / "bad.pem").write_text("nothing")
    for options in (
        {"ssl_certfile": cert, "ssl_keyfile": key, "ssl_password": "wrong"},
        {"ssl_certfile": cert, "ssl_keyfile": key},
        {"ssl_certfile": tmp_path / "none.pem", "ssl_keyfile": key},
        {"ssl_certfile": tmp_path / "bad.pem", "ssl_keyfile": key},
        {"ssl_keyfile": key},
    ):
        with pytest.raises(BadCertificate) as error:
            Server(counter, port=0, **options)
        assert "\n" not in str(error.value)


async def test_the_http_server_takes_settings_of_ones_own(serve: Serve) -> None:
    server = serve(counter, http_server_kwargs={"max_header_size": 2000})
    browser = Browser(server)
    assert (await browser.fetch("counter")).code == 200
    with pytest.raises(HTTPStreamClosedError):
        await browser.fetch("counter", X_Long="x" * 3000)


async def test_a_server_runs_on_a_thread_too() -> None:
    server = Server(counter, port=0)
    serving = asyncio.create_task(asyncio.to_thread(server.run_until_shutdown))
    await works(Browser(server))
    loop = server.io_loop.asyncio_loop  # type: ignore[attr-defined]
    await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(server.stop(), loop))
    await serving
