"""One managed session server: started on first use, ended with the Jupyter server."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import socket
import tempfile
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from syncline.jupyter.dial import Address, Dial

if TYPE_CHECKING:
    from collections.abc import Iterator
    from logging import Logger

    from syncline.jupyter.command import Command
    from syncline.jupyter.config import Syncline

SECRET_VARIABLE = "SYNCLINE_PROXY_SECRET"
POLL_SECONDS = 0.05


class SidecarFailed(RuntimeError):
    """A session server did not start; the text is fit for its viewer."""


@dataclass(slots=True)
class Running:
    """A started process, its address and its way in."""

    process: asyncio.subprocess.Process
    folder: str
    dial: Dial
    log: asyncio.Task[None]
    since: float


@dataclass(slots=True)
class Sidecar:
    """Starts one session server when it is needed and again after a crash."""

    name: str
    command: Command
    config: Syncline
    logger: Logger
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    users: int = 0
    """Requests and open websockets."""
    last_used: float = 0.0
    _running: Running | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def dial(self) -> Dial:
        """Return the way to the running server; start it, once, if there is none."""
        async with self._lock:
            self._touch()
            if self._running is not None and self._running.process.returncode is None:
                return self._running.dial
            if self._running is not None:
                self._report_crash(self._running)
                await self._end(self._running)
            self._running = await self._start()
            return self._running.dial

    async def stop(self) -> None:
        """End the server, if one runs."""
        async with self._lock:
            running, self._running = self._running, None
            if running is not None:
                await self._end(running)

    def kill(self) -> None:
        """End the server at once, without an event loop."""
        if self._running is not None:
            if self._running.process.returncode is None:
                self._running.process.kill()
            shutil.rmtree(self._running.folder, ignore_errors=True)

    def idle(self, now: float) -> bool:
        """Tell whether it runs and nobody has used it for the idle time-out."""
        limit = self.config.idle_timeout
        unused = self.users == 0 and now - self.last_used > limit
        return bool(limit) and self._running is not None and unused

    def enter(self) -> None:
        """Count one user more."""
        self.users += 1
        self._touch()

    def leave(self) -> None:
        """Count one user less."""
        self.users -= 1
        self._touch()

    def _touch(self) -> None:
        self.last_used = asyncio.get_running_loop().time()

    async def _start(self) -> Running:
        folder = tempfile.mkdtemp(prefix="syncline-")
        address = free_address(folder)
        try:
            process = await self._spawn(address)
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise self._failed(f"cannot be started ({error.strerror})") from error
        log = asyncio.create_task(self._copy_log(process))
        since = asyncio.get_running_loop().time()
        running = Running(process, folder, Dial(address), log, since)
        try:
            await self._ready(running, address)
        except BaseException:
            await self._end(running)
            raise
        return running

    async def _spawn(self, address: Address) -> asyncio.subprocess.Process:
        argv = self.command.argv(address)
        self.logger.info("syncline: starting server %r", self.name)
        return await asyncio.create_subprocess_exec(
            *argv,
            # The secret is in the environment: a command line can be read by every user.
            env={**os.environ, SECRET_VARIABLE: self.secret},
            # The child ends when this pipe closes, however this process ends.
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )

    async def _ready(self, running: Running, address: Address) -> None:
        deadline = running.since + self.config.startup_timeout
        loop = asyncio.get_running_loop()
        while not await answers(address):
            if running.process.returncode is not None:
                # The last lines say why; they are wanted in the log before the error.
                await asyncio.wait([running.log], timeout=1)
                raise self._failed(f"ended with exit code {running.process.returncode}")
            if loop.time() > deadline:
                raise self._failed(f"did not answer within {self.config.startup_timeout:g} s")
            await asyncio.sleep(POLL_SECONDS)

    async def _end(self, running: Running) -> None:
        process = running.process
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), self.config.stop_timeout)
            except TimeoutError:
                process.kill()
                await process.wait()
        if process.stdin is not None:
            process.stdin.close()
        running.dial.close()
        running.log.cancel()
        shutil.rmtree(running.folder, ignore_errors=True)

    async def _copy_log(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while chunk := await process.stdout.read(1 << 16):
            for line in _lines(chunk):
                self.logger.info("[syncline %s] %s", self.name, line)

    def _failed(self, what: str) -> SidecarFailed:
        error_id = uuid.uuid4().hex[:8]
        self.logger.error("syncline: server %r %s, error %s", self.name, what, error_id)
        return SidecarFailed(
            f"The session server {self.name!r} {what}. "
            f"The Jupyter server's log says more, near error {error_id}."
        )

    def _report_crash(self, running: Running) -> None:
        code = running.process.returncode
        self.logger.warning(
            "syncline: server %r had ended with exit code %s, starting it again", self.name, code
        )


def _lines(chunk: bytes) -> Iterator[str]:
    yield from chunk.decode(errors="replace").splitlines()


def free_address(folder: str) -> Address:
    """Return an address to listen on: a socket in the private folder, else a loopback port."""
    if hasattr(socket, "AF_UNIX"):
        return str(Path(folder, "server.sock"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


async def answers(address: Address) -> bool:
    """Tell whether something listens at the address."""
    try:
        if isinstance(address, str):
            _, writer = await asyncio.open_unix_connection(address)
        else:
            _, writer = await asyncio.open_connection("127.0.0.1", address)
    except OSError:
        return False
    writer.close()
    return True
