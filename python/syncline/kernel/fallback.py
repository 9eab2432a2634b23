"""What a cell's output shows where Syncline does not run: a saved notebook, a viewer."""

from __future__ import annotations

import reprlib
from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING, Any

from syncline import document as documents

if TYPE_CHECKING:
    from syncline.document import Document
    from syncline.model import Model

MAX_PROPERTIES = 20
MAX_MODELS = 20
MAX_TEXT = 200

_shorten = reprlib.Repr()
_shorten.maxother = MAX_TEXT

NOTE = "run the notebook with Syncline installed to see it live"


def text_of(shown: Model | Document) -> str:
    """Return one line per model shown."""
    lines = [f"{type(model).__name__}({_listed(model)})" for model in _models(shown)]
    if isinstance(shown, documents.Document):
        return "\n".join([f"Document({shown.title!r})", *(f"  {line}" for line in lines)])
    return "\n".join(lines)


def html_of(shown: Model | Document) -> str:
    """Return the types and values as tables, with a word on how to see them live."""
    title = shown.title if isinstance(shown, documents.Document) else ""
    head = f"<p><strong>{escape(title)}</strong></p>" if title else ""
    tables = "".join(_table(model) for model in _models(shown))
    return f'<div class="syncline-static">{head}{tables}<p><em>{NOTE}</em></p></div>'


def _table(model: Model) -> str:
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>"
        for name, value in _values(model)
    )
    return f"<table><caption>{escape(type(model).__name__)}</caption>{rows}</table>"


def _listed(model: Model) -> str:
    return ", ".join(f"{name}={value}" for name, value in _values(model))


def _models(shown: Model | Document) -> list[Model]:
    if isinstance(shown, documents.Document):
        return list(shown.roots)[:MAX_MODELS]
    return [shown]


def _values(model: Model) -> Iterator[tuple[str, str]]:
    """Yield the properties to show: those with something to say, each cut to a readable length."""
    shown = 0
    for name, value in model.saved_values().items():
        if value is None or value is False or (isinstance(value, str) and not value):
            continue
        if shown == MAX_PROPERTIES:
            return
        shown += 1
        yield name, _short(value)


def _short(value: Any) -> str:
    # reprlib looks at the first items only: a long list costs no more than a short one.
    text = value if isinstance(value, str) else _shorten.repr(value)
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + "\u2026"
