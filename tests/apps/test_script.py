from __future__ import annotations

import gc
import os
import sys
import weakref
from pathlib import Path

import pytest

import syncline as sl
from syncline.apps import Application, AppLoadError, KernelScriptHandler, application_for


def script(tmp_path: Path, source: str, name: str = "app") -> Application:
    path = tmp_path / f"{name}.py"
    path.write_text("import syncline as sl\ndoc = sl.curdoc()\n" + source)
    return application_for(path)


def test_each_session_runs_in_a_fresh_namespace(tmp_path: Path) -> None:
    app = script(tmp_path, "n = globals().get('n', 0) + 1\ndoc.title = str(n)")
    assert [app.create_document().title for _ in range(2)] == ["1", "1"]


def test_the_module_is_not_main_as_in_bokeh(tmp_path: Path) -> None:
    app = script(tmp_path, "doc.title = __name__\nif __name__ == '__main__': 1/0")
    assert app.create_document().title.startswith("syncline_app_")


def test_the_script_stands_in_its_own_folder_with_its_own_arguments(tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("text = 'imported'")
    (tmp_path / "data.txt").write_text("read")
    folder, search, arguments = Path.cwd(), list(sys.path), list(sys.argv)
    app = script(
        tmp_path,
        "import sys, beside, pathlib\n"
        "words = [beside.text, pathlib.Path('data.txt').read_text(), *sys.argv, __file__]\n"
        "doc.title = ' '.join(words)",
    )
    path = tmp_path / "app.py"
    assert app.create_document().title == f"imported read {path} {path}"
    assert (Path.cwd(), sys.path, sys.argv) == (folder, search, arguments)


def test_the_surroundings_are_put_back_after_an_error(tmp_path: Path) -> None:
    folder, search = Path.cwd(), list(sys.path)
    with pytest.raises(AppLoadError):
        script(tmp_path, "import os\nos.chdir('/')\n1/0").create_document()
    assert (os.fspath(Path.cwd()), sys.path) == (os.fspath(folder), search)


@pytest.mark.parametrize("source", ["1/0", "this is no python", "import sys; sys.exit('no')"])
def test_a_script_that_fails_raises_one_typed_error(tmp_path: Path, source: str) -> None:
    with pytest.raises(AppLoadError) as caught:
        script(tmp_path, source).create_document()
    assert "app.py" in caught.value.traceback


def test_a_script_for_a_kernel_that_cannot_be_read_raises_the_same(tmp_path: Path) -> None:
    path = tmp_path / "app.py"
    path.write_bytes(b"# coding: no-such-coding\n")
    app = application_for(path, in_kernel=True)
    with pytest.raises(AppLoadError):
        app.program()
    path.unlink()
    with pytest.raises(AppLoadError):
        app.program()


def test_a_script_may_end_early(tmp_path: Path) -> None:
    app = script(tmp_path, "doc.title = 'early'\nimport sys\nsys.exit()\n1/0")
    assert app.create_document().title == "early"


def test_an_edited_script_is_served_without_a_restart(tmp_path: Path) -> None:
    app = script(tmp_path, "doc.title = 'one'")
    assert app.create_document().title == "one"
    script(tmp_path, "doc.title = 'two'")
    assert app.create_document().title == "two"


def test_its_module_can_be_found_while_the_document_lives_and_no_longer(tmp_path: Path) -> None:
    source = "class Thing: pass\ndoc.add_root(sl.Markdown(text=Thing.__module__))"
    app = script(tmp_path, source, "findable")
    doc = app.create_document()
    root = doc.roots[0]
    assert isinstance(root, sl.Markdown)
    name = root.text
    assert sys.modules[name].Thing.__module__ == name
    gone = weakref.ref(doc)
    app.close_document(doc)
    assert name not in sys.modules
    del doc, root
    gc.collect()
    assert gone() is None


def test_for_a_kernel_the_script_becomes_one_cell_and_one_that_shows_the_document(
    tmp_path: Path,
) -> None:
    path = tmp_path / "app.py"
    path.write_text("import syncline as sl\nname = __name__\nsl.curdoc().title = __file__")
    program = application_for(path, in_kernel=True).program()
    assert program is not None
    assert program.folder == tmp_path
    run, show = program.cells
    namespace: dict[str, object] = {}
    arguments = list(sys.argv)
    doc = sl.Document()
    try:
        with sl.set_curdoc(doc):
            exec(run.source, namespace)
            assert eval(show.source, namespace) is doc
    finally:
        sys.argv[:] = arguments
        module = sys.modules.pop("syncline_app_app")
    assert doc.title == str(path)
    assert module.name == "syncline_app_app"
    assert isinstance(application_for(path, in_kernel=True).handlers[0], KernelScriptHandler)
