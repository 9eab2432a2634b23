"""What the vectors cannot say about values: Python's own forms of them."""

from __future__ import annotations

import enum
import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np
import pytest

from syncline.core.values import (
    MAX_BUFFERS,
    MAX_DEPTH,
    BadValue,
    Buffers,
    Ref,
    clone,
    decode_value,
    encode_value,
    equal,
    refs,
    settled,
)


class Colour(enum.StrEnum):
    RED = "red"


class Named(NamedTuple):
    value: Any


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        (np.float64(1.5), 1.5),
        (np.int32(7), 7),
        (np.bool_(True), True),
        (Colour.RED, "red"),
        (datetime(1970, 1, 1, 0, 0, 1), {"$": "time", "v": 1000.0}),  # noqa: DTZ001  none is UTC
        (frozenset({3}), {"$": "set", "v": [3]}),
    ],
)
def test_a_subclass_of_a_plain_value_travels_as_the_plain_one(value: Any, encoded: Any) -> None:
    assert encode_value(value, None) == encoded


@pytest.mark.parametrize("value", [object(), 1j, np.array([1j]), np.array(["a"]), [{"deep": {1j}}]])
def test_what_has_no_form_on_the_wire_is_refused_before_anybody_sees_it(value: Any) -> None:
    with pytest.raises(BadValue):
        settled(value)


def test_what_holds_itself_is_refused() -> None:
    a: list[Any] = []
    a.append({"deep": (a,)})
    b: dict[str, Any] = {}
    b["b"] = b
    for value in (a, b, {"in": [a]}):
        with pytest.raises(BadValue, match="holds itself"):
            settled(value)


def nested(depth: int, wrap: Callable[[Any], Any]) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = wrap(value)
    return value


@pytest.mark.parametrize(
    "wrap",
    [
        lambda value: [value],
        lambda value: {"k": value},
        lambda value: {2: value},
        lambda value: (value,),
        Named,
    ],
)
def test_what_is_nested_is_taken_to_a_depth_that_everybody_can_read(
    wrap: Callable[[Any], Any],
) -> None:
    deepest = settled(nested(MAX_DEPTH - 1, wrap))
    assert equal(decode_value(encode_value(deepest, None), Buffers()), deepest)
    with pytest.raises(BadValue, match=f"over {MAX_DEPTH} deep"):
        settled(nested(MAX_DEPTH + 1, wrap))
    with pytest.raises(BadValue, match=f"over {MAX_DEPTH} deep"):
        settled(nested(MAX_DEPTH - 1, wrap), 2)


def test_a_lone_surrogate_is_refused_as_text_and_as_a_key() -> None:
    for value in ("\ud800", {"\ud800": 1}, ["\ud800"]):
        with pytest.raises(BadValue):
            settled(value)
    assert settled("é") == "é"


def test_a_settled_array_does_not_change_with_its_owner() -> None:
    mine = np.arange(3.0)
    kept = settled({"a": [mine]})["a"][0]
    mine[0] = 9
    assert kept.tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="read-only"):
        kept[0] = 1


def test_half_floats_and_big_endian_become_what_the_wire_has() -> None:
    assert settled(np.array([1], dtype="f2")).dtype == np.dtype("<f4")
    assert settled(np.array([1], dtype=">i4")).dtype == np.dtype("<i4")


def test_equality_is_that_of_the_encoding() -> None:
    assert equal(math.nan, math.nan)
    assert equal(1, 1.0)
    assert not equal(True, 1)
    assert not equal([1], (1,))
    assert equal(np.array([np.nan]), np.array([np.nan]))
    assert not equal(np.array([1.0]), np.array([1]))
    assert not equal(np.array([1.0]), [1.0])
    assert equal({"a": [Ref("m")]}, {"a": [Ref("m")]})


def test_every_reference_is_found_at_any_depth() -> None:
    value = {"a": [Ref("1"), (Ref("2"), {"b": Ref("3")})], "c": Ref("1")}
    assert [ref.id for ref in refs(value)] == ["1", "2", "3", "1"]
    assert [ref.id for ref in refs(Ref("4"))] == ["4"]


def test_a_clone_shares_lists_and_dicts_with_nobody() -> None:
    value: Any = {"a": [[1]]}
    copy = clone(value)
    copy["a"][0].append(2)
    assert value == {"a": [[1]]}


def test_a_buffer_belongs_to_one_array() -> None:
    array = {"$": "nd", "dtype": "u1", "shape": [1], "buf": 0}
    with pytest.raises(BadValue, match="twice"):
        decode_value([array, array], Buffers([b"x"]))
    with pytest.raises(BadValue, match="not referenced"):
        Buffers([b"x"]).finish()


def test_arrays_beyond_the_buffers_of_a_frame_go_inline() -> None:
    parts: list[Any] = []
    encoded = encode_value([np.zeros(1)] * (MAX_BUFFERS + 2), parts)
    assert len(parts) == MAX_BUFFERS
    assert "b64" in encoded[-1]
    assert "buf" in encoded[0]


@pytest.mark.parametrize(
    "raw",
    [
        {"$": "int", "v": "1_000"},
        {"$": "int", "v": "9" * 5000},
        {"$": "set", "v": "abc"},
        {"$": "tuple", "v": {"a": 1}},
        {"$": "map", "v": [[[1], 2]]},
        {"$": "time", "v": "now"},
        {"$": "dur", "v": 1e300},
        {"$": "nd", "dtype": "f8", "shape": "no", "b64": ""},
        {"$": "nd", "dtype": "b1", "shape": [1], "b64": "Ag=="},
        {"$": "time", "v": True},
        {"$": "set", "v": [{"$": "cols", "gen": "g", "first": 0, "cols": {}}]},
        {"$": "set", "v": [{"$": "later"}]},
        math.nan,
        -math.inf,
        10**400,
    ],
)
def test_what_the_wire_does_not_allow_is_refused(raw: Any) -> None:
    with pytest.raises(BadValue):
        decode_value(raw, Buffers())


def test_an_instant_comes_back_with_its_zone() -> None:
    instant = datetime(2026, 1, 2, 3, 4, 5, 678000, UTC)
    assert decode_value(encode_value(instant, None), Buffers()) == instant


def test_a_settled_value_shares_nothing_and_shows_what_it_is() -> None:
    assert settled(bytearray(b"1")) == b"1"
    assert settled(memoryview(b"1")) == b"1"
    assert repr(Ref("m")) == "Ref('m')"


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        (1, 1.0, True), (1, True, False), (0, False, False), (math.nan, math.nan, True),
        (0.0, -0.0, True), (10**20, 1e20, False), (2**53, float(2**53), False), ("1", 1, False),
        (None, 0, False), (None, [], False), ([1], (1,), False), ((1,), (1.0,), True),
        ({1, 2}, {2, 1}, True), ({math.nan}, {float("nan")}, True), ({1}, {True}, False),
        ({1}, {1.0}, True), (frozenset({1}), {1}, True), ({(1, 2)}, {(1.0, 2)}, True),
        ({1: 2, 3: 4}, {3: 4, 1: 2}, True), ({1: 2}, {True: 2}, False), ({"a": 1}, {1: 1}, False),
        ({1: 1}, {"1": 1}, False), (b"1", b"1", True), (b"1", "1", False), (Ref("a"), "a", False),
        (Ref("a"), Ref("a"), True), (np.zeros(1), [0.0], False), ([0.0], np.zeros(1), False),
        (np.zeros(1), np.zeros(1, "f4"), False),
        (np.float64(1), 1.0, True), (Colour.RED, "red", True),
    ],
)  # fmt: skip
def test_values_are_equal_where_their_canonical_encoding_is(a: Any, b: Any, same: bool) -> None:
    assert equal(a, b) is same
    assert equal(b, a) is same
    assert equal([a], [b]) is same
