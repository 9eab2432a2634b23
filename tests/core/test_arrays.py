"""Arrays with numpy and without it: the same on the wire, shared without surprises."""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np
import pytest

from syncline.core.apply import apply
from syncline.core.arrays import NdArray, array_bytes, frozen_array, is_array, make_array
from syncline.core.columns import Columns
from syncline.core.diff import diff
from syncline.core.errors import BadValue
from syncline.core.ops import Op, Stream, Write
from syncline.core.squash import squash
from syncline.core.state import PlainModel, PlainState
from syncline.core.transform import transform
from syncline.core.values import Buffers, clone, decode_value, encode_value, equal, settled, size
from tests.core.vectors import cases, read_doc, read_op, write_doc, write_op


@pytest.fixture
def without_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numpy", None)


class Sub(np.ndarray):
    pass


def image(value: Any) -> PlainState:
    made = PlainState()
    made.models["m"] = PlainModel("t/T@1", {"p": value})
    return made


@pytest.mark.usefixtures("without_numpy")
def test_without_numpy_values_look_the_same() -> None:
    for case in cases("values"):
        if "error" in case:
            with pytest.raises(BadValue):
                decode_value(case["json"], Buffers())
            continue
        value = decode_value(case["json"], Buffers())
        assert json.loads(json.dumps(encode_value(value, None))) == case["json"]
        for other in (clone(value), settled(value)):
            assert equal(value, other)
        assert size(value) > 0


@pytest.mark.usefixtures("without_numpy")
def test_without_numpy_operations_do_the_same() -> None:
    for case in cases("invert") + [c | {"ops": [c["op"]]} for c in cases("apply") if "after" in c]:
        state = read_doc(case["doc"])
        undo = [apply(state, read_op(op)) for op in case["ops"]]
        assert write_doc(state) == case["after"]
        for inverse in (op for ops in reversed(undo) for op in ops):
            apply(state, inverse)
        assert write_doc(state) == case["doc"]


@pytest.mark.usefixtures("without_numpy")
def test_without_numpy_operations_are_carried_joined_and_found_the_same() -> None:
    def written(ops: list[Op]) -> Any:
        return [write_op(op) for op in ops]

    for case in cases("squash"):
        assert written(squash([read_op(op) for op in case["ops"]])) == case["squashed"]
    for case in cases("diff"):
        assert written(diff(read_doc(case["old"]), read_doc(case["new"]))) == case["ops"]
    for case in cases("transform"):
        lists = ([read_op(op) for op in case[name]] for name in ("earlier", "later"))
        assert list(map(written, transform(*lists))) == case["result"]


@pytest.mark.usefixtures("without_numpy")
def test_without_numpy_an_array_is_shared_until_it_is_written() -> None:
    made = image(make_array("u1", [2, 2, 2], bytes(range(8))))
    before = made.props("m")["p"]
    block = Write(
        "m", ["p"], [[0, 2, 1], [0, 2, 1], [1, 2, 1]], make_array("u1", [2, 2, 1], b"abcd")
    )
    apply(made, block)
    own = made.props("m")["p"]
    assert bytes(before.data) == bytes(range(8))
    assert bytes(own.data) == b"\0a\2b\4c\6d"
    apply(made, Write("m", ["p"], [[0, 1, 1]] * 3, make_array("u1", [1, 1, 1], b"e")))
    assert made.props("m")["p"] is own
    handed = array_bytes(own)
    settled_too, kept = settled(own), clone(own)
    apply(made, Write("m", ["p"], [[0, 1, 1]] * 3, make_array("u1", [1, 1, 1], b"f")))
    assert handed == settled_too.data == kept.data == b"ea\2b\4c\6d"
    apply(made, Write("m", ["p"], [[0, 1, 1]] * 3, make_array("u1", [1, 1, 1], b"g")))
    assert settled(made.props("m")["p"]).data == b"ga\2b\4c\6d"
    scalar = image(make_array("f8", [], bytes(8)))
    undo = apply(scalar, Write("m", ["p"], [], make_array("f8", [], b"12345678")))
    apply(scalar, undo[0])
    assert bytes(scalar.props("m")["p"].data) == bytes(8)


@pytest.mark.usefixtures("without_numpy")
def test_without_numpy_columns_grow() -> None:
    source = Columns("g", {"x": make_array("u2", [1], b"\1\0")})
    made = image(source)
    for at in range(1, 40):
        rows = {"x": make_array("u2", [1], bytes([at + 1, 0]))}
        apply(made, Stream("m", ["p"], "g", at, 1, rows, 3))
    held = made.props("m")["p"]
    assert (held.first, bytes(held["x"].data)) == (37, b"\x26\0\x27\0\x28\0")


@pytest.mark.parametrize(
    "array",
    [
        np.array([1j]), np.array(["a"]), np.array([None]), np.zeros(1, "M8"), np.zeros(1, "m8"),
        np.array([1], "m8[Y]"), np.zeros((1,) * 9), np.array([2**62], "M8[s]"),
        np.array([2**62], "m8[D]"), np.zeros(1, [("a", "i4")]), np.zeros(1, np.longdouble),
    ],
)  # fmt: skip
def test_what_the_wire_has_no_form_for_is_refused(array: Any) -> None:
    with pytest.raises(BadValue):
        encode_value(array, None)
    with pytest.raises(BadValue):
        settled(array)


def test_every_second_bool_is_a_bool() -> None:
    every_second = settled(np.array([True, False, True])[::2])
    assert (every_second.dtype, every_second.tolist()) == (np.dtype("?"), [True, True])


def test_other_units_become_milliseconds_by_floor() -> None:
    assert frozen_array(np.array([-1, 1999], "M8[us]")).astype("i8").tolist() == [-1, 1]
    assert frozen_array(np.array([-1, 1], "m8[ns]")).astype("i8").tolist() == [-1, 0]
    assert frozen_array(np.array(["1970-01-02", "NaT"], "M8[D]")).astype("i8").tolist() == [
        86_400_000, -(2**63),
    ]  # fmt: skip


def test_memory_that_somebody_may_write_is_copied() -> None:
    base = np.arange(4.0)
    view = base.view()
    view.flags.writeable = False
    for mine in (base, view, view[1:]):
        assert not np.shares_memory(frozen_array(mine), base)
    sealed = np.arange(4.0)
    sealed.flags.writeable = False
    assert frozen_array(sealed) is sealed
    assert frozen_array(sealed[::2]).flags.c_contiguous
    assert bytes(array_bytes(base)) == base.tobytes()
    assert type(frozen_array(sealed.view(Sub))) is np.ndarray


@pytest.mark.parametrize("dtype", ["f8", "b1", "M8[ms]"])
def test_a_small_array_is_copied_once_and_goes_into_a_frame_as_it_is(dtype: str) -> None:
    mine = np.array([[0, 1], [1, 0]]).astype(dtype)
    copy = frozen_array(mine)
    mine[0, 0] = mine[0, 1]
    assert (copy.dtype, copy.tolist()[0][0]) == (mine.dtype, copy.tolist()[1][1])
    assert array_bytes(copy) is array_bytes(frozen_array(copy))
    with pytest.raises(ValueError, match="WRITEABLE"):
        copy.flags.writeable = True


def test_an_array_over_a_part_of_bytes_goes_without_the_rest() -> None:
    memory = np.arange(4.0).tobytes()
    assert array_bytes(np.frombuffer(memory)) is memory
    assert bytes(array_bytes(np.frombuffer(memory, offset=8))) == memory[8:]
    assert bytes(array_bytes(np.frombuffer(memory)[::-1])) == np.arange(4.0)[::-1].tobytes()
    swapped = np.frombuffer(memory, ">f8")
    assert bytes(array_bytes(swapped)) == swapped.astype("<f8").tobytes()


def test_an_array_of_either_kind_is_one() -> None:
    assert is_array(np.zeros(1))
    assert is_array(NdArray("u1", (1,), b"a"))
    assert not is_array([1])
