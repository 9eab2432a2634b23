"""One JupyterLab for the tests of a file; each test ends the kernels it began."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.lab.lab import Lab, running_lab


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A running JupyterLab."""
    with running_lab(tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture
def lab(server: Lab) -> Iterator[Lab]:
    """The same, without kernels of other tests."""
    yield server
    server.end_kernels()
