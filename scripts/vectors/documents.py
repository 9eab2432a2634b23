"""The document that cases start from, and how documents and operations look in JSON."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import numpy as np

from syncline.core.columns import Columns
from syncline.core.ops import Op, WireOp, from_wire, to_wire
from syncline.core.state import PlainModel, PlainState
from syncline.core.values import Buffers, Ref, encode_entries, settled


def wire(op: Op) -> Any:
    """Return the JSON of an operation."""
    return json.loads(msgspec.json.encode(to_wire(op, None)))  # type: ignore[arg-type]


def unwire(raw: Any) -> Op:
    """Return the operation of a JSON. Raises BadValue."""
    return from_wire(msgspec.json.decode(json.dumps(raw), type=WireOp), Buffers())


def wire_doc(state: PlainState) -> dict[str, Any]:
    """Return the JSON of a document."""
    models = {
        m: {"type": type, "props": encode_entries(props, None)} for m, type, props in state.items()
    }
    return {"title": state.title, "roots": list(state.roots), "models": models}


def copy(state: PlainState) -> PlainState:
    """Return a state that shares nothing with another that may change."""
    twin = PlainState(state.title)
    twin.roots = list(state.roots)
    for m, type, props in state.items():
        twin.add(m, type, props)
    return twin


def source(gen: str = "py-1", first: int = 4, rows: int = 5) -> Columns:
    """Return a source with a column of each sort."""
    numbers = np.arange(first, first + rows)
    return Columns(
        gen,
        {
            "x": numbers / 2,
            "n": numbers.astype("u1"),
            "name": [None, "a", 2**60, "b", 1.5, True][:rows],
        },
        first,
    )


def document() -> PlainState:
    """Return the document that every case starts from."""
    state = PlainState("a document")
    style = {"axis": {"ticks": [{"at": 1}, {"at": 2}]}, "color": "red"}
    image = settled(np.arange(6, dtype="i2").reshape(2, 3))
    state.models = {
        "py-1": PlainModel("app/Row@1", {"children": [Ref("py-2"), Ref("py-3")], "gap": 4}),
        "py-2": PlainModel("app/Slider@1", {"value": 1.5, "label": "x", "marks": [1, 2, 3, 4, 5]}),
        "py-3": PlainModel("app/Plot@1", {"style": style, "odd": {"__proto__": 1}}),
        "py-4": PlainModel("app/Label@1", {"text": ""}),
        "py-5": PlainModel("app/Source@1", {"data": source(), "more": [source("py-2", 0, 2)]}),
        "py-6": PlainModel("app/Image@1", {"image": image, "level": settled(np.array(2.5))}),
    }
    state.roots = ["py-1", "py-4"]
    return state
