"""What a cell's output keeps of a document: its values at a moment, for where no kernel runs.

`labextension/src/lab/snapshot.ts` writes the same when a notebook is saved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from syncline.core.values import encode_entries, size
from syncline.embed.copy import MOUNT, entries_of
from syncline.kernel.canonical import Names, canonical
from syncline.kernel.static import StaticModel, static_html, static_text

if TYPE_CHECKING:
    from syncline.document import Document
    from syncline.model import Model

MAX_BYTES = 256 * 1024
"""Of all that an output keeps, as JSON."""
_NAMES = 1024
"""Bytes of what an output says besides."""


def saved_form(document: Document, mount: str | None) -> tuple[dict[str, Any] | None, str, str]:
    """Return the snapshot of a document or one root, its html and its text.

    There is no snapshot where all three would be too large. What is not `saved` is in none of
    them, nor is the code of views.
    """
    with document.lock:
        roots = [model.id for model in document.roots] if mount is None else [mount]
        title = document.title if mount is None else None

        def find(id: str) -> StaticModel | None:
            model = document.model(id)
            return None if model is None else static_model(document, model)

        html, text = static_html(title, roots, find), static_text(title, roots, find)
        left = MAX_BYTES - _NAMES - len(msgspec.json.encode([html, text]))
        return snapshot(document, title or "", roots, left), html, text


def static_model(document: Document, model: Model) -> StaticModel:
    """Return a model as the static forms take it."""
    wire_type = document.state.wire_type(model)
    buffers: list[Any] = []
    encoded = encode_entries(_kept_values(document, model), buffers)
    return StaticModel(wire_type, _look(document, wire_type), encoded, buffers)


def _look(document: Document, wire_type: str) -> str:
    """Return the built-in type that a type is shown as, or its own name."""
    look = wire_type.partition("#")[0]
    for entry in entries_of(document, {wire_type}).values():
        if isinstance(entry["view"], str):
            look = entry["view"]
    return look


def _kept_values(document: Document, model: Model) -> dict[str, Any]:
    """Return the values that may enter a file: no names of running models and documents."""
    values = model.saved_values()
    values.pop("key", None)
    if "mount" in values and _look(document, document.state.wire_type(model)) == MOUNT:
        return {name: value for name, value in values.items() if name not in ("doc", "mount")}
    return values


def snapshot(document: Document, title: str, roots: list[str], most: int) -> dict[str, Any] | None:
    """Return a document's content as it may stand in a file; None for more than so many bytes."""
    models: dict[str, Any] = {}
    names = Names(roots)
    left = most
    # It grows on the way.
    for id in names.ids:
        model = document.model(id)
        if model is None:
            continue
        values = _kept_values(document, model)
        # What is estimated is at most four times what it is.
        if sum(map(size, values.values())) > 4 * left:
            return None
        name, props = names.of(id), names.given(canonical(encode_entries(values, None)))
        models[name] = {"type": document.state.wire_type(model), "props": props}
        left -= len(msgspec.json.encode([name, models[name]]))
        if left < 0:
            return None
    schema = canonical(entries_of(document, {model["type"] for model in models.values()}))
    content = {"doc": {"title": title, "roots": names.roots, "models": models}, "schema": schema}
    return content if len(msgspec.json.encode(content)) <= most else None
