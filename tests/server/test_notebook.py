"""A notebook as an app: a real kernel per session, its documents live over the kernel's comm."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from jupyter_client.multikernelmanager import AsyncMultiKernelManager

from syncline.apps import application_for
from syncline.hosting import ManagedKernels
from tests.hosting.notebooks import write
from tests.server.browsing import Browser, Socket, has, model

if TYPE_CHECKING:
    from syncline.hosting import Bridge, ServerSession
    from syncline.hosting.kernels import Kernel
    from syncline.hosting.run import KernelRun
    from syncline.server import Server
    from tests.server.conftest import Serve

SLIDER = """\
import syncline as sl
print('before')
slider = sl.Slider(label='n', value=3.0, max=10.0)
slider"""
TEXT = """\
text = sl.Markdown(text='n=3')
slider.observe(lambda event: setattr(text, 'text', f'n={slider.value:g}'), 'value')
text"""
LIVE = ("# A title\nand words", SLIDER, TEXT)


def only_session(server: Server) -> ServerSession:
    (session,) = server.site.sessions
    return session


async def finished(server: Server) -> ServerSession:
    """Return the only session when its cells have run."""
    session = only_session(server)
    assert session.run is not None
    async with asyncio.timeout(60):
        await session.run.finished.wait()
    return session


def run_of(session: ServerSession) -> KernelRun:
    assert session.run is not None
    return session.run


def bridge_of(session: ServerSession) -> Bridge:
    bridge = run_of(session).bridge
    assert bridge is not None
    return bridge


def kernel_of(session: ServerSession) -> Kernel:
    kernel = run_of(session)._kernel
    assert kernel is not None
    return kernel


async def attach(browser: Browser, app: str, doc: str) -> Socket:
    token = (await browser.page(app))["token"]
    return await browser.connect(f"{app}/docs/{doc}/ws", token)


def parts(doc: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return what a page shows, in order, without the layout."""

    def walk(name: str) -> list[tuple[str, dict[str, Any]]]:
        found = doc["models"][name]
        kind = found["type"].partition("/")[2].partition("@")[0]
        if kind != "Column":
            return [(kind, found["props"])]
        return [part for child in found["props"]["children"] for part in walk(child["id"])]

    return [part for root in doc["roots"] for part in walk(root)]


async def test_markdown_outputs_and_documents_appear_in_the_order_of_the_cells(
    serve: Serve, tmp_path: Path
) -> None:
    server = serve(write(tmp_path / "nb.ipynb", *LIVE))
    page = await Browser(server).open("nb")
    await page.greet()
    await finished(server)
    doc = await page.pull()
    assert [kind for kind, _ in parts(doc)] == ["Markdown", "Output", "Mount", "Mount"]
    (_, words), (_, printed), (_, slider), (_, text) = parts(doc)
    assert words["text"] == "# A title\nand words"
    assert printed["data"] == {"text/plain": "before\n"}
    assert slider["doc"] == text["doc"]
    assert slider["mount"] != text["mount"]
    assert doc["title"] == "A title"


@pytest.mark.parametrize("front", ["tornado", "asgi"])
async def test_a_document_of_the_kernel_is_live_in_every_tab(serve: Serve, tmp_path: Path) -> None:
    server = serve(write(tmp_path / "nb.ipynb", *LIVE))
    browser = Browser(server)
    page = await browser.open("nb")
    _, mount = model(await page.document(has("Mount")), "Mount")
    await finished(server)
    one = await attach(browser, "nb", mount["doc"])
    two = await attach(browser, "nb", mount["doc"])
    slider, props = model(await one.greet(), "Slider")
    await two.greet()
    assert props["value"] == 3
    answer = await one.patch({"op": "set", "m": slider, "p": ["value"], "v": 7})
    assert answer["header"]["msgtype"] != "ERROR"
    await two.document(has("Markdown", text="n=7"))


async def test_an_error_of_a_callback_reaches_the_servers_log_and_no_viewer(
    serve: Serve, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cells = (SLIDER, "slider.observe(lambda event: 1 / (event.new - 7), 'value')", TEXT)
    server = serve(write(tmp_path / "nb.ipynb", *cells))
    browser = Browser(server)
    page = await browser.open("nb")
    _, mount = model(await page.document(has("Mount")), "Mount")
    await finished(server)
    one = await attach(browser, "nb", mount["doc"])
    slider, _ = model(await one.greet(), "Slider")
    with caplog.at_level("INFO", "syncline.hosting"):
        await one.patch({"op": "set", "m": slider, "p": ["value"], "v": 7})
        doc = await one.document(has("Markdown", text="n=7"))
        async with asyncio.timeout(30):
            while "ZeroDivisionError" not in caplog.text:
                await asyncio.sleep(0.01)
    assert "callback <lambda> failed" in caplog.text
    assert "ZeroDivisionError" not in str(doc)
    assert "ZeroDivisionError" not in str(await page.pull())


async def test_a_reload_shows_the_current_value_of_the_same_kernel(
    serve: Serve, tmp_path: Path
) -> None:
    server = serve(write(tmp_path / "nb.ipynb", *LIVE))
    browser = Browser(server)
    page = await browser.open("nb")
    _, mount = model(await page.document(has("Mount")), "Mount")
    one = await attach(browser, "nb", mount["doc"])
    slider, _ = model(await one.greet(), "Slider")
    await one.patch({"op": "set", "m": slider, "p": ["value"], "v": 7})
    one.close()
    page.close()
    again = await browser.open("nb")
    assert model(await again.greet(), "Mount")[1] == mount
    two = await attach(browser, "nb", mount["doc"])
    assert has("Slider", value=7)(await two.greet())


async def test_a_document_answers_while_a_later_cell_still_runs(
    serve: Serve, tmp_path: Path
) -> None:
    done = tmp_path / "go"
    wait = f"import pathlib, time\nwhile not pathlib.Path({str(done)!r}).exists(): time.sleep(.01)"
    server = serve(write(tmp_path / "nb.ipynb", *LIVE, wait))
    browser = Browser(server)
    page = await browser.open("nb")
    shown = await page.document(lambda doc: len([k for k, _ in parts(doc) if k == "Mount"]) == 2)
    _, mount = model(shown, "Mount")
    one = await attach(browser, "nb", mount["doc"])
    slider, _ = model(await one.greet(), "Slider")
    answer = await one.patch({"op": "set", "m": slider, "p": ["value"], "v": 7})
    assert answer["header"]["msgtype"] != "ERROR"
    assert not run_of(only_session(server)).finished.is_set()
    done.touch()
    assert not (await finished(server)).failed


async def test_a_browser_that_leaves_leaves_no_comm_behind(serve: Serve, tmp_path: Path) -> None:
    server = serve(write(tmp_path / "nb.ipynb", *LIVE))
    browser = Browser(server)
    page = await browser.open("nb")
    _, mount = model(await page.document(has("Mount")), "Mount")
    session = await finished(server)
    stays = await attach(browser, "nb", mount["doc"])
    goes = await attach(browser, "nb", mount["doc"])
    await stays.greet()
    await goes.greet()
    assert len(await page_comms(session)) == 2
    goes.close()
    async with asyncio.timeout(10):
        while len(await page_comms(session)) != 1:
            pass
    assert bridge_of(session).browsers == 1


async def page_comms(session: ServerSession) -> set[str]:
    """Return the kernel's comms that belong to browsers."""
    channel = bridge_of(session).channel
    message = channel._client.session.msg("comm_info_request", {"target_name": "syncline.v1"})
    reply = await channel._request(channel._client.shell_channel, message)
    return {name for name in reply["content"]["comms"] if not name.startswith("syncline-")}


async def test_a_document_the_kernel_does_not_have_is_closed_4404(
    serve: Serve, tmp_path: Path
) -> None:
    server = serve(write(tmp_path / "nb.ipynb", *LIVE))
    browser = Browser(server)
    await browser.page("nb")
    await finished(server)
    socket = await attach(browser, "nb", "A" * 22)
    assert await socket.closed() == 4404


async def test_a_kernel_without_syncline_closes_4404(serve: Serve, tmp_path: Path) -> None:
    server = serve(write(tmp_path / "nb.ipynb", "1"))
    browser = Browser(server)
    await browser.page("nb")
    await finished(server)
    socket = await attach(browser, "nb", "A" * 22)
    assert await socket.closed() == 4404


async def test_bad_input_over_the_bridge_is_answered_to_its_sender_alone(
    serve: Serve, tmp_path: Path
) -> None:
    server = serve(write(tmp_path / "nb.ipynb", *LIVE))
    browser = Browser(server)
    page = await browser.open("nb")
    _, mount = model(await page.document(has("Mount")), "Mount")
    await finished(server)
    bad, good = [await attach(browser, "nb", mount["doc"]) for _ in range(2)]
    doc = await bad.greet()
    await good.greet()
    slider, _ = model(doc, "Slider")
    await bad.connection.write_message("not json")
    assert (await bad.until("ERROR"))["content"]["code"] == "bad-message"
    answer = await bad.patch({"op": "set", "m": slider, "p": ["label"], "v": "mine"})
    assert answer["content"]["code"] == "read-only"
    assert await good.pull() == doc


async def test_an_error_stops_the_run_and_the_page_names_the_cell_and_an_id(
    serve: Serve, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cells = ("# Title", "print('worked')", "secret_name = 1\n1/0", "print('never')")
    server = serve(write(tmp_path / "nb.ipynb", *cells))
    browser = Browser(server)
    page = await browser.open("nb")
    await page.greet()
    session = await finished(server)
    doc = await page.pull()
    assert [kind for kind, _ in parts(doc)] == ["Markdown", "Output", "Output"]
    sentence = parts(doc)[-1][1]["data"]["error"]
    assert "Cell 3 failed" in sentence
    error_id = str(run_of(session).error_id)
    assert error_id in sentence
    assert "ZeroDivisionError" not in str(doc)
    assert "secret_name" not in str(doc)
    assert error_id in caplog.text
    assert "ZeroDivisionError" in caplog.text
    assert (await browser.fetch("nb")).code == 500
    assert only_session(server) is session


async def test_a_notebook_that_was_mended_is_run_again(serve: Serve, tmp_path: Path) -> None:
    path = write(tmp_path / "nb.ipynb", "1/0")
    server = serve(path)
    browser = Browser(server)
    await browser.page("nb")
    failed = await finished(server)
    write(path, "print('mended')")
    page = await browser.open("nb")
    assert only_session(server) is not failed
    await page.document(has("Output", data={"text/plain": "mended\n"}))


async def test_a_file_that_is_no_notebook_answers_500(serve: Serve, tmp_path: Path) -> None:
    path = tmp_path / "nb.ipynb"
    path.write_text("{}")
    assert (await Browser(serve(path)).fetch("nb")).code == 500


async def test_data_files_are_found_beside_the_notebook(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("found")
    server = serve(write(tmp_path / "nb.ipynb", "print(open('words.txt').read())"))
    page = await Browser(server).open("nb")
    await page.document(has("Output", data={"text/plain": "found\n"}))


async def test_a_kernel_that_dies_is_told_and_its_documents_are_closed(
    serve: Serve, tmp_path: Path
) -> None:
    server = serve(write(tmp_path / "nb.ipynb", *LIVE))
    browser = Browser(server)
    page = await browser.open("nb")
    _, mount = model(await page.document(has("Mount")), "Mount")
    session = await finished(server)
    one = await attach(browser, "nb", mount["doc"])
    await one.greet()
    await kernel_of(session).manager.signal_kernel(9)
    assert await one.closed() == 4404
    doc = await page.document(lambda doc: parts(doc)[-1][0] == "Output")
    assert "kernel is not running" in parts(doc)[-1][1]["data"]["error"]


async def test_the_end_of_a_session_ends_its_kernel_and_leaves_no_file(
    serve: Serve, tmp_path: Path
) -> None:
    server = serve(write(tmp_path / "nb.ipynb", "import os\nprint(os.getpid())"))
    page = await Browser(server).open("nb")
    doc = await page.document(has("Output"))
    process = psutil.Process(int(parts(doc)[0][1]["data"]["text/plain"]))
    folder = Path(kernel_of(only_session(server)).folder or "")
    assert folder.stat().st_mode & 0o077 == 0
    await server.stop()
    assert not process.is_running()
    assert not folder.exists()
    assert await page.closed() == 1012


async def test_a_session_that_ends_while_its_kernel_starts_leaves_no_kernel(
    serve: Serve, tmp_path: Path
) -> None:
    # Others may run for another file of tests.
    before = set(kernels())
    server = serve(write(tmp_path / "nb.ipynb", "1"))
    await Browser(server).page("nb")
    async with asyncio.timeout(30):
        while set(kernels()) <= before:
            await Browser(server).fetch("healthz")
    await server.stop()
    assert set(kernels()) <= before


def kernels() -> list[psutil.Process]:
    """Return the running kernels that this process has started."""
    return [child for child in psutil.Process().children() if is_kernel(child)]


def is_kernel(process: psutil.Process) -> bool:
    try:
        return "ipykernel_launcher" in process.cmdline()
    except psutil.Error:
        # It has ended meanwhile.
        return False


async def test_a_script_in_a_kernel_shows_its_whole_document(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("beside")
    script = tmp_path / "app.py"
    script.write_text(
        "from pathlib import Path\n"
        "import syncline as sl\n"
        "assert __name__ != '__main__'\n"
        "sl.curdoc().add_root(sl.Markdown(text=Path('words.txt').read_text()))\n"
    )
    browser = Browser(serve({"app": application_for(script, in_kernel=True)}))
    page = await browser.open("app")
    doc = await page.document(has("Mount"))
    ((kind, mount),) = parts(doc)
    assert kind == "Mount"
    assert mount["mount"] is None
    one = await attach(browser, "app", mount["doc"])
    assert has("Markdown", text="beside")(await one.greet())


async def test_kernels_can_be_those_of_a_servers_own_manager(serve: Serve, tmp_path: Path) -> None:
    manager = AsyncMultiKernelManager(connection_dir=str(tmp_path))
    notebook = write(tmp_path / "nb.ipynb", *LIVE)
    server = serve(notebook, kernels=ManagedKernels(manager))
    page = await Browser(server).open("nb")
    await page.document(has("Mount"))
    session = await finished(server)
    assert manager.list_kernel_ids() == [kernel_of(session).id]
    await server.stop()
    assert manager.list_kernel_ids() == []


async def test_a_notebook_knows_the_session_and_the_request_as_a_script_does(
    serve: Serve, tmp_path: Path
) -> None:
    path = write(
        tmp_path / "nb.ipynb",
        "import syncline as sl\ncontext = sl.curdoc().session_context",
        "print(context.id, context.server_context.application_context.name)",
        "print(context.request.arguments['n'], context.request.headers['x-tenant'])",
        "print(context.request.cookies, context.user, In[1][:6], 'enter' in globals())",
    )
    server = serve(path)
    browser = Browser(server, cookies={"theme": "dark"})
    await browser.fetch("nb?n=1&n=2", X_Tenant="acme")
    session = await finished(server)
    texts = [
        root.data["text/plain"]
        for column in session.document.roots[0].children  # type: ignore[attr-defined]
        for root in column.children
    ]
    assert texts == [
        f"{session.id} nb\n",
        "('1', '2') acme\n",
        "{'theme': 'dark'} None import False\n",
    ]


async def test_a_notebook_is_told_that_its_session_ends(serve: Serve, tmp_path: Path) -> None:
    path = write(
        tmp_path / "nb.ipynb",
        "import pathlib, syncline as sl\n"
        "@sl.curdoc().on_session_destroyed\n"
        "def ended(context):\n"
        "    pathlib.Path('ended.txt').write_text(context.id)",
    )
    server = serve(path)
    await Browser(server).fetch("nb")
    session = await finished(server)
    await server.stop()
    assert (tmp_path / "ended.txt").read_text() == session.id
