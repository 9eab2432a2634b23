"""A server that speaks TLS, with a certificate of its own."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncline.client import connect, pull_session
from syncline.client.errors import ServerGone
from tests.cli.certificate import self_signed
from tests.cli.test_serve import PACKAGES, serving
from tests.client.conftest import APP, ROOT
from tests.client.models import Counter


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return self_signed(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def url(certificate: tuple[Path, Path]) -> Iterator[str]:
    cert, key = certificate
    words = ("--port", "0", "--ssl-certfile", cert, "--ssl-keyfile", key)
    with serving(APP, *words, PYTHONPATH=f"{PACKAGES}{os.pathsep}{ROOT}") as process:
        yield process.url()


@pytest.fixture
def context(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate[0]))


async def test_a_document_comes_by_a_websocket_with_tls(url: str, context: ssl.SSLContext) -> None:
    assert url.startswith("https://")
    async with await pull_session(url, ssl_context=context) as doc:
        (counter,) = doc.roots
        assert isinstance(counter, Counter)
        counter.value = 4.0
        await doc.until(lambda: counter.text == "4")
        joined = pull_session(url, token=doc.token, ssl_context=context)
        async with await joined as other:
            (same,) = other.roots
            assert isinstance(same, Counter)
            assert same.text == "4"


def test_scripts_say_whom_they_believe_too(url: str, context: ssl.SSLContext) -> None:
    with connect(url, ssl_context=context) as doc:
        assert isinstance(doc.roots[0], Counter)


async def test_a_certificate_that_is_not_believed_is_told(url: str) -> None:
    with pytest.raises(ServerGone, match="certificate"):
        await pull_session(url)
