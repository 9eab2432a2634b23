"""The managed session server itself: `syncline serve` behind the proxy, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.jupyter.page import page_socket
from tests.jupyter.serving import JupyterProcess, jupyter
from tests.jupyter.test_apps import SCRIPT, value_of
from tests.jupyter.test_attach import page_data

APP = "/proxy/mine/speed"
HOOKS = """
import told

def on_server_loaded(context):
    told.text = "the hook was called"
"""
MAIN = "import syncline as sl, told\nsl.curdoc().add_root(sl.Markdown(text=told.text))"


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[JupyterProcess]:
    """A Jupyter server with a script behind `syncline serve`, ended soon after its last use."""
    root = tmp_path / "root"
    root.mkdir()
    (root / "speed.py").write_text(SCRIPT)
    (root / "rain").mkdir()
    for name, text in (("main.py", MAIN), ("hooks.py", HOOKS), ("told.py", "text = ''")):
        (root / "rain" / name).write_text(text)
    servers = json.dumps({"mine": ["speed.py", "rain"]})
    with jupyter(root, f"--Syncline.servers={servers}", "--Syncline.idle_timeout=8") as running:
        yield running


async def test_a_script_app_lives_in_its_own_process_behind_the_proxy(
    serving: JupyterProcess,
) -> None:
    async with httpx.AsyncClient(headers=serving.cookie, timeout=60) as client:
        answer = (await client.get(f"{serving.url}{APP}")).raise_for_status()
    data = page_data(answer.text)
    script = answer.text.partition('<script type="module" src="')[2].partition('"')[0]
    if script:
        assert serving.get(f"/proxy/mine/{script}").status_code == 200
    url = f"{serving.ws}/proxy/mine/{data['ws']}"
    async with page_socket(url, serving.cookie, data["token"]) as page:
        await page.shake_hands()
        slider, text = page.model("ui/Slider")[0], page.model("ui/Markdown")[0]
        assert (await page.set(slider, "value", 4.0))["header"]["msgtype"] == "OK"
        said = await value_of(page, text, "text")
        pid = int(said.split()[-1])
        assert pid != serving.process.pid
        assert is_running(pid)
        command = Path(f"/proc/{pid}/cmdline")
        if command.exists():
            # Whoever may list processes must not learn the way in.
            assert len(max(command.read_bytes().split(b"\0"), key=len)) < 200
            assert b"secret" not in command.read_bytes().lower()
    # Nobody looks any more: the idle time-out ends it.
    wait_until_gone(pid)


async def test_a_folder_has_its_hooks_there(serving: JupyterProcess) -> None:
    answer = serving.get("/proxy/mine/rain", headers=serving.cookie).raise_for_status()
    data = page_data(answer.text)
    url = f"{serving.ws}/proxy/mine/{data['ws']}"
    async with page_socket(url, serving.cookie, data["token"]) as page:
        await page.shake_hands()
        assert page.model("ui/Markdown")[1]["props"]["text"] == "the hook was called"


def test_it_ends_with_the_jupyter_server_however_that_ends(serving: JupyterProcess) -> None:
    assert serving.get(APP).status_code == 200
    children = Path(f"/proc/{serving.process.pid}/task/{serving.process.pid}/children")
    if not children.exists():
        pytest.skip("no /proc to find the child in")
    found = [int(pid) for pid in children.read_text().split()]
    assert found
    serving.process.send_signal(signal.SIGKILL)
    serving.process.wait()
    for pid in found:
        wait_until_gone(pid)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


def wait_until_gone(pid: int, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while is_running(pid):
        assert time.monotonic() < deadline, f"process {pid} is still there"
        time.sleep(0.05)
