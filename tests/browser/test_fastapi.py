"""The example with FastAPI in a real browser, behind a real Uvicorn."""

from __future__ import annotations

import json
import os
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

import syncline
from tests.browser.driver import MARKDOWN, ROOT, process, wait_for
from tests.ports import free_port

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the example on a free port."""
    port, log = free_port(), tmp_path_factory.mktemp("fastapi") / "uvicorn.log"
    command = [sys.executable, "-m", "uvicorn", "--app-dir", str(ROOT / "examples/fastapi")]
    command += ["main:app", "--port", str(port)]
    packages = str(Path(next(iter(syncline.__path__))).parent)
    with process(command, log, env={**os.environ, "PYTHONPATH": packages}) as server:
        wait_for(f"http://127.0.0.1:{port}/api/room", server, log)
        yield f"http://127.0.0.1:{port}"
    said = log.read_text(encoding="utf-8")
    assert "Application shutdown complete" in said
    assert "Traceback" not in said


def target(url: str) -> float:
    """Return what the route of the application's own says."""
    with urllib.request.urlopen(f"{url}/api/room") as response:
        return float(json.load(response)["target"])


def test_the_app_and_the_api_share_an_object_and_a_reload_finds_the_session(
    page: Page, url: str
) -> None:
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{url}/viz/thermostat")
    text = page.locator(MARKDOWN)
    expect(text).to_have_text("20 degrees")
    page.get_by_role("slider").press("ArrowRight")
    expect(text).to_have_text("20.5 degrees")
    assert target(url) == 20.5
    page.reload()
    expect(text).to_have_text("20.5 degrees")
    page.get_by_role("slider").press("ArrowLeft")
    expect(text).to_have_text("20 degrees")
    assert target(url) == 20
    assert faults == []


def test_the_index_below_the_mount_leads_to_the_app(page: Page, url: str) -> None:
    page.goto(f"{url}/viz/")
    expect(page).to_have_url(f"{url}/viz/thermostat")
    expect(page.locator(MARKDOWN)).to_contain_text("degrees")
