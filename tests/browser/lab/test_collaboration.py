"""A notebook that several people have open: the server saves it by itself.

scripts/setup-collaboration.sh puts jupyter-collaboration into a folder of its own: where it is
installed, every notebook is shared.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.driver import ROOT
from tests.browser.lab.lab import LIVE, Lab, Output, running_lab
from tests.kernel.pages import MIME

INSTALLED = ROOT / "build/collaboration"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not INSTALLED.is_dir(), reason="jupyter-collaboration is not there"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A running JupyterLab in which notebooks are shared."""
    folder = tmp_path_factory.mktemp("lab")
    (folder / "share/labextensions").mkdir(parents=True)
    link = folder / "share/labextensions/@jupyter"
    link.symlink_to(INSTALLED / "share/jupyter/labextensions/@jupyter")
    paths = [str(INSTALLED), os.environ.get("PYTHONPATH", "")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))
        patch.setenv("JUPYTER_CONFIG_PATH", str(INSTALLED / "etc/jupyter"))
        store = f"--SQLiteYStore.db_path={folder / 'store.db'}"
        # jupyter-collaboration leaves a thread of AnyIO's behind, for which the process waits for
        # ever at its end, as often as not: without Syncline, too.
        with running_lab(folder, store, end_within=3) as running:
            yield running


def slider_in(path: Path) -> Any:
    """Return what the file says the slider is; None while it says nothing or is being written."""
    try:
        outputs = nbformat.read(path, as_version=4).cells[0].outputs
    except ValueError:
        return None
    if not outputs or MIME not in outputs[0].get("data", {}):
        return None
    models = outputs[0].data[MIME].get("snapshot", {"doc": {"models": {}}})["doc"]["models"]
    found = [each["props"]["value"] for each in models.values() if "value" in each["props"]]
    return found[0] if found else None


def wait_until_saved(page: Page, path: Path, value: float) -> None:
    for _ in range(100):
        if slider_in(path) == value:
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"the file holds {slider_in(path)}, not {value}")


def wait_for_text(page: Page, path: Path, *texts: str) -> None:
    for _ in range(100):
        if all(text in path.read_text() for text in texts):
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"the file lacks one of {texts}")


def press(output: Output, key: str = "ArrowRight") -> None:
    """Press a key in one of several tabs."""
    output.page.bring_to_front()
    output.press(key)


def test_a_shared_notebook_holds_what_documents_are(page: Page, lab: Lab) -> None:
    path = lab.write("shared.ipynb", [LIVE, ""])
    notebook = lab.open(page, "shared.ipynb")
    assert page.evaluate("() => window.jupyterapp.shell.currentWidget.model.collaborative")
    notebook.run(0)
    output = notebook.output().wait()
    wait_until_saved(page, path, 3)

    second = lab.open(page.context.new_page(), "shared.ipynb")
    other = second.output().wait()
    press(output)
    output.expect(4)
    other.expect(4)
    page.evaluate("async () => { await window.jupyterapp.shell.currentWidget.context.save(); }")
    wait_until_saved(page, path, 4)

    press(output)
    other.expect(5)
    second.page.evaluate(
        """() => window.jupyterapp.shell.currentWidget.model.cells.get(1)
            .sharedModel.setSource('# written in the other tab')"""
    )
    wait_for_text(page, path, "written in the other tab")
    wait_until_saved(page, path, 5)
    press(output)
    output.expect(6)
    other.expect(6)
    expect(page.locator(".syncline-output-area")).to_have_count(1)
    before = path.read_bytes()
    page.evaluate("async () => { await window.jupyterapp.shell.currentWidget.context.save(); }")
    wait_until_saved(page, path, 6)
    press(output, "ArrowLeft")
    other.expect(5)
    second.page.evaluate(
        "async () => { await window.jupyterapp.shell.currentWidget.context.save(); }"
    )
    wait_until_saved(page, path, 5)
    assert path.read_bytes() == before, "there and back, by another tab"


class Room:
    """What a tab tells the others of a notebook; it can be held back, as by a slow network."""

    def __init__(self, page: Page) -> None:
        self.held: list[str | bytes] | None = None
        page.route_web_socket(re.compile("/api/collaboration/room/json:notebook:"), self._join)

    def _join(self, tab: WebSocketRoute) -> None:
        self.server = tab.connect_to_server()
        tab.on_message(self._say)

    def _say(self, message: str | bytes) -> None:
        if self.held is None:
            self.server.send(message)
        else:
            self.held.append(message)

    def hold(self) -> None:
        """Keep what the tab says."""
        self.held = []

    def release(self) -> None:
        """Say it all, and go on."""
        held, self.held = self.held or [], None
        for message in held:
            self.server.send(message)


def save_held(page: Page, value: float) -> None:
    """Save in a tab whose room is held, and wait until its output has a value of the slider."""
    page.evaluate("() => void window.jupyterapp.shell.currentWidget.context.save()")
    page.wait_for_function(
        """([mime, value]) => { const { model } = window.jupyterapp.shell.currentWidget;
            const { data } = model.cells.get(0).sharedModel.getOutputs()[0];
            const { models } = data[mime].snapshot.doc;
            return Object.values(models).some(({ props }) => props.value === value); }""",
        arg=[MIME, value],
    )


def meet(pages: Sequence[Page]) -> None:
    """Have each tab write into the second cell, and wait until all have what was written before."""
    for number, each in enumerate(pages):
        each.evaluate(
            """number => window.jupyterapp.shell.currentWidget.model.cells.get(1)
                .sharedModel.updateSource(0, 0, `# tab ${number}\\n`)""",
            number,
        )
    for each in pages:
        each.wait_for_function(
            """count => { const { model } = window.jupyterapp.shell.currentWidget;
                const source = model.cells.get(1).sharedModel.getSource();
                return source.split('# tab').length > count; }""",
            arg=len(pages),
        )


def test_what_two_tabs_save_at_once_is_one_output(page: Page, lab: Lab) -> None:
    shown = LIVE.replace("sl.Column", "display(sl.Column") + ")\nprint('and a text')"
    path = lab.write("at-once.ipynb", [shown, ""])
    pages = [page, page.context.new_page()]
    rooms = [Room(each) for each in pages]
    first = lab.open(pages[0], "at-once.ipynb")
    first.run(0)
    outputs = [first.output().wait()]
    wait_until_saved(page, path, 3)
    outputs.append(lab.open(pages[1], "at-once.ipynb").output().wait())
    for output in outputs:
        output.node.evaluate("node => { node.dataset.first = ''; }")

    for room in rooms:
        room.hold()
    press(outputs[0])
    for output in outputs:
        output.expect(4)
    for each in pages:
        save_held(each, 4)
    for room in rooms:
        room.release()
    meet(pages)
    for each in pages:
        kept = each.locator(".syncline-output-area")
        expect(kept).to_have_count(1)
        expect(kept).to_have_attribute("data-first", "")
    wait_until_saved(page, path, 4)
    wait_for_text(page, path, "# tab 0", "# tab 1")
    saved = nbformat.read(path, as_version=4).cells[0].outputs
    assert [each.output_type for each in saved] == ["display_data", "stream"]
