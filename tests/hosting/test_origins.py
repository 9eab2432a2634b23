from __future__ import annotations

import socket

import pytest

from syncline.hosting import BadOrigin, Origins, is_loopback
from syncline.hosting.origins import normal_origin


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("127.0.0.1:5006", True),
        ("localhost:5006", True),
        ("LOCALHOST", True),
        ("[::1]:5006", True),
        ("127.8.9.1", True),
        ("evil.example", False),
        ("localhost.evil.example", False),
        ("evil-localhost", False),
        ("10.0.0.5", False),
        ("user@127.0.0.1", True),
        ("[::1", False),
        ("", False),
        (None, False),
    ],
)
def test_on_loopback_only_loopback_names_are_ours(host: str | None, allowed: bool) -> None:
    assert Origins().allows_host(host) is allowed


def test_on_a_public_address_any_literal_and_our_own_name_are_ours() -> None:
    origins = Origins("0.0.0.0")
    assert origins.allows_host("10.0.0.5:5006")
    assert origins.allows_host(f"{socket.gethostname()}:5006")
    assert not origins.allows_host("evil.example")


def test_the_host_of_an_allowed_origin_is_ours() -> None:
    origins = Origins(allowed=["https://dash.example"])
    assert origins.allows_host("dash.example")
    assert not origins.allows_host("evil.dash.example")


@pytest.mark.parametrize(
    ("origin", "host", "allowed"),
    [
        (None, "a.example", True),
        ("http://a.example", "a.example", True),
        ("http://a.example:80", "a.example", True),
        ("https://a.example", "a.example:443", True),
        ("https://a.example", "a.example", True),
        ("http://A.example", "a.EXAMPLE", True),
        ("http://a.example:81", "a.example", False),
        ("http://a.example", "a.example:81", False),
        ("http://a.example.evil", "a.example", False),
        ("http://evil.a.example", "a.example", False),
        ("null", "a.example", False),
        ("http://a.example/path", "a.example", False),
        ("http://user@a.example", "a.example", False),
        ("http://a.example", None, False),
        ("http://[::1]:5006", "[::1]:5006", True),
    ],
)
def test_the_same_origin_is_same_in_host_and_port(
    origin: str | None, host: str | None, allowed: bool
) -> None:
    assert Origins().allows_origin(origin, host) is allowed


def test_the_allow_list_is_exact() -> None:
    origins = Origins(allowed=["https://dash.example:8443", "HTTP://Viz.Example"])
    assert origins.allows_origin("https://dash.example:8443", "localhost")
    assert origins.allows_origin("https://DASH.example:8443", "localhost")
    assert origins.allows_origin("http://viz.example:80", "localhost")
    for other in (
        "https://dash.example",
        "http://dash.example:8443",
        "https://x.dash.example:8443",
        "https://viz.example",
    ):
        assert not origins.allows_origin(other, "localhost")


@pytest.mark.parametrize("word", ["*", "dash.example", "https://", "https://a/b", "ftp://a", "x:y"])
def test_what_is_no_origin_is_refused_at_the_start(word: str) -> None:
    with pytest.raises(BadOrigin, match="expected scheme://host"):
        normal_origin(word)


def test_loopback_is_known_in_every_spelling() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "127.9.9.9", "::1", "localhost", "LOCALHOST")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "", "10.0.0.1", "example.org")))
