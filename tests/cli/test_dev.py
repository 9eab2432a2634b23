"""An app that is edited while it is looked at."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from syncline.client import pull_session
from syncline.hosting.notice import Notice
from syncline.ui import Slider
from tests.cli.test_serve import fails, serving

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syncline.client.document import ClientDocument

APP = """\
import syncline as sl
from helper import LABEL

doc = sl.curdoc()
doc.add_root(sl.Slider(key="s", label=LABEL, value=1, max=100))
"""


def slider(doc: ClientDocument) -> Slider:
    root = doc.roots[0]
    assert isinstance(root, Slider)
    return root


def notice(doc: ClientDocument) -> str:
    return next((root.text for root in doc.roots if isinstance(root, Notice)), "")


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "app.py"
    path.write_text(APP)
    (tmp_path / "helper.py").write_text("LABEL = 'one'")
    return path


async def test_an_app_follows_its_files_and_keeps_its_values(script: Path) -> None:
    helper = script.with_name("helper.py")
    with serving(script, "--port", 0, "--dev") as server:
        async with await pull_session(server.url()) as doc:
            slider(doc).value = 42
            await doc.until()
            await edit(helper, "LABEL = 'two'", until=lambda: slider(doc).label == "two", doc=doc)
            assert slider(doc).value == 42
            script.write_text(APP.replace("label=LABEL", "label=LABEL + '!'"))
            await doc.until(lambda: slider(doc).label == "two!")
            assert slider(doc).value == 42


async def test_what_is_broken_is_told_until_it_is_mended(script: Path) -> None:
    with serving(script, "--port", 0, "--dev") as server:
        async with await pull_session(server.url()) as doc:
            slider(doc).value = 42
            await doc.until()
            broken = APP + "1 +\n"
            await edit(script, broken, until=lambda: "SyntaxError" in notice(doc), doc=doc)
            assert "app.py, line 6" in notice(doc)
            assert (slider(doc).label, slider(doc).value) == ("one", 42)
            slider(doc).value = 43
            await doc.until()
            script.write_text(APP + "doc.title = 'mended'\n")
            await doc.until(lambda: doc.title == "mended" and notice(doc) == "")
            assert slider(doc).value == 43


async def edit(path: Path, text: str, *, until: Callable[[], bool], doc: ClientDocument) -> None:
    """Write a file, again and again until somebody has begun to watch it."""
    async with asyncio.timeout(30):
        while True:
            path.write_text(text)
            try:
                async with asyncio.timeout(3):
                    await doc.until(until)
                    return
            except TimeoutError:
                continue


def test_it_is_for_one_process_on_this_machine(script: Path) -> None:
    line = fails("serve", script, "--port", 0, "--dev", "--num-procs", 2)
    assert line == "syncline: --dev is for one process, not for --num-procs"
    line = fails("serve", script, "--dev", "--address", "0.0.0.0", "--allow-anonymous")
    assert "it is for this machine alone" in line
