"""The choices of a select, in the forms a user may write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Options = list[str] | list[list[str]] | dict[str, str]
"""Values, [value, label] pairs, or value -> label."""


def option_pairs(options: Any) -> list[list[str]]:
    """Return choices as [value, label] pairs, the one form that is kept and sent.

    Raises ValueError when two of them have the same value.
    """
    items = options.items() if isinstance(options, Mapping) else options
    pairs = [[item, item] if isinstance(item, str) else list(item) for item in items]
    if any(len(pair) != 2 for pair in pairs):
        raise ValueError("an option is a value or a [value, label] pair")
    if len({value for value, _ in pairs}) != len(pairs):
        raise ValueError("each option needs a value of its own")
    return pairs
