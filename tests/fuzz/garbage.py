"""Frames that are nearly right: what an enemy, or a fault on the way, may make of a message."""

from __future__ import annotations

import copy
import json
import random
import struct
from collections.abc import Callable
from typing import Any

from syncline.sync.frames import MAGIC, Frame, join, split

Raw = str | bytes
NASTY: list[Any] = [
    None, True, -1, 0, 1.5, 2**53, 2**63, 2**64, -(2**70), 1e308, "", "$", "\ud800", "\x00", [], {},
    [[]], {"$": "ref"}, {"$": "ref", "id": 3}, {"$": "nd"}, {"$": "map", "v": [[[], 1]]},
    {"$": "nd", "dtype": "f8", "shape": [2**40, 2**40], "buf": 0},
    {"$": "nd", "dtype": "f8", "shape": [-1], "b64": ""},
    {"$": "nd", "dtype": "O", "shape": [0], "b64": ""},
    {"$": "nd", "dtype": "f8", "shape": [1.0], "b64": "AAAAAAAAAAA="},
    {"$": "bytes", "buf": 0, "b64": ""}, {"$": "bytes", "buf": -1}, {"$": "bytes", "b64": "*"},
    {"$": "num", "v": "NaN"}, {"$": "int", "v": "1" * 6000}, {"$": "int", "v": "0x1"},
    {"$": "int", "v": "\u0663"}, {"$": "time", "v": 1e300}, {"$": "time", "v": "x"},
    {"$": "dur", "v": 1e300}, {"$": "set", "v": [[]]}, {"$": "set", "v": {}},
    {"$": "cols", "gen": 1, "first": -1, "cols": {"a": [1], "b": []}}, {"$": [], "v": 1},
    {"$": {}}, {"$": 1}, {"__proto__": {"x": 1}}, "x" * 5000, list(range(500)),
    {"op": "drop", "ms": ["py-1"]}, {"op": "set"}, {"op": "none"}, {"op": "roots", "ids": []},
]  # fmt: skip
WORDS = """
    __proto__ constructor m p v op i d seq base epoch client rev since n part total got nbuf buffers
    result msgtype at gen cols roll ms mode have kind models volatile inline
""".split()


def spoiled(die: random.Random, corpus: list[Frame]) -> Raw:
    """Return a frame with one thing or several wrong, seldom none."""
    frame: Raw = die.choice(corpus)
    for _ in range(die.choice([1, 1, 2, 4])):
        frame = die.choice(SPOILERS)(die, frame, corpus)
    return frame


# Bytes


def flip(die: random.Random, frame: Raw, corpus: list[Frame]) -> Raw:
    data = bytearray(_bytes(frame))
    for _ in range(die.choice([1, 1, 3, 20])):
        if data:
            data[die.randrange(len(data))] = die.randrange(256)
    return _like(frame, bytes(data))


def cut(die: random.Random, frame: Raw, corpus: list[Frame]) -> Raw:
    start = die.randrange(len(frame) + 1)
    return frame[:start] if die.random() < 0.5 else frame[start:]


def graft(die: random.Random, frame: Raw, corpus: list[Frame]) -> Raw:
    other = _bytes(die.choice(corpus))
    data = _bytes(frame)
    at, start = die.randrange(len(data) + 1), die.randrange(len(other) + 1)
    return _like(frame, data[:at] + other[start : start + die.randrange(200)] + data[at:])


def noise(die: random.Random, frame: Raw, corpus: list[Frame]) -> Raw:
    data = die.randbytes(die.choice([0, 1, 7, 8, 9, 64, 1000]))
    return data if die.random() < 0.5 else MAGIC + data


# JSON


def replaced(die: random.Random, frame: Raw, corpus: list[Frame]) -> Raw:
    """Put something nasty in the place of any value."""
    return _edited(die, frame, lambda box, key: box.__setitem__(key, copy.deepcopy(_nasty(die))))


def removed(die: random.Random, frame: Raw, corpus: list[Frame]) -> Raw:
    return _edited(die, frame, lambda box, key: box.__delitem__(key))


def added(die: random.Random, frame: Raw, corpus: list[Frame]) -> Raw:
    def add(box: Any, key: Any) -> None:
        nasty = copy.deepcopy(_nasty(die))
        if isinstance(box, dict):
            box[die.choice(WORDS)] = nasty
        else:
            box.insert(key, nasty)

    return _edited(die, frame, add)


def deepened(die: random.Random, frame: Raw, corpus: list[Frame]) -> Raw:
    """Nest deeper than any parser likes, in either kind of bracket."""
    depth = die.choice([60, 70, 500, 5_000, 100_000])
    left, right = die.choice([("[", "]"), ('{"v":', "}"), ('{"$":"tuple","v":[', "]}")])
    nested = left * depth + "1" + right * depth
    return _text_edited(die, frame, nested)


def unlawful(die: random.Random, frame: Raw, corpus: list[Frame]) -> Raw:
    """Put in what is no JSON, or what only some parsers take."""
    text = die.choice(
        ["NaN", "Infinity", "-Infinity", "1" * 5000, "-" + "9" * 400, "1e99999", '"\\ud800"',
         '{"a":1,"a":2}', "01", "'x'", "1.", "\ufeff1", '"\x01"', "nul", "/**/1"]
    )  # fmt: skip
    return _text_edited(die, frame, text)


# The table of a binary frame


def mislaid(die: random.Random, frame: Raw, corpus: list[Frame]) -> Raw:
    """Lie in the table of lengths."""
    data = bytearray(frame if isinstance(frame, bytes) else join(_bytes(frame), [b"x" * 8]))
    at = 4 * die.randrange(max(1, min(6, len(data) // 4)))
    number = die.choice([0, 1, 2, 255, 256, 257, 258, 2**16, 2**31, 2**32 - 1, len(data)])
    if len(data) >= at + 4:
        struct.pack_into("<I", data, at, number)
    return bytes(data)


def overloaded(die: random.Random, frame: Raw, corpus: list[Frame]) -> Raw:
    """Bring other buffers than the header says."""
    body, buffers = _parted(frame)
    count = die.choice([0, 1, 2, 5, 256, 300])
    return join(body, [*buffers, *[b"12345678"] * count][die.randrange(2) :])


SPOILERS: list[Callable[[random.Random, Raw, list[Frame]], Raw]] = [
    flip, cut, graft, noise, replaced, replaced, replaced, removed, added, added, deepened,
    unlawful, mislaid, overloaded,
]  # fmt: skip


def _nasty(die: random.Random) -> Any:
    return die.choice(NASTY)


def _bytes(frame: Raw) -> bytes:
    return frame.encode("utf-8", "surrogatepass") if isinstance(frame, str) else frame


def _like(frame: Raw, data: bytes) -> Raw:
    return data.decode("utf-8", "replace") if isinstance(frame, str) else data


def _parted(frame: Raw) -> tuple[bytes, list[bytes]]:
    if isinstance(frame, str):
        return _bytes(frame), []
    try:
        body, *buffers = split(frame)
    except Exception:  # noqa: BLE001  it is spoiled already
        return frame, []
    return bytes(body), [bytes(part) for part in buffers]


def _joined(frame: Raw, body: bytes, buffers: list[bytes]) -> Raw:
    return body.decode("utf-8", "surrogatepass") if isinstance(frame, str) else join(body, buffers)


def _edited(die: random.Random, frame: Raw, edit: Callable[[Any, Any], None]) -> Raw:
    body, buffers = _parted(frame)
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        return frame
    places = list(_places(message))
    if places:
        edit(*die.choice(places))
    text = json.dumps(message, ensure_ascii=die.random() < 0.9)
    return _joined(frame, text.encode("utf-8", "surrogatepass"), buffers)


def _places(value: Any, depth: int = 0) -> Any:
    if depth > 50 or not isinstance(value, dict | list):
        return
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        yield value, key
        yield from _places(value[key], depth + 1)


def _text_edited(die: random.Random, frame: Raw, text: str) -> Raw:
    """Put raw text in the place of any value."""
    mark = '"\x7fhere\x7f"'
    spoiled = _edited(die, frame, lambda box, key: box.__setitem__(key, mark[1:-1]))
    body, buffers = _parted(spoiled)
    written = json.dumps(mark[1:-1]).encode()
    return _joined(frame, body.replace(written, text.encode("utf-8", "surrogatepass"), 1), buffers)
