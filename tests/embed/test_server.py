"""The HTML that shows a served app elsewhere."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from syncline.embed import server_document, server_session


def read(html: str) -> dict[str, str | None]:
    """Return the attributes of the one element that there is."""
    found: list[tuple[str, dict[str, str | None]]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, dict(attrs)))

    Reader().feed(html)
    ((tag, attributes),) = found
    assert tag == "script"
    return attributes


def test_one_script_element_names_the_app() -> None:
    attributes = read(server_document("https://viz.example/prefix/app"))
    assert attributes == {
        "async": None,
        "src": "https://viz.example/prefix/app/autoload.js",
        "crossorigin": "anonymous",
    }


def test_arguments_come_behind_those_of_the_address() -> None:
    given = {"city": "São Paulo", "year": ["1", "2"], "odd": 'a"&<'}
    html = server_document("https://viz.example/app/?a=1#here", arguments=given)
    assert read(html)["src"] == (
        "https://viz.example/app/autoload.js?a=1&city=S%C3%A3o+Paulo&year=1&year=2&odd=a%22%26%3C"
    )


def test_a_relative_address_names_no_host() -> None:
    html = server_document("https://viz.example/prefix/app", relative_urls=True)
    assert read(html)["src"] == "/prefix/app/autoload.js"
    assert read(server_document("viz/app"))["src"] == "viz/app/autoload.js"


def test_theme_and_nonce_are_attributes_that_nothing_can_leave() -> None:
    html = server_document("https://viz.example/app", theme="dark", nonce='"><b>')
    assert read(html)["data-theme"] == "dark"
    assert read(html)["nonce"] == '"><b>'


@pytest.mark.parametrize("url", ["", "https://viz.example", "https://viz.example/", "file:///a"])
def test_what_is_no_address_of_an_app_is_told(url: str) -> None:
    with pytest.raises(ValueError, match="expected the URL of an app"):
        server_document(url)


def test_the_token_of_a_session_is_never_in_the_address() -> None:
    class Pulled:
        token: str | None = "secret"

    for session in ("secret", Pulled()):
        attributes = read(server_session(session, "https://viz.example/app"))
        assert attributes["data-token"] == "secret"
        assert "secret" not in (attributes["src"] or "")
    Pulled.token = None
    with pytest.raises(ValueError, match="has no token"):
        server_session(Pulled(), "https://viz.example/app")
