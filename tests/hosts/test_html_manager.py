"""ipywidgets' html-manager: a static page with what widgets were, and no kernel."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.hosts.hosts import HOSTS, LIVE, PYTHON, WEB, environment, write_notebook

pytestmark = pytest.mark.browser
# Where nbconvert's page looks for the html-manager, and that for anywidget's code: here.
SITE = "http://127.0.0.1:9/"
FILES = {
    "require.js": WEB / "requirejs/require.js",
    "embed-amd.js": WEB / "@jupyter-widgets/html-manager/dist/embed-amd.js",
    "anywidget.js": HOSTS / "share/jupyter/nbextensions/anywidget/index.js",
}
EDITED = "slider.value = 7; told.text"
ALWAYS = "import syncline as sl; sl.config.shim = 'always'"


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A notebook that a program ran, as the page that nbconvert makes of it."""
    folder: Path = tmp_path_factory.mktemp("html")
    write_notebook(folder / "live.ipynb", [ALWAYS, LIVE, "shown", EDITED])
    options = ["--to", "html", "--execute", f"--HTMLExporter.require_js_url={SITE}require.js"]
    options += [f"--HTMLExporter.widget_renderer_url={SITE}embed-amd.js"]
    command = [str(PYTHON), "-m", "nbconvert", *options, "live.ipynb"]
    subprocess.run(command, cwd=folder, env=environment(folder), check=True, timeout=120)
    return folder / "live.html"


def test_a_page_without_a_kernel_shows_the_values_of_when_it_was_saved(
    page: Page, saved: Path
) -> None:
    asked: list[str] = []

    def serve(route: Route) -> None:
        name = route.request.url.rpartition("/")[2].partition("?")[0]
        asked.append(name)
        if name == "live.html":
            route.fulfill(path=saved, content_type="text/html")
        elif name in FILES:
            route.fulfill(path=FILES[name], content_type="text/javascript")
        else:
            route.abort()

    # The html-manager takes modules that the page does not have from a CDN.
    page.route(
        lambda url: "/anywidget@" in url,
        lambda route: route.fulfill(path=FILES["anywidget.js"], content_type="text/javascript"),
    )
    page.route(f"{SITE}**", serve)
    page.goto(f"{SITE}live.html")
    for _ in ("when it is opened", "when it is loaded again"):
        # Not the source of the cell, which has the same words.
        shown = page.locator(".jp-OutputArea-output .widget-subarea .syncline-static")
        expect(shown).to_have_count(1)
        expect(shown.get_by_text("number")).to_have_text("number: 3")
        expect(shown.get_by_text("Python has 3", exact=True)).to_be_visible()
        expect(page.locator(".jp-OutputArea-output").get_by_role("slider")).to_have_count(0)
        asked.clear()
        page.reload()
    assert "embed-amd.js" in asked
