"""Numeric arrays: numpy's where it is installed, else a plain holder of bytes (SPEC 2.1).

An array of a document is read-only and shared by whoever holds it. One that a `write` changes is
the document's own: a read-only view of writable memory. `lend` ends that before others see it.
"""

from __future__ import annotations

import math
import sys
from itertools import product
from typing import Any, Literal

import msgspec

from .errors import BadValue

Buffer = bytes | bytearray | memoryview
ITEM_SIZES = {
    "b1": 1, "i1": 1, "u1": 1, "i2": 2, "u2": 2, "i4": 4, "u4": 4, "i8": 8, "u8": 8,
    "f4": 4, "f8": 8, "M8[ms]": 8, "m8[ms]": 8,
}  # fmt: skip
MAX_RANK = 8
FORMATS: dict[int, Literal["B", "H", "I", "Q"]] = {1: "B", 2: "H", 4: "I", 8: "Q"}
"""Formats of a memoryview by the size of an item."""
_WIRE_NAMES = {("" if name == "b1" else "<") + name: name for name in ITEM_SIZES} | {
    "|b1": "b1", "|i1": "i1", "|u1": "u1",
}  # fmt: skip
SMALL = 1 << 16
"""Arrays of so many bytes are copied as `bytes`, which go into a frame as they are."""
_names: dict[Any, str] = {}
"""Wire names of numpy's dtypes: to ask a dtype for its own name takes longer than to copy a row."""
_COARSE = frozenset({"Y", "M", "W", "D", "h", "m", "s"})


class NdArray(msgspec.Struct):
    """An array where numpy is not installed: C order, little-endian; own memory is a bytearray."""

    dtype: str
    shape: tuple[int, ...]
    data: bytes | bytearray

    def __len__(self) -> int:
        return self.shape[0]


def numpy_or_none() -> Any:
    """Return numpy where it is imported: without it there is no array of its kind."""
    return sys.modules.get("numpy")


def is_array(value: object) -> bool:
    """Tell whether a value is an array of either kind."""
    numpy = sys.modules.get("numpy")
    return (numpy is not None and isinstance(value, numpy.ndarray)) or type(value) is NdArray


def frozen_array(value: Any) -> Any:
    """Return the array in wire form and read-only: contiguous, little-endian, of a supported dtype.

    An array whose memory somebody may write is copied, so that nobody changes what the log and
    snapshots share. Raises BadValue for complex, structured and object dtypes, and for instants
    and durations beyond int64 milliseconds.
    """
    if type(value) is NdArray:
        return copied(value) if is_own(value) else value
    if value.ndim > MAX_RANK:
        raise BadValue(f"expected an array of at most {MAX_RANK} dimensions, got {value.ndim}")
    numpy = sys.modules["numpy"]
    flags = value.flags
    if type(value) is numpy.ndarray and flags.c_contiguous and _wire_name(value.dtype) is not None:
        if not (flags.writeable or _writable(value.base, numpy.ndarray)):
            return value
        if value.nbytes <= SMALL:
            return numpy.ndarray(value.shape, value.dtype, value.tobytes())
        array = value.copy()
    else:
        array = numpy.array(value, dtype=_target_dtype(value.dtype), order="C", copy=True)
        if value.dtype.kind in "Mm":
            _check_range(value, array)
    array.setflags(write=False)
    return array


def _writable(array: Any, kind: Any) -> bool:
    while isinstance(array, kind):
        if array.flags.writeable:
            return True
        array = array.base
    return False


def _check_range(value: Any, array: Any) -> None:
    """Refuse instants that milliseconds cannot hold: numpy lets them wrap around."""
    unit, _ = numpy_or_none().datetime_data(value.dtype)
    if unit in _COARSE and array.astype(value.dtype).tobytes() != value.tobytes():
        raise BadValue(f"an array of {value.dtype} holds what int64 milliseconds cannot")


def _target_dtype(dtype: Any) -> str:
    if dtype.kind in "Mm":
        unit, _ = numpy_or_none().datetime_data(dtype)
        if unit == "generic" or (dtype.kind == "m" and unit in "YM"):
            raise BadValue(f"{dtype} has no length in milliseconds")
        return f"<{dtype.kind}8[ms]"
    if dtype.kind == "f" and dtype.itemsize == 2:
        return "<f4"
    if dtype.kind == "b":
        return "|b1"
    name = f"{dtype.kind}{dtype.itemsize}"
    if name not in ITEM_SIZES:
        raise BadValue(f"an array of {dtype} has no form on the wire")
    return f"<{name}"


def array_meta(value: Any) -> tuple[str, tuple[int, ...]]:
    """Return the wire's dtype name and the shape."""
    if type(value) is NdArray:
        return value.dtype, value.shape
    dtype = value.dtype
    name = _names.get(dtype) or _wire_name(dtype) or _target_dtype(dtype).lstrip("<|")
    return name, value.shape


def _wire_name(dtype: Any) -> str | None:
    """Return the name of a dtype that goes onto the wire as it is."""
    name = _names.get(dtype)
    if name is None and (name := _WIRE_NAMES.get(dtype.str)) is not None:
        _names[dtype] = name
    return name


def array_size(value: Any) -> int:
    """Return the number of bytes of the elements."""
    size: int = len(value.data) if type(value) is NdArray else value.nbytes
    return size


def array_bytes(value: Any) -> Buffer:
    """Return the elements' bytes to keep: without a copy where it is in wire form already."""
    data = raw_bytes(value)
    if type(data) is bytes:
        # Nobody can write to it: there is nothing to lend.
        return data
    if type(value) is NdArray or not value.flags.writeable:
        lend(value)
        return raw_bytes(value)
    return raw_bytes(frozen_array(value))


def raw_bytes(value: Any) -> Buffer:
    """Return the elements' bytes to look at: a later `write` may change them."""
    if type(value) is NdArray:
        return value.data
    array = value if _in_wire_form(value) else frozen_array(value)
    base = array.base
    if type(base) is bytes and len(base) == array.nbytes:
        return base
    if not array.size:
        return b""
    # numpy refuses to export dates as a buffer
    if array.dtype.kind in "Mm":
        array = array.view("<i8")
    return memoryview(array).cast("B")


def _in_wire_form(array: Any) -> bool:
    return _wire_name(array.dtype) is not None and array.flags.c_contiguous


def make_array(dtype: object, shape: list[Any], data: Buffer) -> Any:
    """Return the read-only array over `data`.

    Raises BadValue where shape, dtype and bytes disagree.
    """
    if not isinstance(dtype, str) or dtype not in ITEM_SIZES:
        raise BadValue(f"unknown dtype {dtype!r}")
    if len(shape) > MAX_RANK or any(type(n) is not int or n < 0 for n in shape):
        raise BadValue(f"expected a shape of at most {MAX_RANK} sizes, got {shape!r}")
    if math.prod(shape) * ITEM_SIZES[dtype] != len(data):
        raise BadValue(f"shape {shape} of {dtype} does not fit {len(data)} bytes")
    if dtype == "b1" and bytes(data).translate(None, b"\x00\x01"):
        raise BadValue("expected bytes of 0 and 1 as bools")
    return array_over(dtype, shape, data)


def array_over(dtype: str, shape: list[int], data: Buffer) -> Any:
    """Return the read-only array over memory that is known to fit."""
    try:
        import numpy
    except ImportError:
        return NdArray(dtype, tuple(shape), bytes(data))
    memory = memoryview(data).toreadonly()
    return numpy.frombuffer(memory, dtype="<" + dtype).reshape(shape)


def arrays_equal(a: Any, b: Any) -> bool:
    """Compare dtype, shape and bytes."""
    return array_meta(a) == array_meta(b) and bytes(raw_bytes(a)) == bytes(raw_bytes(b))


# Memory that a document writes itself


def is_own(array: Any) -> bool:
    """Tell whether the array's memory is the document's own, to be written in place."""
    if type(array) is NdArray:
        return type(array.data) is bytearray
    base = array.base
    if base is None or array.flags.writeable or not isinstance(base, numpy_or_none().ndarray):
        return False
    return bool(base.flags.writeable)


def lend(array: Any) -> None:
    """Give the array's memory up: others see it from now on, so the next write copies it."""
    if not is_own(array):
        return
    if type(array) is NdArray:
        array.data = bytes(array.data)
    else:
        array.base.flags.writeable = False


def copied(array: Any) -> Any:
    """Return a read-only copy; `own` makes its memory the document's."""
    if type(array) is NdArray:
        return NdArray(array.dtype, array.shape, bytes(array.data))
    base = array.copy()
    base.flags.writeable = False
    return base.view()


def own(array: Any) -> None:
    """Make the memory of what `copied` returned the document's own."""
    if type(array) is NdArray:
        array.data = bytearray(array.data)
    else:
        array.base.flags.writeable = True


def read_block(array: Any, region: tuple[range, ...]) -> Any:
    """Return a copy of a block, one range per axis."""
    if type(array) is not NdArray:
        block = array[(*_slices(region), ...)].copy()
        block.flags.writeable = False
        return block
    items, size = _items(array), ITEM_SIZES[array.dtype]
    rows = b"".join(items[row].tobytes() for row in _rows(array.shape, region))
    return NdArray(array.dtype, tuple(map(len, region)), rows[: math.prod(map(len, region)) * size])


def write_block(array: Any, region: tuple[range, ...], block: Any) -> None:
    """Overwrite a block of an array whose memory is the document's own."""
    if type(array) is not NdArray:
        array.base[_slices(region)] = block
        return
    items, values, width = _items(array), _items(block), len(region[-1]) if region else 1
    for at, row in enumerate(_rows(array.shape, region)):
        items[row] = values[at * width : (at + 1) * width]


def _slices(region: tuple[range, ...]) -> tuple[slice, ...]:
    return tuple(slice(axis.start, axis.stop, axis.step) for axis in region)


def _items(array: NdArray) -> memoryview:
    return memoryview(array.data).cast(FORMATS[ITEM_SIZES[array.dtype]])


def _rows(shape: tuple[int, ...], region: tuple[range, ...]) -> list[slice]:
    """Return the block as slices of the flat elements, along the last axis."""
    if not region:
        return [slice(0, 1)]
    strides = [math.prod(shape[axis + 1 :]) for axis in range(len(shape))]
    last = region[-1]
    starts = (
        sum(index * stride for index, stride in zip(point, strides, strict=False))
        for point in product(*region[:-1])
    )
    return [slice(at + last.start, at + last.stop, last.step) for at in starts]
