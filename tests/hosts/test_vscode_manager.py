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
  import {{ start }} from "./page.js";
  import {{ activate }} from "./ipywidgets.js";
  activate();
  globalThis.host = await start("{base}", "secret", {{ anywidget: "./anywidget" }});
</script>"""


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
    page.wait_for_function("() => window.host", timeout=PATIENCE)
    yield page
    page.evaluate("() => host.shutdown()")


def run(page: Page, code: str, cell: str = "vscode-notebook-cell:/live.ipynb#X") -> Any:
    """Run a cell, and wait until what it shows is there."""
    return page.evaluate("([code, cell]) => host.run(code, cell)", [code, cell])


def test_a_document_is_live_both_ways(notebook: Page) -> None:
    assert run(notebook, LIVE) == "ok"
    run(notebook, "shown")
    run(notebook, "shown")
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
