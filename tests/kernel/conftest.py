"""Kernels for the tests of this folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kernel.driver import Kernel

if TYPE_CHECKING:
    from collections.abc import Iterator

SETUP = """
import time, threading
import syncline as sl

class Knob(sl.Model, type="test/Knob@1"):
    value: float = sl.prop(0.0, client=True)
    double: float = sl.prop(0.0)
    where: str = sl.prop("")

class Push(sl.Model, type="test/Push@1"):
    events = ("click",)
    count: int = sl.prop(0)

def follow(event):
    event.model.double = 2 * event.new
    event.model.where = threading.current_thread().name
"""


@pytest.fixture
def kernel() -> Iterator[Kernel]:
    """Return a kernel in which nothing has run."""
    kernel = Kernel()
    yield kernel
    kernel.shutdown()


@pytest.fixture(scope="module")
def shared() -> Iterator[Kernel]:
    """Return a kernel that the tests of a module share, with two model classes defined."""
    kernel = Kernel()
    try:
        kernel.run(SETUP)
        yield kernel
    finally:
        kernel.shutdown()
