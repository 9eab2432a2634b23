"""The carriers that the tests of the engine go over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kernel.driver import LITE, Kernel
from tests.transports.places import (
    SETUP,
    AsgiPlace,
    CommPlace,
    EndpointPlace,
    LitePlace,
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


@pytest.fixture(scope="session")
def lite_kernel() -> Iterator[Kernel]:
    """Return one that is like JupyterLite's."""
    kernel = Kernel()
    kernel.run(LITE + SETUP)
    yield kernel
    kernel.shutdown()


PLACES = {"comm": CommPlace, "lite": LitePlace, "endpoint": EndpointPlace}


@pytest.fixture(params=["memory", "tornado", "asgi", *PLACES])
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
        lite = request.param == "lite"
        kernel = request.getfixturevalue("lite_kernel" if lite else "engine_kernel")
        made = PLACES[request.param](kernel)
    yield made
    made.close()
