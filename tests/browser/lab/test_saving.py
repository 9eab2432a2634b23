"""What a saved notebook holds of its documents, and how that looks without a kernel."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbconvert import HTMLExporter
from playwright.sync_api import Page, Route, expect

from tests.browser.lab.hostile import SITE, write_hostile
from tests.browser.lab.lab import LIVE, Lab, Notebook
from tests.kernel.pages import MIME

pytestmark = pytest.mark.browser

RICH = """\
import syncline as sl
class Rich(sl.Model):
    key_of: dict = sl.prop(factory=dict)
    numbers: list = sl.prop(factory=list)
    models: set = sl.prop(factory=set)
    rows: sl.Columns = sl.prop(factory=sl.Columns)
    note: str = sl.prop(default="", saved=False)
some = [sl.Slider(value=at, key=f"s{at}") for at in range(12)]
rich = Rich(key_of={10: "x", 9: some[3], (1, "a"): -0.0}, numbers=[1.0, -0.0, 1e21, 1e-7, 2**70],
            models={some[1], some[10], some[9]}, rows=sl.Columns(x=[1.0], t=["é"], rollover=2),
            note="secret")
shown = sl.Column(rich, sl.Row(some[11], some[9]), sl.LinePlot(y=[-0.0, 4, 9]), sl.Mount())
sl.curdoc().add_root(shown)
rich.rows.stream({"x": [2.0, 3.0], "t": ["b", "c"]})
shown"""
"""A cell of much that can be written in more than one way."""


def saved(notebook: Notebook, path: Path) -> tuple[bytes, dict[str, Any]]:
    """Save a notebook; return its file and its first output."""
    notebook.page.evaluate(
        "async () => { await window.jupyterapp.shell.currentWidget.context.save(); }"
    )
    read = nbformat.read(path, as_version=4)
    data: dict[str, Any] = read.cells[0].outputs[0].data
    return path.read_bytes(), data


def slider_in(data: dict[str, Any]) -> Any:
    models = data[MIME]["snapshot"]["doc"]["models"].values()
    return next(each["props"]["value"] for each in models if each["type"] == "ui/Slider@1")


def test_a_notebook_holds_what_documents_are_when_it_is_saved(page: Page, lab: Lab) -> None:
    path = lab.write("saving.ipynb", [LIVE, RICH])
    notebook = lab.open(page, "saving.ipynb")
    notebook.run(0)
    output = notebook.output().wait()
    notebook.run(1)
    notebook.output(1).wait()
    displayed = [
        notebook.page.evaluate(
            """cell => { const { model } = window.jupyterapp.shell.currentWidget;
                return model.cells.get(cell).outputs.get(0).data; }""",
            cell,
        )
        for cell in range(2)
    ]
    first, data = saved(notebook, path)
    rich = nbformat.read(path, as_version=4).cells[1].outputs[0].data
    for each, kept in zip(displayed, (data, rich), strict=True):
        wanted = {mime: value for mime, value in each.items() if mime in kept}
        assert wanted == kept, "what Python displayed is what the page saves"
    assert slider_in(data) == 3
    assert saved(notebook, path)[0] == first, "saved again"

    output.press()
    output.expect(4)
    second, data = saved(notebook, path)
    assert slider_in(data) == 4
    assert "number: <strong>4</strong>" in data["text/html"]
    assert second != first
    output.press()
    output.expect(5)
    output.press("ArrowLeft")
    output.press("ArrowLeft")
    output.expect(3)
    assert saved(notebook, path)[0] == first, "there and back"

    output.press()
    output.expect(4)
    notebook.kill_kernel()
    output.wait("frozen")
    assert slider_in(saved(notebook, path)[1]) == 4, "the last values, of a kernel that died"


def test_the_last_values_are_saved_after_the_kernel_was_shut_down(page: Page, lab: Lab) -> None:
    path = lab.write("shut.ipynb", [LIVE])
    notebook = lab.open(page, "shut.ipynb")
    notebook.run(0)
    output = notebook.output().wait()
    output.press()
    output.expect(4)
    page.evaluate(
        "async () => { await window.jupyterapp.shell.currentWidget.sessionContext.shutdown(); }"
    )
    output.wait("frozen")
    assert slider_in(saved(notebook, path)[1]) == 4


def test_a_saved_notebook_without_its_kernel_is_there_to_be_looked_at_and_saved_again(
    page: Page, lab: Lab
) -> None:
    path = lab.write("later.ipynb", [LIVE])
    with_text = nbformat.read(path, as_version=4)
    with_text.cells.append(nbformat.v4.new_markdown_cell("words before"))
    nbformat.write(with_text, path)
    notebook = lab.open(page, "later.ipynb")
    notebook.run(0)
    output = notebook.output().wait()
    output.press()
    output.expect(4)
    first, data = saved(notebook, path)
    assert slider_in(data) == 4
    page.evaluate("() => window.jupyterapp.serviceManager.sessions.shutdownAll()")

    again = lab.open(page, "later.ipynb")
    output = again.output().wait("saved")
    expect(output.slider).to_be_visible()
    expect(output.slider).to_have_js_property("value", 4)
    told = output.node.locator(".syncline-saved").get_by_text("Python has 4", exact=True)
    expect(told.first).to_be_visible()
    expect(output.node.locator(".syncline-note")).to_contain_text("saved")
    expect(output.slider).to_have_js_property("disabled", True)

    again.of_session("context.shutdown()")
    output.wait_note("No kernel is connected.")
    page.evaluate(
        """text => { const { model } = window.jupyterapp.shell.currentWidget;
            model.cells.get(1).sharedModel.setSource(text); }""",
        "words after",
    )
    assert saved(again, path)[0] == first.replace(b"words before", b"words after")
    output.wait("saved")
    expect(output.slider).to_have_js_property("value", 4)
    expect(output.slider).to_have_js_property("disabled", True)


def test_nothing_of_a_hostile_saved_output_runs_and_the_rest_is_shown(page: Page, lab: Lab) -> None:
    lab.write("victim.ipynb", [LIVE])
    notebook = lab.open(page, "victim.ipynb")
    notebook.run(0)
    theirs = notebook.output().wait()
    victim, kernel = page.evaluate(
        """mime => { const panel = window.jupyterapp.shell.currentWidget;
            const { data } = panel.model.cells.get(0).outputs.get(0);
            return [data[mime].doc, panel.sessionContext.session.kernel.id]; }""",
        MIME,
    )
    write_hostile(lab, "hostile.ipynb", victim, kernel)
    other = page.context.new_page()
    asked: list[str] = []
    other.on("request", lambda request: asked.append(request.url))
    hostile = lab.open(other, "hostile.ipynb", "lab/workspaces/hostile/tree")

    form = hostile.output(0).wait("saved").node.locator(".syncline-saved")
    expect(form.get_by_text("the html is shown", exact=True)).to_be_visible()
    view = hostile.output(1).wait("saved").node.locator(".syncline-saved")
    for text in ("the text is shown", "the last is shown", "level=7)", "Far(level=8)"):
        expect(view.get_by_text(text)).to_be_visible()
    expect(view.get_by_text("Other documents cannot be reached from here")).to_be_visible()
    for link in (*form.get_by_text("a link of").all(), *view.get_by_text("a link of").all()):
        link.click()
    for button in (*form.locator("summary").all(), *view.locator("summary").all()):
        button.click()

    for part in (form, view):
        assert part.locator("script, iframe, object, link, form, [onerror], [onclick]").count() == 0
        assert part.locator("[data-commandlinker-command], [href^=javascript]").count() == 0
    assert other.evaluate("() => window.ran ?? []") == []
    assert [url for url in asked if url.startswith(SITE)] == []
    for output in (hostile.output(0), hostile.output(1)):
        expect(output.wait("saved").slider).to_have_count(0)
    theirs.press()
    theirs.expect(4)


@contextlib.contextmanager
def keeping(lab: Lab, save: str) -> Iterator[None]:
    """Have JupyterLab's settings say what notebooks keep."""
    settings = Path(lab.environment["JUPYTERLAB_SETTINGS_DIR"]) / "syncline-lab"
    settings.mkdir(parents=True, exist_ok=True)
    chosen = settings / "saving.jupyterlab-settings"
    chosen.write_text(json.dumps({"save": save}))
    try:
        yield
    finally:
        chosen.unlink()


def test_a_notebook_may_hold_no_values(page: Page, lab: Lab) -> None:
    path = lab.write("none.ipynb", [LIVE])
    with keeping(lab, "none"):
        notebook = lab.open(page, "none.ipynb")
        notebook.run(0)
        output = notebook.output().wait()
        text = saved(notebook, path)[0].decode()
        assert "number" not in text.replace(LIVE, "").replace('label=\\"number\\"', "")
        assert "<strong>3" not in text
        output.press()
        output.expect(4)
    notebook.of_session("context.shutdown()")
    output = lab.open(page, "none.ipynb").output().wait("saved")
    words = "A Syncline document; this notebook does not keep its values."
    expect(output.node.get_by_text(words, exact=True)).to_be_visible()
    expect(output.slider).to_have_count(0)


def test_a_notebook_may_hold_what_was_displayed(page: Page, lab: Lab) -> None:
    path = lab.write("displayed.ipynb", [LIVE])
    with keeping(lab, "displayed"):
        notebook = lab.open(page, "displayed.ipynb")
        notebook.run(0)
        output = notebook.output().wait()
        first, data = saved(notebook, path)
        assert slider_in(data) == 3
        output.press()
        output.expect(4)
        assert saved(notebook, path)[0] == first
        output.expect(4)


def test_of_a_large_document_the_file_holds_a_part_and_says_so(page: Page, lab: Lab) -> None:
    parts = "*[sl.Markdown(text=f'part {i} ' + 10_000 * 'x') for i in range(30)]"
    cell = f"import syncline as sl\nsl.Column(sl.Slider(label='number', value=3), {parts})"
    path = lab.write("large.ipynb", [cell])
    notebook = lab.open(page, "large.ipynb")
    notebook.run(0)
    output = notebook.output().wait()
    first, data = saved(notebook, path)
    assert "snapshot" not in data[MIME]
    assert len(json.dumps(data)) < 256 * 1024
    assert "number: <strong>3" in data["text/html"]
    output.press()
    expect(output.slider).to_have_js_property("value", 4)
    second, data = saved(notebook, path)
    assert second == first.replace(b"number: <strong>3", b"number: <strong>4").replace(
        b"value=3, ", b"value=4, "
    )
    notebook.of_session("context.shutdown()")
    output = lab.open(page, "large.ipynb").output().wait("saved")
    form = output.node.locator(".syncline-saved")
    for text in ("number: 4", "There is more, which is not shown here."):
        expect(form.get_by_text(text, exact=True)).to_be_visible()
    expect(form).to_contain_text("run the notebook with Syncline installed to see it live")
    expect(output.slider).to_have_count(0)


def test_a_saved_notebook_is_html_that_needs_nothing(page: Page, lab: Lab, tmp_path: Path) -> None:
    plot = "sl.Column(sl.Slider(label='number', value=3), sl.LinePlot(y=[1, 4, 9]))"
    path = lab.write("html.ipynb", [f"import syncline as sl\n{plot}"])
    notebook = lab.open(page, "html.ipynb")
    notebook.run(0)
    notebook.output().wait()
    saved(notebook, path)
    html, _ = HTMLExporter().from_notebook_node(nbformat.read(path, as_version=4))
    (tmp_path / "out.html").write_text(html, "utf-8")
    offline = page.context.browser.new_context(java_script_enabled=False)  # type: ignore[union-attr]
    try:
        alone = offline.new_page()

        def refuse(route: Route) -> None:
            if route.request.url.startswith("file:"):
                route.continue_()
            else:
                route.abort()

        alone.route("**/*", refuse)
        alone.goto((tmp_path / "out.html").as_uri())
        expect(alone.get_by_text("number: 3")).to_be_visible()
        picture = alone.get_by_alt_text("Line plot of 3 points: y")
        expect(picture).to_be_visible()
        assert picture.evaluate("image => image.naturalWidth") > 100
    finally:
        offline.close()
