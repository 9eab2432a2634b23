"""Behind a real JupyterHub: every page lives and moves for its owner, and is shut for others."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.jupyter.serving import PACKAGE_ROOT, end, free_port

sync_api = pytest.importorskip("playwright.sync_api")
ROOT = Path(__file__).parent.parent.parent
NOTEBOOK = "01-live-document.ipynb"
PROXY = os.environ.get("HUB_PROXY") or str(ROOT / "node_modules/.bin/configurable-http-proxy")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]

pytestmark = [
    pytest.mark.hub,
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not Path(PROXY).exists(), reason="configurable-http-proxy is not installed"),
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed"),
]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run the hub of `examples/hub`; return its address."""
    state = tmp_path_factory.mktemp("hub")
    port = free_port()
    own = {"HUB_PORT": str(port), "HUB_STATE": str(state / "state"), "HUB_PROXY": PROXY}
    command = [sys.executable, "-m", "jupyterhub", "-f", "examples/hub/jupyterhub_config.py"]
    with (state / "log.txt").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **own, "PYTHONPATH": PACKAGE_ROOT},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for_hub(process, f"http://127.0.0.1:{port}", state / "log.txt")
        yield f"http://127.0.0.1:{port}"
    finally:
        end(process)


def wait_for_hub(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/hub/health").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(log.read_text(errors="replace"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def alice(hub: str, browser: Any) -> Iterator[Any]:
    """A browser in which alice has signed in and has a server."""
    context = browser.new_context(viewport={"width": 1300, "height": 900})
    page = context.new_page()
    sign_in(page, hub, "alice", "/hub/spawn")
    page.wait_for_url("**/user/alice/lab**", timeout=120_000)
    yield context
    context.close()


def sign_in(page: Any, hub: str, name: str, then: str) -> None:
    page.goto(f"{hub}/hub/login?next={then}")
    page.fill("#username_input", name)
    page.fill("#password_input", "x")
    page.click("#login_submit")


def drag_to(page: Any, part: float) -> str:
    """Drag the first slider; wait until what follows it in Python has followed."""
    page.locator("wa-slider").first.wait_for(timeout=60_000)
    text = page.locator("text=/of 1,461 days/").first
    text.wait_for(timeout=60_000)
    days, before = text.inner_text(), value(page)
    # JupyterLab moves cells about while later ones are still rendered: the handle may slip away.
    for _ in range(5):
        drag(page, part)
        if value(page) != before:
            break
    page.wait_for_function(
        "old => !document.body.innerText.includes(old)", arg=days, timeout=30_000
    )
    return value(page)


def drag(page: Any, part: float) -> None:
    slider = page.locator("wa-slider").first
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    y = slider.evaluate(
        "e => { const r = e.shadowRoot.querySelector('#track, #slider').getBoundingClientRect();"
        " return r.top + r.height / 2 }"
    )
    page.mouse.move(box["x"] + 5, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * part, y, steps=10)
    page.mouse.up()


def value(page: Any) -> str:
    return str(page.locator("wa-slider").first.evaluate("e => String(e.value)"))


def wait_for_value(page: Any, wanted: str) -> None:
    page.locator("wa-slider").first.wait_for(timeout=60_000)
    page.wait_for_function(
        "v => String(document.querySelector('wa-slider')?.value) === v", arg=wanted, timeout=30_000
    )


@pytest.mark.parametrize("path", [f"apps/{NOTEBOOK}", "proxy/app/app"])
def test_an_app_follows_its_slider_and_keeps_it_over_a_reload(
    hub: str, alice: Any, path: str
) -> None:
    page = alice.new_page()
    assert page.goto(f"{hub}/user/alice/syncline/{path}").status == 200
    dragged = drag_to(page, 0.5)
    page.reload()
    wait_for_value(page, dragged)
    page.close()


def test_the_notebook_and_the_page_of_its_document_follow_each_other(hub: str, alice: Any) -> None:
    lab = alice.new_page()
    lab.goto(f"{hub}/user/alice/lab/tree/{NOTEBOOK}?reset")
    idle = '.jp-NotebookPanel .jp-Notebook-ExecutionIndicator[data-status="idle"]'
    lab.wait_for_selector(idle, timeout=60_000)
    run_all(lab)
    drag_to(lab, 0.3)
    page = alice.new_page()
    page.goto(f"{hub}/user/alice/syncline/doc/{document_of(lab, f'{hub}/user/alice')}")
    wait_for_value(page, value(lab))
    wait_for_value(lab, drag_to(page, 0.7))
    page.close()
    lab.close()


def run_all(lab: Any) -> None:
    """Run all cells; once more when JupyterLab was not yet listening to its kernel."""
    for _ in range(3):
        lab.click('.lm-MenuBar-itemLabel:text-is("Run")')
        lab.click('.lm-Menu-itemLabel:text-is("Run All Cells")')
        try:
            lab.locator("wa-slider").first.wait_for(timeout=30_000)
        except sync_api.TimeoutError:
            continue
        return
    raise AssertionError("the notebook's cells did not run")


def document_of(lab: Any, base: str) -> str:
    """Return `<kernel>/<doc>` of the notebook, once it has been saved."""
    lab.keyboard.press("Control+s")
    script = """async ([base, name]) => {
      const token = document.cookie.match(/_xsrf=([^;]+)/)[1];
      const get = async path =>
        (await fetch(`${base}/api/${path}`, { headers: { 'X-XSRFToken': token } })).json();
      for (;;) {
        const found = JSON.stringify(await get(`contents/${name}`)).match(/"doc":"([^"]+)"/);
        if (found) return `${(await get('sessions'))[0].kernel.id}/${found[1]}`;
        await new Promise(done => setTimeout(done, 200));
      }
    }"""
    return str(lab.evaluate(script, [base, NOTEBOOK]))


def test_another_user_is_refused_everywhere(hub: str, alice: Any, browser: Any) -> None:
    context = browser.new_context()
    page = context.new_page()
    sign_in(page, hub, "bob", "/hub/home")
    page.wait_for_url("**/hub/home**")
    mine = f"{hub}/user/alice/syncline"
    for path in (f"apps/{NOTEBOOK}", "proxy/app/app", "doc/x/y", "api/status", "static/x"):
        assert page.goto(f"{mine}/{path}").status == 403, path
    for path in (f"apps/{NOTEBOOK}/ws", "proxy/app/app/ws", "attach/x/y"):
        opened = page.evaluate(
            """url => new Promise(done => {
              const socket = new WebSocket(url, ['syncline.v1']);
              socket.onopen = () => done('opened');
              socket.onerror = () => done('refused');
            })""",
            f"{mine}/{path}".replace("http", "ws", 1),
        )
        assert opened == "refused", path
    context.close()


def test_the_owner_is_told_what_there_is(hub: str, alice: Any) -> None:
    page = alice.new_page()
    page.goto(f"{hub}/user/alice/syncline/api/status")
    status = json.loads(page.evaluate("document.body.innerText"))
    assert status["servers"] == ["app"]
    assert "attach" in status["carriers"]
    page.close()
