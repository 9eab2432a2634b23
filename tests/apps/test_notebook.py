from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from syncline.apps import AppLoadError, NotebookHandler, application_for
from tests.hosting.notebooks import write

if TYPE_CHECKING:
    from pathlib import Path


def test_the_cells_are_described_in_order_with_the_authors_numbers(tmp_path: Path) -> None:
    path = write(tmp_path / "nb.ipynb", "# Title\nwords", "", "x = 1")
    program = NotebookHandler(path).program()
    assert [(cell.number, cell.kind) for cell in program.cells] == [(1, "markdown"), (3, "code")]
    assert program.cells[1].source == "x = 1"
    assert program.kernel_name == "python3"
    assert program.folder == tmp_path


def test_sources_may_be_lists_of_lines_and_raw_cells_are_left_out(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "raw", "source": "raw"},
        {"cell_type": "code", "source": ["a = 1\n", "b = 2"]},
    ]
    path = tmp_path / "nb.ipynb"
    path.write_text(json.dumps({"cells": cells, "metadata": {}}))
    program = NotebookHandler(path).program()
    assert [cell.source for cell in program.cells] == ["a = 1\nb = 2"]
    assert program.kernel_name is None


def test_the_page_is_called_after_the_first_heading_else_after_the_file(tmp_path: Path) -> None:
    app = application_for(write(tmp_path / "nb.ipynb", "1", "# Rain in Seattle #\n\n# Second"))
    program = app.program()
    assert program is not None
    assert app.title_of(program) == "Rain in Seattle"
    app = application_for(write(tmp_path / "nb.ipynb", "1"))
    program = app.program()
    assert program is not None
    assert app.title_of(program) == "nb"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"cells": [1]}', '{"cells": 3}'])
def test_a_file_that_is_no_notebook_raises_one_typed_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "nb.ipynb"
    path.write_text(text)
    with pytest.raises(AppLoadError):
        NotebookHandler(path).program()
