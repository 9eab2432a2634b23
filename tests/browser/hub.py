"""A real JupyterHub with its proxy, from the configuration in `examples/hub`."""

from __future__ import annotations

import contextlib
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.driver import PATIENCE, ROOT, isolated, process, wait_for

SPAWNED = 120_000
"""Milliseconds until a user's server is up on a busy machine."""


def three_ports() -> int:
    """Return the first of three free ports in a row."""
    for first in range(28_000, 32_000, 3):
        with contextlib.ExitStack() as stack:
            try:
                for port in range(first, first + 3):
                    probe = stack.enter_context(socket.socket())
                    probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return first
    raise AssertionError("no three free ports in a row")


@contextlib.contextmanager
def hub(folder: Path, more: str = "") -> Iterator[str]:
    """Run a JupyterHub, with `more` in its configuration; yield its URL."""
    port, log = three_ports(), folder / "hub.log"
    config = folder / "jupyterhub_config.py"
    # The browser tests ask JupyterLab for its application object; the example itself does not.
    config.write_text(
        f"load_subconfig({str(ROOT / 'examples/hub/jupyterhub_config.py')!r})\n"
        f"c.Spawner.args += ['--LabApp.expose_app_in_browser=True']\n{more}"
    )
    env = isolated(folder) | {"HUB_PORT": str(port), "HUB_STATE": str(folder / "state")}
    command = [sys.executable, "-m", "jupyterhub", "-f", str(config)]
    with process(command, log, env=env, cwd=folder) as server:
        wait_for(f"http://127.0.0.1:{port}/hub/health", server, log)
        yield f"http://127.0.0.1:{port}"


def log_in(browser: Browser, base: str, name: str) -> BrowserContext:
    """Sign in as a user in a fresh context and wait for the user's server."""
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    sign_in(context, base, name, "/hub/spawn", f"**/user/{name}/**")
    return context


def sign_in(context: BrowserContext, base: str, name: str, to: str, until: str) -> None:
    """Sign in as a user, on the way to a page of the hub."""
    page = context.new_page()
    page.goto(f"{base}/hub/login?next={to}")
    page.fill("#username_input", name)
    page.fill("#password_input", "any")
    page.click("#login_submit")
    page.wait_for_url(until, timeout=SPAWNED)
    page.close()


def page_at(context: BrowserContext, url: str) -> Page:
    """Open a page."""
    page = context.new_page()
    page.goto(url, timeout=PATIENCE, wait_until="domcontentloaded")
    return page


def status_of(context: BrowserContext, url: str) -> int:
    """Return the HTTP status a user gets for an address in the end, the hub asked."""
    return context.request.get(url).status


def websocket_opens(context: BrowserContext, base: str, name: str, url: str) -> bool:
    """Tell whether JupyterLab's page of a user may open a websocket there."""
    page = page_at(context, f"{base}/user/{name}/lab")
    opened: bool = page.evaluate(
        """url => new Promise(resolve => {
            const socket = new WebSocket(url.replace(/^http/, 'ws'), ['syncline.v1']);
            socket.onopen = () => resolve(true);
            socket.onerror = () => resolve(false); })""",
        url,
    )
    page.close()
    return opened


def only_their_own(bob: BrowserContext, base: str, socket: str) -> bool:
    """Tell whether bob's page reaches bob's websocket at alice's path, and not alice's."""
    own = f"{base}/user/bob/syncline/proxy/app/app/ws"
    return websocket_opens(bob, base, "bob", own) and not websocket_opens(bob, base, "bob", socket)
