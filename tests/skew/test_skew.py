"""A kernel whose Syncline is another version than JupyterLab's, or JupyterLab has none.

With one protocol the view is live, however old either is; else the kernel's own widget shows it.
Both versions are named.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect
from scripts.build_skew import NONE, TARGET, VARIANTS

from tests.browser.driver import jupyter_folders
from tests.browser.lab.lab import LIVE, Lab, running_lab
from tests.browser.lab.test_kernels import GONE
from tests.hosts.hosts import Shown

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
CURRENT, NEWER, FOREIGN = [variant.version for variant in VARIANTS]


def python(name: str) -> str:
    return str(TARGET / name / "env/bin/python")


def lab_of(folder: Path, name: str, kernel: str) -> AbstractContextManager[Lab]:
    """Run the JupyterLab of one environment, with the kernel of another."""
    spec = folder / "share/kernels/python3/kernel.json"
    spec.parent.mkdir(parents=True)
    argv = [python(kernel), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    said = {"argv": argv, "display_name": kernel, "language": "python"}
    spec.write_text(json.dumps(said), encoding="utf-8")
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    environment |= jupyter_folders(folder)
    environment["JUPYTER_PATH"] = str(folder / "share")
    return running_lab(folder, python=python(name), environment=environment)


def versions(kernel: str, lab: str) -> str:
    return f"The kernel has Syncline {kernel}, this JupyterLab has {lab}."


@pytest.mark.parametrize(
    ("name", "kernel", "said"),
    [
        ("current", "newer", versions(NEWER, CURRENT)),
        ("newer", "current", versions(CURRENT, NEWER)),
    ],
)
def test_with_one_protocol_the_view_is_live_and_names_both_versions(
    page: Page, tmp_path: Path, name: str, kernel: str, said: str
) -> None:
    with lab_of(tmp_path, name, kernel) as lab:
        lab.write("skew.ipynb", [LIVE, "slider.value = 8"])
        notebook = lab.open(page, "skew.ipynb")
        notebook.run(0)
        output = notebook.output().wait()
        assert output.carrier() == "attach"
        output.press()
        output.expect(4)
        notebook.run(1)
        output.expect(8)
        expect(output.node.locator(".syncline-open")).to_have_attribute(
            "title", f"Open as a page. {said}"
        )
        notebook.save()
        notebook = lab.open(page, "skew.ipynb")
        output = notebook.output().wait()
        output.expect(8)
        notebook.restart()
        output.expect_frozen(8, GONE)
        notebook.run(0)
        output = notebook.output().wait()
        output.press()
        output.expect(4)
        notebook.save()
        lab.end_kernels()
        saved = lab.open(page, "skew.ipynb").output().wait("saved")
        expect(saved.slider).to_have_js_property("value", 4)
        lab.end_kernels()


@pytest.mark.parametrize(
    ("name", "kernel", "said"),
    [
        ("current", "foreign", versions(FOREIGN, CURRENT)),
        ("foreign", "current", versions(CURRENT, FOREIGN)),
    ],
)
def test_without_a_protocol_in_common_the_kernels_own_widget_is_live_and_both_versions_named(
    page: Page, tmp_path: Path, name: str, kernel: str, said: str
) -> None:
    with lab_of(tmp_path, name, kernel) as lab:
        lab.write("skew.ipynb", [LIVE, "slider.value = 8"])
        notebook = lab.open(page, "skew.ipynb")
        notebook.run(0)
        output = notebook.output().wait("widget")
        output.wait_note(f"{said} A widget of the kernel shows this output.")
        shown = Shown(output.node).wait()
        shown.press()
        shown.expect(4)
        notebook.run(1)
        shown.expect(8)
        notebook.save()
        notebook = lab.open(page, "skew.ipynb")
        shown = Shown(notebook.output().wait("widget").node).wait()
        shown.expect(8)
        notebook.restart()
        expect(shown.notice()).to_contain_text("run the cell again", timeout=30_000)
        notebook.run(0)
        shown = Shown(notebook.output().wait("widget").node).wait()
        shown.press()
        shown.expect(4)
        notebook.save()
        lab.end_kernels()
        # Of when it was displayed: the page's own code cannot read the document.
        output = lab.open(page, "skew.ipynb").output().wait("saved")
        output.wait_note(f"{said} They do not understand each other")
        expect(output.node.get_by_text("Python has 3").first).to_be_visible()
        lab.end_kernels()


def test_in_a_jupyterlab_without_syncline_the_kernels_own_widget_is_live_and_says_so(
    page: Page, tmp_path: Path
) -> None:
    with lab_of(tmp_path, NONE, "current") as lab:
        lab.write("skew.ipynb", [LIVE, "slider.value = 8"])
        notebook = lab.open(page, "skew.ipynb")
        notebook.run(0)
        shown = Shown(page.locator(".jp-OutputArea-output")).wait()
        shown.press()
        shown.expect(4)
        notebook.run(1)
        shown.expect(8)
        expect(shown.root.locator(".syncline-absence")).to_have_text(
            f"This JupyterLab has no Syncline, the kernel has {CURRENT}: widgets show its outputs."
        )
        lab.end_kernels()
