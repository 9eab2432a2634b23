"""Running the hosts of `build/hosts`, and a document that a page of them shows."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
from playwright.sync_api import FrameLocator, Locator, Page, expect

from tests.browser.driver import PATIENCE, ROOT, SLIDER, jupyter_folders

if TYPE_CHECKING:
    from collections.abc import Sequence

HOSTS = ROOT / "build/hosts"
PYTHON = HOSTS / "bin/python"
WEB = HOSTS / "web/node_modules"
LIVE = """\
import syncline as sl
slider = sl.Slider(label="number", min=0, max=10, value=3)
told = sl.Markdown(text="Python has 3")
slider.observe(lambda event: setattr(told, "text", f"Python has {event.new:g}"), "value")
shown = sl.Column(children=[slider, told])"""
"""A slider, and a text by which Python says what it has."""


def environment(folder: Path) -> dict[str, str]:
    """Return an environment with these sources and without our labextension."""
    xdg = {"XDG_CONFIG_HOME": "xdg-config", "XDG_STATE_HOME": "xdg-state"}
    paths = jupyter_folders(folder) | {name: str(folder / sub) for name, sub in xdg.items()}
    path = os.pathsep.join([str(HOSTS / "bin"), os.environ.get("PATH", "")])
    return dict(os.environ) | paths | {"PYTHONPATH": str(ROOT / "python"), "PATH": path}


def write_notebook(path: Path, cells: Sequence[str]) -> None:
    """Write a notebook of code cells."""
    code = [nbformat.v4.new_code_cell(source) for source in cells]
    kernel = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(nbformat.v4.new_notebook(cells=code, metadata={"kernelspec": kernel}), path)


@dataclass
class Shown:
    """One place of a page, or of a frame in it, that shows the document of `LIVE`."""

    within: Page | FrameLocator | Locator
    index: int = 0

    @property
    def root(self) -> Locator:
        """Return what holds the document's views; it says how it stands."""
        return self.within.locator(".syncline-root[data-syncline-state]").nth(self.index)

    def wait(self, state: str = "live") -> Shown:
        """Wait until it is in a state: its `data-syncline-state`."""
        expect(self.root).to_have_attribute("data-syncline-state", state, timeout=PATIENCE)
        return self

    def press(self, key: str = "ArrowRight") -> None:
        """Press a key on the slider."""
        self.root.get_by_role("slider").first.press(key)

    def expect(self, value: float) -> None:
        """Wait until the slider has a value, and Python says the same."""
        slider = self.root.locator(SLIDER).first
        expect(slider).to_have_js_property("value", value)
        text = self.root.get_by_text(f"Python has {value:g}", exact=True)
        expect(text).to_be_visible()

    def notice(self) -> Locator:
        """Return what is said of the document."""
        return self.within.locator(".syncline-notice").nth(self.index)
