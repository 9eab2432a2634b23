"""What a property's value must keep to beyond its type, spelled as pydantic's fields are."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import msgspec

from syncline.core.values import equal

from .errors import PropertyError


class Constraints(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Bounds of a number, of a length, of a text; None has none. They hold for any value but None.

    Called with a value it returns the value, clamped where `clamp` says so. Raises PropertyError.
    """

    ge: Any = None
    gt: Any = None
    le: Any = None
    lt: Any = None
    multiple_of: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    choices: Sequence[Any] | None = None
    clamp: bool = False

    def __post_init__(self) -> None:
        if self.clamp and (self.ge is None and self.le is None):
            raise TypeError("clamp=True needs a bound to adjust to: ge or le")
        if self.pattern is not None:
            re.compile(self.pattern)
        if self.multiple_of is not None and not self.multiple_of > 0:
            raise TypeError("expected multiple_of above zero")

    def __call__(self, value: Any) -> Any:
        if value is None:
            return None
        if self.clamp:
            value = self._clamped(value)
        self._check_bounds(value)
        self._check_length(value)
        if self.pattern is not None and not re.fullmatch(self.pattern, value):
            raise PropertyError(f"expected a text like {self.pattern}, got {_short(value)}")
        if self.choices is not None and not any(equal(value, choice) for choice in self.choices):
            known = ", ".join(map(repr, self.choices))
            raise PropertyError(f"expected one of {known}, got {_short(value)}")
        return value

    @property
    def inside(self) -> bool:
        """Whether an edit inside a list or dict may break them."""
        return (self.min_length, self.max_length, self.choices) != (None, None, None)

    def _clamped(self, value: Any) -> Any:
        bound = value
        if self.ge is not None and value < self.ge:
            bound = self.ge
        elif self.le is not None and value > self.le:
            bound = self.le
        return float(bound) if isinstance(value, float) else bound

    def _check_bounds(self, value: Any) -> None:
        # Not the other way round: NaN keeps to no bound.
        if self.ge is not None and not value >= self.ge:
            raise PropertyError(f"expected {self.ge} or more, got {_short(value)}")
        if self.gt is not None and not value > self.gt:
            raise PropertyError(f"expected more than {self.gt}, got {_short(value)}")
        if self.le is not None and not value <= self.le:
            raise PropertyError(f"expected {self.le} or less, got {_short(value)}")
        if self.lt is not None and not value < self.lt:
            raise PropertyError(f"expected less than {self.lt}, got {_short(value)}")
        if self.multiple_of is not None and not _divides(self.multiple_of, value):
            raise PropertyError(f"expected a multiple of {self.multiple_of}, got {_short(value)}")

    def _check_length(self, value: Any) -> None:
        if self.min_length is not None and len(value) < self.min_length:
            raise PropertyError(f"expected a length of {self.min_length} or more, got {len(value)}")
        if self.max_length is not None and len(value) > self.max_length:
            raise PropertyError(f"expected a length of {self.max_length} or less, got {len(value)}")


def _divides(step: float, value: float) -> bool:
    """Tell whether a value is a multiple of a step, as near as floats can say."""
    if isinstance(step, int) and isinstance(value, int):
        return value % step == 0
    return math.isfinite(value) and abs(math.remainder(value, step)) <= 1e-9 * abs(value)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) < 60 else text[:57] + "..."


NONE = Constraints()
