from __future__ import annotations

from typing import Any

import pytest

from syncline.document import Document
from syncline.hosting.outputs import DOC_MIME, CellOutputs, Displays, terminal_text
from syncline.ui import Column, Mount, Output


class Cell:
    """The outputs of one cell, in a document as in a session."""

    def __init__(self, displays: Displays | None = None) -> None:
        self.doc = Document()
        self.outputs = CellOutputs(displays or Displays(), self._place)

    def _place(self, column: Column) -> None:
        self.doc.add_root(column)

    def hear(self, kind: str, **content: Any) -> None:
        self.outputs.hear(kind, content)

    @property
    def shown(self) -> list[Any]:
        column = next(iter(self.doc.roots), None)
        children = column.children if isinstance(column, Column) else []
        return [
            (child.doc, child.mount) if isinstance(child, Mount) else dict(child.data)
            for child in children
            if isinstance(child, Mount | Output)
        ]


def text(words: str) -> dict[str, str]:
    return {"text/plain": words}


def test_a_cell_without_output_is_not_on_the_page() -> None:
    cell = Cell()
    cell.hear("status", execution_state="busy")
    cell.hear("stream", name="stderr", text="for the log")
    assert cell.doc.roots == ()


def test_printed_text_grows_in_one_place_until_something_else_is_shown() -> None:
    cell = Cell()
    cell.hear("stream", name="stdout", text="a\n")
    cell.hear("stream", name="stdout", text="b\n")
    cell.hear("display_data", data=text("shown"), metadata={})
    cell.hear("stream", name="stdout", text="c\n")
    assert cell.shown == [text("a\nb\n"), text("shown"), text("c\n")]


@pytest.mark.parametrize("kind", ["display_data", "execute_result"])
def test_a_live_document_becomes_a_mount(kind: str) -> None:
    cell = Cell()
    bundle = {DOC_MIME: {"doc": "d1", "mount": "py-3"}, "text/plain": "a slider"}
    cell.hear(kind, data=bundle, metadata={})
    cell.hear(kind, data={DOC_MIME: {"doc": "d1", "mount": None}}, metadata={})
    assert cell.shown == [("d1", "py-3"), ("d1", None)]


def test_an_output_is_updated_by_its_display_id_from_any_cell() -> None:
    displays = Displays()
    one, two = Cell(displays), Cell(displays)
    one.hear("display_data", data=text("old"), metadata={}, transient={"display_id": "x"})
    two.hear("update_display_data", data=text("new"), metadata={}, transient={"display_id": "x"})
    two.hear("update_display_data", data=text("lost"), metadata={}, transient={"display_id": "y"})
    assert one.shown == [text("new")]
    assert two.shown == []


def test_clearing_takes_effect_at_once_or_with_the_next_output() -> None:
    cell = Cell()
    cell.hear("stream", name="stdout", text="1")
    cell.hear("clear_output", wait=True)
    assert cell.shown == [text("1")]
    cell.hear("stream", name="stdout", text="2")
    assert cell.shown == [text("2")]
    cell.hear("clear_output", wait=False)
    assert cell.shown == []
    cell.hear("display_data", data=text("3"), metadata={})
    assert cell.shown == [text("3")]


def test_scripts_and_views_of_other_tools_are_left_out() -> None:
    cell = Cell()
    data = {"application/javascript": "alert(1)", "text/plain": "<js>"}
    cell.hear("display_data", data=data, metadata={})
    cell.hear("display_data", data={"application/javascript": "alert(1)"}, metadata={})
    assert cell.shown == [text("<js>")]


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("10%\r20%\r30%\n", "30%\n"),
        ("a\r\nb\r\n", "a\nb\n"),
        ("working\r", "working\r"),
        ("abc\b\bX", "aX"),
        ("one\ntwo\rTWO", "one\nTWO"),
    ],
)
def test_text_is_shown_as_a_terminal_would(printed: str, shown: str) -> None:
    assert terminal_text("", printed) == shown
    half = len(printed) // 2
    assert terminal_text(terminal_text("", printed[:half]), printed[half:]) == shown


def test_an_endless_printer_keeps_its_last_lines_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syncline.hosting.outputs.MOST_TEXT", 10)
    cell = Cell()
    for number in range(100):
        cell.hear("stream", name="stdout", text=f"{number}\n")
    assert cell.shown == [text("\n97\n98\n99\n")]
