"""What the chapter on apps promises runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import syncline as sl
from syncline.apps import Application, ApplicationContext, Request, SessionContext, application_for
from syncline.model import Event

TEXT = (Path(__file__).resolve().parents[2] / "docs/apps.md").read_text(encoding="utf-8")
SAMPLES = dict(re.findall(r"```python\n# (\S+)\n(.*?)```", TEXT, re.DOTALL))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, source in SAMPLES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(source)
    return tmp_path


def opened(app: Application, request: Request | None = None) -> sl.Document:
    doc = sl.Document()
    SessionContext("s", ApplicationContext("app", app), doc, request)
    app.load()
    app.initialize_document(doc)
    return doc


def test_every_python_sample_has_a_name() -> None:
    assert len(SAMPLES) == TEXT.count("```python")


def test_the_greeting_greets_whom_the_query_names(folder: Path) -> None:
    app = application_for(folder / "greeting.py")
    for arguments, text in (({}, "Hello, you"), ({"name": ("Ann",)}, "Hello, Ann")):
        doc = opened(app, Request(arguments=arguments))
        assert doc.roots[0].text == text  # type: ignore[attr-defined]
        app.close_document(doc)


async def test_the_counter_is_served(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {"__name__": "counter"}
    exec(SAMPLES["counter.py"], names)
    app = names["app"]
    assert isinstance(app, Application)
    assert app.metadata == {"version": 3}
    await names["main"]()  # type: ignore[operator]
    assert capsys.readouterr().out.endswith("/counter\n")
    doc = opened(app)
    slider, text = doc.roots[0].children  # type: ignore[attr-defined]
    slider.value = 4
    assert text.text == "n = 4"
    doc.close()


def test_the_folders_hooks_prepare_what_its_sessions_find(folder: Path) -> None:
    app = application_for(folder / "rain")
    app.load()
    (loaded,) = app.hooks("on_server_loaded")
    loaded(None)
    assert len(app.hooks("on_session_destroyed")) == 1
    doc = opened(app)
    assert doc.template_variables == {"source": "one for all sessions"}
    app.close_document(doc)


async def test_the_clock_ticks(folder: Path) -> None:
    app = application_for(folder / "clock.py")
    doc = opened(app)
    count = len(doc.timers)
    app.close_document(doc)
    assert (count, len(doc.timers)) == (3, 0)


async def test_the_training_tells_its_progress(folder: Path) -> None:
    app = application_for(folder / "train.py")
    doc = opened(app)
    button, progress = doc.roots[0].children  # type: ignore[attr-defined]
    seen: list[str] = []
    progress.observe(lambda event: seen.append(event.new), "text", every=True)
    (handler,) = button.handlers("click")
    await handler.fn(Event(button, "click"))
    assert seen[0] == "1 of 50"
    assert seen[-1] == "50 steps: done"
    app.close_document(doc)
