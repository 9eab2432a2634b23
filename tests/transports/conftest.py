"""The carriers that the tests of the engine go over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kernel.driver import Kernel
from tests.transports.places import (
    SETUP,
    AsgiPlace,
    CommPlace,
    EndpointPlace,
    MemoryPlace,
    TornadoPlace,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.transports.places import Place


@pytest.fixture(scope="session")
def engine_kernel() -> Iterator[Kernel]:
    """Return a kernel that all tests over comms and the endpoint share."""
    kernel = Kernel()
    kernel.run(SETUP)
    yield kernel
    kernel.shutdown()
    kernel.manager.cleanup_resources()


@pytest.fixture(params=["memory", "tornado", "asgi", "comm", "endpoint"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    """Return a new document where one of the carriers begins."""
    made: Place
    if request.param == "memory":
        made = MemoryPlace()
    elif request.param == "tornado":
        made = TornadoPlace()
    elif request.param == "asgi":
        made = AsgiPlace()
    else:
        kernel = request.getfixturevalue("engine_kernel")
        made = CommPlace(kernel) if request.param == "comm" else EndpointPlace(kernel)
    yield made
    made.close()
