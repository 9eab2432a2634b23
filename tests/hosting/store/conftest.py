"""Each store there is, and the clock that its times are read from."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError

from syncline.hosting.store import MemoryStore, Store, open_store
from tests.ports import free_port

SECONDS = 20


@contextlib.contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """Run a Redis of its own; yield its URL."""
    program = shutil.which("redis-server")
    assert program is not None, "tests need redis-server: see scripts/setup-services.sh"
    port = free_port()
    options = f"--port {port} --bind 127.0.0.1 --appendonly no --dir {folder}"
    process = subprocess.Popen([program, *options.split(), "--save", ""], stdout=subprocess.DEVNULL)
    try:
        url = f"redis://127.0.0.1:{port}/0"
        _answers(url)
        yield url
    finally:
        process.terminate()
        process.wait(SECONDS)


def _answers(url: str) -> None:
    deadline = time.monotonic() + SECONDS
    with Redis.from_url(url) as client:
        while True:
            try:
                client.ping()
            except RedisError:
                assert time.monotonic() < deadline, "Redis did not start"
                time.sleep(0.02)
            else:
                return


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(params=["memory", "sqlite", "redis"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    match request.param:
        case "memory":
            made: Store = MemoryStore()
        case "sqlite":
            made = open_store(f"sqlite:{tmp_path}/sessions.db")
        case _:
            url = request.getfixturevalue("redis_url")
            with Redis.from_url(url) as client:
                client.flushdb()
            made = open_store(url)
    yield made
    made.close()
