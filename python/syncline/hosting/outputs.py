"""One cell's outputs as they are published, put into the session's document in order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from syncline.ui import Column, Mount, Output

if TYPE_CHECKING:
    from collections.abc import Callable

DOC_MIME = "application/vnd.syncline.doc.v1+json"
MOST_TEXT = 1 << 20
"""Characters of printed text that one output keeps: the last ones."""
_NEVER_SHOWN = {"application/javascript", "application/vnd.jupyter.widget-view+json"}

Bundle = dict[str, Any]


class Displays:
    """Outputs that may be updated later, by display id, whichever cell showed them."""

    def __init__(self) -> None:
        self._shown: dict[str, list[Output]] = {}

    def add(self, display_id: str, output: Output) -> None:
        """Remember an output under its display id."""
        self._shown.setdefault(display_id, []).append(output)

    def update(self, display_id: str, data: Bundle, metadata: Bundle) -> None:
        """Change every output of a display id."""
        for output in self._shown.get(display_id, ()):
            output.data, output.metadata = data, metadata


class CellOutputs:
    """Collects one cell's outputs in a column; `place` puts the column on the page when needed."""

    def __init__(self, displays: Displays, place: Callable[[Column], None]) -> None:
        self._displays = displays
        self._place = place
        self._column: Column | None = None
        self._stream: Output | None = None
        self._clear_next = False

    def hear(self, kind: str, content: dict[str, Any]) -> None:
        """Take one message the kernel published for this cell."""
        match kind:
            case "stream" if content["name"] == "stdout":
                self._print(content["text"])
            case "display_data" | "execute_result":
                self._display(content)
            case "update_display_data":
                data, metadata = _shown(content["data"]), content.get("metadata") or {}
                self._displays.update(_display_id(content), data, metadata)
            case "clear_output":
                self._clear(wait=bool(content.get("wait")))

    def show(self, model: Column | Mount | Output) -> None:
        """Add something at the end of this cell's outputs."""
        if self._clear_next:
            self._clear(wait=False)
        if self._column is None:
            self._column = Column()
            self._column.children.append(model)
            self._place(self._column)
        else:
            self._column.children.append(model)

    def _print(self, text: str) -> None:
        if self._stream is None or self._clear_next:
            output = Output(data={"text/plain": terminal_text("", text)}, metadata=dict(_STDOUT))
            self.show(output)
            self._stream = output
        else:
            before = self._stream.data["text/plain"]
            self._stream.data = {"text/plain": terminal_text(before, text)[-MOST_TEXT:]}

    def _display(self, content: dict[str, Any]) -> None:
        self._stream = None
        bundle = content["data"].get(DOC_MIME)
        if isinstance(bundle, dict) and isinstance(bundle.get("doc"), str):
            self.show(Mount(doc=bundle["doc"], mount=bundle.get("mount")))
            return
        data = _shown(content["data"])
        if not data:
            return
        output = Output(data=data, metadata=content.get("metadata") or {})
        self.show(output)
        if display_id := _display_id(content):
            self._displays.add(display_id, output)

    def _clear(self, wait: bool) -> None:
        self._clear_next = wait
        if not wait:
            self._stream = None
            if self._column is not None:
                self._column.children.clear()


_STDOUT = {"stream": "stdout"}
_OVERWRITTEN = re.compile(r"[^\n]*\r(?!\n|$)")
_ERASED = re.compile("[^\n\b]\b")


def terminal_text(before: str, text: str) -> str:
    """Return printed text as a terminal would show it: progress bars rewrite their line."""
    whole = (before + text).replace("\r\n", "\n")
    while _ERASED.search(whole):
        whole = _ERASED.sub("", whole)
    return _OVERWRITTEN.sub("", whole)


def _shown(data: Bundle) -> Bundle:
    return {mime: value for mime, value in data.items() if mime not in _NEVER_SHOWN}


def _display_id(content: dict[str, Any]) -> str:
    return str(content.get("transient", {}).get("display_id") or "")
