"""Values of a document: what they are in Python and how they travel (SPEC 2.1).

A value is None, a bool, a number, a string, a list, a dict, an array, or one of the tagged kinds
below. `encode_value` and `decode_value` are the only two places that know the tags.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from .arrays import (
    NdArray,
    array_bytes,
    array_meta,
    array_size,
    arrays_equal,
    frozen_array,
    is_array,
    lend,
    make_array,
)
from .buffers import MAX_BUFFERS, Buffers, put_bytes, take_bytes
from .columns import Columns, shape_of
from .errors import BadValue
from .instants import decode_duration, decode_instant, encode_instant, is_scalar

if TYPE_CHECKING:
    from .arrays import Buffer

SAFE_INT = 2**53 - 1
MAX_FLOAT = sys.float_info.max
MAX_DEPTH = 100
"""How deep lists, dicts and the like may stand in each other: they are read by recursion."""
_NUMBERS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf, "-0": -0.0}


class Reference:
    """Anything that stands for a model: it has the model's `id`."""

    __slots__ = ()

    id: str


class Ref(Reference):
    """A reference to a model by its id."""

    __slots__ = ("id",)

    def __init__(self, id: str) -> None:
        self.id = id

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reference) and other.id == self.id

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        return f"Ref({self.id!r})"


class Opaque(msgspec.Struct, frozen=True):
    """A value with a tag this version does not know: kept, and sent again as it came."""

    raw: dict[str, Any]


_PLAIN = frozenset({str, bool, type(None)})
_QUICK = frozenset({(str, str), (bool, bool), (int, int)})
_NUMERIC = frozenset({int, float})
_TEXT = frozenset({str})
_SMALL = frozenset({int, float, bool, type(None)})
# As tuples, because `a | b` would be made anew by each call.
_BYTES = (bytes, bytearray, memoryview)
_SETS = (set, frozenset)
_SERIES = (list, tuple, set, frozenset)
_CONTAINERS = (dict, *_SERIES)
ATOMS = frozenset({str, int, float, bool, type(None)})
"""Types whose values hold no reference, no container and no array."""


def encode_value(value: Any, buffers: list[Buffer] | None) -> Any:
    """Return the JSON form of a value.

    Array data is appended to `buffers`, or inlined when it is None or holds all that a frame may.
    Raises BadValue for what has no form on the wire.
    """
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is float:
        return value if value - value == 0 else {"$": "num", "v": _number_name(value)}
    if kind is int:
        return value if -SAFE_INT <= value <= SAFE_INT else {"$": "int", "v": str(value)}
    if isinstance(value, Reference):
        return {"$": "ref", "id": value.id}
    if isinstance(value, list):
        if value and isinstance(value[0], Reference):
            return _encode_references(value, buffers)
        return [encode_value(item, buffers) for item in value]
    if isinstance(value, dict):
        return _encode_dict(value, buffers)
    return _encode_tagged(value, buffers)


def _number_name(value: float) -> str:
    return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"


def _encode_references(value: list[Any], buffers: list[Buffer] | None) -> list[Any]:
    """Children of something, by the thousand: a call for each would take twice the time."""
    return [
        {"$": "ref", "id": item.id} if isinstance(item, Reference) else encode_value(item, buffers)
        for item in value
    ]


def encode_entries(
    entries: dict[str, Any], buffers: list[Buffer] | None, lent: bool = False
) -> dict[str, Any]:
    """Return named values, such as properties or columns, with each in its JSON form.

    With `lent` what is returned may be `entries` itself, to be written down before they change.
    """
    encoded = entries if lent else entries.copy()
    for name, value in entries.items():
        kind = type(value)
        # Most values are their own JSON form: a call for each would take twice the time.
        if not (
            kind in _PLAIN
            or (kind is float and value - value == 0)
            or (kind is int and -SAFE_INT <= value <= SAFE_INT)
        ):
            if encoded is entries:
                encoded = entries.copy()
            encoded[name] = encode_value(value, buffers)
    return encoded


def _encode_dict(value: dict[Any, Any], buffers: list[Buffer] | None) -> Any:
    if "$" not in value and _TEXT.issuperset(map(type, value)):
        return encode_entries(value, buffers)
    pairs = [
        [encode_value(key, buffers), encode_value(item, buffers)] for key, item in value.items()
    ]
    return {"$": "map", "v": pairs}


def _encode_tagged(value: Any, buffers: list[Buffer] | None) -> Any:
    if is_array(value):
        return _encode_array(value, buffers)
    if isinstance(value, _BYTES):
        return {"$": "bytes"} | put_bytes(bytes(value), buffers)
    if isinstance(value, tuple):
        return {"$": "tuple", "v": [encode_value(item, buffers) for item in value]}
    if isinstance(value, _SETS):
        return {"$": "set", "v": [encode_value(item, buffers) for item in value]}
    if isinstance(value, Columns):
        cols = encode_entries(value.cols, buffers)
        return {"$": "cols", "gen": value.gen, "first": value.first, "cols": cols}
    if isinstance(value, Opaque):
        return value.raw
    return _encode_other(value, buffers)


def _encode_array(value: Any, buffers: list[Buffer] | None) -> dict[str, Any]:
    dtype, shape = array_meta(value)
    where = put_bytes(array_bytes(value), buffers)
    return {"$": "nd", "dtype": dtype, "shape": list(shape), **where}


def encode_column(rows: Any, buffers: list[Buffer] | None) -> Any:
    """Return the JSON form of a column's rows, an array or a list."""
    return encode_value(rows, buffers) if type(rows) is list else _encode_array(rows, buffers)


def _encode_other(value: Any, buffers: list[Buffer] | None) -> Any:
    """Instants, numpy scalars, enum members and other subclasses of the plain types."""
    encoded = encode_instant(value)
    if encoded is not value:
        return encoded
    if is_scalar(value):
        return encode_value(value.item(), buffers)
    for base in (bool, int, float, str):
        if isinstance(value, base):
            return encode_value(base(value), buffers)
    raise BadValue(f"a {type(value).__name__} has no form on the wire")


def decode_value(raw: Any, buffers: Buffers) -> Any:
    """Return the value of a decoded JSON form. Raises BadValue for a malformed one."""
    kind = type(raw)
    if kind in _PLAIN:
        return raw
    if kind is float or kind is int:
        return _number(raw)
    if kind is list:
        return [decode_value(item, buffers) for item in raw]
    if "$" not in raw:
        return {key: decode_value(item, buffers) for key, item in raw.items()}
    try:
        return _decode_tagged(raw, buffers)
    except BadValue:
        raise
    except (LookupError, TypeError, ValueError, OverflowError) as error:
        raise BadValue(f"malformed {raw['$']!r} value: {error}") from error


def _number(raw: float) -> float:
    """JSON knows neither NaN nor an integer beyond what a float holds exactly."""
    if -SAFE_INT <= raw <= SAFE_INT:
        return raw
    if not -MAX_FLOAT <= raw <= MAX_FLOAT:
        raise BadValue("expected a number that a float holds")
    return float(raw)


def _decode_tagged(raw: dict[str, Any], buffers: Buffers) -> Any:
    match raw["$"]:
        case "ref":
            return Ref(_text(raw["id"]))
        case "nd":
            shape = raw["shape"]
            if not isinstance(shape, list):
                raise BadValue("expected a list as the shape of an array")
            return make_array(raw["dtype"], shape, take_bytes(raw, buffers))
        case "bytes":
            return bytes(take_bytes(raw, buffers))
        case "cols":
            return _decode_columns(raw, buffers)
        case "num":
            return _NUMBERS[raw["v"]]
        case "int":
            return _big_int(raw["v"])
        case "time":
            return decode_instant(raw["v"])
        case "dur":
            return decode_duration(raw["v"])
        case "map":
            return {
                _hashable(decode_value(key, buffers)): decode_value(item, buffers)
                for key, item in _list(raw["v"])
            }
        case "set":
            return {_hashable(decode_value(item, buffers)) for item in _list(raw["v"])}
        case "tuple":
            return tuple(decode_value(item, buffers) for item in _list(raw["v"]))
        case _:
            return Opaque(raw)


def _decode_columns(raw: dict[str, Any], buffers: Buffers) -> Columns:
    first = raw["first"]
    if type(first) is not int or not 0 <= first <= SAFE_INT:
        raise BadValue(f"expected the number of a row, got {first!r}")
    return Columns(_text(raw["gen"]), decode_columns(raw["cols"], buffers), first)


def decode_columns(raw: object, buffers: Buffers) -> dict[str, Any]:
    """Return the rows of named columns. Raises BadValue."""
    if not isinstance(raw, dict):
        raise BadValue(f"expected columns, got {type(raw).__name__}")
    return {name: checked_column(decode_value(rows, buffers)) for name, rows in raw.items()}


def checked_column(rows: Any) -> Any:
    """Return one column's rows. Raises BadValue for what no column can hold."""
    dtype, _ = shape_of(rows)
    if dtype is None and refs(rows):
        raise BadValue("a column holds no references")
    return rows


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise BadValue(f"expected a string, got {type(value).__name__}")
    return value


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise BadValue(f"expected a list, got {type(value).__name__}")
    return value


def _big_int(text: object) -> int:
    digits = _text(text)
    if len(digits) > sys.int_info.default_max_str_digits:
        raise BadValue("an integer is too long")
    if not (digits.isascii() and digits.removeprefix("-").isdigit()):
        raise BadValue("expected the digits of an integer")
    return int(digits)


def _hashable(value: Any) -> Any:
    if isinstance(value, list | dict | set):
        raise BadValue(f"a {type(value).__name__} cannot be a key or a member of a set")
    return value


def equal(a: Any, b: Any) -> bool:
    """Tell whether two values have the same canonical encoding (1 equals 1.0, NaN equals NaN)."""
    if a is b:
        return True
    kinds = type(a), type(b)
    if kinds in _QUICK:
        return bool(a == b)
    if ATOMS.issuperset(kinds):
        return _numbers_equal(a, b) if _NUMERIC.issuperset(kinds) else False
    for kind, compare in _COMPARISONS:
        if isinstance(a, kind) or isinstance(b, kind):
            return isinstance(a, kind) and isinstance(b, kind) and compare(a, b)
    if is_array(a) or is_array(b):
        return is_array(a) and is_array(b) and arrays_equal(a, b)
    return _canonical(a) == _canonical(b)


def _numbers_equal(a: float, b: float) -> bool:
    """A float is never equal to an integer that travels as one (SPEC 2.1, `int`)."""
    if type(a) is type(b):
        return a == b or (a != a and b != b)
    return a == b and -SAFE_INT <= a <= SAFE_INT


def _sequences_equal(a: Any, b: Any) -> bool:
    return len(a) == len(b) and all(map(equal, a, b))


def _dicts_equal(a: dict[Any, Any], b: dict[Any, Any]) -> bool:
    if all(type(key) is str for key in a):
        return a.keys() == b.keys() and all(equal(a[key], b[key]) for key in a)
    return _canonical(a) == _canonical(b)


def differing(old: Any, new: Any) -> range:
    """Return which items of a list or column `new` stand where `old` has others."""
    shortest = min(len(old), len(new))
    start = next((at for at in range(shortest) if not equal(old[at], new[at])), shortest)
    tail = 0
    while tail < shortest - start and equal(old[-1 - tail], new[-1 - tail]):
        tail += 1
    return range(start, len(new) - tail)


def _canonical(value: Any) -> str:
    return json.dumps(_folded(encode_value(value, None)), sort_keys=True)


def _folded(raw: Any) -> Any:
    """Return a JSON form in which what is equal looks alike: 1.0 as 1, sets and maps sorted."""
    if type(raw) is float and raw.is_integer():
        return int(raw)
    if type(raw) is list:
        return [_folded(item) for item in raw]
    if type(raw) is not dict:
        return raw
    folded = {key: _folded(item) for key, item in raw.items()}
    if folded.get("$") in ("set", "map"):
        folded["v"] = sorted(folded["v"], key=json.dumps)
    return folded


def _columns_equal(a: Columns, b: Columns) -> bool:
    same = (a.gen, a.first, a.dtypes) == (b.gen, b.first, b.dtypes)
    return same and equal(dict(a.peek()), dict(b.peek()))


_COMPARISONS: list[tuple[type, Callable[[Any, Any], bool]]] = [
    (list, _sequences_equal),
    (dict, _dicts_equal),
    (Reference, lambda a, b: a.id == b.id),
    (tuple, _sequences_equal),
    (Columns, _columns_equal),
]


def clone(value: Any) -> Any:
    """Return a copy that shares no list or dict with `value`, and memory only until a write."""
    if type(value) in ATOMS or isinstance(value, Reference):
        return value
    if isinstance(value, list):
        return [item if type(item) in ATOMS else clone(item) for item in value]
    if isinstance(value, dict):
        return {k: item if type(item) in ATOMS else clone(item) for k, item in value.items()}
    if isinstance(value, Columns):
        return value.copy()
    if is_array(value):
        lend(value)
    return value


def settled(value: Any, around: int = 0) -> Any:
    """Return a copy of a value as a document keeps it: arrays frozen, nothing shared.

    `around` is how many lists and dicts it is to stand in. Raises BadValue for what has no form on
    the wire, before anybody has seen it.
    """
    return _settled(value, MAX_DEPTH - around)


def _settled(value: Any, left: int) -> Any:
    kind = type(value)
    if kind is str:
        return _sendable(value)
    if kind in _PLAIN or kind is int or kind is float:
        return value
    if left <= 0 and isinstance(value, _CONTAINERS):
        raise BadValue(f"what holds itself, or is over {MAX_DEPTH} deep, has no form on the wire")
    if isinstance(value, list):
        return [_settled(item, left - 1) for item in value]
    if isinstance(value, dict):
        return {_settled_key(key, left): _settled(item, left - 1) for key, item in value.items()}
    if isinstance(value, Reference):
        return value
    if is_array(value):
        return frozen_array(value)
    if isinstance(value, Columns):
        return _settled_columns(value)
    if kind is bytearray or kind is memoryview:
        return bytes(value)
    if isinstance(value, tuple):
        items = tuple(_settled(item, left - 1) for item in value)
        # A named one stays what it is.
        return items if kind is tuple else value
    if isinstance(value, _SETS):
        # Frozen: its owner goes on changing it, while the log keeps this one.
        return frozenset(_settled(item, left - 1) for item in value)
    encoded = encode_value(value, [])
    if is_scalar(value) or type(value) is date or encoded is None:
        return decode_value(encoded, Buffers())
    return value


def settled_column(rows: Any) -> Any:
    """Return a column's rows as a document keeps them: an array, or a list without references.

    Raises BadValue for what no column can hold.
    """
    return checked_column(settled(rows))


def _settled_columns(value: Columns) -> Columns:
    if all(value.dtypes.values()):
        return value.copy()
    cols = {_settled_key(name, 1): settled_column(rows) for name, rows in value.cols.items()}
    return Columns(_sendable(value.gen), cols, value.first)


def _sendable(text: str) -> str:
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise BadValue("a lone surrogate has no form on the wire") from error
    return text


def _settled_key(key: Any, left: int) -> Any:
    return _sendable(key) if type(key) is str else _settled(key, left - 1)


def refs(value: Any) -> list[Reference]:
    """Return every reference inside a value, once per occurrence."""
    found: list[Reference] = []
    if type(value) not in ATOMS:
        _find_refs(value, found)
    return found


def _find_refs(value: Any, found: list[Reference]) -> None:
    if isinstance(value, Reference):
        found.append(value)
        return
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, _SERIES):
        return
    for item in value:
        if type(item) in ATOMS:
            continue
        if isinstance(item, Reference):
            found.append(item)
        else:
            _find_refs(item, found)


def size(value: Any) -> int:
    """Estimate the bytes a value takes on the wire; used to bound the log."""
    kind = type(value)
    if kind is str:
        return len(value) + 2
    if kind in _SMALL or isinstance(value, Reference):
        return 8
    if isinstance(value, dict):
        return 2 + 2 * len(value) + sizes(value) + sizes(value.values())
    if isinstance(value, _SERIES):
        return 2 + sizes(value)
    if is_array(value):
        return 48 + array_size(value)
    if isinstance(value, (str, bytes)):
        return len(value) + 2
    if isinstance(value, Columns):
        return 48 + sum(len(name) + size(rows) for name, rows in value.peek())
    return 8


def columns_size(cols: dict[str, Any]) -> int:
    """Estimate the bytes of columns, arrays and lists."""
    total = 0
    for rows in cols.values():
        total += size(rows) if type(rows) is list else 48 + array_size(rows)
    return total


def sizes(values: Iterable[Any]) -> int:
    """Estimate the bytes of several values, most of them short."""
    total = 0
    for value in values:
        kind = type(value)
        # A call for each would take longer than all the rest.
        total += 8 if kind in _SMALL else len(value) + 2 if kind is str else size(value)
    return total


__all__ = [
    "MAX_BUFFERS",
    "BadValue",
    "Buffers",
    "Columns",
    "NdArray",
    "Opaque",
    "Ref",
    "Reference",
    "clone",
    "decode_value",
    "encode_entries",
    "encode_value",
    "equal",
    "refs",
    "settled",
    "size",
    "sizes",
]
