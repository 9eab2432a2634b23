"""Start JupyterLab on `notebooks/` and print where one live document can be seen.

Nothing of the user's Jupyter configuration is needed or changed.  Ctrl-C ends everything.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = "01-live-document.ipynb"
FIRST_PORT = 8888
START_SECONDS = 90
STOP_SECONDS = 20


def main() -> int:
    """Run the demonstration until it is interrupted."""
    options, further = arguments()
    port = options.port or free_port()
    token = options.token or secrets.token_urlsafe(16)
    with lab([*command(port, token, options.root), *further]) as server:
        if not answers(server, f"http://127.0.0.1:{port}/api/status?token={token}"):
            print("JupyterLab did not start; its messages are above.", file=sys.stderr)
            return 1
        print(links(port, token), flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            return server.wait()
        print("\nStopping.", flush=True)
    return 0


def arguments() -> tuple[argparse.Namespace, list[str]]:
    """Read the command line; what is not ours goes to JupyterLab."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, help=f"default: the first free one from {FIRST_PORT}")
    parser.add_argument("--token", help="default: a new one")
    parser.add_argument("--root", type=Path, default=ROOT / "notebooks", help="default: notebooks/")
    return parser.parse_known_args()


def links(port: int, token: str) -> str:
    """Return the three addresses, ready to be opened."""
    base = f"http://127.0.0.1:{port}"
    places = {
        "The notebook in JupyterLab": f"{base}/lab/tree/{NOTEBOOK}",
        "The same notebook as an app": f"{base}/syncline/apps/{NOTEBOOK}",
        "A script app through the proxy": f"{base}/syncline/proxy/app/app",
    }
    lines = [f"  {name}:\n    {url}?token={token}" for name, url in places.items()]
    return "\n".join(["", "Syncline is running.", "", *lines, "", "Ctrl-C ends it.", ""])


@contextlib.contextmanager
def lab(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run JupyterLab; end it and everything it started."""
    # In a session of its own: Ctrl-C reaches this process alone, and JupyterLab, which would
    # ask whether it is meant, gets an order instead.
    server = subprocess.Popen(command, cwd=ROOT, start_new_session=os.name == "posix")
    # `kill` ends the demonstration as Ctrl-C does, and both also where a shell had them ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        yield server
    finally:
        stop(server)


def command(port: int, token: str, root: Path) -> list[str]:
    """Return the command line of JupyterLab."""
    servers = {"app": [str(ROOT / "examples" / "app.py")]}
    return [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--log-level=WARN"),
        *(["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={root}",
        f"--IdentityProvider.token={token}",
        "--ServerApp.jpserver_extensions={'syncline.jupyter': True}",
        f"--Syncline.servers={servers!r}",
        # Nothing here asks the network for anything.
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]


def answers(server: subprocess.Popen[bytes], url: str) -> bool:
    """Wait until the server answers; False when it ended or took too long."""
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 our own loopback address
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    return False


def stop(server: subprocess.Popen[bytes]) -> None:
    """Ask the server to end, then make it."""
    if server.poll() is None:
        server.terminate()
        try:
            server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def free_port() -> int:
    """Return the first port from 8888 on that nobody listens on."""
    for port in range(FIRST_PORT, FIRST_PORT + 200):
        with socket.socket() as trial:
            try:
                trial.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise SystemExit(f"no free port between {FIRST_PORT} and {FIRST_PORT + 199}")


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    raise SystemExit(main())
