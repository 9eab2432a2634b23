"""The cases that both languages read, as Python sees them."""

from __future__ import annotations

import functools
import json
import os
import random
from pathlib import Path
from typing import Any

import msgspec
from scripts.generate_vectors import generated as generate

from syncline.core.ops import Op, WireOp, from_wire, to_wire
from syncline.core.state import PlainModel, PlainState
from syncline.core.values import Buffers, decode_value, encode_value

FOLDER = Path(__file__).parents[1] / "vectors"
SEED = int(os.environ.get("SYNCLINE_SEED") or random.randrange(10**6))
_decoder = msgspec.json.Decoder(WireOp)


@functools.cache
def generated() -> dict[str, list[dict[str, Any]]]:
    """Return random cases by kind: the folder's that is set, else some of our own."""
    if folder := os.environ.get("SYNCLINE_VECTORS"):
        files = Path(folder).glob("*.json")
        return {path.stem: json.loads(path.read_text("utf-8"))["cases"] for path in files}
    # As JSON, so that what is equal in Python but not on the wire is told apart.
    made: dict[str, list[dict[str, Any]]] = json.loads(json.dumps(generate(2000, SEED)))
    return made


def cases(name: str) -> list[dict[str, Any]]:
    """Return the cases of one file; an empty file would prove nothing."""
    found: list[dict[str, Any]] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))["cases"]
    assert found, f"{name}.json holds no case"
    return found


def read_op(raw: Any) -> Op:
    return from_wire(_decoder.decode(json.dumps(raw)), Buffers())


def write_op(op: Op) -> Any:
    return json.loads(msgspec.json.encode(to_wire(op, None)))  # type: ignore[arg-type]


def read_doc(raw: Any) -> PlainState:
    state = PlainState(raw["title"])
    state.roots = list(raw["roots"])
    for m, model in raw["models"].items():
        props = {name: decode_value(value, Buffers()) for name, value in model["props"].items()}
        state.models[m] = PlainModel(model["type"], props)
    return state


def write_doc(state: PlainState) -> Any:
    models = {
        m: {"type": type, "props": {name: encode_value(v, None) for name, v in props.items()}}
        for m, type, props in state.items()
    }
    return {"title": state.title, "roots": list(state.roots), "models": models}
