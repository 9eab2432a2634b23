"""What the chapter on FastAPI shows runs."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

import syncline as sl
from tests.asgi.serving import serving

ROOT = Path(__file__).resolve().parents[2]
CHAPTER = (ROOT / "docs/fastapi.md").read_text(encoding="utf-8")
SAMPLES = re.findall(r"```python\n# (\w+)\.py\n(.*?)```", CHAPTER, re.DOTALL)


@pytest.fixture
def sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Import a sample by its name."""
    for name, text in SAMPLES:
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    yield __import__
    for name, _ in SAMPLES:
        sys.modules.pop(name, None)


async def fetch(url: str, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(headers=headers) as client:
        return await client.get(url)


@pytest.mark.parametrize("name", ["main", "lifespan"])
async def test_the_counter_is_served_and_ends_with_the_application(sample: Any, name: str) -> None:
    app = sample(name).app
    viz = sample("main").viz
    async with serving(app) as url:
        assert (await fetch(f"{url}/viz/counter")).status_code == 200
        assert len(viz.site.sessions) == 1
    assert len(viz.site.sessions) == 0


async def test_only_ann_gets_in(sample: Any) -> None:
    module = sample("signed_in")
    async with serving(module.app) as url:
        assert (await fetch(f"{url}/viz/counter")).status_code == 401
        ann = await fetch(f"{url}/viz/counter", **{"X-Token": "known to Ann"})
        assert ann.status_code == 200
        assert [session.context.user for session in module.viz.site.sessions] == ["ann"]


async def test_the_rooms_are_those_of_the_application(sample: Any) -> None:
    module = sample("shared")
    async with serving(module.app) as url:
        await fetch(f"{url}/viz/rooms")
        (session,) = module.viz.site.sessions
        (root,) = session.document.roots
        assert isinstance(root, sl.Markdown)
        assert root.text == "bath, kitchen"


def test_every_sample_has_a_name() -> None:
    assert CHAPTER.count("```python") == len(SAMPLES)
