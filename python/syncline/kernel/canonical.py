"""JSON forms as a file keeps them: what is equal has the same bytes.

`labextension/src/lab/canonical.ts` is its twin; `tests/vectors/static.json` holds both to it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from syncline.kernel.static.numbers import number_text
from syncline.kernel.static.text import browser_order

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_PLAIN = 1e21
"""From here on a browser writes whole numbers with an exponent."""


class Names:
    """What a file calls models, by when they were found: ids count what else was made."""

    def __init__(self, roots: Iterable[str]) -> None:
        self.ids: list[str] = []
        """What was found so far; it grows while references are given names."""
        self._names: dict[str, str] = {}
        self.roots = [self.of(id) for id in roots]

    def of(self, id: str) -> str:
        """Return a model's name."""
        if id not in self._names:
            self.ids.append(id)
            self._names[id] = f"m{len(self.ids)}"
        return self._names[id]

    def given(self, raw: Any) -> Any:
        """Return a canonical JSON form with names for ids; they are found in its order."""
        if isinstance(raw, list):
            return [self.given(item) for item in raw]
        if not isinstance(raw, dict):
            return raw
        if raw.get("$") == "ref":
            return {"$": "ref", "id": self.of(raw["id"])}
        return _ordered({key: self.given(raw[key]) for key in sorted(raw, key=browser_order)})


def canonical(raw: Any) -> Any:
    """Return a JSON form as a browser writes it, without what says how it came about.

    1.0 is 1, -0 is 0, members of sets and maps are in order, columns count nothing.
    """
    if type(raw) is float:
        return _number(raw)
    if isinstance(raw, list):
        return [canonical(item) for item in raw]
    if not isinstance(raw, dict):
        return raw
    if raw.get("$") == "num" and raw.get("v") == "-0":
        return 0
    plain = {key: canonical(item) for key, item in raw.items()}
    if plain.get("$") == "cols":
        plain |= {"gen": "0", "first": 0}
    return _ordered(plain)


def _number(raw: float) -> Any:
    # Not `int(raw)`: a browser writes the digits that tell it from its neighbours, then zeros.
    return int(Decimal(repr(raw))) if raw.is_integer() and abs(raw) < MAX_PLAIN else raw


def _ordered(raw: dict[str, Any]) -> dict[str, Any]:
    """Put the members of a set or a map in order: shorter texts first, so that m9 is before m10."""
    members = raw.get("v")
    if raw.get("$") == "set" and isinstance(members, list):
        raw["v"] = sorted(members, key=_place)
    if raw.get("$") == "map" and isinstance(members, list):
        raw["v"] = sorted(members, key=lambda pair: _place(pair[0]))
    return raw


def _place(raw: Any) -> tuple[int, bytes]:
    text = browser_order(_text(raw))
    return len(text), text


def _text(raw: Any) -> str:
    """Return JSON to the letter as a browser writes it."""
    if type(raw) is float:
        return number_text(raw)
    if isinstance(raw, list):
        return f"[{','.join(map(_text, raw))}]"
    if isinstance(raw, dict):
        return f"{{{','.join(f'{_text(key)}:{_text(item)}' for key, item in raw.items())}}}"
    return msgspec.json.encode(raw).decode()
