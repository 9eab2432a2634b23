"""One document, several clients on connections that break, and a die that says what comes next."""

from __future__ import annotations

from .shape import Shape
from .world import World

__all__ = ["Shape", "World"]
