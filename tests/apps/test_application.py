from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from syncline.apps import (
    Application,
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


def test_the_title_is_the_given_one_else_the_files_name(tmp_path: Path) -> None:
    (tmp_path / "rain.py").touch()
    assert application_for(tmp_path / "rain.py").title == "rain"
    assert Application(ScriptHandler(tmp_path / "rain.py"), title="Rain").title == "Rain"
