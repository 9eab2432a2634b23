"""Values and models as text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from .arrays import NAT, items_of
from .models import Find, StaticModel
from .numbers import number_text, single_text, time_text

MAX_TEXT = 200
MAX_ITEMS = 6
MAX_DEPTH = 4
MAX_PROPERTIES = 20
MAX_MODELS = 20


def static_text(title: str | None, roots: Sequence[str], find: Find) -> str:
    """Return one line for each model shown; the title is that of a whole document."""
    shown = [model for id in roots[:MAX_MODELS] if (model := find(id)) is not None]
    lines = [f"{model.name}({_listed(model, find)})" for model in shown]
    if title is None:
        return "\n".join(lines)
    return "\n".join([f"Document({quoted(title)})", *(f"  {line}" for line in lines)])


def _listed(model: StaticModel, find: Find) -> str:
    return ", ".join(f"{name}={value_text(raw, model, find)}" for name, raw in telling(model.props))


def telling(props: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return the properties that say something: not those that are null, false or empty."""
    said = [(name, raw) for name, raw in props.items() if raw is not None and raw is not False]
    return [(name, raw) for name, raw in said if raw not in ("", [], {})][:MAX_PROPERTIES]


def cut(text: str, most: int = MAX_TEXT) -> str:
    """Return a text, or its first characters."""
    return text if len(text) <= most else text[:most] + "…"


def escaped(text: str) -> str:
    """Return a text as html or XML."""
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return safe.replace('"', "&quot;")


def quoted(text: str) -> str:
    """Return a text between quotes."""
    return json.dumps(cut(text), ensure_ascii=False)


def plain_text(raw: Any, model: StaticModel, find: Find) -> str:
    """Return a value as text, strings as they are."""
    return cut(raw) if isinstance(raw, str) else value_text(raw, model, find)


def value_text(raw: Any, model: StaticModel, find: Find) -> str:
    """Return a value's JSON form as text of a readable length."""
    return cut(_text(raw, model, find, MAX_DEPTH))


def _text(raw: Any, model: StaticModel, find: Find, depth: int) -> str:
    def inner(item: Any) -> str:
        return _text(item, model, find, depth - 1)

    if raw is None or isinstance(raw, bool):
        return repr(raw)
    if isinstance(raw, str):
        return quoted(raw)
    if isinstance(raw, int | float):
        return number_text(raw)
    if not depth:
        return "…"
    if isinstance(raw, list):
        return f"[{_some(raw, inner)}]"
    if "$" not in raw:
        named = sorted(raw, key=browser_order)[: MAX_ITEMS + 1]
        return "{" + _some(named, lambda key: f"{quoted(key)}: {inner(raw[key])}") + "}"
    return _tagged(raw, model, find, inner)


def _tagged(raw: dict[str, Any], model: StaticModel, find: Find, inner: Any) -> str:
    match raw["$"], raw.get("v"):
        case "ref", _:
            there = find(raw["id"])
            return "…" if there is None else there.name
        case "nd", _:
            return _array(raw, model)
        case "cols", _:
            return _columns(raw)
        case (("num" | "int"), str(digits)):
            return digits
        case "time", (int() | float()) as ms:
            return time_text(ms)
        case "dur", (int() | float()) as ms:
            return f"{number_text(ms)} ms"
        case "tuple", list(items):
            return f"({_some(items, inner)})"
        case "set", list(items):
            return "{" + ", ".join(sorted(map(inner, items), key=browser_order)[:MAX_ITEMS]) + "}"
        case "map", list(pairs):
            named = [(inner(pair[0]), pair[1]) for pair in pairs]
            named.sort(key=lambda one: browser_order(one[0]))
            return "{" + _some(named, lambda one: f"{one[0]}: {inner(one[1])}") + "}"
        case _:
            return f"<{raw['$']}>"


def _array(raw: dict[str, Any], model: StaticModel) -> str:
    count, item = items_of(raw, model.buffers)
    shape = ", ".join(map(str, raw["shape"]))
    first = ", ".join(element_text(raw, item(i)) for i in range(min(count, MAX_ITEMS)))
    more = ", …" if count > MAX_ITEMS else ""
    return f"array({shape}) [{first}{more}]" if shape else f"array {first}"


def element_text(raw: Any, item: Any) -> str:
    """Return one element of a list or array."""
    dtype = raw.get("dtype") if isinstance(raw, dict) else None
    if dtype == "M8[ms]":
        return "NaT" if item == NAT else time_text(item)
    if isinstance(item, bool) or item is None:
        return repr(item)
    if isinstance(item, str):
        return cut(item)
    if isinstance(item, dict):
        tag, v = item.get("$"), item.get("v")
        if tag == "time" and isinstance(v, int | float):
            return time_text(v)
        return v if tag in ("num", "int") and isinstance(v, str) else "…"
    if isinstance(item, list):
        return "…"
    if isinstance(item, float) and item - item != 0:
        return "nan" if item != item else "inf" if item > 0 else "-inf"
    return single_text(item) if dtype == "f4" else number_text(item)


def _columns(raw: dict[str, Any]) -> str:
    names = sorted(raw["cols"], key=browser_order)[: MAX_ITEMS + 1]
    return f"columns({_some(names, quoted)})"


def _some(items: Sequence[Any] | Iterable[Any], text: Any) -> str:
    first = [text(item) for item in list(items)[:MAX_ITEMS]]
    return ", ".join([*first, "…"] if len(list(items)) > MAX_ITEMS else first)


def browser_order(text: str) -> bytes:
    """Return what to sort texts by as a browser sorts them."""
    return text.encode("utf-16-be")
