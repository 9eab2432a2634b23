"""Pages that come and go, with a word or without, leave nothing in the kernel (`make test-lab`)."""

from __future__ import annotations

import contextlib
import json
import time
from ast import literal_eval
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Error, Page

from tests.browser.lab.lab import CARRIERS, EVERY, LIVE, Carrier, Lab, Notebook, running_lab, use

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not EVERY, reason="takes long: `make test-lab`"),
]
TIMES = 5
SECONDS = 60
CENSUS = """\
import gc, threading
from syncline.document.current import documents
from syncline.kernel import runtime
from syncline.sync.peer import Peer
Peer.__init__.__kwdefaults__['ping'] = 1.0  # a lease of three seconds
def census():
    gc.collect()
    names = [thread.name for thread in threading.enumerate()]
    return {
        'comms': len(get_ipython().kernel.comm_manager.comms),
        'attached': len(runtime._runtime._endpoint._connections) if runtime._runtime else 0,
        'documents': len(documents),
        'subshells': sum(name.startswith('subshell-') for name in names),
        'threads': sum(name.startswith('syncline-') for name in names),
    }"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Without ipywidgets, which ask each kernel something by a subshell of their own."""
    folder = tmp_path_factory.mktemp("lab")
    config = folder / "config/labconfig/page_config.json"
    config.parent.mkdir(parents=True)
    disabled = {"disabledExtensions": {"@jupyter-widgets/jupyterlab-manager": True}}
    config.write_text(json.dumps(disabled), encoding="utf-8")
    with running_lab(folder) as running:
        yield running


def census(notebook: Notebook) -> dict[str, int]:
    found: dict[str, int] = literal_eval(notebook.value_of("census()"))
    return found


def until(notebook: Notebook, expected: dict[str, int]) -> None:
    """Wait until this is all there is: a page that said nothing leaves when its lease ends."""
    end = time.monotonic() + SECONDS
    while (found := census(notebook)) != expected:
        assert time.monotonic() < end, (found, expected)


def counted(page: Page, lab: Lab, name: str) -> tuple[Notebook, dict[str, int]]:
    """Show a document in a page; return what there is in its kernel."""
    lab.write(name, [LIVE, CENSUS])
    notebook = lab.open(page, name)
    notebook.run(1)
    notebook.run(0)
    notebook.output().wait().expect(3)
    notebook.save()
    return notebook, census(notebook)


@CARRIERS
def test_reloads_leave_nothing(page: Page, lab: Lab, carrier: Carrier) -> None:
    use(page, carrier)
    notebook, before = counted(page, lab, "reloads.ipynb")
    for _ in range(TIMES):
        notebook = lab.open(page, "reloads.ipynb")
        notebook.output().wait()
    assert notebook.output().carrier() == carrier
    until(notebook, before)


@CARRIERS
def test_tabs_that_crash_leave_nothing(page: Page, lab: Lab, carrier: Carrier) -> None:
    use(page, carrier)
    notebook, before = counted(page, lab, "crashes.ipynb")
    for _ in range(TIMES):
        tab = lab.tab(notebook, "crashes.ipynb")
        tab.output().wait()
        with contextlib.suppress(Error):
            tab.page.goto("chrome://crash")
    until(notebook, before)
    notebook.output().wait().press()
    notebook.output().expect(4)
