"""The pages: relative URLs, a strict policy, cookies that keep to their app."""

from __future__ import annotations

import gzip
import json
import re
from typing import TYPE_CHECKING

import pytest

from syncline.hosting import StaticFiles
from tests.server.browsing import Browser
from tests.server.test_session import counter

if TYPE_CHECKING:
    from pathlib import Path

    from syncline.document import Document
    from tests.server.conftest import Serve


@pytest.fixture
def built(tmp_path: Path) -> StaticFiles:
    (tmp_path / "page-0a1b2c3d.js").write_text("let page;")
    (tmp_path / "page-0a1b2c3d.js.gz").write_bytes(gzip.compress(b"let page;"))
    (tmp_path / "page-0a1b2c3d.css").write_text("a {}")
    manifest = {
        "script": "page-0a1b2c3d.js",
        "styles": ["page-0a1b2c3d.css"],
    }
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    return StaticFiles(tmp_path)


async def test_all_urls_of_a_page_are_relative(serve: Serve, built: StaticFiles) -> None:
    html = (await Browser(serve(counter, static=built)).fetch("counter")).body.decode()
    urls = re.findall(r'(?:src|href)="([^"]*)"', html)
    assert "static/page-0a1b2c3d.js" in urls
    assert "static/page-0a1b2c3d.css" in urls
    assert not [url for url in urls if url.startswith(("/", "http"))]


async def test_the_policy_of_a_page_lets_nothing_foreign_in(serve: Serve) -> None:
    response = await Browser(serve(counter)).fetch("counter")
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert re.search(r"script-src 'self' 'nonce-[\w-]{20,}' blob:;", policy)
    assert "connect-src 'self'" in policy
    assert "unsafe-inline" not in policy.replace("style-src-attr 'unsafe-inline'", "")
    again = await Browser(serve(counter)).fetch("counter")
    assert again.headers["Content-Security-Policy"] != policy


async def test_no_title_can_leave_the_element_it_stands_in(serve: Serve) -> None:
    def evil(doc: Document) -> None:
        doc.title = "</script><script>alert(1)</script>"

    browser = Browser(serve(evil))
    html = (await browser.fetch("evil")).body.decode()
    assert "<script>alert" not in html
    assert (await browser.page("evil"))["title"] == "</script><script>alert(1)</script>"


async def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(serve: Serve) -> None:
    response = await Browser(serve(counter)).fetch("counter")
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("syncline-browser-counter=")
    for part in ("HttpOnly", "SameSite=Lax"):
        assert part in cookie
    # Beside the page and below: a proxy may have taken a prefix off.
    assert "Path" not in cookie
    assert "Secure" not in cookie


async def test_behind_a_proxy_with_https_the_cookie_is_secure(serve: Serve) -> None:
    server = serve(counter, proxy_secret="s")
    headers = {"X-Syncline-Secret": "s", "X-Forwarded-Proto": "https"}
    response = await Browser(server, headers).fetch("counter")
    assert "Secure" in response.headers["Set-Cookie"]


async def test_a_forged_cookie_gives_a_new_session(serve: Serve) -> None:
    server = serve(counter)
    browser = Browser(server)
    await browser.page("counter")
    (session,) = server.site.sessions
    thief = Browser(server, cookies={"syncline-browser-counter": session.id})
    await thief.page("counter")
    assert len(server.site.sessions) == 2


async def test_static_files_are_kept_for_ever_and_come_compressed(
    serve: Serve, built: StaticFiles
) -> None:
    browser = Browser(serve(counter, static=built))
    plain = await browser.fetch("static/page-0a1b2c3d.js")
    assert plain.body == b"let page;"
    assert plain.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert "immutable" in plain.headers["Cache-Control"]
    packed = await browser.fetch("static/page-0a1b2c3d.js", Accept_Encoding="br, gzip")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == b"let page;"
    manifest = await browser.fetch("static/manifest.json", Accept_Encoding="br, gzip")
    assert "Content-Encoding" not in manifest.headers
    assert manifest.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br", "br"),
        ("br;q=0.1, gzip;q=1.0", "br"),
        ("br;q=0, gzip", "gzip"),
        ("br; q=0.000", None),
        ("GZIP", "gzip"),
        ("gzip;q=0.0", None),
        ("broken", None),
        ("identity", None),
    ],
)
async def test_a_file_comes_as_tight_as_the_browser_accepts(
    serve: Serve, built: StaticFiles, tmp_path: Path, accepted: str, encoding: str | None
) -> None:
    (tmp_path / "page-0a1b2c3d.js.br").write_bytes(b"tighter")
    browser = Browser(serve(counter, static=StaticFiles(tmp_path)))
    response = await browser.fetch("static/page-0a1b2c3d.js", Accept_Encoding=accepted)
    assert response.headers.get("Content-Encoding") == encoding
    assert response.headers["Vary"] == "Accept-Encoding"
    assert (response.body == b"tighter") is (encoding == "br")


@pytest.mark.parametrize(
    "name", ["../secret", "..%2Fsecret", "%2Fetc%2Fpasswd", "a/../../secret", "", "nothing.js"]
)
async def test_no_name_reaches_a_file_outside_the_build(
    serve: Serve, tmp_path: Path, name: str
) -> None:
    (tmp_path / "secret").write_text("not for you")
    (tmp_path / "static").mkdir()
    browser = Browser(serve(counter, static=StaticFiles(tmp_path / "static")))
    response = await browser.fetch(f"static/{name}")
    assert response.code == 404
    assert b"not for you" not in response.body


async def test_the_index_names_every_app(serve: Serve) -> None:
    html = (await Browser(serve({"one": counter, "two": counter})).fetch("")).body.decode()
    assert 'href="one"' in html
    assert 'href="two"' in html


async def test_a_page_names_the_code_of_what_its_document_has(
    serve: Serve, built: StaticFiles, tmp_path: Path
) -> None:
    types = {"ui/Slider@1": ["slider.js"], "ui/Markdown@1": ["text.js"], "ui/Mount@1": ["any.js"]}
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    (tmp_path / "manifest.json").write_text(json.dumps({**manifest, "types": types}))
    html = (await Browser(serve(counter, static=StaticFiles(tmp_path))).fetch("counter")).body
    named = re.findall(r'rel="modulepreload" href="static/([^"]*)"', html.decode())
    assert named == ["text.js", "slider.js"]
