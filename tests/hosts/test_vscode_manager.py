"""The widget manager of VS Code's notebooks (from npm), in Chromium, on a kernel that it runs."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driver import PATIENCE, ROOT, process, wait_for
from tests.hosts.hosts import HOSTS, LIVE, PYTHON, WEB, Shown, environment
from tests.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.browser
HTML = """<!doctype html><script src="require.js"></script>
<script type="module">
  import {{ restore, start }} from "./page.js";
  import {{ activate }} from "./ipywidgets.js";
  activate();
  const modules = {{ anywidget: "./anywidget" }};
  globalThis.begin = async (kernel) => {{
    globalThis.host = await start("{base}", "secret", modules, kernel);
  }};
  globalThis.restore = (state, view) => restore(state, modules, view);
</script>"""
WIDGET = "application/vnd.jupyter.widget-view+json"
STATE = """\
import ipywidgets
display({"application/json": ipywidgets.Widget.get_manager_state()}, raw=True)"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A page with the manager, and a Jupyter server whose kernels have VS Code's environment."""
    folder: Path = tmp_path_factory.mktemp("vscode")
    files = {
        "require.js": WEB / "requirejs/require.js",
        "ipywidgets.js": WEB / "@vscode/jupyter-ipywidgets8/dist/ipywidgets.js",
        "anywidget.js": HOSTS / "share/jupyter/nbextensions/anywidget/index.js",
    }
    for name, file in files.items():
        shutil.copy(file, folder / name)
    bundler = [str(ROOT / "node_modules/.bin/esbuild"), str(ROOT / "tests/hosts/vscode_page.ts")]
    options = ["--bundle", "--format=esm", f"--outfile={folder / 'page.js'}"]
    options += ["--define:process.env={}", "--define:global=globalThis", "--log-level=error"]
    subprocess.run(bundler + options, check=True, cwd=ROOT)
    port, page_port = free_port(), free_port()
    base, site = (f"http://127.0.0.1:{each}" for each in (port, page_port))
    (folder / "index.html").write_text(HTML.format(base=base))
    command = [str(PYTHON), "-m", "jupyter", "server", "--no-browser", "--allow-root"]
    command += [f"--port={port}", "--port-retries=0", "--IdentityProvider.token=secret"]
    command += [f"--ServerApp.allow_origin={site}"]
    files_of = [str(PYTHON), "-m", "http.server", "--bind=127.0.0.1", str(page_port)]
    log, page_log = folder / "server.log", folder / "page.log"
    env = environment(folder) | {"VSCODE_PID": "1"}
    with (
        process(command, log, env=env, cwd=folder) as server,
        process(files_of, page_log, cwd=folder) as page_server,
    ):
        wait_for(f"{base}/api/status?token=secret", server, log)
        wait_for(site, page_server, page_log)
        yield site


@pytest.fixture
def notebook(page: Page, site: str) -> Iterator[Page]:
    """A page with a kernel and the manager."""
    page.goto(site)
    begin(page)
    yield page
    page.evaluate("() => window.host?.shutdown()")


def begin(page: Page, kernel: str | None = None) -> None:
    """Have the manager, and a kernel: a new one or the given."""
    page.wait_for_function("() => window.begin", timeout=PATIENCE)
    page.evaluate("kernel => begin(kernel)", kernel)


def run(page: Page, code: str, cell: str | None = None) -> Any:
    """Run a cell, and wait until what it shows is there; return the bundles of that.

    The same code is the same cell, unless its name is given.
    """
    address = f"vscode-notebook-cell:/live.ipynb#{cell or code}"
    return page.evaluate("([code, address]) => host.run(code, address)", [code, address])


def test_a_document_is_live_both_ways(notebook: Page) -> None:
    run(notebook, LIVE)
    run(notebook, "shown")
    run(notebook, "shown", "below")
    first, second = (Shown(notebook, index).wait() for index in (0, 1))
    first.press()
    for shown in (first, second):
        shown.expect(4)
    run(notebook, "slider.value = 8")
    second.expect(8)


def test_after_a_restart_the_view_says_what_to_do(notebook: Page) -> None:
    run(notebook, LIVE)
    run(notebook, "shown")
    Shown(notebook).wait().expect(3)
    notebook.evaluate("() => host.restart()")
    expect(Shown(notebook).notice()).to_contain_text("run the cell again", timeout=30_000)
    run(notebook, LIVE)
    run(notebook, "shown")
    Shown(notebook, -1).wait().expect(3)


def test_a_page_opened_again_beside_its_kernel_shows_widgets_as_soon_as_a_cell_runs(
    notebook: Page,
) -> None:
    run(notebook, LIVE)
    (bundle,) = run(notebook, "shown")
    Shown(notebook).wait().press()
    Shown(notebook).expect(4)
    kernel = notebook.evaluate("() => host.id")
    notebook.reload()
    begin(notebook, kernel)
    # VS Code shows the html of such an output.
    assert not notebook.evaluate("model => host.has(model)", bundle[WIDGET]["model_id"])
    assert "<p>Python has 3</p>" in bundle["text/html"]
    run(notebook, "shown")
    shown = Shown(notebook).wait()
    shown.expect(4)
    shown.press()
    shown.expect(5)


def test_a_file_with_the_state_of_its_widgets_shows_the_values_without_a_kernel(
    notebook: Page,
) -> None:
    run(notebook, LIVE)
    (bundle,) = run(notebook, "shown")
    Shown(notebook).wait().press()
    Shown(notebook).expect(4)
    (state,) = run(notebook, STATE)
    notebook.evaluate("() => host.shutdown()")
    notebook.reload()
    notebook.wait_for_function("() => window.restore", timeout=PATIENCE)
    saved = [state["application/json"], bundle[WIDGET]]
    notebook.evaluate("([state, view]) => restore(state, view)", saved)
    expect(notebook.get_by_text("Python has 4", exact=True)).to_be_visible()
    expect(notebook.get_by_role("slider")).to_have_count(0)
