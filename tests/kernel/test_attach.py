"""Documents of a real kernel over its own endpoint, beside comms."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from tests.kernel.pages import MIME, AttachedPage, CommPage

if TYPE_CHECKING:
    from tests.kernel.driver import Kernel

BLOCKED = """
{0}.where = "busy"
while {0}.double != {1}: time.sleep(0.01)
time.sleep(0.2)
"""


def show(kernel: Kernel, name: str) -> tuple[str, str]:
    """Display a new model with an observer; return its document and its id."""
    code = f"{name} = Knob(value=1); {name}.observe(follow, 'value'); {name}"
    live = kernel.shown(code)[MIME]
    return live["doc"], live["mount"]


def test_an_attached_page_and_a_comm_page_converge(shared: Kernel) -> None:
    doc, knob = show(shared, "a")
    with closing(AttachedPage(shared.connection_file, doc)) as attached:
        beside = CommPage(shared, doc, shared.subshell())
        attached.until_live()
        beside.until_live()
        for value in range(20):
            attached.set(knob, "value", float(value))
            beside.set(knob, "value", 100.0 + value)
        attached.until(lambda: not attached.replica.pending)
        beside.until(lambda: not beside.replica.pending)
        shared.run("a.where = 'end'")
        for page in (attached, beside):
            page.until_value(knob, "where", "end")
        assert attached.get(knob, "value") == beside.get(knob, "value")
        assert repr(beside.get(knob, "value")) == shared.value("a.value")


def test_an_attached_page_joins_and_edits_while_a_cell_blocks(shared: Kernel) -> None:
    doc, knob = show(shared, "b")
    wait = shared.start(BLOCKED.format("b", 84))
    with closing(AttachedPage(shared.connection_file, doc)) as page:
        page.until_value(knob, "where", "busy")
        page.set(knob, "value", 42.0)
        page.until_value(knob, "where", "syncline-callbacks")
        wait()


def test_callbacks_go_back_to_the_main_thread_when_it_is_free_again(shared: Kernel) -> None:
    doc, knob = show(shared, "c")
    with closing(AttachedPage(shared.connection_file, doc)) as page:
        page.until_live()
        wait = shared.start(BLOCKED.format("c", 4))
        page.until_value(knob, "where", "busy")
        page.set(knob, "value", 2.0)
        page.until_value(knob, "where", "syncline-callbacks")
        wait()
        # On a loaded machine the main thread may seem busy for some turns more.
        for value in range(3, 50):
            page.set(knob, "value", float(value))
            page.until_value(knob, "double", 2.0 * value)
            if page.get(knob, "where") == "MainThread":
                break
        assert page.get(knob, "where") == "MainThread"


def test_a_viewer_follows_but_may_not_write(shared: Kernel) -> None:
    doc, knob = show(shared, "d")
    with closing(AttachedPage(shared.connection_file, doc, "view")) as page:
        page.until_live()
        page.set(knob, "value", 9.0)
        page.until(lambda: not page.replica.pending)
        refused = [detail for kind, detail in page.reports if kind == "conflict"]
        assert [(one.kind, one.code) for one in refused] == [("refused", "read-only")]
        shared.run("d.value = 5")
        page.until_value(knob, "value", 5.0)


def test_a_document_that_was_never_displayed_cannot_be_attached(shared: Kernel) -> None:
    show(shared, "e")
    hidden = shared.value("(h := sl.Document(), h.add_root(Knob()))[0].id").strip("'")
    with closing(AttachedPage(shared.connection_file, hidden)) as page:
        assert page.until_closed()["code"] == 4404


def test_an_observer_learns_who_made_the_change(shared: Kernel) -> None:
    doc, knob = show(shared, "f")
    shared.run("f.observe(lambda event: setattr(f, 'where', f'by {event.user}'), 'value')")
    with closing(AttachedPage(shared.connection_file, doc)) as page:
        page.until_live()
        page.set(knob, "value", 9.0)
        page.until_value(knob, "where", "by ada")
