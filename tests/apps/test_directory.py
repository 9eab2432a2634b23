from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from syncline.apps import (
    Application,
    AppLoadError,
    DirectoryHandler,
    KernelScriptHandler,
    UnknownApp,
    application_for,
    is_app,
)
from tests.hosting.notebooks import write


def folder(path: Path, **files: str) -> Path:
    """Make a folder of files, `__` in their names for a dot."""
    path.mkdir(exist_ok=True)
    for name, text in files.items():
        (path / name.replace("__", ".")).write_text(text)
    return path


def test_a_folder_with_a_main_is_an_app_called_after_it(tmp_path: Path) -> None:
    path = folder(tmp_path / "rain", main__py="import syncline as sl\nsl.curdoc().title = __name__")
    assert is_app(path)
    app = application_for(path)
    assert app.title == "rain"
    assert app.in_surroundings
    assert app.create_document().title == "syncline_app_rain"
    assert app.program() is None


def test_a_folder_without_a_main_is_none(tmp_path: Path) -> None:
    assert not is_app(tmp_path)
    with pytest.raises(UnknownApp, match=r"expected main.py or main.ipynb in"):
        application_for(tmp_path)


def test_its_modules_are_imported_once_per_process(tmp_path: Path) -> None:
    path = folder(
        tmp_path / "once",
        main__py="import syncline as sl, loaded_once\nsl.curdoc().title = str(loaded_once.count())",
        loaded_once__py="n = 0\ndef count():\n    global n\n    n += 1\n    return n",
    )
    app = application_for(path)
    assert [app.create_document().title for _ in range(2)] == ["1", "2"]


def test_a_notebook_may_be_its_main(tmp_path: Path) -> None:
    path = folder(tmp_path / "nb")
    write(path / "main.ipynb", "x = 1")
    app = application_for(path)
    program = app.program()
    assert program is not None
    assert program.folder == path
    assert app.title_of(program) == "nb"
    assert not app.in_surroundings


def test_in_a_kernel_none_of_its_code_runs_here(tmp_path: Path) -> None:
    path = folder(tmp_path / "k", main__py="1/0", hooks__py="1/0")
    app = application_for(path, in_kernel=True, words=["--fast"])
    app.load()
    program = app.program()
    assert program is not None
    assert "syncline_app_k" in program.cells[0].source
    assert "--fast" in program.cells[0].source
    (handler,) = app.handlers
    assert isinstance(handler, DirectoryHandler)
    assert isinstance(handler._main, KernelScriptHandler)
    doc = app.create_document()
    app.close_document(doc)


def test_its_hooks_are_loaded_once_and_called_in_the_order_of_the_handlers(tmp_path: Path) -> None:
    path = folder(
        tmp_path / "hooked",
        main__py="",
        hooks__py=(
            "import beside_hooks\n"
            "def on_server_loaded(context): return 'hooks.py'\n"
            "async def on_session_destroyed(context): pass\n"
        ),
        beside_hooks__py="",
    )
    app = Application(DirectoryHandler(path), on_server_loaded=lambda context: "own")
    assert len(app.hooks("on_server_loaded")) == 1, "not before it is loaded"
    app.load()
    given: Any = None
    assert [hook(given) for hook in app.hooks("on_server_loaded")] == ["hooks.py", "own"]
    assert [hook.__name__ for hook in app.hooks("on_session_destroyed")] == ["on_session_destroyed"]
    assert app.hooks("on_session_created") == []
    before = app.hooks("on_server_loaded")
    app.load()
    assert app.hooks("on_server_loaded") == before
    assert before[0].__module__ == "syncline_app_hooked_hooks"


@pytest.mark.parametrize("text", ["1/0", "this is no python", "import sys; sys.exit(3)"])
def test_hooks_that_cannot_be_loaded_raise_one_typed_error(tmp_path: Path, text: str) -> None:
    path = folder(tmp_path / "broken", main__py="", hooks__py=text)
    app = application_for(path)
    with pytest.raises(AppLoadError, match=r"hooks\.py") as caught:
        app.load()
    assert "hooks.py" in caught.value.traceback
    assert "syncline_app_broken_hooks" not in sys.modules
    app.load()
    assert app.hooks("on_server_loaded") == []


def test_what_it_brings_along_for_its_page_is_found(tmp_path: Path) -> None:
    path = folder(tmp_path / "page", main__py="")
    app = application_for(path)
    assert (app.static_path, app.theme_path, app.template_path) == (None, None, None)
    (path / "static").mkdir()
    folder(path / "templates", index__html="")
    folder(path, theme__css="")
    app = application_for(path)
    assert app.static_path == path / "static"
    assert app.theme_path == path / "theme.css"
    assert app.template_path == path / "templates"
