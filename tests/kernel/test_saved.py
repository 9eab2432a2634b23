"""What a cell's output keeps of a document, and what else runs notebooks."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import msgspec
import nbformat
import papermill  # type: ignore[import-untyped]
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter

import syncline as sl
from syncline.kernel.canonical import Names, canonical
from syncline.kernel.saved import MAX_BYTES, saved_form
from syncline.kernel.static import StaticModel, static_html, static_text
from tests.core.vectors import cases
from tests.kernel.pages import MIME

CELL = """\
import syncline as sl
slider = sl.Slider(label="number", min=0, max=10, value=3)
ticks = sl.Markdown(text="none yet")
def tick():
    ticks.text = "some"
sl.curdoc().add_periodic_callback(tick, 50)
sl.Column(slider, ticks, sl.LinePlot(y=[1, 4, 9], labels=["squares"]))"""


class Vault(sl.Model, type="test/Vault@1"):
    _esm = "export default { render() {} };"
    open: str = sl.prop(default="")
    secret: str = sl.prop(default="", saved=False)
    inner: sl.Model | None = sl.prop(default=None, saved=False)


@pytest.mark.parametrize("number", range(len(cases("static"))))
def test_the_static_forms_are_what_the_vectors_say(number: int) -> None:
    case = cases("static")[number]
    if "json" in case:
        assert canonical(case["json"]) == case["canonical"]
        return
    if "kept" in case:
        names, found = Names(case["roots"]), {}
        for id in names.ids:
            if id in case["models"]:
                each = case["models"][id]
                found[names.of(id)] = {**each, "props": names.given(canonical(each["props"]))}
        assert {"roots": names.roots, "models": found} == case["kept"]
        return
    models = {
        id: StaticModel(each["type"], each["type"].partition("#")[0], each["props"], [])
        for id, each in case["models"].items()
    }
    given = case["title"], case["roots"], models.get
    assert (static_html(*given), static_text(*given)) == (case["html"], case["text"])


def shown(*models: sl.Model, title: str = "") -> tuple[dict[str, Any] | None, str, str]:
    document = sl.Document(title=title)
    for model in models:
        document.add_root(model)
    return saved_form(document, None)


def test_a_document_is_kept_as_a_snapshot_html_and_text() -> None:
    slider = sl.Slider(label="n", value=3.0)
    snapshot, html, text = shown(sl.Column(slider), title="Waves")
    assert snapshot is not None
    assert snapshot["doc"]["title"] == "Waves"
    assert snapshot["doc"]["roots"] == ["m1"]
    props = snapshot["doc"]["models"]["m2"]["props"]
    assert (props["value"], type(props["value"])) == (3, int)
    assert "<strong>Waves</strong>" in html
    assert "n: <strong>3</strong>" in html
    assert text == 'Document("Waves")\n  Column(children=[Slider], align="stretch")'


def test_secrets_what_only_they_reach_and_code_stay_out() -> None:
    vault = Vault(open="yes", secret="hunter2", inner=sl.Markdown("hunter2"))
    saved = shown(vault)
    assert "yes" in saved[1]
    text = msgspec.json.encode(saved).decode()
    assert "hunter2" not in text
    assert "render" not in text
    assert saved[0] is not None
    assert [entry["view"] for entry in saved[0]["schema"].values()] == [None]


@pytest.mark.parametrize(
    "large",
    [
        sl.Markdown("x" * 300_000),
        sl.LinePlot(y=list(range(60_000))),
        sl.Column(*(sl.Markdown("x" * 200) for _ in range(2000))),
        sl.Output(data={"image/png": "A" * 300_000}),
    ],
)
def test_an_output_is_never_larger_than_256_kb(large: sl.Model) -> None:
    saved = shown(large)
    assert saved[0] is None
    assert len(msgspec.json.encode(saved)) < MAX_BYTES
    near = shown(sl.Markdown("x" * 200_000))
    assert near[0] is not None
    assert len(msgspec.json.encode(near)) < MAX_BYTES


def kept(*models: sl.Model) -> str:
    """Return all that an output holds besides the names of the document."""
    return json.dumps(shown(*models), sort_keys=True)


def test_what_is_equal_is_kept_alike() -> None:
    def own(value: float, members: set[str], by: dict[int, str], key: str | None) -> str:
        class Own(sl.Model, type="test/Own@1"):
            value: float = sl.prop(default=0.0)
            members: set[str] = sl.prop(factory=set)
            by: dict[int, str] = sl.prop(factory=dict)
            data: sl.Columns = sl.prop(default=sl.Columns(x=[0.0]))

        return kept(Own(value=value, members=members, by=by, key=key))

    one = own(2, {"a", "b", "c"}, {1: "x", 2: "y"}, None)
    assert own(2.0, {"c", "b", "a"}, {2: "y", 1: "x"}, "named") == one
    zero = own(0.0, set(), {}, None)
    assert own(-0.0, set(), {}, None) == zero


class Table(sl.Model, type="test/Table@1"):
    data: sl.Columns = sl.prop(factory=sl.Columns)


def test_a_table_that_was_streamed_is_kept_like_one_that_was_set() -> None:
    streamed = Table(data=sl.Columns(x=[9.0, 8.0], t=["p", "q"], rollover=3))
    sl.Document().add_root(streamed)
    streamed.data.stream({"x": [1, 2], "t": ["a", "b"]})
    streamed.data.stream({"x": [3], "t": ["c"]})
    assert streamed.data.first == 2
    rows = sl.Columns(x=[1.0, 2.0, 3.0], t=["a", "b", "c"])
    document = streamed.document
    assert json.dumps(saved_form(document, streamed.id)) == json.dumps(
        saved_form(document, document.add_root(Table(data=rows)).id)
    )


def test_another_document_inside_is_not_named() -> None:
    other, third = sl.Document(), sl.Document()
    root = third.add_root(sl.Slider())
    text = kept(sl.Column(sl.Mount(doc=other.id)))
    assert text == kept(sl.Column(sl.Mount(doc=third.id, mount=root.id)))
    assert "Another document is shown here" in text


def notebook(*cells: str) -> nbformat.NotebookNode:
    made: nbformat.NotebookNode = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    return made


def test_a_run_without_a_page_ends_and_holds_the_picture(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    ran = NotebookClient(notebook(CELL, "slider.value = 7"), timeout=60).execute()
    data = ran.cells[0].outputs[0].data
    assert "number: <strong>3</strong>" in data["text/html"]
    assert data[MIME]["snapshot"]["doc"]["models"]
    assert not any(
        thread.name.startswith("syncline") for thread in set(threading.enumerate()) - before
    )
    html, _ = HTMLExporter(template_name="lab").from_notebook_node(ran)
    assert "number: <strong>3</strong>" in html
    assert 'alt="Line plot of 3 points: squares"' in html
    nbformat.validate(nbformat.reads(nbformat.writes(ran), as_version=4))


def test_a_cell_that_runs_again_anywhere_changes_only_the_names_of_its_document() -> None:
    cell = """\
import syncline as sl
class Shelf(sl.Model, type="main/Shelf@1"):
    boxes: list[sl.Model] = sl.prop(factory=list)
    labels: set[str] = sl.prop(factory=set)
    rows: sl.Columns = sl.prop(default=sl.Columns(n=[1.0]))
slider = sl.Slider(label="n", value=3, key="n")
plot = sl.LinePlot(y=[1, 4, 9])
sl.Column(Shelf(boxes=[slider, plot], labels={"a", "b", "c"}), plot, slider)"""
    before = """\
import syncline as sl
tables = [sl.Columns(x=[1.0]) for _ in range(20)]
sl.Row(*(sl.Slider() for _ in range(20)))"""
    one, two = (
        NotebookClient(notebook(*cells), timeout=60).execute()
        for cells in ([cell, cell], [before, cell, "slider.value = 4; slider.value = 3"])
    )
    first, again, elsewhere = (
        nbformat.writes(nbformat.v4.new_notebook(metadata=cell.outputs[-1].data)).splitlines()
        for cell in (*one.cells, two.cells[1])
    )

    def other(lines: list[str]) -> list[str]:
        assert len(lines) == len(first)
        pairs = zip(first, lines, strict=True)
        return [old.partition(":")[0].strip() for old, new in pairs if old != new]

    assert other(again) == ['"mount"']
    assert other(elsewhere) == ['"doc"', '"mount"']


def test_papermill_runs_a_notebook_with_a_live_document(tmp_path: Path) -> None:
    nbformat.write(notebook(CELL), tmp_path / "in.ipynb")
    papermill.execute_notebook(
        str(tmp_path / "in.ipynb"), str(tmp_path / "out.ipynb"), progress_bar=False
    )
    ran = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    shown = [output for cell in ran.cells for output in cell.outputs if "data" in output]
    assert "number: <strong>3</strong>" in shown[0].data["text/html"]
