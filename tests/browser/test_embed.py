"""Apps in pages of other sites, and documents in files, in a real browser."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

import syncline as sl
from syncline.client import connect
from syncline.embed import components, export, server_document, server_session
from syncline.ui import Column, Markdown, Slider
from tests.browser.driver import Shown, isolated, process, wait_for
from tests.browser.foreign import ForeignSite, foreign_site
from tests.ports import free_port

pytestmark = pytest.mark.browser

APP = """\
import secrets
import syncline as sl

city = sl.curdoc().session_context.request.arguments.get("city", ("nowhere",))[0]
number = sl.Slider(label="Number", value=3.0, min=0.0, max=100.0, step=1.0)
choice = sl.Select(label="Choice", options=["one", "two"], value="one")
told = sl.Markdown()
mark = sl.Markdown(text="mark " + secrets.token_hex(4))
tell = lambda event=None: setattr(told, "text", f"{number.value:.0f} and {choice.value} in {city}")
number.observe(tell, "value")
choice.observe(tell, "value")
tell()
sl.curdoc().add_root(sl.Column(number, choice, told, mark))
"""
# What a page may have that was never meant for an app inside it.
HOSTILE = """<style>
* { box-sizing: content-box; letter-spacing: 3px }
html { color: rgb(255, 0, 0) }
body { font: 40px/3 serif; text-align: right }
div, span, label, p, button { border: 5px solid lime !important; display: none !important }
</style>"""


@pytest.fixture(scope="module")
def site() -> Iterator[ForeignSite]:
    with foreign_site() as running:
        yield running


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, site: ForeignSite) -> Iterator[str]:
    """The address of an app that allows the site, behind a prefix."""
    folder = tmp_path_factory.mktemp("embed")
    script, log, port = folder / "wave.py", folder / "serve.log", free_port()
    script.write_text(APP)
    command = [sys.executable, "-m", "syncline.cli", "serve", str(script), f"--port={port}"]
    command += [f"--allow-origin={site.origin}", "--prefix=/viz"]
    with process(command, log, env=isolated(folder)) as server:
        wait_for(f"http://127.0.0.1:{port}/viz/healthz", server, log)
        yield f"http://127.0.0.1:{port}/viz/wave"


@pytest.fixture(autouse=True)
def no_policy(site: ForeignSite) -> Iterator[None]:
    yield
    site.policy = None


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 900, "height": 700})
    made = context.new_page()
    made.set_default_timeout(15_000)
    yield made
    context.close()


class Gauge(sl.Model):
    """A class with a view of its own."""

    _esm = """export default { render({ model, el }) {
        el.className = 'gauge'; el.textContent = `Gauge ${model.get('level')}`; } };"""
    level: int = sl.prop(default=0)


def example() -> sl.Document:
    """A document with one of each, an array, another document inside, and hostile text."""
    np = pytest.importorskip("numpy")
    inner, doc = sl.Document(), sl.Document(title="Waves")
    inner.add_root(sl.Markdown(text="from inside"))
    x = np.linspace(0, 10, 500)
    doc.add_root(
        sl.Column(
            sl.Markdown(text="# Waves\n<img src=x onerror='document.title=1'>"),
            sl.Slider(label="Number", value=3.0, min=0.0, max=10.0),
            sl.TextInput(label="Name", value="Ada"),
            sl.LinePlot(x=x, y=[np.sin(x)], labels=["sine"]),
            sl.Mount(doc=inner.id),
            Gauge(level=9),
        )
    )
    # It lives as long as the document.
    doc.template_variables["inner"] = inner
    return doc


def live(page: Page, index: int = 0) -> Shown:
    """Wait for the slider of an app in the page."""
    return Shown(page, "syncline-app", index).wait()


def marks(page: Page, count: int = 1) -> list[str]:
    """Wait until so many apps are there, with all their views; return what marks their sessions."""
    found = page.get_by_text(re.compile("^mark [0-9a-f]{8}$"))
    expect(found).to_have_count(count)
    expect(page.locator("wa-select")).to_have_count(count)
    return found.all_inner_texts()


def test_an_app_in_a_page_of_another_site_is_live_both_ways(
    page: Page, site: ForeignSite, app: str
) -> None:
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(site.put(server_document(app, arguments={"city": "Oslo"})))
    shown = live(page)
    expect(page.get_by_text("3 and one in Oslo")).to_be_visible()
    value = shown.drag(0.5)
    expect(page.get_by_text(f"{value:.0f} and one in Oslo")).to_be_visible()
    # The token is in no address, and there is no cookie.
    assert not [url for url in requests if "token" in url]
    assert page.context.cookies() == []
    assert page.title() == "Elsewhere"
    (mark,) = marks(page)
    page.reload()
    live(page).expect(value)
    assert marks(page) == [mark]


def test_the_session_of_a_program_is_live_in_a_page_of_another_site(
    page: Page, site: ForeignSite, app: str
) -> None:
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    with connect(app) as doc:
        (column,) = doc.roots
        assert isinstance(column, Column)
        number, mark = column.children[0], column.children[3]
        assert isinstance(number, Slider)
        assert isinstance(mark, Markdown)
        page.goto(site.put(server_session(doc, app)))
        shown = live(page)
        assert marks(page) == [mark.text]
        value = shown.drag(0.5)
        doc.wait(lambda: number.value == value)
        number.value = 12.0
        shown.expect(12)
        page.reload()
        live(page).expect(12)
        assert marks(page) == [mark.text]
        assert doc.token is not None
        assert not [url for url in requests if doc.token in url or "ticket" in url]


def test_two_apps_in_a_page_share_the_runtime_and_have_sessions_of_their_own(
    page: Page, site: ForeignSite, app: str
) -> None:
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    elements = [server_document(app, arguments={"city": city}) for city in ("Oslo", "Rome", "Rome")]
    page.goto(site.put("<p>between</p>".join(elements)))
    first, second = live(page, 0), live(page, 1)
    live(page, 2)
    assert len(set(marks(page, 3))) == 3
    value = second.drag(0.7)
    expect(page.get_by_text(f"{value:.0f} and one in Rome")).to_be_visible()
    expect(page.get_by_text("3 and one in Oslo")).to_be_visible()
    first.expect(3)
    scripts = [url for url in requests if "/static/" in url and url.endswith(".js")]
    assert len(scripts) == len(set(scripts)) > 0


def test_an_app_that_the_page_takes_away_is_connected_no_more(
    page: Page, site: ForeignSite, app: str
) -> None:
    with page.expect_event("websocket") as opened:
        page.goto(site.put(server_document(app)))
    live(page)
    # To another place: it goes on.
    page.evaluate("() => document.body.prepend(document.querySelector('syncline-app'))")
    live(page).drag(0.5)
    assert not opened.value.is_closed()
    with opened.value.expect_event("close"):
        page.evaluate("() => document.querySelector('syncline-app').remove()")


def test_neither_styles_of_the_page_nor_of_the_app_reach_the_other(
    page: Page, site: ForeignSite, app: str
) -> None:
    page.goto(site.put(f"{server_document(app)}<p id=own>Own</p>", head=HOSTILE))
    own = page.evaluate("() => getComputedStyle(document.querySelector('#own')).borderTopWidth")
    assert own == "5px"
    live(page)
    text = page.get_by_text("3 and one in nowhere")
    expect(text).to_be_visible()
    expect(text).to_have_css("border-top-width", "0px")
    expect(text).to_have_css("letter-spacing", "normal")
    expect(text).not_to_have_css("color", "rgb(255, 0, 0)")
    expect(text).to_have_css("font-size", "16px")
    assert page.evaluate("() => getComputedStyle(document.body).fontSize") == "40px"
    assert page.evaluate("() => [...document.adoptedStyleSheets].length") == 0


def test_an_app_is_as_light_or_dark_as_the_page_around_it(
    page: Page, site: ForeignSite, app: str
) -> None:
    dark = "<meta name=color-scheme content='light dark'>"
    for head, theme, scheme, expected in (
        ("", None, "dark", False),
        (dark, None, "dark", True),
        (dark, None, "light", False),
        ("<style>html { color-scheme: dark }</style>", None, "light", True),
        ("", "dark", "light", True),
        (dark, "light", "dark", False),
    ):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.goto(site.put(server_document(app, theme=theme), head=head))  # type: ignore[arg-type]
        live(page)
        root = page.locator("syncline-app .syncline-root").first
        found = root.evaluate("root => root.classList.contains('syncline-dark')")
        assert found is expected, (head, theme, scheme)
    page.emulate_media(color_scheme="dark")
    page.goto(site.put(server_document(app), head=dark))
    live(page)
    page.emulate_media(color_scheme="light")
    expect(page.locator("syncline-app .syncline-dark")).to_have_count(0)


def test_with_a_nonce_an_app_stands_in_a_page_with_a_strict_policy(
    page: Page, site: ForeignSite, app: str
) -> None:
    origin = app.partition("/viz")[0]
    socket = origin.replace("http", "ws")
    site.policy = (
        "default-src 'none'; script-src 'nonce-abc123'; "
        f"connect-src {origin} {socket} data:; img-src data:; style-src-attr 'unsafe-inline'"
    )
    refused: list[str] = []
    page.on("console", lambda m: refused.append(m.text) if "Content Security" in m.text else None)
    page.goto(site.put(server_document(app, nonce="abc123")))
    value = live(page).drag(0.5)
    expect(page.get_by_text(f"{value:.0f} and one in nowhere")).to_be_visible()
    assert refused == []


def test_a_site_that_is_not_allowed_gets_nothing(page: Page, app: str) -> None:
    with foreign_site() as other:
        with page.expect_event("requestfailed") as refused:
            page.goto(other.put(server_document(app)))
        assert refused.value.url == f"{app}/autoload.js"
        expect(page.locator("syncline-app")).to_have_count(0)
        # Without the element, too: neither the ticket nor the socket.
        assert (
            page.evaluate(
                "url => fetch(url).then(r => r.status, error => error.name)", f"{app}/ticket"
            )
            == "TypeError"
        )
        closed = page.evaluate(
            """url => new Promise(resolve => {
                new WebSocket(url, ['syncline.v1']).onclose = ({ code }) => resolve(code) })""",
            f"{app.replace('http', 'ws')}/ws",
        )
        assert closed == 1006


def test_a_page_says_why_there_is_no_session_for_it(
    page: Page, site: ForeignSite, tmp_path: Path
) -> None:
    script, log, port = tmp_path / "wave.py", tmp_path / "serve.log", free_port()
    script.write_text(APP)
    command = [sys.executable, "-m", "syncline.cli", "serve", str(script), f"--port={port}"]
    command += [f"--allow-origin={site.origin}", "--auth=token"]
    token = {"SYNCLINE_AUTH_TOKEN": "a token that is long enough"}
    with process(command, log, env=isolated(tmp_path) | token) as server:
        wait_for(f"http://127.0.0.1:{port}/healthz", server, log)
        page.goto(site.put(server_document(f"http://127.0.0.1:{port}/wave")))
        expect(page.get_by_text("Log in first.")).to_be_visible()


def test_a_session_that_has_ended_meanwhile_is_followed_by_a_new_one(
    page: Page, site: ForeignSite, app: str
) -> None:
    page.goto(site.put(server_document(app)))
    live(page).drag(0.5)
    page.evaluate("""() => { for (const key of Object.keys(sessionStorage)) {
        const kept = JSON.parse(sessionStorage.getItem(key));
        if (kept.value?.token) {
          kept.value.token = 'forged';
          sessionStorage.setItem(key, JSON.stringify(kept));
        } } }""")
    page.reload()
    live(page).expect(3)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_exported_file_opens_from_disk_without_a_network(
    browser: Browser, tmp_path: Path, scheme: str
) -> None:
    path = tmp_path / "waves.html"
    export(example(), path)
    context = browser.new_context(offline=True, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(path.as_uri())
    expect(page.get_by_text("A copy of")).to_have_count(1)
    expect(page.get_by_role("heading", name="Waves")).to_be_visible()
    expect(page.get_by_text("from inside")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("Line plot, 500 points"))).to_be_visible()
    expect(page.locator("wa-slider")).to_have_js_property("value", 3)
    expect(page.locator("wa-slider")).to_have_js_property("disabled", value=True)
    expect(page.locator("wa-input")).to_have_js_property("disabled", value=True)
    background = "rgb(255, 255, 255)" if scheme == "light" else "rgb(16, 18, 25)"
    expect(page.locator("#syncline-root")).to_have_css("background-color", background)
    # Without trust no code of the document runs.
    expect(page.get_by_text(re.compile("No view for .*Gauge"))).to_be_visible()
    assert page.title() == "Waves"
    assert not [url for url in requests if url.startswith(("http", "ws"))]
    context.close()


def test_a_copy_keeps_the_theme_of_its_document(browser: Browser, tmp_path: Path) -> None:
    doc = sl.Document()
    doc.theme = "light"
    doc.add_root(sl.Markdown(text="# Light"))
    export(doc, tmp_path / "light.html")
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto((tmp_path / "light.html").as_uri())
    expect(page.get_by_role("heading", name="Light")).to_be_visible()
    background = "rgb(255, 255, 255)"
    expect(page.locator("#syncline-root")).to_have_css("background-color", background)
    context.close()


def test_views_of_ones_own_run_in_a_file_that_was_made_with_trust(
    page: Page, tmp_path: Path
) -> None:
    export(example(), tmp_path / "waves.html", trust=True)
    page.goto((tmp_path / "waves.html").as_uri())
    expect(page.get_by_text("Gauge 9")).to_be_visible()


def test_components_stand_in_a_page_with_a_strict_policy(page: Page, site: ForeignSite) -> None:
    site.policy = (
        "default-src 'none'; script-src 'nonce-abc123'; style-src-attr 'unsafe-inline'; "
        "img-src data:; connect-src data:"
    )
    slider, text = sl.Slider(label="Number", value=3.0), sl.Markdown(text="# Waves")
    sl.Document().add_root(sl.Column(slider, text))
    script, divs = components({"slider": slider, "text": text}, nonce="abc123")
    other, div = components(sl.Markdown(text="another"), nonce="abc123")
    page.goto(site.put(f"{script}<i>{divs['text']}</i>{divs['slider']}{other}{div}"))
    expect(page.locator("wa-slider")).to_have_js_property("value", 3)
    expect(page.locator("i").get_by_role("heading", name="Waves")).to_be_visible()
    expect(page.get_by_text("another")).to_have_count(1)
    expect(page.locator(".syncline-status:not(:empty)")).to_have_count(0)
