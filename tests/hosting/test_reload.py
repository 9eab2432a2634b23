"""Sessions that begin again by their application's code as it is now."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from syncline.apps import AppLoadError, AppNotFound, application_for
from syncline.hosting.notice import Notice
from syncline.hosting.reload import Reloader, what_failed
from syncline.hosting.site import Site
from syncline.ui import Slider

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from syncline.hosting import ServerSession

ELSEWHERE = Path("/elsewhere/app.py")
SCRIPT = """\
import syncline as sl
from shared import LABEL

sl.curdoc().add_root(sl.Slider(key="s", label=LABEL, value=1, max=100))
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "app.py"
    path.write_text(SCRIPT)
    (tmp_path / "other.py").write_text(SCRIPT)
    (tmp_path / "shared.py").write_text("LABEL = 'one'")
    return path


@pytest.fixture
async def site(script: Path) -> AsyncIterator[Site]:
    paths = {"app": script, "other": script.with_name("other.py")}
    made = Site({name: application_for(path) for name, path in paths.items()}, store="memory:")
    made.start()
    yield made
    await made.stop()


@pytest.fixture
def reloader(site: Site, script: Path) -> Reloader:
    return Reloader(site, {"app": script, "other": script.with_name("other.py")})


async def session_of(site: Site, place: str = "here") -> ServerSession:
    return await site.sessions.create(site.contexts["app"], place=place)


def slider(session: ServerSession) -> Slider:
    root = session.document.roots[0]
    assert isinstance(root, Slider)
    return root


async def test_a_session_keeps_its_name_its_place_and_its_values(
    site: Site, reloader: Reloader, script: Path
) -> None:
    old = await session_of(site)
    slider(old).value = 42
    script.with_name("shared.py").write_text("LABEL = 'another'")
    await reloader.reload("app")
    new = await session_of(site)
    assert new is not old
    assert (new.id, new.place, new.created) == (old.id, old.place, old.created)
    assert site.sessions.get(old.id, "app") is new
    assert (slider(new).label, slider(new).value) == ("another", 42)
    assert site.contexts["app"].sessions == (new.context,)
    assert len(site.sessions) == 1
    token = site.visits.tokens.read_page(new.context.token("view"), "app")
    assert token is not None
    assert (token.session, token.role, token.bearer) == (old.id, "view", True)


async def test_code_that_fails_changes_nothing_and_is_told(
    site: Site, reloader: Reloader, script: Path
) -> None:
    session = await session_of(site)
    slider(session).value = 42
    script.write_text(SCRIPT + "nothing\n")
    await reloader.reload("app")
    assert await session_of(site) is session
    assert slider(session).value == 42
    await session.settle(float("inf"))
    (told,) = (root for root in session.document.roots if isinstance(root, Notice))
    assert told.text == (
        "Still as before: app.py, line 5: NameError: name 'nothing' is not defined"
    )
    script.write_text(SCRIPT)
    await reloader.reload("app")
    mended = await session_of(site)
    assert [type(root) for root in mended.document.roots] == [Slider]
    assert slider(mended).value == 42


async def test_a_session_that_ends_meanwhile_is_not_made_again(site: Site, script: Path) -> None:
    session = await session_of(site)
    script.write_text("import syncline as sl\nsl.curdoc().title = 'x'\n")

    async def end(context: object) -> None:
        site.sessions.discard(session)

    site.contexts["app"].application.on_session_created(end)
    await site.sessions.rebuild(session)
    assert len(site.sessions) == 0


def test_what_apps_of_a_folder_share_concerns_them_all(reloader: Reloader, script: Path) -> None:
    def touched(name: str) -> list[str]:
        path = script.parent / name
        return [app for app in ("app", "other") if reloader._is_touched(app, [path])]

    assert touched("app.py") == ["app"]
    assert touched("other.py") == ["other"]
    assert touched("shared.py") == ["app", "other"]
    assert touched("lib/deep.py") == ["app", "other"]
    assert [app for app in ("app", "other") if reloader._is_touched(app, [ELSEWHERE])] == []


def test_what_failed_is_told_in_a_line(tmp_path: Path) -> None:
    assert what_failed(AppNotFound("no such file: x"), tmp_path) == "no such file: x"
    error = AppLoadError("app.py", 'Traceback\n  File "/lib/x.py", line 3, in f\nValueError: no')
    assert what_failed(error, tmp_path) == "ValueError: no"
