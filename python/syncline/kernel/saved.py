"""What a cell's output keeps of a document: its values at a moment, for where no kernel runs.

`labextension/src/lab/snapshot.ts` writes the same when a notebook is saved.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from syncline.core.values import encode_entries, refs, size
from syncline.embed.copy import entries_of
from syncline.kernel.static import StaticModel, static_html, static_text

if TYPE_CHECKING:
    from syncline.document import Document
    from syncline.model import Model

MAX_BYTES = 256 * 1024
"""Of all that an output keeps, as JSON."""
MAX_PLAIN = 1e21
"""From here on a browser writes whole numbers with an exponent."""
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
    look = wire_type.partition("#")[0]
    for entry in entries_of(document, {wire_type}).values():
        if isinstance(entry["view"], str):
            look = entry["view"]
    buffers: list[Any] = []
    return StaticModel(wire_type, look, encode_entries(model.saved_values(), buffers), buffers)


def snapshot(document: Document, title: str, roots: list[str], most: int) -> dict[str, Any] | None:
    """Return a document's content as it may stand in a file; None for more than so many bytes."""
    models: dict[str, Any] = {}
    left = most
    todo: list[Any] = [document.model(id) for id in roots]
    for model in todo:
        if model is None or model.id in models:
            continue
        values = model.saved_values()
        # What is estimated is at most four times what it is.
        if sum(map(size, values.values())) > 4 * left:
            return None
        props = canonical(encode_entries(values, None))
        models[model.id] = {"type": document.state.wire_type(model), "props": props}
        left -= len(msgspec.json.encode([model.id, models[model.id]]))
        if left < 0:
            return None
        todo += refs(values)
    wire_types = {model["type"] for model in models.values()}
    schema = canonical(entries_of(document, wire_types))
    content = {"doc": {"title": title, "roots": roots, "models": models}, "schema": schema}
    return content if len(msgspec.json.encode(content)) <= most else None


def canonical(raw: Any) -> Any:
    """Return a JSON form as a browser writes it: 1.0 as 1, the members of a set in order."""
    if type(raw) is float:
        return _number(raw)
    if isinstance(raw, list):
        return [canonical(item) for item in raw]
    if not isinstance(raw, dict):
        return raw
    plain = {key: canonical(item) for key, item in raw.items()}
    if plain.get("$") == "set" and isinstance(plain.get("v"), list):
        plain["v"] = sorted(plain["v"], key=lambda item: msgspec.json.encode(item).decode())
    return plain


def _number(raw: float) -> Any:
    if raw == 0 and str(raw) == "-0.0":
        return {"$": "num", "v": "-0"}
    # Not `int(raw)`: a browser writes the digits that tell it from its neighbours, then zeros.
    return int(Decimal(repr(raw))) if raw.is_integer() and abs(raw) < MAX_PLAIN else raw
