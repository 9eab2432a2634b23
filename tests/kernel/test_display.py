"""Models and documents as cell outputs."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from tests.kernel.driver import PYTHON
from tests.kernel.pages import MIME

if TYPE_CHECKING:
    from tests.kernel.driver import Kernel


def test_a_displayed_model_is_a_root_of_the_default_document(shared: Kernel) -> None:
    live = shared.shown("a = Knob(value=2); a")[MIME]
    assert live["doc"] == shared.value("sl.curdoc().id").strip("'")
    assert live["protocol"] == 1
    assert live["version"] == shared.value("sl.__version__").strip("'")
    assert set(live) == {"doc", "mount", "protocol", "snapshot", "version"}
    assert shared.value("sl.curdoc().roots[-1] is a") == "True"
    assert live["mount"] == shared.value("a.id").strip("'")


def test_a_model_may_be_displayed_again_and_within_a_layout(shared: Kernel) -> None:
    shared.run(
        "class Stack(sl.Model, type='test/Stack@1'):\n    children: list = sl.prop(factory=list)"
    )
    first = shared.shown("b = Knob(); b")[MIME]
    assert shared.shown("b")[MIME] == first
    layout = shared.shown("stack = Stack(children=[b]); stack")[MIME]
    assert layout["doc"] == first["doc"]
    assert layout["mount"] != first["mount"]
    assert shared.value("sl.curdoc().roots.count(b)") == "1"


def test_a_cell_that_runs_again_replaces_what_its_last_run_displayed(shared: Kernel) -> None:
    shared.run("again = sl.Document(); kept = again.add_root(Knob())")
    make = "with sl.set_curdoc(again):\n    {0} = Knob(); display({0})"
    shared.run("from IPython.display import display")
    shared.run(make.format("first"), cell="a")
    shared.run("display(first, kept)", cell="b")
    shared.run(make.format("second"), cell="a")
    assert shared.value("again.roots == (kept, first, second)") == "True", "b still shows the first"
    shared.run("1", cell="b")
    assert shared.value("again.roots == (kept, second)") == "True", "nobody shows the first"
    shared.run("display(second)", cell="a")
    assert shared.value("again.roots == (kept, second)") == "True"


def test_a_model_of_another_document_is_shown_from_there(shared: Kernel) -> None:
    shared.run("other = sl.Document(); c = Knob(); other.add_root(c)")
    assert shared.shown("c")[MIME]["doc"] == shared.value("other.id").strip("'")


def test_a_document_is_shown_with_all_its_roots(shared: Kernel) -> None:
    shown = shared.shown("mine = sl.Document('Report'); mine.add_root(Knob(value=7)); mine")
    assert shown[MIME]["mount"] is None
    assert "Report" in shown["text/html"]
    assert "<td>7</td>" in shown["text/html"]
    assert "Knob(value=7, " in shown["text/plain"]


def test_the_static_fallback_is_readable_and_escaped(shared: Kernel) -> None:
    shown = shared.shown("Knob(value=3, where='<script>alert(1)</script>')")
    assert "<script" not in shown["text/html"]
    assert "&lt;script&gt;" in shown["text/html"]
    assert "with Syncline installed to see it live" in shown["text/html"]
    assert shown["text/plain"].startswith("Knob(value=3")


def test_a_long_value_is_cut(shared: Kernel) -> None:
    shown = shared.shown("Knob(where='x' * 100_000)")
    assert len(shown["text/html"]) < 2000


def test_an_import_in_a_kernel_starts_no_thread_and_answers_pages(kernel: Kernel) -> None:
    before = kernel.value("len(__import__('threading').enumerate())")
    kernel.run("import syncline")
    assert kernel.value("len(__import__('threading').enumerate())") == before
    assert kernel.value("'syncline.v1' in get_ipython().kernel.comm_manager.targets") == "True"


def test_an_import_in_plain_python_loads_nothing_of_a_kernel() -> None:
    heavy = "{'ipykernel', 'IPython', 'zmq', 'comm', 'tornado', 'syncline.kernel'}"
    code = f"import sys, syncline; print(sorted({heavy} & set(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(PYTHON)},
        capture_output=True,
        text=True,
    )
    assert run.stdout.strip() == "[]", run.stderr
