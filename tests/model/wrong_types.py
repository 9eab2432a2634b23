"""What type checkers are to refuse: each marked line, and no other (`test_types`)."""

from __future__ import annotations

from typing import assert_type

from syncline import Model, prop


class Gauge(Model, type="test/Gauge@1"):
    value: float = prop(default=0.0, ge=0, client=True)
    names: list[str] = prop(default=[])
    unit: str = prop(factory=str)
    status: str = prop(default="", readonly=True)


class Dial(Gauge, type="test/Dial@1"):
    ticks: int = prop(default=5)


gauge = Gauge(value=1, names=["a"])
dial = Dial(ticks=3, unit="m")
assert_type(gauge.value, float)
assert_type(dial.names, list[str])
gauge.value = 2
gauge.names.append("b")

Gauge(value="x")  # type: ignore[arg-type]
Gauge(colour=1)  # type: ignore[call-arg]
Gauge(1.0)  # type: ignore[arg-type, call-arg]
Dial(names=[1])  # type: ignore[list-item]
gauge.value = "x"  # type: ignore[assignment]
gauge.names = "x"  # type: ignore[assignment]
gauge.names.append(1)  # type: ignore[arg-type]
gauge.colour = 1  # type: ignore[attr-defined]
dial.value.upper()  # type: ignore[attr-defined]
prop(default=0, max=3)  # type: ignore[call-arg]
prop(default=0, doc=3)  # type: ignore[arg-type]
gauge.observe(3)  # type: ignore[arg-type]
