"""A server process on loopback: start it, wait until it answers, read its CPU time, end it."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

BENCH = Path(__file__).resolve().parents[1]
ROOT = BENCH.parent
PEERS_PYTHON = ROOT / ".peers" / "bin" / "python"
WEB_PYTHON = ROOT / ".peers" / "web" / "bin" / "python"
_OURS = ROOT / ".venv" / "bin" / "python"
OUR_PYTHON = _OURS if _OURS.exists() else Path(sys.executable)


def free_port() -> int:
    """Return a TCP port that was free on loopback a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of all threads of a process, from schedstat (nanosecond steps)."""
    total = 0
    for thread in Path(f"/proc/{pid}/task").iterdir():
        try:
            total += int((thread / "schedstat").read_text().split()[0])
        except OSError:
            # a thread may end between the listing and the reading
            continue
    return total / 1e9


def resident_bytes(pid: int) -> int:
    """Return the memory of a process that is in RAM."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@contextlib.contextmanager
def pinned(pids: Sequence[int]) -> Iterator[None]:
    """Keep processes on one core and this one on another, where the system can."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    cores = os.sched_getaffinity(0)
    for pid in pids:
        os.sched_setaffinity(pid, {min(cores)})
    os.sched_setaffinity(0, {max(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def can_import(python: Path, module: str) -> bool:
    """Tell whether an interpreter exists and has a module."""
    if not python.exists():
        return False
    done = subprocess.run([python, "-c", f"import {module}"], capture_output=True, check=False)
    return done.returncode == 0


class ServerProcess:
    """Run a command that serves HTTP until the `with` block ends."""

    def __init__(
        self,
        argv: Sequence[str | Path],
        ready_url: str,
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        timeout: float = 60,
    ) -> None:
        self.ready_url = ready_url
        self.timeout = timeout
        # closed by `stop`
        self._log = tempfile.TemporaryFile("w+b")  # noqa: SIM115
        self._process = subprocess.Popen(
            [str(part) for part in argv],
            stdout=self._log,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(env or {})},
            cwd=cwd,
        )

    @property
    def pid(self) -> int:
        """The process id of the server."""
        return self._process.pid

    def log(self) -> str:
        """Return the end of what the server wrote."""
        self._log.seek(0)
        return self._log.read().decode(errors="replace")[-3000:]

    def wait_ready(self) -> None:
        """Wait until the server answers its ready URL with 200."""
        give_up = time.monotonic() + self.timeout
        while True:
            if self._process.poll() is not None:
                raise RuntimeError(f"the server ended at start:\n{self.log()}")
            try:
                with urllib.request.urlopen(self.ready_url, timeout=5) as reply:
                    reply.read()
                return
            except (urllib.error.URLError, OSError):
                if time.monotonic() > give_up:
                    raise RuntimeError(f"no answer at {self.ready_url}:\n{self.log()}") from None
                time.sleep(0.1)

    def stop(self) -> None:
        """End the process by its id, gently first."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(8)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._log.close()

    def __enter__(self) -> Self:
        try:
            self.wait_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
