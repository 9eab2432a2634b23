from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from syncline.apps import (
    Application,
    ApplicationContext,
    AppNotFound,
    FunctionHandler,
    NotebookHandler,
    ScriptHandler,
    UnknownApp,
    application_for,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("name", "handler"), [("a.py", ScriptHandler), ("a.ipynb", NotebookHandler)]
)
def test_a_file_is_run_by_the_handler_for_its_kind(
    tmp_path: Path, name: str, handler: type
) -> None:
    (tmp_path / name).touch()
    (made,) = application_for(tmp_path / name).handlers
    assert isinstance(made, handler)
    (made,) = application_for(str(tmp_path / name)).handlers
    assert isinstance(made, handler)


def test_a_handler_and_an_application_are_taken_as_they_are() -> None:
    handler = FunctionHandler(print)
    app = application_for(handler)
    assert app.handlers == (handler,)
    assert application_for(app) is app


def test_a_missing_file_and_an_unknown_kind_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(AppNotFound, match="no such file"):
        application_for(tmp_path / "nothing.py")
    (tmp_path / "a.txt").touch()
    with pytest.raises(UnknownApp, match=r"expected a \.py or \.ipynb file"):
        application_for(tmp_path / "a.txt")
    with pytest.raises(UnknownApp):
        application_for(tmp_path)


def test_functions_and_handlers_fill_a_document_in_order(tmp_path: Path) -> None:
    (tmp_path / "second.py").write_text("import syncline as sl\nsl.curdoc().title += 'two'")
    app = Application(
        lambda doc: setattr(doc, "title", "one "), ScriptHandler(tmp_path / "second.py")
    )
    assert app.create_document().title == "one two"


def test_hooks_are_given_or_added_as_decorators() -> None:
    app = Application(print, on_session_created=len)

    @app.on_session_created
    def created(context: object) -> None:
        """Nothing."""

    assert app.hooks("on_session_created") == [len, created]
    for name in ("on_server_loaded", "on_server_unloaded", "on_session_destroyed"):
        assert getattr(app, name)(created) is created
        assert app.hooks(name) == [created]


@pytest.mark.parametrize("word", ["Private", "browser", ""])
def test_a_word_for_whose_a_session_is_that_nobody_knows_is_refused(word: Any) -> None:
    with pytest.raises(ValueError, match="shared, private, global"):
        Application(session=word)
    with pytest.raises(ValueError, match="shared, private, global"):
        ApplicationContext("app", Application(), word or cast("Any", "none"))


def test_metadata_is_kept_for_whoever_asks() -> None:
    assert Application(print).metadata is None
    assert Application(print, metadata={"version": 3}).metadata == {"version": 3}


def test_a_script_finds_its_arguments(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(
        "import sys, syncline as sl\nsl.curdoc().title = ' '.join(sys.argv[1:])"
    )
    app = application_for(tmp_path / "app.py", words=["--n", "3"])
    assert app.create_document().title == "--n 3"


def test_the_title_is_the_given_one_else_the_files_name(tmp_path: Path) -> None:
    (tmp_path / "rain.py").touch()
    assert application_for(tmp_path / "rain.py").title == "rain"
    assert Application(ScriptHandler(tmp_path / "rain.py"), title="Rain").title == "Rain"
