"""What a world finds wrong; and errors that the engine logs instead of raising them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

logger = logging.getLogger("syncline")


class Diverged(AssertionError):
    """Somebody holds another document than the others."""


class Lost(AssertionError):
    """An edit is gone, and its author was not told."""


class Doubled(AssertionError):
    """An edit was committed, or an event delivered, more than once."""


class Collector(logging.Handler):
    """Writes down what is logged."""

    def __init__(self, found: list[str]) -> None:
        super().__init__(logging.ERROR)
        self.setFormatter(logging.Formatter())
        self._found = found

    def emit(self, record: logging.LogRecord) -> None:
        self._found.append(self.format(record))


@contextmanager
def errors_to(found: list[str]) -> Iterator[None]:
    """Collect the errors that are logged, instead of showing them."""
    handler, before = Collector(found), logger.propagate
    logger.addHandler(handler)
    logger.propagate = False
    try:
        yield
    finally:
        logger.propagate = before
        logger.removeHandler(handler)
