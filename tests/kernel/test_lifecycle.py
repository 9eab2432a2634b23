"""The end of a kernel, and what comes after it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from syncline.transports.endpoint import announced, announcement_path
from tests.kernel.pages import MIME, CommPage

if TYPE_CHECKING:
    from tests.kernel.driver import Kernel

SHOW = """
import syncline as sl
class Knob(sl.Model, type="test/Knob@1"):
    value: float = sl.prop(0.0, client=True)
knob = Knob()
knob
"""


def socket_of(kernel: Kernel) -> Path:
    there = announced(kernel.connection_file)
    assert there is not None
    assert there.path is not None
    return Path(there.path)


def test_a_restarted_kernel_says_that_the_old_document_is_gone(kernel: Kernel) -> None:
    old = kernel.shown(SHOW)[MIME]["doc"]
    CommPage(kernel, old).until_live()
    kernel.restart()
    before_import = CommPage(kernel, old)
    # Nobody knows the target yet: the kernel's own answer, without a code.
    assert before_import.until_closed()["code"] is None
    kernel.run("import syncline")
    assert CommPage(kernel, old).until_closed()["code"] == 4404
    new = kernel.shown(SHOW)[MIME]["doc"]
    assert new != old
    CommPage(kernel, new).until_live()


def test_a_kernel_that_ends_leaves_nothing_behind(kernel: Kernel) -> None:
    kernel.shown(SHOW)
    socket = socket_of(kernel)
    assert socket.exists()
    file = announcement_path(kernel.connection_file)
    assert file.exists()
    kernel.restart()
    assert not file.exists()
    assert not socket.exists()


def test_a_page_that_does_not_answer_loses_its_lease(kernel: Kernel) -> None:
    kernel.run("import syncline.sync.liveness as liveness; liveness.SILENT_PINGS = 0")
    kernel.run("from syncline.sync.peer import Peer; Peer.__init__.__kwdefaults__['ping'] = 0.5")
    doc = kernel.shown(SHOW)[MIME]["doc"]
    page = CommPage(kernel, doc)
    assert page.until_closed()["code"] == 4408


def talk(page: CommPage, model: str) -> None:
    """Make a change, and wait until the kernel has it."""
    page.set(model, "value", page.get(model, "value") + 1)
    page.until(lambda: not page.replica.pending)


def test_the_subshell_of_a_page_that_vanished_ends_with_its_lease(kernel: Kernel) -> None:
    kernel.run("import syncline.sync.liveness as liveness; liveness.SILENT_PINGS = 0")
    kernel.run("from syncline.sync.peer import Peer; Peer.__init__.__kwdefaults__['ping'] = 1.5")
    doc = kernel.shown(SHOW)[MIME]["doc"]
    shared, own = kernel.subshell(), kernel.subshell()
    silent = CommPage(kernel, doc, shared)
    silent.until_live()
    alone = CommPage(kernel, doc, own)
    alone.until_live()
    for page in (silent, alone):
        page.comm.send = lambda *_: None  # type: ignore[method-assign]
    talking = CommPage(kernel, doc, shared)
    talking.until_live()
    mount = next(m for m, _, _ in talking.replica.state.items())
    while silent.closed is None or alone.closed is None:
        talk(talking, mount)
    assert [silent.closed["code"], alone.closed["code"]] == [4408, 4408]
    names = "[t.name[9:] for t in __import__('threading').enumerate() if 'subshell-' in t.name]"
    while own in kernel.value(names):
        talk(talking, mount)
    assert shared in kernel.value(names)
    talking.until_closed()
    while shared in kernel.value(names):
        pass


def test_closing_a_document_ends_the_threads_it_had(kernel: Kernel) -> None:
    kernel.shown(SHOW)
    kernel.run("import threading, time; knob = Knob(); knob.observe(print, 'value')")
    doc = kernel.shown("doc = sl.Document(); doc.add_root(knob); doc")[MIME]["doc"]
    page = CommPage(kernel, doc, kernel.subshell())
    page.until_live()
    mount = next(m for m, _, _ in page.replica.state.items())
    busy = "doc.title = 'busy'\nwhile not knob.value: time.sleep(0.01)\ntime.sleep(0.2)"
    wait = kernel.start(busy)
    page.until(lambda: page.replica.state.title == "busy")
    page.set(mount, "value", 1.0)
    wait()
    names = "sorted(thread.name for thread in threading.enumerate())"
    assert "syncline-callbacks" in kernel.value(names)
    kernel.run("doc.close()")
    assert page.until_closed()["code"] == 4404
    kernel.run("[t.join(9) for t in threading.enumerate() if t.name == 'syncline-callbacks']")
    assert "syncline-callbacks" not in kernel.value(names)
