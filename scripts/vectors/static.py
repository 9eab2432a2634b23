"""Models and what they look like without code; values and how a file keeps them."""

from __future__ import annotations

import json
import math
import random
from datetime import UTC, datetime
from typing import Any

import numpy as np

from syncline.core.columns import Columns
from syncline.core.values import Opaque, Ref, encode_value
from syncline.kernel.canonical import Names, canonical
from syncline.kernel.static import StaticModel, static_html, static_text

from .cases import Case
from .values import PLAIN, arrays, random_array, random_value, sources

Models = dict[str, tuple[str, dict[str, Any]]]
FIELDS: Models = {
    "c": ("ui/Column@1", {"children": [Ref("r"), Ref("t"), Ref("m"), Ref("o"), Ref("gone")]}),
    "r": ("ui/Row@1", {"children": [Ref(id) for id in "skbeup"]}),
    "p": ("ui/PasswordInput@1", {"label": "Secret"}),
    "s": ("ui/Slider@1", {"label": 'A <"&>', "value": 3.0}),
    "k": ("ui/Checkbox@1", {"label": "on", "checked": True}),
    "b": ("ui/Button@1", {"label": "Go"}),
    "e": ("ui/Select@1", {"value": "b", "options": [["a", "one"], ["b", "two"]]}),
    "u": ("ui/Mount@1", {"doc": "elsewhere"}),
    "t": ("ui/TextInput@1", {"label": "x" * 300, "value": "\U0001f600" * 201}),
    "m": ("ui/Markdown@1", {"text": "# One\nline\n\n\n<script>&\n\n" + "long " * 2000}),
    "o": ("ui/Output@1", {"data": {"text/html": "<b>no</b>", "text/plain": ["a\n", "b"]}}),
}
IMAGES: Models = {
    "c": ("ui/Column@1", {"children": [Ref("i"), Ref("j"), Ref("h"), Ref("c")]}),
    "i": ("ui/Output@1", {"data": {"image/png": "aGVs\nbG8=\n", "text/plain": "no"}}),
    "j": ("ui/Output@1", {"data": {"image/png": '"><script>', "application/json": {"a": 1}}}),
    "h": ("ui/Output@1", {}),
}
MANY: Models = {
    "c": ("ui/Column@1", {"children": [Ref(f"m{i}") for i in range(401)]}),
    **{f"m{i}": ("ui/Markdown@1", {"text": f"{i}"}) for i in range(401)},
}
LONG: Models = {
    "c": ("ui/Row@1", {"children": [Ref(f"m{i}") for i in range(6)]}),
    **{f"m{i}": ("ui/Markdown@1", {"text": 'é"' * 1800}) for i in range(6)},
}
NAMED: Models = {
    "py-12": ("ui/Row@1", {"children": [Ref("py-9"), Ref("py-30"), Ref("gone")]}),
    "py-30": (
        "app/Own@1#" + "a" * 22,
        {"z": {"b": Ref("c-1"), "a": Ref("py-2")}, "k": Ref("py-9")},
    ),
    "py-9": (
        "app/Own@1#" + "a" * 22,
        {
            "all": Opaque(
                {"$": "set", "v": [encode_value(Ref(f"py-{i}"), None) for i in (100, 99, 2)]}
            )
        },
    ),
    "py-2": ("app/Own@1", {"by": {2: Ref("py-9"), 10: -0.0, 1: 1.0, "a": {0.5, 1e-5, 1e21, 7}}}),
    "py-99": ("app/Own@1", {"data": Columns("py-8", {"x": [1, 2.0], "t": ["a", "é"]}, 1000)}),
    "c-1": ("app/Own@1", {"up": Ref("py-12"), "two": (Ref("py-100"), [Ref("py-99")])}),
    "py-100": ("app/Own@1", {}),
    "nobody": ("app/Own@1", {}),
}
NUMBERS: list[Any] = [
    0.0, -0.0, 1.0, -3.0, 0.1, 1e-5, 1.5e-7, -1e-7, 1e16, 1e20, 123456789012345680000.0, 1e21,
    2.0**69, -(2.0**70), 1.7976931348623157e308, 5e-324, 12345.5, 2.03125, 1 / 3, 9007199254740991,
]  # fmt: skip
DAYS = [datetime(2020, 1, day, 12 * (day % 2), tzinfo=UTC) for day in range(1, 8)]


def plots() -> list[dict[str, Any]]:
    """Return the properties of plots of every form."""
    t = np.linspace(0, 10, 1200)
    gaps = np.array([1, np.nan, 3, np.inf, 5, 6], "f4")
    return [
        {},
        {"y": [1, 2.5, None, 4]},
        {"x": t, "y": [np.sin(t), np.cos(t)], "labels": ["sin", "<cos>"], "height": 300.5},
        {"x": t.astype("f4"), "y": np.stack([t, t * t, t * 0])},
        {"x": DAYS, "y": list(range(7)), "height": 10},
        {"x": np.array(["2024-01-01", "NaT", "2025-06-01T10:30"], "M8[ms]"), "y": [1, 2, 3]},
        {"y": gaps, "x": [5, 4, 3, 2, 1, 0]},
        {"y": np.arange(7) % 2 == 0, "height": True},
        {"y": np.array([2**62, -5], "i8"), "labels": ["big"]},
        {"y": [math.nan, math.inf]},
        {"y": [7]},
        {"y": [1e308, -1e308]},
        {"y": [[1, 2, 3], np.arange(3), []], "x": [0.125, 12345, 2.03125]},
        {"y": [np.full(5, float(i)) for i in range(30)], "labels": [3, "x" * 60]},
    ]


def values() -> list[Any]:
    """Return values of every kind."""
    nested: Any = [1]
    for _ in range(9):
        nested = [nested]
    large = {f"k{i}": i for i in range(20)}
    return [*PLAIN, *arrays(), *sources(), *NUMBERS, math.nan, DAYS[0], nested, large, [NUMBERS]]


def made() -> list[Case]:
    """Return the hand-made cases."""
    found = [case(models, ["c"], "Waves & <more>") for models in (FIELDS, IMAGES)]
    found += [case(models, ["c"], None) for models in (MANY, LONG)]
    found += [case({}, ["nothing"], "")]
    plotted: Models = {f"p{i}": ("ui/LinePlot@1", props) for i, props in enumerate(plots())}
    found += [case(plotted, list(plotted), None)]
    props_of = {f"v{i}": value for i, value in enumerate(values())}
    for start in range(0, len(props_of), 15):
        props = dict(list(props_of.items())[start : start + 15])
        found.append(case({"m": ("app/Own@1#" + "a" * 22, props)}, ["m", "m"], None))
    found += [named_case(NAMED, ["py-12", "py-99"]), named_case(FIELDS, ["c"])]
    return [*found, *(kept(value) for value in values())]


def random_static(rnd: random.Random) -> Case:
    """Return a model with random values, or a plot of random arrays."""
    if rnd.random() < 0.3:
        return kept(random_value(rnd))
    if rnd.random() < 0.4:
        props: dict[str, Any] = {"x": random_array(rnd), "y": random_array(rnd)}
        return case({"p": ("ui/LinePlot@1", props)}, ["p"], None)
    names = [f"p{i}" for i in range(rnd.randrange(6))]
    props = {name: random_value(rnd) for name in names}
    return case({"m": ("app/Own@1", props)}, ["m"], None)


def kept(value: Any) -> Case:
    """Return a value, and what a file keeps of it."""
    raw = json.loads(json.dumps(encode_value(value, None)))
    return {"json": raw, "canonical": canonical(raw)}


def named_case(models: Models, roots: list[str]) -> Case:
    """Return models, and how a file names them."""
    raw = {id: {"type": type, "props": _encoded(props)} for id, (type, props) in models.items()}
    names = Names(roots)
    found = {
        names.of(id): {**raw[id], "props": names.given(canonical(raw[id]["props"]))}
        for id in names.ids
        if id in raw
    }
    return {"models": raw, "roots": roots, "kept": {"roots": names.roots, "models": found}}


def case(models: Models, roots: list[str], title: str | None) -> Case:
    """Return models and what they look like."""
    found = {
        id: StaticModel(type, type.partition("#")[0], _encoded(props), [])
        for id, (type, props) in models.items()
    }
    return {
        "title": title,
        "roots": roots,
        "models": {id: {"type": each.type, "props": each.props} for id, each in found.items()},
        "html": static_html(title, roots, found.get),
        "text": static_text(title, roots, found.get),
    }


def _encoded(props: dict[str, Any]) -> dict[str, Any]:
    encoded: dict[str, Any] = json.loads(json.dumps(encode_value(props, None)))
    return encoded
