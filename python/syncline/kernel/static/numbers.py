"""Numbers in words, the same in Python and in a browser."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = -62135596800000, 253402300799999
"""Milliseconds of the years 1 to 9999."""
_FOUR, _SEVEN = (Context(prec=digits, rounding=ROUND_HALF_UP) for digits in (4, 7))


def number_text(value: float) -> str:
    """Return a finite number as ECMAScript writes it: 3.0 is `3`, 1e-05 is `0.00001`."""
    text = repr(value)
    if text.isdigit():
        return text
    sign, digits, exponent = Decimal(text).normalize().as_tuple()
    assert isinstance(exponent, int)
    written = "".join(map(str, digits))
    point = len(written) + exponent
    minus = "-" if sign and written != "0" else ""
    return minus + _placed(written, point)


def _placed(digits: str, point: int) -> str:
    """Return digits with the decimal point behind the first `point` of them."""
    if digits == "0":
        return "0"
    if len(digits) <= point <= 21:
        return digits.ljust(point, "0")
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"0.{'0' * -point}{digits}"
    more = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{more}e{point - 1:+d}"


def short_number(value: float) -> str:
    """Return a number in four digits."""
    return number_text(float(_FOUR.create_decimal(Decimal(value))))


def single_text(value: float) -> str:
    """Return a number of single precision in the digits it has."""
    return number_text(float(_SEVEN.create_decimal(Decimal(value))))


def time_text(ms: float) -> str:
    """Return an instant of UTC: its day, with the time of day unless that is midnight."""
    if not _FIRST <= ms <= _LAST:
        return f"{number_text(ms)} ms"
    day, clock = (
        (_EPOCH + timedelta(milliseconds=ms // 1)).isoformat("T", "milliseconds").split("T")
    )
    clock = clock.partition("+")[0]
    if clock == "00:00:00.000":
        return day
    return f"{day} {clock.removesuffix('.000').removesuffix(':00')}"
