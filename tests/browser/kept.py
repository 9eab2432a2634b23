"""Serve one script with a store for its sessions: `kept.py SCRIPT PORT ORIGIN STORE SCOPE`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from syncline.apps import Application, ScriptHandler
from syncline.server import Server


def main(script: str, port: str, origin: str, store: str, scope: Any) -> None:
    """Serve until SIGTERM."""
    path = Path(script)
    server = Server(
        {path.stem: Application(ScriptHandler(path), session=scope)},
        port=int(port),
        allow_origin=[origin],
        store=store or None,
    )
    server.run_until_shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
