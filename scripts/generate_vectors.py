"""Write tests/vectors/*.json: cases both languages read, expected results from the Python side.

Hand-made cases first, then random ones from a fixed seed. Run it when SPEC.md changes what an
operation does, and look at the difference before committing it.
"""

from __future__ import annotations

import base64
import json
import math
import random
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from syncline.core.apply import apply
from syncline.core.diff import diff
from syncline.core.errors import Gone
from syncline.core.ops import Add, Del, Msg, Op, RootAdd, RootRemove, Set, Splice, Title, to_wire
from syncline.core.state import PlainModel, PlainState
from syncline.core.transform import transform
from syncline.core.values import Opaque, Ref, encode_value
from syncline.sync.frames import join

SEED = 20261121
FOLDER = Path(__file__).parent.parent / "tests" / "vectors"


def wire(op: Op) -> Any:
    """Return the JSON of an operation."""
    return json.loads(msgspec.json.encode(to_wire(op, None)))  # type: ignore[arg-type]


def wire_doc(state: PlainState) -> dict[str, Any]:
    """Return the JSON of a document."""
    models = {
        m: {"type": type, "props": {name: encode_value(v, None) for name, v in props.items()}}
        for m, type, props in state.items()
    }
    return {"title": state.title, "roots": list(state.roots), "models": models}


def copy(state: PlainState) -> PlainState:
    """Return a state that shares nothing with another."""
    twin = PlainState(state.title)
    twin.roots = list(state.roots)
    for m, type, props in state.items():
        twin.add(m, type, props)
    return twin


def document() -> PlainState:
    """Return the document that every case starts from."""
    state = PlainState("a document")
    state.models = {
        "py-1": PlainModel("app/Row@1", {"children": [Ref("py-2"), Ref("py-3")], "gap": 4}),
        "py-2": PlainModel("app/Slider@1", {"value": 1.5, "label": "x", "marks": [1, 2, 3, 4, 5]}),
        "py-3": PlainModel(
            "app/Plot@1",
            {
                "style": {"axis": {"ticks": [{"at": 1}, {"at": 2}]}, "color": "red"},
                "odd": {"__proto__": 1},
            },
        ),
        "py-4": PlainModel("app/Label@1", {"text": ""}),
    }
    state.roots = ["py-1", "py-4"]
    return state


def values() -> list[dict[str, Any]]:
    """Return a case for each kind of value."""
    plain: list[Any] = [
        None, True, False, 0, -1, 2**53 - 1, 1.5, -0.0, "", "text", "\u00e9\U0001f600", [],
        [1, [2]], {}, {"a": {"b": None}}, {"__proto__": 1, "constructor": 2}, math.inf, -math.inf,
        2**53, -(2**70), Ref("py-12"), b"", b"\x00\xff", (1, "a"), {3}, {"$": "not a tag"},
        {1: "one"}, {"$": 1, "b": [2]}, datetime(2023, 11, 14, 22, 13, 20, 250, UTC),
        timedelta(milliseconds=1.5), timedelta(days=-1),
        Opaque({"$": "later", "x": 1}), [Ref("a"), {"deep": [Ref("b")]}],
    ]  # fmt: skip
    arrays: list[Any] = [
        np.arange(6, dtype=d).reshape(2, 3) for d in ("i1", "u1", "i2", "u2", "i4")
    ]
    arrays += [np.arange(3, dtype=d) for d in ("u4", "i8", "u8", "f4", "f8")]
    arrays += [np.array([True, False]), np.array(2.5), np.zeros((0, 3)), np.array([np.nan, np.inf])]
    arrays += [np.array(["2024-01-01", "NaT"], dtype="M8[ms]"), np.array([5], dtype="m8[ms]")]
    arrays += [np.arange(4, dtype=">i4"), np.arange(10)[::2], np.asfortranarray(np.eye(2))]
    cases = [{"json": encode_value(v, None)} for v in plain]
    return (
        cases
        + [{"json": encode_value(v, None)} for v in arrays]
        + [{"json": {"$": "num", "v": "nan"}}]
    )


BAD_VALUES: list[Any] = [
    {"$": "ref"}, {"$": "ref", "id": 3}, {"$": "nd", "dtype": "c16", "shape": [1], "b64": ""},
    {"$": "nd", "dtype": "f8", "shape": [2], "b64": "AAAA"},
    {"$": "nd", "dtype": "f8", "shape": [-1], "b64": ""},
    {"$": "nd", "dtype": "u1", "shape": [1]},
    {"$": "nd", "dtype": "u1", "shape": [1], "b64": "AA==", "buf": 0},
    {"$": "nd", "dtype": "u1", "shape": [1], "buf": 0}, {"$": "num", "v": "many"},
    {"$": "int", "v": "x"}, {"$": "map", "v": [[1]]}, {"$": "map", "v": [[[], 1]]},
    {"$": "bytes", "b64": "?"}, {"$": "set", "v": 3},
]  # fmt: skip


def random_op(rnd: random.Random, state: PlainState) -> Op:
    """Return an operation that often, not always, resolves."""
    m = rnd.choice(["py-1", "py-2", "py-3", "py-4", "gone"])
    items = rnd.choice([["marks"], ["children"], ["style", "axis", "ticks"]])
    paths: list[list[str | int]] = [
        ["value"], ["label"], ["style"], ["style", "color"], ["style", "axis"],
        ["style", "axis", "ticks"], ["marks"], ["marks", rnd.randrange(6)],
        ["style", "axis", "ticks", rnd.randrange(3)],
        ["style", "axis", "ticks", rnd.randrange(3), "at"], ["odd", "__proto__"],
        ["nowhere", "deep"],
    ]  # fmt: skip
    owner = {"marks": "py-2", "children": "py-1", "style": "py-3"}[items[0]]
    kind = rnd.random()
    if kind < 0.35:
        return Set(
            _owner(rnd, path := rnd.choice(paths), m),
            path,
            rnd.choice([1, "t", [7, 8], {"k": [1]}]),
        )
    if kind < 0.5:
        return Del(_owner(rnd, path := rnd.choice(paths), m), path)
    if kind < 0.85:
        start = rnd.choice([None, *range(6)])
        inserted = [rnd.randrange(100) for _ in range(rnd.randrange(3))]
        return Splice(owner, list(items), start, 0 if start is None else rnd.randrange(4), inserted)
    others: list[Op] = [
        Title(rnd.choice("ab")), RootAdd(m), RootRemove(m), Msg(m, "click", {"x": 1}),
        Add(rnd.choice(["c1-1", "py-4"]), "app/New@1", {"of": Ref("py-1")}),
    ]  # fmt: skip
    return rnd.choice(others)


def _owner(rnd: random.Random, path: list[str | int], other: str) -> str:
    owners = {"value": "py-2", "label": "py-2", "marks": "py-2", "style": "py-3", "odd": "py-3"}
    return other if rnd.random() < 0.1 else owners.get(str(path[0]), "py-3")


def apply_case(state: PlainState, op: Op) -> dict[str, Any]:
    """Return what an operation makes of a document, or why it does not resolve."""
    case = {"doc": wire_doc(state), "op": wire(op)}
    after = copy(state)
    try:
        apply(after, op)
    except Gone as gone:
        return case | {"gone": gone.kind}
    return case | {"after": wire_doc(after)}


def transform_case(earlier: list[Op], later: list[Op]) -> dict[str, Any]:
    """Return two lists of operations, each carried over the other."""
    a, b = transform(earlier, later)
    return {
        "earlier": [wire(op) for op in earlier],
        "later": [wire(op) for op in later],
        "result": [[wire(op) for op in a], [wire(op) for op in b]],
    }


def applied(rnd: random.Random, state: PlainState, count: int) -> list[Op]:
    """Random operations that resolve one after the other."""
    done: list[Op] = []
    while len(done) < count:
        op = random_op(rnd, state)
        try:
            apply(state, op)
        except Gone:
            continue
        done.append(op)
    return done


def diff_case(rnd: random.Random) -> dict[str, Any]:
    """Return two documents and what leads from one to the other."""
    old, new = document(), document()
    applied(rnd, new, rnd.randrange(1, 5))
    if rnd.random() < 0.2:
        del new.models["py-4"]
        new.roots = [m for m in new.roots if m != "py-4"]
    ops = diff(old, new)
    return {"old": wire_doc(old), "new": wire_doc(new), "ops": [wire(op) for op in ops]}


def frames() -> list[dict[str, Any]]:
    """Return good frames taken apart, and malformed ones."""
    body = b'{"header":{"msgid":"a","msgtype":"PING"},"content":{}}'
    good = [[], [b"\x01"], [b"", b"12345678", b"123456789"], [bytes(range(16))]]
    cases: list[dict[str, Any]] = []
    for parts in good:
        text = body.replace(b"}}", b'},"x":1}') if not parts else body
        text = text if not parts else text.replace(b'"PING"', b'"PING","buffers":%d' % len(parts))
        frame = join(text, parts)
        cases.append(
            {"frame": b64(frame), "body": json.loads(text), "buffers": [b64(p) for p in parts]}
        )
    frame = join(body, [])
    broken = [
        b"",
        b"SL",
        frame[:-1],
        frame + bytes(8),
        b"XX" + frame[2:],
        frame[:3] + b"\x01" + frame[4:],
    ]
    broken += [
        frame[:4] + b"\x00\x00\x00\x00" + frame[8:],
        frame[:4] + b"\xff\xff\xff\xff" + frame[8:],
    ]
    broken += [frame[:8] + b"\xff\xff\xff\x7f" + frame[12:], join(b"{", []), join(b"[]", [])]
    broken += [join(body, [b"one too many"])]
    return cases + [{"frame": b64(part), "error": True} for part in broken]


def b64(data: bytes) -> str:
    """Return bytes as base64."""
    return base64.b64encode(data).decode()


def write(name: str, cases: list[dict[str, Any]]) -> None:
    """Write one file, a case per line."""
    lines = ",\n".join(
        json.dumps(case, ensure_ascii=False, separators=(",", ":")) for case in cases
    )
    (FOLDER / f"{name}.json").write_text(f'{{"cases":[\n{lines}\n]}}\n')


def main() -> None:
    """Write all files."""
    rnd = random.Random(SEED)
    write("values", values() + [{"json": bad, "error": True} for bad in BAD_VALUES])
    write("apply", [apply_case(document(), random_op(rnd, document())) for _ in range(400)])
    pairs = [
        (
            applied(rnd, document(), rnd.randrange(1, 4)),
            applied(rnd, document(), rnd.randrange(1, 4)),
        )
        for _ in range(500)
    ]
    write("transform", [transform_case(a, b) for a, b in pairs])
    write("diff", [diff_case(rnd) for _ in range(200)])
    write("frames", frames())
    sys.stdout.write(f"wrote tests/vectors from seed {SEED}\n")


if __name__ == "__main__":
    main()
