"""Connections that are lost and come back, servers that are killed, a change of the carrier."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from jupyter_client.connect import write_connection_file
from playwright.sync_api import Page, WebSocketRoute

from tests.browser.driver import isolated
from tests.browser.lab.lab import CARRIERS, LIVE, Carrier, Lab, running_lab, use
from tests.ports import free_port

pytestmark = pytest.mark.browser


class Sockets:
    """A page's websockets, of documents or all, and whether the server seems to have us."""

    def __init__(self, page: Page, pattern: str) -> None:
        self.allowed = self.listed = True
        self._open: list[WebSocketRoute] = []
        page.route_web_socket(re.compile(pattern), self._connect)
        page.route(
            re.compile("/syncline/api/status"),
            lambda route: route.continue_() if self.listed else route.fulfill(status=404),
        )

    def _connect(self, route: WebSocketRoute) -> None:
        if self.allowed:
            route.connect_to_server()
            self._open.append(route)
        else:
            route.close(code=1000)

    def forbid(self, *, listed: bool = True) -> None:
        """End them, and refuse others."""
        self.allowed, self.listed = False, listed
        for route in self._open:
            route.close(code=1000)
        self._open.clear()


@CARRIERS
def test_a_lost_connection_is_said_and_what_was_done_on_both_sides_is_kept(
    page: Page, lab: Lab, carrier: Carrier
) -> None:
    use(page, carrier)
    sockets = Sockets(page, "/syncline/attach/|/channels")
    lab.write("lost.ipynb", [LIVE, "slider.max = 20"])
    notebook = lab.open(page, "lost.ipynb")
    notebook.run(0)
    output = notebook.output().wait()
    second = lab.tab(notebook, "lost.ipynb")
    sockets.forbid()
    output.wait("reconnecting")
    output.press()
    output.wait_note(re.compile(r"Reconnecting….*of \d\d:\d\d\. 1 change is kept and sent later\."))
    second.run(1)
    second.output().expect(3)
    sockets.allowed = True
    # JupyterLab waits longer from one attempt to the next.
    notebook.of_session("context.session.kernel.reconnect()")
    for each in (output, second.output()):
        each.wait().expect(4)
    output.press("End")
    second.output().expect(20)
    assert output.carrier() == carrier


def test_a_view_changes_its_carrier_in_both_directions_and_loses_no_edit(
    page: Page, lab: Lab
) -> None:
    attaching = Sockets(page, "/syncline/attach/")
    lab.write("carriers.ipynb", [LIVE])
    notebook = lab.open(page, "carriers.ipynb")
    notebook.run(0)
    output = notebook.output().wait()
    assert output.carrier() == "attach"
    # As a server that was started again without the extension.
    attaching.forbid(listed=False)
    output.press()
    output.wait_carrier("comm")
    output.wait().expect(4)
    output.press()
    output.expect(5)
    attaching.allowed = attaching.listed = True
    notebook.of_session("context.session.kernel.reconnect()")
    output.press()
    output.wait_carrier("attach")
    output.wait().expect(6)
    output.press()
    output.expect(7)
    assert notebook.value_of("slider.value") == "7.0"


def test_an_edit_that_could_not_be_sent_outlives_a_reload_of_jupyterlab(
    page: Page, lab: Lab
) -> None:
    attaching = Sockets(page, "/syncline/attach/")
    lab.write("f5.ipynb", [LIVE])
    notebook = lab.open(page, "f5.ipynb")
    notebook.run(0)
    output = notebook.output().wait()
    notebook.save()
    attaching.forbid()
    output.press()
    output.wait("reconnecting")
    page.reload()
    notebook.wait_for_kernel()
    assert notebook.value_of("slider.value") == "3.0"
    attaching.allowed = True
    notebook.panel = notebook.current()
    notebook.output().wait().expect(4)


@contextlib.contextmanager
def external_kernel(folder: Path) -> Iterator[Path]:
    """Run a kernel that belongs to no server; yield the folder of its connection file."""
    connections = folder / "connections"
    connections.mkdir()
    file = str(connections / "kernel-kept.json")
    write_connection_file(file, kernel_name="python3")
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", file]
    with subprocess.Popen(command, env=isolated(folder)) as kernel:
        try:
            yield connections
        finally:
            kernel.terminate()


def kernels(lab: Lab) -> list[dict[str, str]]:
    """Return what the server says of its kernels."""
    url = f"{lab.base}/api/kernels?token={lab.token}"
    with urllib.request.urlopen(url, timeout=20) as answer:
        found: list[dict[str, str]] = json.load(answer)
        return found


def close_notices(page: Page) -> None:
    """Close what JupyterLab says of a server that is away: it comes late, and takes the keys."""
    notice = page.get_by_role("dialog").filter(has_text="Server Connection Error")
    page.add_locator_handler(notice, lambda dialog: dialog.get_by_role("button").click())


@pytest.mark.timeout(240)
@CARRIERS
def test_a_kernel_that_outlives_its_server_is_found_by_the_next_one_in_every_tab(
    page: Page, tmp_path: Path, carrier: Carrier
) -> None:
    use(page, carrier)
    port = free_port()
    with external_kernel(tmp_path) as connections:
        options = [
            "--ServerApp.allow_external_kernels=True",
            f"--ServerApp.external_connection_dir={connections}",
        ]
        with running_lab(tmp_path, *options, port=port) as lab:
            (kept,) = kernels(lab)
            lab.write("kept.ipynb", [LIVE])
            notebook = lab.open(page, "kept.ipynb")
            notebook.of_session("context.changeKernel({ id: argument })", kept["id"])
            notebook.wait_for_kernel()
            notebook.run(0)
            first = notebook.output().wait()
            other = lab.tab(notebook, "kept.ipynb")
            second = other.output().wait()
            first.press()
            for output in (first, second):
                output.expect(4)
                assert output.carrier() == carrier
            for each in (page, other.page):
                close_notices(each)
            os.kill(lab.pid, signal.SIGKILL)
            for output in (first, second):
                output.wait("reconnecting")
                output.wait_note("Reconnecting…")
        with running_lab(tmp_path, *options, port=port) as lab:
            # To the next server it is another kernel, and the notebook has none.
            (again,) = kernels(lab)
            assert again["id"] != kept["id"]
            for output in (first, second):
                output.expect_frozen(4, "No kernel is connected.")
            # Once it is chosen, the page that has stayed is live, and one that is loaded.
            notebook.of_session("context.changeKernel({ id: argument })", again["id"])
            first.wait().expect(4)
            second = lab.open(other.page, "kept.ipynb").output().wait()
            second.expect(4)
            second.press()
            first.expect(5)
            first.press()
            second.expect(6)
            for output in (first, second):
                assert output.carrier() == carrier
