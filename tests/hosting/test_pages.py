"""What a page tells the browser to fetch at once."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from syncline.hosting.pages import UNKNOWN, Pages
from syncline.hosting.static import StaticFiles

MANIFEST = {
    "script": "page.js",
    "styles": ["page.css"],
    "types": {
        "ui/Slider@1": ["shared.js", "slider.js"],
        "ui/Button@1": ["shared.js", "button.js"],
        "ui/Markdown@1": ["content.js"],
        "ui/Mount@1": ["shared.js"],
    },
}


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    (tmp_path / "manifest.json").write_text(json.dumps(MANIFEST), encoding="utf-8")
    return Pages(StaticFiles(tmp_path))


def preloads(html: str) -> list[str]:
    return re.findall(r'<link rel="modulepreload" href="s/([^"]+)">', html)


def page(pages: Pages, types: Sequence[str] = UNKNOWN) -> str:
    return pages.app(socket="ws", token=None, title="T", static="s/", types=types).html


def test_the_views_of_a_documents_types_are_fetched_at_once_and_only_once(pages: Pages) -> None:
    html = page(pages, ["ui/Slider@1", "ui/Button@1", "ui/Slider@1"])
    assert preloads(html) == ["shared.js", "button.js", "slider.js"]


def test_a_page_is_as_its_reader_has_it_unless_it_is_said(pages: Pages) -> None:
    for theme, attribute in (("auto", ""), ("dark", ' data-theme="dark"')):
        html = pages.app(socket="ws", token=None, title="T", static="s/", theme=theme).html
        assert f'<html lang="en"{attribute}>' in html


def test_a_type_without_a_view_of_ours_adds_nothing(pages: Pages) -> None:
    assert preloads(page(pages, ["my/Odd@1"])) == []


def test_an_unknown_document_gets_what_most_documents_need(pages: Pages) -> None:
    assert preloads(page(pages)) == ["content.js", "shared.js"]


def test_pages_of_the_same_types_have_a_title_and_a_token_of_their_own(pages: Pages) -> None:
    for title, escaped, token in (("A", "A", "t1"), ("<b> \0", "&lt;b&gt; \0", "t2</script>")):
        html = pages.app(socket="ws", token=token, title=title, static="s/").html
        assert f"<title>{escaped}</title>" in html
        (data,) = re.findall(r'id="syncline-page">(.*?)</script>', html)
        assert (json.loads(data)["title"], json.loads(data)["token"]) == (title, token)
