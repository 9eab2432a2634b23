"""Numeric arrays: numpy's where it is installed, else a plain holder of bytes (SPEC 2.1)."""

from __future__ import annotations

import math
import sys
from typing import Any

import msgspec

Buffer = bytes | bytearray | memoryview
ITEM_SIZES = {
    "b1": 1, "i1": 1, "u1": 1, "i2": 2, "u2": 2, "i4": 4, "u4": 4, "i8": 8, "u8": 8,
    "f4": 4, "f8": 8, "M8[ms]": 8, "m8[ms]": 8,
}  # fmt: skip
MAX_RANK = 8


class NdArray(msgspec.Struct, frozen=True):
    """An array where numpy is not installed: C order, little-endian."""

    dtype: str
    shape: tuple[int, ...]
    data: bytes


def _numpy() -> Any:
    return sys.modules.get("numpy")


def is_array(value: object) -> bool:
    """Tell whether a value is an array of either kind."""
    numpy = _numpy()
    return isinstance(value, NdArray) or (numpy is not None and isinstance(value, numpy.ndarray))


def frozen_array(value: Any) -> Any:
    """Return the array in wire form and read-only: contiguous, little-endian, of a supported dtype.

    A writable array is copied, so that its owner cannot change what the log and snapshots share.
    Raises ValueError for complex, structured and object dtypes.
    """
    if isinstance(value, NdArray):
        return value
    numpy = _numpy()
    target = _target_dtype(value.dtype)
    same = value.dtype == target and value.flags.c_contiguous and not value.flags.writeable
    array = value if same else numpy.array(value, dtype=target, order="C", copy=True)
    array.flags.writeable = False
    return array


def _target_dtype(dtype: Any) -> str:
    if dtype.kind in "Mm":
        return f"<{dtype.kind}8[ms]"
    if dtype.kind == "f" and dtype.itemsize == 2:
        return "<f4"
    if dtype.kind == "b":
        return "|b1"
    name = f"{dtype.kind}{dtype.itemsize}"
    if name not in ITEM_SIZES:
        raise ValueError(f"an array of {dtype} has no form on the wire")
    return f"<{name}"


def array_meta(value: Any) -> tuple[str, tuple[int, ...]]:
    """Return the wire's dtype name and the shape."""
    if isinstance(value, NdArray):
        return value.dtype, value.shape
    name = _target_dtype(value.dtype).lstrip("<|")
    return name, value.shape


def array_bytes(value: Any) -> Buffer:
    """Return the elements' bytes, without a copy where the array is in wire form already."""
    if isinstance(value, NdArray):
        return value.data
    array = frozen_array(value)
    # numpy refuses to export dates as a buffer
    if array.dtype.kind in "Mm":
        array = array.view("<i8")
    return memoryview(array.reshape(-1)).cast("B") if array.size else b""


def make_array(dtype: object, shape: list[Any], data: Buffer) -> Any:
    """Return the read-only array over `data`.

    Raises ValueError where shape, dtype and bytes disagree.
    """
    if not isinstance(dtype, str) or dtype not in ITEM_SIZES:
        raise ValueError(f"unknown dtype {dtype!r}")
    if len(shape) > MAX_RANK or any(type(n) is not int or n < 0 for n in shape):
        raise ValueError(f"expected a shape of at most {MAX_RANK} sizes, got {shape!r}")
    if math.prod(shape) * ITEM_SIZES[dtype] != len(data):
        raise ValueError(f"shape {shape} of {dtype} does not fit {len(data)} bytes")
    try:
        import numpy
    except ImportError:
        return NdArray(dtype, tuple(shape), bytes(data))
    array = numpy.frombuffer(data, dtype=numpy.dtype(dtype).newbyteorder("<")).reshape(shape)
    array.flags.writeable = False
    return array


def arrays_equal(a: Any, b: Any) -> bool:
    """Compare dtype, shape and bytes."""
    return array_meta(a) == array_meta(b) and bytes(array_bytes(a)) == bytes(array_bytes(b))
