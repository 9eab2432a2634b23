"""A plot as a small picture, and its first rows as text."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from .arrays import NAT, Items, is_array, items_of
from .models import StaticModel
from .numbers import short_number, time_text
from .text import cut, element_text, escaped

POINTS = 1000
MAX_LINES = 20
MAX_ROWS = 5
WIDTH = 600
_MARGIN = 24
_COLOURS = ("#0071ec", "#d9480f", "#2b8a3e", "#9c36b5", "#0b7285", "#c2255c")

Point = tuple[float, float | None]


class Plot(NamedTuple):
    """What a plot looks like without code."""

    svg: str
    """Empty where there is nothing to be seen."""
    height: int
    summary: str
    names: list[str]
    rows: list[list[str]]
    caption: str


class _Line(NamedTuple):
    """One column of a plot: a list, an array, or a row of one."""

    raw: Any
    length: int
    item: Callable[[int], Any]

    def text(self, i: int) -> str:
        return element_text(self.raw, self.item(i)) if i < self.length else ""

    def number(self, i: int) -> float | None:
        return _number(self.raw, self.item(i)) if i < self.length else None


def plot_of(model: StaticModel) -> Plot:
    """Return the static form of a `ui/LinePlot`."""
    lines = _lines(model)[:MAX_LINES]
    x = _line(model.props.get("x"), model)
    count = max((line.length for line in lines), default=0)
    count = min(count, x.length) if x.length else count
    names = [_label(model, i, len(lines)) for i in range(len(lines))]
    height = _height(model.props.get("height"))
    time = bool(x.length) and _is_time(x)
    drawn = [_points(x, line, count, len(lines)) for line in lines]
    return Plot(
        _svg(drawn, names, height, time=time),
        height,
        f"Line plot of {count} points: {', '.join(names)}",
        ["x", *names],
        [[_place(x, i), *(line.text(i) for line in lines)] for i in range(min(count, MAX_ROWS))],
        f"The first {MAX_ROWS} of {count} rows" if count > MAX_ROWS else "",
    )


def _line(raw: Any, model: StaticModel) -> _Line:
    return _Line(raw, *items_of(raw, model.buffers))


def _lines(model: StaticModel) -> list[_Line]:
    y: Any = model.props.get("y")
    if is_array(y) and len(y["shape"]) == 2:
        rows, width = y["shape"]
        items = items_of(y, model.buffers)
        return [_Line(y, width, _row(items, row * width)) for row in range(rows)]
    if isinstance(y, list) and any(isinstance(item, list) or is_array(item) for item in y):
        return [_line(item, model) for item in y]
    return [_line(y, model)]


def _row(items: Items, start: int) -> Callable[[int], Any]:
    return lambda i: items[1](start + i)


def _label(model: StaticModel, i: int, count: int) -> str:
    labels = model.props.get("labels")
    if isinstance(labels, list) and i < len(labels) and isinstance(labels[i], str):
        return cut(labels[i], 40)
    return "y" if count == 1 else f"y{i + 1}"


def _height(given: Any) -> int:
    known = isinstance(given, int | float) and not isinstance(given, bool)
    return min(max(math.floor(given), 80), 800) if known else 240


def _is_time(x: _Line) -> bool:
    first = x.item(0)
    tagged = isinstance(first, dict) and first.get("$") == "time"
    return tagged or (is_array(x.raw) and x.raw["dtype"] == "M8[ms]")


def _number(raw: Any, item: Any) -> float | None:
    if isinstance(item, dict) and item.get("$") == "time":
        item = item.get("v")
    if not isinstance(item, int | float):
        return None
    if item == NAT and is_array(raw) and raw["dtype"] == "M8[ms]":
        return None
    # -0 is drawn as 0.
    number = float(item) + 0.0
    return number if number - number == 0 else None


def _place(x: _Line, i: int) -> str:
    return x.text(i) if x.length else str(i)


def _points(x: _Line, line: _Line, count: int, lines: int) -> list[Point]:
    """Return as many points as can be seen, evenly, in the order of their positions."""
    step = max(1, -(-count * lines // POINTS))
    places = [*range(0, count, step)]
    if places and places[-1] != count - 1:
        places.append(count - 1)
    found = [((x.number(i) if x.length else float(i)), line.number(i)) for i in places]
    points = [(at, value) for at, value in found if at is not None]
    return sorted(points, key=lambda point: point[0])


class _Scale(NamedTuple):
    """Where numbers stand, in tenths of pixels."""

    low: float
    high: float
    start: int
    stop: int

    def at(self, value: float) -> int:
        part = (value - self.low) / (self.high - self.low)
        return math.floor(self.start + part * (self.stop - self.start) + 0.5)


def _scale(values: list[float], start: int, stop: int) -> _Scale | None:
    if not values:
        return None
    low, high = min(values), max(values)
    if low == high:
        low, high = low - 0.5, high + 0.5
    span = high - low
    return _Scale(low, high, start, stop) if span > 0 and span - span == 0 else None


def _svg(drawn: list[list[Point]], names: list[str], height: int, *, time: bool) -> str:
    x = _scale([at for line in drawn for at, _ in line], 10 * _MARGIN, 10 * (WIDTH - _MARGIN))
    values = [value for line in drawn for _, value in line if value is not None]
    y = _scale(values, 10 * (height - _MARGIN), 10 * _MARGIN)
    if x is None or y is None:
        return ""
    paths = "".join(_path(line, x, y, _COLOURS[i % 6]) for i, line in enumerate(drawn))
    place = time_text if time else short_number
    texts = [
        _words(10 * _MARGIN, 10 * height - 60, "start", place(x.low)),
        _words(10 * (WIDTH - _MARGIN), 10 * height - 60, "end", place(x.high)),
        _words(10 * _MARGIN, 10 * (height - _MARGIN) - 20, "start", short_number(y.low)),
        _words(10 * _MARGIN, 10 * _MARGIN - 40, "start", short_number(y.high)),
    ]
    if len(names) > 1:
        texts += [
            _words(10 * (WIDTH - _MARGIN), 160 + 140 * i, "end", name, _COLOURS[i % 6])
            for i, name in enumerate(names)
        ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {10 * WIDTH} {10 * height}" '
        f'font-family="sans-serif" font-size="120">{paths}{"".join(texts)}</svg>'
    )


def _path(line: list[Point], x: _Scale, y: _Scale, colour: str) -> str:
    steps: list[str] = []
    draw = "M"
    for at, value in line:
        if value is None:
            draw = "M"
            continue
        steps.append(f"{draw}{x.at(at)} {y.at(value)}")
        draw = "L"
    return (
        f'<path fill="none" stroke="{colour}" stroke-width="20" stroke-linecap="round" '
        f'd="{"".join(steps)}"/>'
    )


def _words(x: int, y: int, anchor: str, text: str, colour: str = "#808080") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{colour}">{escaped(text)}</text>'
