"""Turn samples into figures, and figures into a verdict against a target."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


def quantile(sorted_samples: Sequence[float], part: float) -> float:
    """Return the sample at a part (0..1) of an ascending sequence."""
    last = len(sorted_samples) - 1
    return sorted_samples[min(last, int(part * len(sorted_samples)))]


def summary(samples: Sequence[float], digits: int = 3) -> dict[str, float | int]:
    """Summarise samples by median, p90, p99, smallest, largest and count."""
    ordered = sorted(samples)
    return {
        "median": round(statistics.median(ordered), digits),
        "p90": round(quantile(ordered, 0.90), digits),
        "p99": round(quantile(ordered, 0.99), digits),
        "min": round(ordered[0], digits),
        "max": round(ordered[-1], digits),
        "n": len(ordered),
    }


def paired_ratio(upper: Sequence[float], lower: Sequence[float]) -> float:
    """Return the median over rounds of the ratio of two contenders' medians.

    The two of a pair ran within the same second, so a slow moment of the machine is in both.
    """
    return round(statistics.median(a / b for a, b in zip(upper, lower, strict=True)), 3)


@dataclass(frozen=True)
class Check:
    """One target of numbers.md and what this run says about it; `met` is None without a value."""

    what: str
    target: str
    value: float | None
    met: bool | None


def at_most(what: str, value: float | None, limit: float, unit: str = "") -> Check:
    """Check that a value stays at or under a limit."""
    met = None if value is None else value <= limit
    return Check(what, f"<= {limit:g}{unit}", value, met)


def at_pace(
    what: str, value: float | None, limit: float, unit: str, peer: float | None, then: float
) -> Check:
    """Check a time at the pace of the machine of the targets, where the peer took `then`.

    The target is of that machine; the peer of this very run says how much slower this one is.
    """
    if value is None or peer is None:
        return at_most(what, None, limit, unit)
    told = f"{what}, {value:.3g}{unit} where the peer takes {peer / then:.2f} times its time"
    return at_most(told, round(value * then / peer, 3), limit, unit)


def at_least(what: str, value: float | None, limit: float, unit: str = "") -> Check:
    """Check that a value reaches a limit."""
    met = None if value is None else value >= limit
    return Check(what, f">= {limit:g}{unit}", value, met)


def as_rows(checks: Sequence[Check]) -> list[dict[str, Any]]:
    """Return checks as plain JSON objects."""
    return [asdict(check) for check in checks]
