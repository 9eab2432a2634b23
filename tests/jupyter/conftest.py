"""The servers the tests of the extension talk to."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.jupyter.serving import JupyterProcess, jupyter

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder the server shows its user."""
    folder = tmp_path_factory.mktemp("jupyter") / "root"
    folder.mkdir()
    return folder


@pytest.fixture(scope="session")
def server(root: Path) -> Iterator[JupyterProcess]:
    """A Jupyter server with the extension and an app behind its proxy."""
    servers = {
        "echo": {
            "command": [
                sys.executable,
                str(HERE / "echo_app.py"),
                "{socket}",
                str(root.parent / "starts"),
            ]
        },
        "broken": {"command": [sys.executable, "-c", "raise SystemExit('no such thing')"]},
        "missing": {"command": ["/nonexistent/program"]},
    }
    with jupyter(root, f"--Syncline.servers={json.dumps(servers)}") as running:
        yield running
