"""A notebook that several people have open: the server saves it by itself.

scripts/setup-collaboration.sh puts jupyter-collaboration into a folder of its own: where it is
installed, every notebook is shared.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import Page, expect

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
        with running_lab(folder, f"--SQLiteYStore.db_path={folder / 'store.db'}") as running:
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
    wait_until_saved(page, path, 5)
    assert "written in the other tab" in path.read_text()
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
