"""The kernel websockets of a server with the extension, of any front end."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.jupyter.kernel import run
from tests.jupyter.serving import jupyter

CONFIGURED = (
    "--ServerApp.kernel_websocket_connection_class=tests.jupyter.telling.Telling",
    "--ZMQChannelsWebsocketConnection.iopub_msg_rate_limit=1234",
)


@pytest.mark.parametrize(
    ("option", "nodelay"), [((), "True"), (("--Syncline.nodelay=False",), "False")]
)
async def test_small_packets_go_at_once_unless_that_is_switched_off(
    tmp_path: Path, option: tuple[str, ...], nodelay: str
) -> None:
    root = tmp_path / "root"
    root.mkdir()
    with jupyter(root, *CONFIGURED, *option) as server:
        kernel = server.api("POST", "kernels", json={}).raise_for_status().json()["id"]
        assert await run(server, kernel, "6 * 7") == "42"
        server.api("DELETE", f"kernels/{kernel}")
        told = re.findall(r"nodelay=(\w+) limit=(\d+)", server.log.read_text())
    # The class that was configured, with its own settings, still carries them.
    assert told == [(nodelay, "1234")]
