"""What is displayed again and again, and pages that come and go, leave nothing in the kernel."""

from __future__ import annotations

import time
from ast import literal_eval
from typing import TYPE_CHECKING

import pytest

from tests.kernel.pages import MIME, SECONDS, AttachedPage, CommPage

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.kernel.driver import Kernel
    from tests.kernel.pages import Page

TIMES = 20
CENSUS = """
import gc
from IPython.display import display
from syncline.document.current import documents
def census():
    gc.collect()
    names = [thread.name for thread in threading.enumerate()]
    return {
        "comms": len(get_ipython().kernel.comm_manager.comms),
        "documents": len(documents),
        "subshells": sum(name.startswith("subshell-") for name in names),
        "callbacks": names.count("syncline-callbacks"),
    }
"""
MAKE = """
doc = sl.Document()
knob = doc.add_root(Knob())
knob.observe(follow, "value")
timer = doc.add_periodic_callback(lambda: None, 20)
display(doc)
"""


@pytest.fixture(scope="module", autouse=True)
def counted(shared: Kernel) -> None:
    # Widgets have comms of their own, as long as their document is shown (test_shim).
    shared.run("sl.config.shim = 'never'")
    shared.run(CENSUS)


@pytest.fixture(params=["comm", "attach"])
def opened(shared: Kernel, request: pytest.FixtureRequest) -> Callable[[str], Page]:
    """Open a page of a document, and wait until it is live."""

    def open(doc: str) -> Page:
        if request.param == "attach":
            page: Page = AttachedPage(shared.connection_file, doc)
        else:
            page = CommPage(shared, doc)
        page.until_live()
        return page

    return open


def until_left(kernel: Kernel, documents: int) -> None:
    """Wait until this is all there is: pages leave in their own time."""
    expected = {"comms": 0, "documents": documents, "subshells": 0, "callbacks": documents}
    end = time.monotonic() + SECONDS
    while (found := literal_eval(kernel.value("census()"))) != expected:
        assert time.monotonic() < end, (found, expected)


def clear(kernel: Kernel, *cells: str) -> None:
    """Let cells show nothing any more, and the author's names name nothing."""
    for cell in cells:
        kernel.run("doc = knob = timer = None", cell)


def shown(kernel: Kernel, code: str, cell: str) -> str:
    """Run a cell that displays a document; return the document's id."""
    for message in kernel.run(code, cell):
        if message["msg_type"] == "display_data":
            return str(message["content"]["data"][MIME]["doc"])
    raise AssertionError("the cell displayed nothing")


def test_reloads_of_a_page_leave_nothing(shared: Kernel, opened: Callable[[str], Page]) -> None:
    doc = shown(shared, MAKE, "reloaded")
    for _ in range(TIMES):
        opened(doc).close()
    until_left(shared, 1)
    clear(shared, "reloaded")
    until_left(shared, 0)


def test_runs_of_a_cell_leave_nothing(shared: Kernel, opened: Callable[[str], Page]) -> None:
    for value in range(TIMES):
        page = opened(shown(shared, MAKE, "again"))
        mount = next(m for m, _, _ in page.replica.state.items())
        page.set(mount, "value", value + 1.0)
        page.until_value(mount, "double", 2 * value + 2.0)
        page.close()
    until_left(shared, 1)
    clear(shared, "again")
    until_left(shared, 0)


def test_a_document_lives_while_a_cell_shows_it_or_a_page_has_it(
    shared: Kernel, opened: Callable[[str], Page]
) -> None:
    doc = shown(shared, MAKE, "a")
    shared.run("display(doc)", "b")
    clear(shared, "a")
    until_left(shared, 1)
    page = opened(doc)
    clear(shared, "b")
    shared.run("gc.collect()")
    mount = next(m for m, _, _ in page.replica.state.items())
    page.set(mount, "value", 4.0)
    page.until_value(mount, "double", 8.0)
    page.close()
    until_left(shared, 0)
    gone = CommPage(shared, doc)
    assert gone.until_closed()["code"] == 4404


def test_what_a_deleted_cell_displayed_is_let_go(shared: Kernel) -> None:
    shown(shared, MAKE, "deleted")
    clear(shared, "another")
    until_left(shared, 1)
    shared.start("1", "another", deleted=["deleted"])()
    until_left(shared, 0)


def test_a_closed_document_is_not_kept_by_its_cell(shared: Kernel) -> None:
    shown(shared, MAKE, "closed")
    shared.run("doc.close()")
    clear(shared, "another")
    until_left(shared, 0)
