"""What the README promises runs."""

from __future__ import annotations

import re
from pathlib import Path

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


def test_every_file_it_points_to_exists() -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
