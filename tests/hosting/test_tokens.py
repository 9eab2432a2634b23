from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from syncline.hosting import Tokens, cookie_name
from syncline.hosting.tokens import TOKEN_LIFETIME, as_subprotocol, new_id, token_in

if TYPE_CHECKING:
    import pytest


def test_a_cookie_names_its_session_to_its_own_app_and_server_only() -> None:
    tokens = Tokens("secret")
    cookie = tokens.cookie("app", "s1")
    assert tokens.browser_of(cookie, "app") == "s1"
    assert tokens.browser_of(cookie, "other") is None
    assert Tokens("other").browser_of(cookie, "app") is None
    assert Tokens("secret").browser_of(cookie, "app") == "s1"
    for forged in (None, "", "s1", cookie[:-1], cookie + "x", tokens.page("app", "s1")):
        assert tokens.browser_of(forged, "app") is None


def test_a_page_token_says_what_it_grants() -> None:
    tokens = Tokens()
    token = tokens.read_page(tokens.page("app", "s1", "alice", "view"), "app")
    assert token is not None
    assert (token.session, token.user, token.role) == ("s1", "alice", "view")


def test_a_page_token_is_good_for_its_own_purpose_only() -> None:
    tokens = Tokens()
    page = tokens.page("app", "s1")
    assert tokens.read_page(page, "other") is None
    assert Tokens().read_page(page, "app") is None
    for forged in (None, "", page[:-1], "x" + page, tokens.cookie("app", "s1")):
        assert tokens.read_page(forged, "app") is None


def test_a_page_token_says_when_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = Tokens()
    page = tokens.page("app", "s1")
    fresh = tokens.read_page(page, "app")
    assert fresh is not None
    assert not fresh.expired
    later = time.time() + TOKEN_LIFETIME + 1
    monkeypatch.setattr(time, "time", lambda: later)
    assert fresh.expired


def test_a_token_travels_as_a_subprotocol() -> None:
    name = as_subprotocol("a token.with~signs")
    assert re.fullmatch(r"syncline\.t\.[\w-]+", name)
    assert token_in(["syncline.v1", name]) == "a token.with~signs"
    assert token_in(["syncline.v1"]) is None
    assert token_in(["syncline.t.!"]) in (None, "")
    assert token_in(["syncline.t._w"]) is None


def test_a_cookie_is_called_after_its_app_in_letters_every_browser_takes() -> None:
    assert cookie_name("rain") == "syncline-browser-rain"
    assert re.fullmatch(r"[\w.-]+", cookie_name("a b/ü;=nb.ipynb"))


def test_session_ids_are_not_guessed() -> None:
    assert len({new_id() for _ in range(1000)}) == 1000
    assert len(new_id()) == 22
