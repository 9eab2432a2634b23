"""What the README promises runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import syncline as sl

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()


def test_the_sample_is_a_live_document() -> None:
    (sample,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    document = sl.Document()
    names: dict[str, object] = {}
    with sl.set_curdoc(document):
        exec(sample, names)
    slider, answer = names["slider"], names["answer"]
    assert isinstance(slider, sl.Slider)
    assert isinstance(answer, sl.Markdown)
    slider.value = 4
    assert "**16**" in answer.text
    assert [type(root) for root in document.roots] == [sl.Column]


def test_the_samples_of_the_chapter_on_models_run() -> None:
    samples = re.findall(r"```python\n(.*?)```", (ROOT / "docs/models.md").read_text(), re.DOTALL)
    document = sl.Document()
    names: dict[str, Any] = {"__name__": "models"}
    with sl.set_curdoc(document):
        for sample in samples:
            exec(sample, names)
    assert [type(root).__name__ for root in document.roots] == ["Gauge", "Counter"]
    names["gauge"].start()
    assert (names["gauge"].status, names["other"].value) == ("running", 50)
    assert names["sensor"].data["v"].tolist() == [1.5, 2.5, 3.5]


def test_the_samples_of_the_chapter_on_sessions_run() -> None:
    text = (ROOT / "docs/sessions.md").read_text()
    names: dict[str, Any] = {}
    for sample in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(sample, names)
    app = names["app"]
    assert app.session == "private"
    assert app.hooks("on_session_restored") == [names["restored"]]
    (root,) = app.create_document().roots
    assert [part.key for part in root.children] == ["name"]


def test_every_file_it_points_to_exists() -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_the_chapter_on_a_change_names_what_is_there() -> None:
    chapter = (ROOT / "docs" / "how-a-change-travels.md").read_text()
    steps = re.split(r"\n(?=\d+\. )", chapter)[1:]
    assert len(steps) == 22
    sources = ""
    for step in steps:
        words = re.findall(r"`([^`]+)`", step)
        for path in (word for word in words if re.fullmatch(r"[\w/]+/\w+\.(py|ts)", word)):
            room = "python/syncline" if path.endswith(".py") else "labextension/src"
            sources += (ROOT / room / path).read_text()
        names = [word.split(".")[-1] for word in words if re.fullmatch(r"[#\w.]+", word)]
        assert [n for n in names if not re.search(rf"{n}\b", sources)] == [], step


@pytest.mark.parametrize("name", ["coming-from-bokeh", "serving"])
def test_every_file_a_chapter_points_to_exists(name: str) -> None:
    chapter = ROOT / "docs" / f"{name}.md"
    targets = re.findall(r"\]\((?!http)([^)#]+)\)", chapter.read_text())
    assert targets
    assert [target for target in targets if not (chapter.parent / target).exists()] == []
