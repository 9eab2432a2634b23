"""Classes that are defined again while their models are displayed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tests.kernel.pages import MIME, CommPage

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kernel.driver import CellRun, Kernel

CLASS = """
import syncline as sl
class Gauge(sl.Model, type="my/Gauge@1"):
    value: float = sl.prop(0.0, client=True)
    def factor(self): return 2
def follow(event):
    print("first", event.new * event.model.factor())
"""
AGAIN = CLASS.replace("return 2", "return 3").replace("first", "second")
WIDER = AGAIN.replace("    def factor", '    unit: str = sl.prop("m", client=True)\n    def factor')
SHOW = "from IPython.display import display\ng = Gauge()\ng.observe(follow, 'value')\ndisplay(g)"


def displayed(kernel: Kernel, code: str, cell: str) -> tuple[CellRun, CommPage, str]:
    """Run a cell that displays a model; return it, a page, and the model's id."""
    run = kernel.start(code, cell)
    (shown,) = [m["content"]["data"] for m in run() if m["msg_type"] == "display_data"]
    page = CommPage(kernel, shown[MIME]["doc"])
    page.until_live()
    return run, page, shown[MIME]["mount"]


def test_a_cell_that_defines_a_class_again_leaves_what_is_displayed_alive(kernel: Kernel) -> None:
    kernel.run(CLASS, "class")
    old_cell, page, old = displayed(kernel, SHOW, "old")
    kernel.run("kept = g")
    kernel.run(WIDER, "class")
    new_cell, _, new = displayed(kernel, SHOW, "new")
    page.until(lambda: page.replica.state.has(new))
    page.set(old, "value", 1.0)
    old_cell.until_told("first 2.0")
    page.set(new, "value", 1.0)
    new_cell.until_told("second 3.0")
    page.set(new, "unit", "km")
    assert kernel.value("g.unit, kept.value, type(kept) is Gauge") == "('km', 1.0, False)"
    assert not page.reports


def test_autoreload_changes_displayed_models_and_their_callbacks_in_place(
    kernel: Kernel, tmp_path: Path
) -> None:
    module = tmp_path / "gauges.py"
    module.write_text(CLASS)
    kernel.run(f"import sys; sys.path.insert(0, {str(tmp_path)!r})")
    kernel.run("%load_ext autoreload\n%autoreload 2")
    cell, page, mount = displayed(kernel, "from gauges import *\n" + SHOW, "show")
    page.set(mount, "value", 1.0)
    cell.until_told("first 2.0")
    module.write_text(WIDER)
    # It looks at the time, which may not have moved on.
    later = module.stat().st_mtime + 5
    os.utime(module, (later, later))
    assert kernel.value("g.factor()") == "3"
    page.set(mount, "value", 2.0)
    cell.until_told("second 6.0")
    kernel.run("g.unit = 'km'")
    page.until_value(mount, "unit", "km")
    assert not page.reports
    again, _, new = displayed(kernel, SHOW, "show")
    page.until(lambda: page.replica.state.has(new) and not page.replica.state.has(mount))
    page.set(new, "unit", "cm")
    page.set(new, "value", 4.0)
    again.until_told("second 12.0")
    assert kernel.value("g.unit") == "'cm'"


def test_a_reloaded_module_makes_new_models_and_keeps_old_ones(
    kernel: Kernel, tmp_path: Path
) -> None:
    module = tmp_path / "gauges.py"
    module.write_text(CLASS)
    kernel.run(f"import sys; sys.path.insert(0, {str(tmp_path)!r})")
    kernel.run("import gauges, importlib; from gauges import *")
    old_cell, page, old = displayed(kernel, SHOW, "old")
    kernel.run("kept = g")
    module.write_text(WIDER + "\n")
    kernel.run("importlib.reload(gauges); from gauges import *")
    new_cell, _, new = displayed(kernel, SHOW, "new")
    page.until(lambda: page.replica.state.has(new))
    page.set(new, "value", 1.0)
    new_cell.until_told("second 3.0")
    page.set(old, "value", 5.0)
    old_cell.until_told("first 10.0")
    assert kernel.value("kept.value, g.unit") == "(5.0, 'm')"
    assert not page.reports
