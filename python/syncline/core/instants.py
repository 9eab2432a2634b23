"""Instants and durations: milliseconds on the wire, `datetime` and `timedelta` here (SPEC 2.1).

Other forms are taken: dates (midnight UTC), numpy's scalars, pandas' stamps. A float of
milliseconds holds microseconds exactly until the year 2248; what is finer is kept on the wire as
far as the float goes, and rounded to microseconds when it is read.
"""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from .arrays import frozen_array
from .errors import BadValue

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def is_scalar(value: object) -> bool:
    """Tell whether a value is a scalar of numpy."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, numpy.generic)


def encode_instant(value: Any) -> Any:
    """Return the JSON form of an instant or a duration, or None for NaT.

    Returns the value itself where it is neither. Raises BadValue for a unit without a length, and
    for what int64 milliseconds cannot hold.
    """
    if is_scalar(value):
        return _encode_scalar(value) if value.dtype.kind in "Mm" else value
    if not isinstance(value, date | timedelta):
        return value
    if value != value:
        # pandas.NaT, which is a datetime
        return None
    if isinstance(value, timedelta):
        return {"$": "dur", "v": value / MILLISECOND}
    if not isinstance(value, datetime):
        value = datetime.combine(value, time())
    instant = value if value.tzinfo else value.replace(tzinfo=UTC)
    return {"$": "time", "v": (instant - EPOCH) / MILLISECOND}


def _encode_scalar(value: Any) -> Any:
    numpy, kind = sys.modules["numpy"], value.dtype.kind
    if numpy.isnat(value):
        return None
    whole = frozen_array(value.reshape(1))[0]
    rest = (value - whole).astype("m8[ns]").astype("i8")
    milliseconds = (int(whole.astype("i8")) * 10**6 + int(rest)) / 10**6
    return {"$": "time" if kind == "M" else "dur", "v": milliseconds}


def decode_instant(v: object) -> datetime:
    """Return the instant of so many milliseconds. Raises BadValue or OverflowError."""
    return EPOCH + decode_duration(v)


def decode_duration(v: object) -> timedelta:
    """Return the duration of so many milliseconds. Raises BadValue or OverflowError."""
    if type(v) is not int and type(v) is not float:
        raise BadValue(f"expected milliseconds, got {v!r}")
    return timedelta(milliseconds=v)
