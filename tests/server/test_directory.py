"""What a folder's page brings along: metadata, files, a style sheet, a template."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import syncline as sl
from syncline.apps import Application
from tests.server.browsing import Browser, page_data

if TYPE_CHECKING:
    from syncline.document import Document
    from tests.server.conftest import Serve

MAIN = """
import syncline as sl
doc = sl.curdoc()
doc.title = "Rain & more"
doc.template_variables |= {"intro": "<b>Hello</b>", "nonce": "stolen"}
doc.add_root(sl.Markdown(text="x"))
"""
TEMPLATE = """
{% extends base %}
{% block preamble %}<meta name="author" content="{{ user }}">{% endblock %}
{% block contents %}
<img src="{{ files }}logo.png"><p>{{ intro }}</p>
{{ super() }}
{% endblock %}
"""


@pytest.fixture(params=["tornado", "asgi"])
def front(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "rain"
    (path / "static" / "deep").mkdir(parents=True)
    (path / "templates").mkdir()
    (path / "main.py").write_text(MAIN)
    (path / "theme.css").write_text(".syncline-root { color: rebeccapurple }")
    (path / "static" / "logo.svg").write_text("<svg/>")
    (path / "static" / "deep" / "code.mjs").write_text("1")
    return path


async def test_its_files_are_served_and_nothing_beside_them(serve: Serve, folder: Path) -> None:
    (folder / "static" / ".hidden").write_text("secret")
    (folder / "static" / "out").symlink_to(folder / "main.py")
    server = serve(folder)
    browser = Browser(server)
    logo = await browser.fetch("rain/static/logo.svg")
    assert (logo.code, logo.body) == (200, b"<svg/>")
    assert logo.headers["Content-Type"] == "image/svg+xml"
    assert logo.headers["Cache-Control"] == "no-cache"
    assert logo.headers["X-Content-Type-Options"] == "nosniff"
    again = await browser.fetch("rain/static/logo.svg", If_None_Match=logo.headers["Etag"])
    assert (again.code, again.body) == (304, b"")
    code = await browser.fetch("rain/static/deep/code.mjs")
    assert code.headers["Content-Type"] == "text/javascript; charset=utf-8"
    for path in (
        ".hidden",
        "out",
        "nothing",
        "deep",
        "../main.py",
        "..%2fmain.py",
        "%2e%2e/main.py",
        "deep/../../main.py",
        "deep//code.mjs",
        "/etc/passwd",
        "%00",
        "c:x",
    ):
        assert (await browser.fetch(f"rain/static/{path}")).code in (403, 404), path
    assert len(server.site.sessions) == 0


async def test_new_files_are_served_without_a_restart(serve: Serve, folder: Path) -> None:
    browser = Browser(serve(folder))
    assert (await browser.fetch("rain/static/new.txt")).code == 404
    (folder / "static" / "new.txt").write_text("new")
    assert (await browser.fetch("rain/static/new.txt")).body == b"new"


async def test_an_app_without_files_has_none(serve: Serve) -> None:
    browser = Browser(serve({"app": lambda doc: None}))
    assert (await browser.fetch("app/static/theme.css")).code == 404


async def test_its_style_sheet_is_on_the_page_behind_ours(serve: Serve, folder: Path) -> None:
    browser = Browser(serve(folder))
    html = (await browser.fetch("rain")).body.decode()
    assert re.findall(r'stylesheet" href="([^"]*)"', html)[-1] == "rain/static/theme.css"
    assert (await browser.fetch("rain/static/theme.css")).body == (
        b".syncline-root { color: rebeccapurple }"
    )


async def test_its_template_extends_the_page(serve: Serve, folder: Path) -> None:
    (folder / "templates" / "index.html").write_text(TEMPLATE)
    response = await Browser(serve(folder)).fetch("rain")
    html = response.body.decode()
    assert response.code == 200
    assert "<title>Rain &amp; more</title>" in html
    assert '<meta name="author" content="None">' in html
    assert '<img src="rain/static/logo.png"><p>&lt;b&gt;Hello&lt;/b&gt;</p>' in html
    assert '<main id="syncline-root"' in html
    assert page_data(html)["ws"] == "rain/ws"
    assert "stolen" not in html


async def test_a_template_that_raises_is_a_neutral_500_and_mended_at_the_next_load(
    serve: Serve, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    template = folder / "templates" / "index.html"
    template.write_text("{% extends base %}{% block contents %}{{ undefined_name }}{% endblock %}")
    server = serve(folder)
    browser = Browser(server)
    response = await browser.fetch("rain")
    html = response.body.decode()
    assert response.code == 500
    assert "undefined_name" not in html
    assert html.split("<code>")[1].split("</code>")[0] in caplog.text
    assert "undefined_name" in caplog.text
    template.write_text("{% extends base %}")
    assert (await browser.fetch("rain")).code == 200
    assert len(server.site.sessions) == 1


async def test_a_document_may_have_a_template_of_its_own(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "own.html").write_text(
        "{% extends base %}{% block title %}{{ word }}{% endblock %}"
    )

    def text(doc: Document) -> None:
        doc.template = "<p>{{ word }}</p>{{ embed(second) }}{{ embed(0) }}"
        doc.add_root(sl.Markdown(text="first"))
        doc.template_variables |= {"word": "a & b", "second": doc.add_root(sl.Markdown(text="x"))}

    def file(doc: Document) -> None:
        doc.template = tmp_path / "own.html"
        doc.template_variables["word"] = "from a file"

    browser = Browser(serve({"text": text, "file": file}))
    html = (await browser.fetch("text")).body.decode()
    assert html == (
        "<p>a &amp; b</p>"
        '<div class="syncline-root" data-syncline-root="1"></div>'
        '<div class="syncline-root" data-syncline-root="0"></div>'
    )
    assert "<title>from a file</title>" in (await browser.fetch("file")).body.decode()


async def test_only_a_root_can_be_embedded(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    def app(doc: Document) -> None:
        doc.template = "{{ embed(stranger) }}"
        doc.template_variables["stranger"] = sl.Markdown(text="x")

    response = await Browser(serve(app)).fetch("app")
    assert response.code == 500
    assert "the page's template could not be loaded" in caplog.text


async def test_metadata_is_what_the_author_says(serve: Serve) -> None:
    def app(doc: Document) -> None:
        raise AssertionError("it makes no session")

    calls = iter(range(1, 10))
    server = serve(
        {
            "plain": app,
            "told": Application(app, title="Told", metadata={"version": 3}),
            "asked": Application(app, metadata=lambda: {"call": next(calls)}),
        }
    )
    browser = Browser(server)

    async def metadata(name: str) -> Any:
        response = await browser.fetch(f"{name}/metadata")
        assert response.headers["Content-Type"] == "application/json; charset=utf-8"
        return json.loads(response.body)

    assert await metadata("plain") == {"url": "plain", "title": "app", "data": {}}
    assert await metadata("told") == {"url": "told", "title": "Told", "data": {"version": 3}}
    assert [(await metadata("asked"))["data"] for _ in range(2)] == [{"call": 1}, {"call": 2}]
    assert (await browser.fetch("nothing/metadata")).code == 404


async def test_metadata_that_raises_is_a_neutral_500(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    browser = Browser(serve({"app": Application(print, metadata=lambda: {"x": object()})}))
    response = await browser.fetch("app/metadata")
    answer = json.loads(response.body)
    assert response.code == 500
    assert answer["text"] == "This app could not be described."
    assert answer["error_id"] in caplog.text
    assert "not JSON serializable" in caplog.text


async def test_a_server_tells_its_apps_when_it_begins_and_ends(serve: Serve) -> None:
    seen: list[str] = []
    app = Application(
        lambda doc: None,
        on_server_loaded=lambda context: seen.append("loaded"),
        on_server_unloaded=lambda context: seen.append("unloaded"),
    )
    server = serve({"app": app})
    assert (await Browser(server).fetch("app")).code == 200
    assert seen == ["loaded"]
    await server.stop()
    assert seen == ["loaded", "unloaded"]
