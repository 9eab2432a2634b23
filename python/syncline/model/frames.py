"""Columns out of what users have: lists, numpy arrays, pandas frames and series."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from syncline.core.arrays import ITEM_SIZES, frozen_array, is_array, make_array
from syncline.core.errors import BadValue
from syncline.core.values import SAFE_INT, encode_value, settled_column

_NUMBERS = frozenset({int, float})


def named_columns(data: Any, extra: Mapping[str, Any], *, copy: bool) -> dict[str, Any]:
    """Return columns by name as a document keeps them: arrays of one dimension, and lists.

    Raises BadValue for what is none.
    """
    if type(data) is not dict:
        data = _mapping(data)
    given = {**data, **extra} if extra else data
    return {_named(name): column_of(rows, copy=copy) for name, rows in given.items()}


def _mapping(data: Any) -> Mapping[Any, Any]:
    if data is None:
        return {}
    if is_frame(data):
        return {str(name): data[name] for name in data.columns}
    if not isinstance(data, Mapping):
        raise BadValue(f"expected a dict of columns or a DataFrame, got {type(data).__name__}")
    return data


def is_frame(value: object) -> bool:
    """Tell whether a value is a pandas DataFrame; pandas is not imported for that."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, pandas.DataFrame)


def _named(name: object) -> str:
    if not isinstance(name, str):
        raise BadValue(f"expected a text as the name of a column, got {name!r}")
    return name


def column_of(rows: Any, *, copy: bool = True) -> Any:
    """Return one column as a document keeps it.

    Lists of numbers become float64, of bools b1, of instants M8[ms]; `copy=False` takes an array
    as it is and makes it read-only. Raises BadValue.
    """
    if not is_array(rows):
        if not (hasattr(rows, "to_numpy") and hasattr(rows, "isna")):
            return _list_column(rows)
        rows = _series(rows)
        if not is_array(rows):
            return _list_column(rows)
    if getattr(rows, "ndim", 1) != 1:
        raise BadValue(f"expected a column of one dimension, got {rows.ndim}")
    if getattr(rows.dtype, "kind", "f") in "OUST":
        return settled_column(rows.tolist())
    if not copy and hasattr(rows, "flags"):
        rows.flags.writeable = False
    return frozen_array(rows)


def _list_column(rows: Any) -> Any:
    if isinstance(rows, str | bytes | Mapping) or not isinstance(rows, Iterable):
        raise BadValue(f"expected a sequence as a column, got {type(rows).__name__}")
    items = list(rows)
    kinds = set(map(type, items))
    if kinds <= _NUMBERS and all(-SAFE_INT <= item <= SAFE_INT or item != item for item in items):
        return packed("f8", "d", items)
    if kinds == {bool}:
        return make_array("b1", [len(items)], bytes(items))
    if kinds and all(issubclass(kind, datetime) for kind in kinds) and all(i == i for i in items):
        return packed("M8[ms]", "q", [int(encode_value(item, None)["v"] // 1) for item in items])
    return settled_column(items)


def packed(dtype: str, code: str, items: list[Any]) -> Any:
    """Return numbers as an array of a dtype; `code` is that of the module `array`."""
    data = array(code, items)
    assert data.itemsize == ITEM_SIZES[dtype], "these codes have one size everywhere"
    if sys.byteorder == "big":
        data.byteswap()
    return make_array(dtype, [len(items)], data.tobytes())


def _series(series: Any) -> Any:
    """Return a pandas series or index as an array, or as a list where values are missing."""
    dtype, missing = series.dtype, series.isna()
    kind = getattr(dtype, "kind", "O")
    if kind == "M":
        naive = series.dt.tz_convert("UTC").dt.tz_localize(None) if _zone(dtype) else series
        return naive.to_numpy(dtype="datetime64[ns]")
    if kind == "m":
        return series.to_numpy(dtype="timedelta64[ns]")
    if kind in "iuf" and missing.any():
        return series.to_numpy(dtype="float64", na_value=float("nan"))
    if kind in "biuf" and not missing.any():
        return series.to_numpy(dtype=getattr(dtype, "numpy_dtype", dtype))
    items = series.astype(object)
    return [None if gone else item for item, gone in zip(items, missing, strict=True)]


def _zone(dtype: Any) -> Any:
    return getattr(dtype, "tz", None)
