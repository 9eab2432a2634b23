"""Syncline's app of P18, with an SQLite file for its sessions."""

from __future__ import annotations

import argparse
from pathlib import Path

from syncline.server import Server


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("app", type=Path)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--allow-origin", required=True)
    parser.add_argument("--store", required=True)
    options = parser.parse_args()
    server = Server(
        {options.app.stem: options.app},
        port=options.port,
        allow_origin=[options.allow_origin],
        store=options.store,
    )
    server.run_until_shutdown()


if __name__ == "__main__":
    main()
