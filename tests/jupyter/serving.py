"""A real Jupyter server in a process of its own, and a client that talks to it."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

import syncline
from tests.ports import free_port

TOKEN = "t" + secrets.token_hex(8)
PACKAGE_ROOT = str(Path(next(iter(syncline.__path__))).parent)
TESTS_ROOT = str(Path(__file__).parent.parent.parent)


@dataclass
class JupyterProcess:
    """One running server."""

    process: subprocess.Popen[bytes]
    port: int
    base: str
    root: Path
    log: Path
    state: Path
    token: str = TOKEN
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where the extension's routes begin."""
        return f"http://127.0.0.1:{self.port}{self.base}syncline"

    @property
    def ws(self) -> str:
        return "ws" + self.url.removeprefix("http")

    @property
    def authorization(self) -> dict[str, str]:
        return {"Authorization": f"token {self.token}"}

    @property
    def cookie(self) -> dict[str, str]:
        """The headers of a signed-in browser on a page of this server."""
        pairs = "; ".join(f"{name}={value}" for name, value in self.sign_in().items())
        return {"Cookie": pairs}

    @property
    def page(self) -> dict[str, str]:
        """The headers of a signed-in browser's page that sends Jupyter's XSRF token along."""
        return {"Cookie": f"{self.cookie['Cookie']}; _xsrf=token", "X-XSRFToken": "token"}

    def sign_in(self) -> dict[str, str]:
        """Return a browser's cookies after it has followed a link with a token."""
        if not self.cookies:
            with httpx.Client(timeout=60) as client:
                start = f"http://127.0.0.1:{self.port}{self.base}"
                client.get(f"{start}api/status?token={self.token}")
                client.get(f"{start}login", follow_redirects=False)
                self.cookies.update(dict(client.cookies))
        return self.cookies

    def api(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Call Jupyter's own API."""
        url = f"http://127.0.0.1:{self.port}{self.base}api/{path}"
        return httpx.request(method, url, headers=self.authorization, timeout=60, **options)

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Get a path of the extension, as the token's bearer unless told otherwise."""
        return self.call("GET", path, **options)

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Call a path of the extension, as the token's bearer unless told otherwise."""
        options.setdefault("headers", self.authorization)
        return httpx.request(method, self.url + path, timeout=60, **options)


@contextmanager
def jupyter(
    root: Path, *arguments: str, base: str = "/base/", ready_status: int = 200
) -> Iterator[JupyterProcess]:
    """Run a Jupyter server with the extension and nothing of the user's."""
    port = free_port()
    state = root.parent / f"state-{port}"
    state.mkdir()
    log = state / "log.txt"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyter_server", *options(port, base, root), *arguments],
            env=environment(state),
            cwd=root,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    server = JupyterProcess(process, port, base, root, log, state)
    try:
        wait_until_ready(server, ready_status)
        yield server
    finally:
        end(process)


def options(port: int, base: str, root: Path) -> list[str]:
    """Return the options every server under test has."""
    return [
        "--no-browser",
        "--allow-root",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.base_url={base}",
        f"--ServerApp.root_dir={root}",
        f"--IdentityProvider.token={TOKEN}",
        "--ServerApp.jpserver_extensions={'syncline.jupyter': True}",
    ]


def environment(state: Path) -> dict[str, str]:
    """Return an environment in which nothing of the user's configuration is seen."""
    folders = ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")
    own = {f"JUPYTER_{name}": str(state / name.lower()) for name in folders}
    roots = (PACKAGE_ROOT, TESTS_ROOT, os.environ.get("PYTHONPATH"))
    path = os.pathsep.join(root for root in roots if root)
    return {**os.environ, **own, "IPYTHONDIR": str(state / "ipython"), "PYTHONPATH": path}


def wait_until_ready(server: JupyterProcess, status: int, seconds: float = 60) -> None:
    """Wait until the server answers; fail with its log."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            if server.api("GET", "status").status_code == status:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError(f"the server did not start:\n{server.log.read_text()}")


def end(process: subprocess.Popen[bytes]) -> None:
    """End a server as a supervisor does."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
