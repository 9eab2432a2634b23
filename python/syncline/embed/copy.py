"""What a document is at a moment, as JSON that a page shows without a server."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import msgspec

from syncline.core.values import encode_entries, refs
from syncline.document import Document, find_document
from syncline.model import Model
from syncline.model.schema import Types

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

MOUNT = "ui/Mount@1"
Shown = Document | Model


class Recording(msgspec.Struct):
    """The content of one document; `schema` and `assets` are what its types are (SPEC 5.9)."""

    doc: dict[str, Any]
    schema: dict[str, Any]
    assets: dict[str, str]


Mounts = dict[str, set[str] | None]
"""Documents that are mounted inside others: which of their roots, or None for all of them."""


def record(shown: Shown | Sequence[Model], *, trust: bool = False) -> dict[str, Recording]:
    """Return the document under "", and those of this process that are mounted in it by their ids.

    Of a model, or several, only what they refer to. What is not `saved` is left out, and without
    `trust` so is the code of views. Raises ValueError for nothing, and for models of several
    documents.
    """
    mounts: Mounts = {}
    found = {"": _record_shown(shown, mounts, trust=trust)}
    _record_mounts(found, mounts, trust=trust)
    return found


def record_mounts(mounts: Mounts, *, trust: bool = False) -> dict[str, Recording]:
    """Return documents of this process by their ids, with those that are mounted in them."""
    found: dict[str, Recording] = {}
    _record_mounts(found, mounts, trust=trust)
    return found


def write_mounts(path: Path | str, mounts: dict[str, list[str] | None], *, trust: bool) -> None:
    """Write them to a file, for another process."""
    wanted = {doc: None if roots is None else set(roots) for doc, roots in mounts.items()}
    from pathlib import Path

    Path(path).write_bytes(msgspec.json.encode(record_mounts(wanted, trust=trust)))


def mounts_of(document: Document) -> dict[str, list[str] | None]:
    """Return which documents are mounted in one, and which of their roots."""
    mounts: Mounts = {}
    for model in document.models.values():
        _note_mount(model, mounts)
    return {doc: None if roots is None else sorted(roots) for doc, roots in mounts.items()}


def _record_shown(shown: Shown | Sequence[Model], mounts: Mounts, *, trust: bool) -> Recording:
    if isinstance(shown, Document):
        with shown.lock:
            return _recorded(shown, shown.roots, shown.title, mounts, trust=trust)
    models = [shown] if isinstance(shown, Model) else list(shown)
    documents = {model.document for model in models}
    if len(documents) != 1:
        raise ValueError("expected models, all of one document or all of none")
    (document,) = documents
    with ExitStack() as locked:
        if document is not None:
            locked.enter_context(document.lock)
        return _recorded(document, models, "", mounts, trust=trust)


def _record_mounts(found: dict[str, Recording], mounts: Mounts, *, trust: bool) -> None:
    done: Mounts = {}
    while todo := {doc: roots for doc, roots in mounts.items() if done.get(doc, ()) != roots}:
        for doc, roots in todo.items():
            done[doc] = None if roots is None else set(roots)
            document = find_document(doc)
            if document is None:
                continue
            with document.lock:
                models = document.roots if roots is None else _those(document, roots)
                found[doc] = _recorded(document, models, "", mounts, trust=trust)


def _those(document: Document, ids: Iterable[str]) -> list[Model]:
    return [model for id in sorted(ids) if (model := document.model(id)) is not None]


def _recorded(
    document: Document | None,
    roots: Sequence[Model],
    title: str,
    mounts: Mounts,
    *,
    trust: bool,
) -> Recording:
    values = _reached(roots)
    for model in values:
        _note_mount(model, mounts)
    wire_types = {model.id: _type(document, model) for model in values}
    models = {
        model.id: {"type": wire_types[model.id], "props": encode_entries(given, None)}
        for model, given in values.items()
    }
    doc = {"title": title, "roots": [model.id for model in roots], "models": models}
    schema, assets = _described(document, set(wire_types.values()), trust=trust)
    return Recording(doc, schema, assets)


def _reached(roots: Iterable[Model]) -> dict[Model, dict[str, Any]]:
    """Return models, and those they refer to, with what of them may be kept."""
    found: dict[Model, dict[str, Any]] = {}
    todo: list[Any] = list(roots)
    # It grows on the way.
    for model in todo:
        if isinstance(model, Model) and model not in found:
            found[model] = model.saved_values()
            todo += refs(found[model])
    return found


def _note_mount(model: Model, mounts: Mounts) -> None:
    if model.type_name != MOUNT:
        return
    doc, root = model.values()["doc"], model.values()["mount"]
    roots = mounts.setdefault(doc, set())
    if root is None:
        mounts[doc] = None
    elif roots is not None:
        roots.add(root)


def _type(document: Document | None, model: Model) -> str:
    from syncline.model.state import type_of

    return type_of(model) if document is None else document.state.wire_type(model)


def entries_of(document: Document | None, wire_types: set[str]) -> dict[str, Any]:
    """Return what types are, by hash, without the code of their views."""
    return _described(document, wire_types, trust=False)[0]


def _described(
    document: Document | None, wire_types: set[str], *, trust: bool
) -> tuple[dict[str, Any], dict[str, str]]:
    known = Types()
    schema: dict[str, Any] = {}
    assets: dict[str, str] = {}
    entries = known.entries(wire_types)
    for hash in sorted(name.partition("#")[2] for name in wire_types if "#" in name):
        raw = entries.get(hash)
        entry = msgspec.json.decode(raw) if raw is not None else _learned(document, hash)
        if entry is None:
            continue
        view = entry.get("view")
        if isinstance(view, dict):
            code = {part: known.asset(part) for part in view.values()} if trust else {}
            if not code or None in code.values():
                entry = {**entry, "view": None}
            assets |= {part: text.decode() for part, text in code.items() if text is not None}
        schema[hash] = entry
    return schema, assets


def _learned(document: Document | None, hash: str) -> dict[str, Any] | None:
    return None if document is None else document.state.entry(hash)
