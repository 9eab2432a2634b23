"""A document as one file, and as pieces of a page."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import syncline as sl
from syncline.embed import NotBuilt, components, export, runtime

EVIL = "</script><script>alert(1)</script><!--"


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A small front end."""
    folder = tmp_path / "static"
    folder.mkdir()
    (folder / "copy.js").write_text('show("</script><!--");')
    (folder / "page.css").write_text("a {}")
    (folder / "embed.css").write_text("b {}")
    manifest = {"copy": "copy.js", "styles": ["page.css"], "embed": {"styles": ["embed.css"]}}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    monkeypatch.setattr(runtime, "BUILT", folder)
    runtime._manifest.cache_clear()
    runtime._read.cache_clear()
    yield folder
    runtime._manifest.cache_clear()
    runtime._read.cache_clear()


def content(html: str) -> dict[str, Any]:
    """Return what a page carries."""
    (text,) = re.findall(
        r'<script type="application/json" class="syncline-copy">(.*?)</script>', html, re.DOTALL
    )
    read: dict[str, Any] = json.loads(text)
    return read


@pytest.mark.usefixtures("built")
def test_an_export_is_one_file_with_a_badge_and_its_size(tmp_path: Path) -> None:
    doc = sl.Document(title=EVIL)
    doc.add_root(sl.Markdown(text=EVIL))
    path = tmp_path / "out.html"
    assert export(doc, path) == path.stat().st_size
    html = path.read_text()
    read = content(html)
    assert read["documents"][""]["doc"]["title"] == EVIL
    assert re.fullmatch(
        r"A copy of \d+ [A-Z][a-z]+ \d{4}, \d\d:\d\d UTC\. Changes are not kept\.", read["note"]
    )
    assert read["places"] == {"syncline-root": None}
    # The data, the script and its own end: nothing of the content is an element.
    assert html.count("<script") == html.count("</script") == 2
    assert "<title>&lt;/script&gt;" in html
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.html", "static"]


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("trust", [False, True])
def test_an_export_runs_its_own_script_and_connects_to_nothing(tmp_path: Path, trust: bool) -> None:
    export(sl.Slider(), tmp_path / "out.html", title="Mine", trust=trust)
    html = (tmp_path / "out.html").read_text()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert policy is not None
    rules = policy[1].replace("&#x27;", "'").split("; ")
    (script,) = re.findall(r'<script type="module">(.*?)</script>', html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'{' blob:' if trust else ''}" in rules
    assert {"default-src 'none'", "connect-src data:"} <= set(rules)
    assert not [rule for rule in rules if "http" in rule or "self" in rule]
    assert "<title>Mine</title>" in html


@pytest.mark.usefixtures("built")
def test_an_export_that_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        export(sl.Slider(), tmp_path / "nowhere" / "out.html")
    folder = tmp_path / "out.html"
    (folder / "inside").mkdir(parents=True)
    with pytest.raises(OSError, match=r"out\.html"):
        export(sl.Slider(), folder)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.html", "static"]


@pytest.mark.usefixtures("built")
def test_components_are_a_script_and_as_many_divs_as_models() -> None:
    doc = sl.Document()
    first, second = sl.Slider(), sl.Slider()
    doc.add_root(sl.Column(first, second))
    script, divs = components({"a": first, "b": second}, nonce='"n')
    assert divs.keys() == {"a", "b"}
    read = content(script)
    ids = {name: re.fullmatch(r'<div id="([\w-]+)"></div>', div) for name, div in divs.items()}
    assert read["places"] == {
        found[1]: model.id
        for found, model in ((ids["a"], first), (ids["b"], second))
        if found is not None
    }
    assert read["styles"] == "b {}"
    assert '<script type="module" nonce="&quot;n">' in script
    assert len(components([first, second])[1]) == 2
    assert list(content(components(first)[0])["places"].values()) == [first.id]
    assert list(content(components(doc)[0])["places"].values()) == [None]
    # A second copy in the same page has places of its own.
    assert components(first)[1] != components(first)[1]


def test_without_a_built_front_end_there_is_no_copy(built: Path) -> None:
    (built / "manifest.json").unlink()
    with pytest.raises(NotBuilt, match="has not been built"):
        components(sl.Slider())
