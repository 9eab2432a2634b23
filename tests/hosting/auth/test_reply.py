"""Where somebody is sent after the login: never anywhere else."""

from __future__ import annotations

import pytest

from syncline.hosting.auth.reply import Cookie, browser_cookie, redirect, safe_next


@pytest.mark.parametrize("good", ["", "counter", "counter?x=1&y=a%20b", "a%C3%A4", "admin", "x#y"])
def test_an_address_of_the_server_is_gone_to(good: str) -> None:
    assert safe_next(good) == good


@pytest.mark.parametrize(
    "bad",
    [
        None,
        "/counter",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "a//evil.example",
        "%2f%2fevil.example",
        "%5cevil.example",
        "https://evil.example",
        "../other",
        "a/../../b",
        "%2e%2e/other",
        ".",
        "counter\r\nSet-Cookie: a=b",
        "counter%0d%0aSet-Cookie:a=b",
        " counter",
        "a b",
        "\tjavascript:alert(1)",
        "ä",
        "a" * 2001,
    ],
)
def test_any_other_is_the_index(bad: str | None) -> None:
    assert safe_next(bad) == ""


def test_a_scheme_is_only_a_strange_name_of_an_app() -> None:
    # Behind "./" or "../" it is a path.
    assert "./" + safe_next("javascript:alert(1)") == "./javascript:alert(1)"


def test_a_cookie_is_for_no_script_and_no_other_site() -> None:
    cookie = Cookie("a", "b", 60, secure=True)
    assert cookie.header == "a=b; Max-Age=60; HttpOnly; SameSite=Lax; Secure"
    kept = browser_cookie("my app", "value", "http")
    assert kept.header == "syncline-browser-my_app=value; HttpOnly; SameSite=Lax"
    assert Cookie("a", "", 0, secure=False, path="/").header.endswith("SameSite=Lax; Path=/")


def test_a_redirect_is_a_get_and_kept_nowhere() -> None:
    page = redirect("./")
    assert (page.status, page.headers["Cache-Control"]) == (303, "no-store")
