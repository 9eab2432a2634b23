"""From a word to a value, or to what was expected instead."""

from __future__ import annotations

import argparse
from pathlib import Path


def port(word: str) -> int:
    """Return the number of a port."""
    number = _number(word)
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"expected 0 to 65535, got {word}")
    return number


def count(word: str) -> int:
    """Return how many there are, which may be none."""
    number = _number(word)
    if number < 0:
        raise argparse.ArgumentTypeError(f"expected 0 or more, got {word}")
    return number


def some(word: str) -> int:
    """Return how many there are, one at least."""
    number = _number(word)
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected 1 or more, got {word}")
    return number


def seconds(word: str) -> float:
    """Return a span of time."""
    try:
        span = float(word)
    except ValueError:
        span = 0.0
    if not span > 0:
        raise argparse.ArgumentTypeError(f"expected more than 0 seconds, got {word}")
    return span


def folder(word: str) -> tuple[str, Path]:
    """Return a name and the folder it stands for."""
    name, _, path = word.partition("=")
    if not (name and path):
        raise argparse.ArgumentTypeError(f"expected name=folder, got {word!r}")
    if not Path(path).is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {path}")
    return name, Path(path)


def index(word: str) -> str | bool:
    """Return what `/` shows; False is nothing."""
    return word if word != "none" else False


def _number(word: str) -> int:
    try:
        return int(word)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a number, got {word!r}") from None
