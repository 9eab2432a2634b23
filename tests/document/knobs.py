"""The models of these tests, and how they count revisions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from syncline import Document, Model, prop

SECONDS = 20.0


class Knob(Model, type="test/Knob@1"):
    events = ("click",)
    name: str = prop(default="")
    value: float = prop(default=0.0, client=True)
    items: list[int] = prop(default=[], client=True)
    others: list[Knob] = prop(default=[], client=True)
    shown: str = prop(default="")


class Pen(Model, type="test/Pen@1"):
    creatable = True
    colour: str = prop(default="black", client=True)
    width: int = prop(default=1)


def rev_of(document: Document, edit: Callable[[], Any]) -> int:
    """Return how many revisions an edit took."""
    before = document.rev
    edit()
    return document.rev - before
