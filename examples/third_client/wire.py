"""Values, frames and operations (SPEC 2.1, 3.3, 4)."""

import array
import base64
import itertools
import json
import math
import struct
import sys
from dataclasses import dataclass

CODES = dict(pair.split(":") for pair in "b1:B i1:b u1:B i2:h u2:H i4:i u4:I i8:q u8:Q".split())
CODES |= {"f4": "f", "f8": "d", "M8[ms]": "q", "m8[ms]": "q"}


# --- Values and frames (SPEC 2.1, 3.3) ------------------------------------------------------------


class Tag(dict):
    """A tagged value that is kept as it came; a dict of the document is a plain ``dict``."""


@dataclass
class Array:
    """An n-d array, C order."""

    dtype: str
    shape: list[int]
    data: array.array


def decode(value, buffers):
    """Return the value that JSON and its buffers mean."""
    if isinstance(value, list):
        return [decode(item, buffers) for item in value]
    if not isinstance(value, dict):
        return value
    tag = value.get("$")
    if tag in ("nd", "bytes"):
        raw = buffers[value["buf"]] if "buf" in value else base64.b64decode(value["b64"])
        if tag == "bytes":
            return bytes(raw)
        data = array.array(CODES[value["dtype"]], bytes(raw))
        if sys.byteorder == "big":
            data.byteswap()
        return Array(value["dtype"], value["shape"], data)
    if tag in ("num", "int"):
        return (float if tag == "num" else int)(value["v"])
    inner = {key: decode(item, buffers) for key, item in value.items()}
    if tag is None:
        return inner
    if tag == "map" and all(isinstance(key, str) for key, _ in inner["v"]):
        return dict(inner["v"])
    return Tag(inner)


def encode(value, buffers):
    """Return the JSON form of a value; the bytes of its arrays are appended to ``buffers``."""
    if isinstance(value, Array | bytes):
        head = {"$": "bytes"}
        if isinstance(value, Array):
            head, data = {"$": "nd", "dtype": value.dtype, "shape": value.shape}, value.data[:]
            if sys.byteorder == "big":
                data.byteswap()
            value = data.tobytes()
        buffers.append(value)
        return {**head, "buf": len(buffers) - 1}
    if isinstance(value, float) and not math.isfinite(value):
        return {"$": "num", "v": str(value)}
    if isinstance(value, int) and abs(value) >= 2**53:
        return {"$": "int", "v": str(value)}
    if isinstance(value, list):
        return [encode(item, buffers) for item in value]
    if isinstance(value, dict):
        inner = {key: encode(item, buffers) for key, item in value.items()}
        return (
            inner
            if isinstance(value, Tag) or "$" not in inner
            else {"$": "map", "v": [*inner.items()]}
        )
    return value


def unpack(frame):
    """Split a frame into header, content (still JSON) and buffers."""
    parts = [frame]
    if isinstance(frame, bytes):
        magic, count = struct.unpack_from("<4sI", frame)
        assert magic == b"SL\1\0", magic
        at, parts = 8 + 4 * count, []
        for length in struct.unpack_from(f"<{count}I", frame, 8):
            at += -at % 8
            parts.append(frame[at : at + length])
            at += length
        assert at + -at % 8 == len(frame), "a frame of a wrong length"
    message = json.loads(parts[0])
    return message["header"], message["content"], parts[1:]


def pack(header, content, buffers=(), *, binary=False):
    """Return the frame of a message: text, or bytes where there are buffers."""
    if buffers:
        header = {**header, "buffers": len(buffers)}
    elif not binary:
        return json.dumps({"header": header, "content": content})
    parts = [json.dumps({"header": header, "content": content}).encode(), *buffers]
    frame = struct.pack(f"<4sI{len(parts)}I", b"SL\1\0", len(parts), *map(len, parts))
    for part in parts:
        frame += bytes(-len(frame) % 8) + part
    return frame + bytes(-len(frame) % 8)


# --- Operations (SPEC 4) --------------------------------------------------------------------------


def apply(doc, op):
    """Apply an op to a document; LookupError says that it does not resolve."""
    kind, models, m = op["op"], doc["models"], op.get("m")
    if kind == "add":
        models[m] = {"type": op["type"], "props": op["props"]}
    elif kind == "drop":
        for each in op["ms"]:
            models.pop(each, None)
    elif kind in ("root+", "root-"):
        doc["roots"] = [each for each in doc["roots"] if each != m or kind == "root+"]
        if kind == "root+" and m not in doc["roots"]:
            doc["roots"].append(m)
    elif kind == "title":
        doc["title"] = op["v"]
    elif kind != "msg":
        *above, last = op["p"]
        where = models[m]["props"]
        for step in above:
            where = reach(where, step)
        if kind == "set":
            if isinstance(where, list):
                reach(where, last)
            elif type(where) is not dict or not isinstance(last, str):
                raise LookupError(op["p"])
            where[last] = op["v"]
        elif kind == "del":
            if type(where) is not dict:
                raise LookupError(op["p"])
            where.pop(last, None)
        else:
            {"splice": splice, "stream": stream, "write": write}[kind](reach(where, last), op)


def reach(where, step):
    """Return the child of a value, or raise LookupError."""
    fits = type(where) is dict if isinstance(step, str) else isinstance(where, list) and step >= 0
    if not fits:
        raise LookupError(step)
    return where[step]


def splice(items, op):
    """Change a list in place."""
    at = len(items) if op["i"] is None else op["i"]
    if not isinstance(items, list) or at > len(items) or op["d"] > len(items) - at:
        raise LookupError(at)
    items[at : at + op["d"]] = op["v"]


def rows(column):
    """Return what holds the rows of a column."""
    return column.data if isinstance(column, Array) else column


def stream(source, op):
    """Append rows to every column; rows count from ``first``."""
    if not isinstance(source, Tag) or source.get("gen") != op["gen"]:
        raise LookupError(op["gen"])
    end = source["first"] + max((len(rows(each)) for each in source["cols"].values()), default=0)
    if op["at"] < end:
        raise LookupError(op["at"])
    skip = op["at"] > end
    source["first"] = op["at"] if skip else source["first"]
    total = op["at"] + op["n"]
    gone = max(0, total - op["roll"] - source["first"]) if op.get("roll") else 0
    source["first"] += gone
    for name, column in source["cols"].items():
        kept = rows(column)
        kept[:] = ((kept[:0] if skip else kept) + rows(op["cols"][name]))[gone:]
        if isinstance(column, Array):
            column.shape = [len(kept)]


def write(target, op):
    """Overwrite rows of a column, or a block of an array."""
    new = rows(op["v"])
    if "gen" in op:
        if not isinstance(target, Tag) or target.get("gen") != op["gen"]:
            raise LookupError(op["gen"])
        at = [op["at"], op["at"] + len(new), 1] if isinstance(op["at"], int) else op["at"]
        places = [row - target["first"] for row in range(*at)]
        target = target["cols"][op["col"]]
    else:
        steps = [math.prod(target.shape[axis + 1 :]) for axis in range(len(target.shape))]
        block = itertools.product(*(range(*axis) for axis in op["at"]))
        places = [sum(i * step for i, step in zip(at, steps, strict=True)) for at in block]
    for place, value in zip(places, new, strict=True):
        rows(target)[place] = value
