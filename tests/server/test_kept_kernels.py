"""What lives in a notebook's kernel, across processes: real kernels, a real store."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from syncline.hosting import run
from syncline.hosting.reload import Reloader
from tests.cli.test_serve import Running, environment
from tests.hosting.notebooks import write
from tests.ports import free_port
from tests.server.browsing import Browser, Socket, has, model
from tests.server.test_notebook import SLIDER, TEXT, attach, finished, only_session

if TYPE_CHECKING:
    from collections.abc import Callable

    from syncline.server import Server
    from tests.server.conftest import Serve

FORM = """\
import syncline as sl
class Form(sl.Model, type='test/KeptForm@1'):
    name: str = sl.prop(default='', client=True)
    secret: str = sl.prop(default='', client=True, saved=False)
    count: int = sl.prop(default=0)
form = Form(key='form')
def counted(event):
    form.count += 1
form.observe(counted, 'name')
form"""
SECONDS = 30


class Place:
    """A server with a store that may be stopped and started again."""

    def __init__(self, serve: Serve, folder: Path) -> None:
        self._serve = serve
        self.folder = folder
        self.server: Any = None
        self._browser: Browser | None = None

    async def start(self, *cells: str) -> Server:
        app = write(self.folder / "nb.ipynb", *cells)
        store = f"sqlite:{self.folder}/sessions.db"
        self.server = self._serve(app, store=store, secret_key="x" * 40)
        return self.server  # type: ignore[no-any-return]

    @property
    def browser(self) -> Browser:
        """The one visitor, with its cookies."""
        if self._browser is None:
            self._browser = Browser(self.server)
        self._browser.server = self.server
        return self._browser

    async def open(self) -> tuple[str, Socket]:
        """Return the first document of the kernel, and a connection to it."""
        page = await self.browser.open("nb")
        _, mount = model(await page.document(has("Mount")), "Mount")
        return mount["doc"], await attach(self.browser, "nb", mount["doc"])

    async def begun(self, *cells: str) -> tuple[Server, Socket]:
        """Return the server when all cells have run, and a page of the first document."""
        server = await self.start(*cells)
        _, page = await self.open()
        await page.greet()
        await finished(server)
        return server, page


@pytest.fixture
def place(serve: Serve, tmp_path: Path) -> Place:
    return Place(serve, tmp_path)


def the_form(doc: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the id and the properties of the form."""
    ((m, found),) = doc["models"].items()
    assert found["type"].startswith("test/KeptForm@1#")
    return m, found["props"]


def form_has(**values: Any) -> Callable[[dict[str, Any]], bool]:
    return lambda doc: all(the_form(doc)[1][name] == value for name, value in values.items())


async def fill(page: Socket, **values: Any) -> None:
    await put(page, the_form(await page.pull())[0], **values)


async def slide(page: Socket, value: int) -> None:
    await put(page, model(await page.pull(), "Slider")[0], value=value)


async def put(page: Socket, m: str, **values: Any) -> None:
    ops = [{"op": "set", "m": m, "p": [name], "v": value} for name, value in values.items()]
    assert (await page.patch(*ops))["header"]["msgtype"] != "ERROR"


@pytest.mark.parametrize("front", ["tornado", "asgi"])
async def test_what_was_entered_in_a_notebook_is_there_in_the_next_process(place: Place) -> None:
    server = await place.start(SLIDER, TEXT)
    doc, page = await place.open()
    await page.greet()
    await finished(server)
    await slide(page, 7)
    await page.document(has("Markdown", text="n=7"))
    await server.stop()
    await place.start(SLIDER, TEXT.replace("n=3", "N=3"))
    again, page = await place.open()
    assert again == doc
    found = await page.greet()
    assert has("Slider", value=7)(found)
    # What a callback had made of it counts as well.
    assert has("Markdown", text="n=7")(found)


async def test_what_the_cells_have_made_goes_by_the_cells_as_they_are_now(place: Place) -> None:
    server, page = await place.begun(SLIDER, TEXT)
    await server.stop()
    await place.start(SLIDER.replace("3.0", "4.0"), TEXT.replace("n=3", "n=4"))
    _, page = await place.open()
    found = await page.greet()
    assert has("Slider", value=4)(found)
    assert has("Markdown", text="n=4")(found)


async def test_observers_run_and_secrets_never_reach_the_store(place: Place) -> None:
    server, page = await place.begun(FORM)
    await fill(page, name="Ada", secret="hush")
    await page.document(form_has(count=1))
    await server.stop()
    assert not any(b"hush" in data for data in stored(place.folder))
    assert any(b"Ada" in data for data in stored(place.folder))
    await place.start(FORM)
    _, page = await place.open()
    await page.greet()
    found = await page.document(form_has(name="Ada", secret=""))
    # Once before, and once for the value that came back.
    assert the_form(found)[1]["count"] == 2


async def test_other_properties_of_a_type_begin_anew_and_say_so(place: Place) -> None:
    second = "second = sl.Document(); second.add_root(Form()); second"
    server, page = await place.begun(FORM, second)
    await fill(page, name="Ada")
    await server.stop()
    changed = FORM.replace("count: int", "other: int = sl.prop(default=0)\n    count: int")
    server = await place.start(changed, second)
    _, page = await place.open()
    assert form_has(name="")(await page.greet())
    await finished(server)
    outer = await (await place.browser.open("nb")).greet()
    texts = [str(each["props"].get("text")) for each in outer["models"].values()]
    assert sum("This app has changed" in text for text in texts) == 1


async def test_what_a_page_had_committed_is_not_made_twice(place: Place) -> None:
    server = await place.start(FORM)
    _, page = await place.open()
    ack = await page.receive()
    page.epoch = ack["header"]["epoch"]
    await page.pull()
    await finished(server)
    await fill(page, name="Ada")
    await server.stop()
    await place.start(FORM)
    _, again = await place.open()
    await again.receive()
    who = {"client": page.client, "resume_key": ack["content"]["resume_key"]}
    await again.send("PULL-DOC-REQ", {"have": None, "pending": 1}, **who)
    header = (await again.until("PULL-DOC-REPLY"))["header"]
    assert header["client"] == page.client
    assert header["last_seq"] >= 1


async def test_a_stop_while_the_cells_run_again_loses_nothing(place: Place) -> None:
    server, page = await place.begun(SLIDER)
    await slide(page, 7)
    await server.stop()
    slow = "import time; time.sleep(60)"
    server = await place.start(slow, SLIDER)
    await (await place.browser.open("nb")).greet()
    await server.stop()
    await place.start(SLIDER)
    _, page = await place.open()
    assert has("Slider", value=7)(await page.greet())


async def test_what_a_callback_makes_that_is_under_way_is_not_lost(place: Place) -> None:
    slow = FORM.replace("form.count += 1", "import time; time.sleep(0.5); form.count += 1")
    server, page = await place.begun(slow)
    await fill(page, name="Ada")
    await server.stop()
    await place.start(slow)
    _, page = await place.open()
    await page.greet()
    await page.document(form_has(name="Ada", count=2))


async def test_what_is_in_a_kernel_goes_to_another_process_while_cells_run(place: Place) -> None:
    first = await place.start(SLIDER, TEXT)
    _, page = await place.open()
    await page.greet()
    await finished(first)
    await slide(page, 7)
    await page.document(has("Markdown", text="n=7"))
    await place.start("import time; time.sleep(60)", SLIDER, TEXT)
    await place.browser.open("nb")
    assert await page.closed() == 1012
    await place.start(SLIDER, TEXT)
    _, page = await place.open()
    found = await page.greet()
    assert has("Slider", value=7)(found)
    assert has("Markdown", text="n=7")(found)


async def test_who_waits_for_a_kernel_is_sent_after_the_session(place: Place) -> None:
    server = await place.start(SLIDER)
    waiting = await attach(place.browser, "nb", "some")
    only_session(server).leave("away")
    assert await waiting.closed() == 1012


async def test_who_comes_back_to_a_late_cells_document_is_to_ask_again(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = await place.start(SLIDER)
    doc, page = await place.open()
    await page.greet()
    await finished(server)
    await slide(page, 7)
    await server.stop()
    monkeypatch.setattr(run, "HOLD_SECONDS", 0.1)
    go = place.folder / "go"
    wait = f"import os, time\nwhile not os.path.exists({str(go)!r}): time.sleep(0.05)"
    server = await place.start(wait, SLIDER)
    assert await (await attach(place.browser, "nb", doc)).closed() == 1012
    go.touch()
    await finished(server)
    assert has("Slider", value=7)(await (await attach(place.browser, "nb", doc)).greet())


async def test_documents_that_are_closed_are_kept_no_more(place: Place) -> None:
    closing = "slider.observe(lambda event: other.close(), 'value')"
    other = f"other = sl.Document(); other.add_root(sl.TextInput()); {closing}; other"
    server, page = await place.begun(SLIDER, other)
    kernel = only_session(server).kernel
    assert kernel is not None
    await kernel.write()
    assert len(kernel.frames) == 2
    await slide(page, 7)
    await kernel.write()
    assert len(kernel.frames) == 1


async def test_a_notebook_that_is_edited_begins_again_with_its_values(
    serve: Serve, tmp_path: Path
) -> None:
    app = write(tmp_path / "nb.ipynb", SLIDER)
    server = serve(app)
    reloader = Reloader(server.site, {"nb": app})
    browser = Browser(server)
    page = await browser.open("nb")
    _, mount = model(await page.document(has("Mount")), "Mount")
    inner = await attach(browser, "nb", mount["doc"])
    await inner.greet()
    await finished(server)
    await slide(inner, 7)
    write(app, SLIDER.replace("label='n'", "label='m'"))
    await reloader.reload("nb")
    assert await inner.closed() == 1012
    page = await browser.open("nb")
    assert model(await page.document(has("Mount")), "Mount")[1]["doc"] == mount["doc"]
    found = await (await attach(browser, "nb", mount["doc"])).greet()
    assert has("Slider", value=7, label="m")(found)


def stored(folder: Path) -> list[bytes]:
    with sqlite3.connect(folder / "sessions.db") as db:
        tables = [
            name for (name,) in db.execute("select name from sqlite_master where type='table'")
        ]
        rows = [row for table in tables for row in db.execute(f"select * from {table}")]
    return [value for row in rows for value in row if isinstance(value, bytes)]


async def test_a_server_that_was_killed_has_kept_what_was_entered(tmp_path: Path) -> None:
    app, port = write(tmp_path / "nb.ipynb", FORM), free_port()
    command = [sys.executable, "-m", "syncline.cli", "serve", str(app), "--port", str(port)]
    command += ["--store", f"sqlite:{tmp_path}/sessions.db"]
    browser: Browser | None = None
    for turn in range(2):
        with subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment(),
            cwd=tmp_path,
        ) as process:
            try:
                url = Running(process).url()
                there: Any = type("Place", (), {"url": url.removesuffix("nb")})
                browser = browser or Browser(there)
                page = await browser.open("nb")
                _, mount = model(await page.document(has("Mount")), "Mount")
                form = await attach(browser, "nb", mount["doc"])
                found = await form.greet()
                if turn:
                    assert form_has(name="Ada Lovelace")(found)
                    process.send_signal(signal.SIGTERM)
                    process.wait(SECONDS)
                    break
                await fill(form, name="Ada Lovelace")
                async with asyncio.timeout(SECONDS):
                    while not any(b"Ada Lovelace" in data for data in stored(tmp_path)):
                        await asyncio.sleep(0.02)
            finally:
                process.kill()
