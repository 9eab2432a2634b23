from __future__ import annotations

import pytest

from syncline.apps import Headers, Request, RequestFilter

SENT = [
    ("Accept-Language", "de"),
    ("X-Tenant", "acme"),
    ("Cookie", "syncline-browser-app=secret; theme=dark"),
    ("Authorization", "Bearer secret"),
    ("Proxy-Authorization", "Basic secret"),
    ("Sec-WebSocket-Protocol", "syncline.v1, syncline.t.secret"),
    ("X-Syncline-Secret", "secret"),
    ("X-Syncline-User", "ann"),
]
COOKIES = {"syncline-browser-app": "secret", "theme": "dark", "lang": "de"}


def test_headers_are_found_in_whatever_case_they_are_written() -> None:
    headers = Headers([("X-Tenant", "acme")])
    assert headers["x-tenant"] == headers["X-TENANT"] == "acme"
    assert "x-Tenant" in headers
    assert dict(headers) == {"X-Tenant": "acme"}
    assert repr(headers) == "Headers({'X-Tenant': 'acme'})"


def test_no_secret_is_shown_unless_it_is_asked_for() -> None:
    shown = RequestFilter()
    assert dict(shown.headers(SENT)) == {"Accept-Language": "de", "X-Tenant": "acme"}
    assert shown.cookies(COOKIES) == {"theme": "dark", "lang": "de"}


def test_what_is_excluded_is_not_shown() -> None:
    shown = RequestFilter.of(exclude_headers=["x-TENANT"], exclude_cookies=["theme"])
    assert dict(shown.headers(SENT)) == {"Accept-Language": "de"}
    assert shown.cookies(COOKIES) == {"lang": "de"}


def test_a_single_name_is_not_several_letters() -> None:
    shown = RequestFilter.of(exclude_headers="x-TENANT", exclude_cookies="theme")
    assert dict(shown.headers(SENT)) == {"Accept-Language": "de"}
    assert shown.cookies(COOKIES) == {"lang": "de"}
    assert RequestFilter.of(include_cookies="lang").cookies(COOKIES) == {"lang": "de"}


def test_only_what_is_included_is_shown_and_never_a_secret_of_the_server() -> None:
    shown = RequestFilter.of(
        include_headers=["authorization", "cookie", "X-Syncline-Secret"],
        include_cookies=["theme", "syncline-browser-app"],
    )
    assert dict(shown.headers(SENT)) == {"Authorization": "Bearer secret"}
    assert shown.cookies(COOKIES) == {"theme": "dark"}


@pytest.mark.parametrize("what", ["headers", "cookies"])
def test_one_thing_is_not_both_included_and_excluded(what: str) -> None:
    with pytest.raises(ValueError, match=f"{what} are either included or excluded"):
        RequestFilter.of(**{f"include_{what}": [], f"exclude_{what}": []})


def test_a_request_that_says_nothing_is_empty() -> None:
    assert (Request().arguments, Request().user, len(Request().headers)) == ({}, None, 0)
