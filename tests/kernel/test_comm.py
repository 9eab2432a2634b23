"""Documents of a real kernel over comms."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from syncline.core.ops import Set, to_wire
from syncline.sync.frames import pack
from syncline.sync.messages import Header, Patch
from tests.kernel.pages import MIME, CommPage, InlinePage, LossyPage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syncline.sync.frames import Frame
    from tests.kernel.driver import Kernel


@pytest.fixture
def unasked(shared: Kernel) -> Iterator[None]:
    """Have the kernel ask no page, also of other tests, whether it got everything."""
    shared.run("""
from syncline.transports.publisher import Publisher
Publisher._tick, usual_tick = lambda self: None, Publisher._tick
""")
    yield
    shared.run("Publisher._tick = usual_tick")


def show(kernel: Kernel, name: str, made: str = "Knob(value=1)") -> tuple[str, str]:
    """Display a new model; return its document and its id."""
    live = kernel.shown(f"{name} = {made}; {name}")[MIME]
    return live["doc"], live["mount"]


def test_a_page_gets_the_document_and_both_sides_change_it(shared: Kernel) -> None:
    doc, knob = show(shared, "a")
    page = CommPage(shared, doc, shared.subshell())
    page.until_value(knob, "value", 1.0)
    shared.run("a.value = 2")
    page.until_value(knob, "value", 2.0)
    page.set(knob, "value", 3.0)
    page.until(lambda: not page.replica.pending)
    assert shared.value("a.value") == "3.0"


def test_a_callback_answers_a_page(shared: Kernel) -> None:
    doc, knob = show(shared, "b")
    shared.run("b.observe(follow, 'value')")
    page = CommPage(shared, doc, shared.subshell())
    page.until_live()
    page.set(knob, "value", 4.0)
    page.until_value(knob, "double", 8.0)
    page.until_value(knob, "where", "MainThread")


@pytest.mark.usefixtures("unasked")
def test_what_was_published_leaves_before_a_message_is_handled(shared: Kernel) -> None:
    shared.run("""
from syncline.kernel import process, runtime
kernel, left, heard = get_ipython().kernel, [], []
process.PUBLISH_SECONDS, usual, send = 10, process.PUBLISH_SECONDS, runtime.send_published
kernel.iopub_thread.schedule(lambda: (time.sleep(0.05), left.append("busy")))
process.send_published(kernel)
left.append("handled")
runtime.send_published = lambda of: (send(of), heard.append(pub.value))
""")
    doc, knob = show(shared, "pub")
    page = CommPage(shared, doc, shared.subshell())
    page.until_live()
    page.set(knob, "value", 4.0)
    page.until(lambda: not page.replica.pending)
    shared.run("process.PUBLISH_SECONDS, runtime.send_published = usual, send")
    assert shared.value("left") == "['busy', 'handled']"
    assert shared.value("heard[-1]") == "1.0"


@pytest.mark.usefixtures("unasked")
def test_a_change_is_three_messages_and_what_is_for_all_answers_nobody(shared: Kernel) -> None:
    doc, knob = show(shared, "v")
    page = CommPage(shared, doc, shared.subshell())
    page.until_live()
    published = shared.tap()
    page.set(knob, "value", 4.0)
    while (first := published.get(timeout=30))["content"].get("execution_state") != "busy":
        continue
    messages = [first, published.get(timeout=30), published.get(timeout=30)]
    assert [one["msg_type"] for one in messages] == ["status", "comm_msg", "status"]
    assert messages[1]["parent_header"] == {}
    assert not page.replica.pending


def test_a_page_goes_on_while_a_cell_blocks_even_if_the_cell_changed_the_document(
    shared: Kernel,
) -> None:
    doc, knob = show(shared, "c")
    shared.run("c.observe(follow, 'value')")
    page = CommPage(shared, doc, shared.subshell())
    page.until_live()
    # The change makes the main shell the last to send: the page's next message must not go there.
    wait = shared.start("c.value = 10\nwhile c.double != 10: time.sleep(0.01)\ntime.sleep(0.2)")
    page.until_value(knob, "value", 10.0)
    # Only the page's change, observed beside the running cell, lets the cell end.
    page.set(knob, "value", 5.0)
    page.until_value(knob, "where", "syncline-callbacks")
    assert page.get(knob, "double") == 10.0
    wait()


TOLD = """
told = []
{push}.on("click", lambda event: told.append("click"))
{knob}.observe(lambda event: told.append(event.new), "value")
"""
HELD = """
from pathlib import Path
while not Path({path!r}).exists(): time.sleep(0.01)
"""


def heard(kernel: Kernel) -> tuple[str, str, str]:
    """Display a button and a knob, of which `told` tells; return their document and their ids."""
    doc, push = show(kernel, "first", "Push()")
    _, knob = show(kernel, "then")
    kernel.run(TOLD.format(push="first", knob="then"))
    return doc, push, knob


def test_what_overtakes_a_message_behind_a_cell_is_refused_and_all_comes_once_and_in_order(
    shared: Kernel, tmp_path: Path
) -> None:
    doc, push, knob = heard(shared)
    subshell, end = shared.subshell(), tmp_path / "end"
    page = CommPage(shared, doc, subshell)
    page.until_live()
    page.set(knob, "value", 2.0)
    page.until_settled()
    with a_cell_that_runs(shared, end):
        page.comm.go_by(None)
        page.click(push)
        page.comm.go_by(subshell)
        # A link has one transaction under way and would wait: this is what overtakes the click.
        page.send(following(page, Set(knob, ["value"], 9.0)))
        page.until(lambda: page.errors == ["seq-gap"])
        # Then the link has asked, by the subshell, and sends again what the kernel does not have.
        page.set(knob, "value", 5.0)
        page.until_settled()
        assert page.get(knob, "value") == 5.0
    # What comes late, from behind the cell, was decided already.
    assert shared.value("told") == "[2.0, 'click', 5.0]"
    page.until(lambda: page.errors == ["seq-gap", "seq-gap"])
    page.set(knob, "value", 6.0)
    page.until_settled()
    assert shared.value("told") == "[2.0, 'click', 5.0, 6.0]"


def test_a_page_sends_again_by_its_subshell_what_waits_behind_a_cell_and_it_counts_once(
    shared: Kernel, tmp_path: Path
) -> None:
    doc, push, knob = heard(shared)
    subshell, end = shared.subshell(), tmp_path / "end"
    page = LossyPage(shared, doc, subshell)
    page.until_live()
    with a_cell_that_runs(shared, end):
        page.comm.go_by(None)
        page.click(push)
        page.comm.go_by(subshell)
        page.set(knob, "value", 5.0)
        page.until_settled()
        assert not page.errors
    assert shared.value("told") == "['click', 5.0]"
    # That came late, too, and was decided long ago.
    page.until(lambda: page.errors == ["seq-gap"])
    page.until_settled()
    page.set(knob, "value", 6.0)
    page.until_settled()
    assert shared.value("told") == "['click', 5.0, 6.0]"


@contextlib.contextmanager
def a_cell_that_runs(kernel: Kernel, end: Path) -> Iterator[None]:
    """Run a cell that ends when a file is there, which is made in the end."""
    wait = kernel.start(HELD.format(path=str(end)))
    try:
        yield
    finally:
        end.touch()
        wait()


def following(page: CommPage, op: Set) -> Frame:
    """Return the frame of a transaction that follows the one a page has under way."""
    mine, replica = page.replica.in_flight, page.replica
    assert mine is not None
    header = Header(msgid="x", msgtype="PATCH-DOC", epoch=replica.epoch, client=mine.client)
    header.seq, header.base = mine.seq + 1, replica.rev
    return pack(header, Patch([to_wire(op, None)]))


@pytest.mark.usefixtures("unasked")
def test_two_pages_converge_and_patches_are_published_once(shared: Kernel) -> None:
    doc, knob = show(shared, "d")
    subshell = shared.subshell()
    one, two = CommPage(shared, doc, subshell), CommPage(shared, doc, subshell)
    one.until_live()
    two.until_live()
    # From here on both hear the same.
    shared.run("d.where = 'begin'")
    for page in (one, two):
        page.until_value(knob, "where", "begin")
    for page in (one, two):
        page.frames.clear()
    for value in range(20):
        one.set(knob, "value", float(value))
        two.set(knob, "value", 100.0 + value)
    one.until(lambda: not one.replica.pending)
    two.until(lambda: not two.replica.pending)
    shared.run("d.where = 'end'")
    one.until_value(knob, "where", "end")
    two.until_value(knob, "where", "end")
    assert one.get(knob, "value") == two.get(knob, "value")
    assert repr(one.get(knob, "value")) == shared.value("d.value")
    channel = f"syncline-{doc}"
    assert {*one.frames} == {channel}
    two.until(lambda: len(one.frames) == len(two.frames))


def test_the_documents_comm_survives_a_close_by_some_front_end(shared: Kernel) -> None:
    doc, knob = show(shared, "e")
    page = CommPage(shared, doc, shared.subshell())
    page.until_live()
    other = shared.comm(lambda _message: None)
    other.comm_id = f"syncline-{doc}"
    other.close()
    shared.run("e.value = 7")
    page.until_value(knob, "value", 7.0)
    assert shared.value(f"'syncline-{doc}' in get_ipython().kernel.comm_manager.comms") == "True"


def test_a_page_behind_a_path_without_buffers_falls_to_inline(shared: Kernel) -> None:
    doc, knob = show(shared, "f")
    page = InlinePage(shared, doc, shared.subshell())
    page.until_value(knob, "value", 1.0)
    page.set(knob, "value", 6.0)
    page.until(lambda: not page.replica.pending)
    assert shared.value("f.value") == "6.0"


def test_an_event_of_a_view_reaches_its_handler(shared: Kernel) -> None:
    doc, push = show(shared, "g", "Push()")
    shared.run("g.on('click', lambda event: setattr(event.model, 'count', event.model.count + 1))")
    page = CommPage(shared, doc, shared.subshell())
    page.until_live()
    page.click(push)
    page.until_value(push, "count", 1)


def test_a_property_that_is_not_the_clients_is_refused(shared: Kernel) -> None:
    doc, knob = show(shared, "h")
    page = CommPage(shared, doc, shared.subshell())
    page.until_live()
    page.set(knob, "where", "mine")
    page.until(lambda: not page.replica.pending)
    assert "refused" in [getattr(detail, "kind", "") for _, detail in page.reports]
    assert page.get(knob, "where") == ""


def test_an_error_in_a_callback_stops_nothing(shared: Kernel) -> None:
    doc, knob = show(shared, "i")
    shared.run("i.observe(lambda event: 1 / 0, 'value'); i.observe(follow, 'value')")
    page = CommPage(shared, doc, shared.subshell())
    page.until_live()
    page.set(knob, "value", 2.0)
    page.until_value(knob, "double", 4.0)


ASYNC = """
import asyncio
n = Knob()
async def later(event):
    await asyncio.sleep(0.01)
    n.double = 2 * event.new
n.observe(later, "value")
n
"""

EDITS_FROM_A_THREAD = """
o = Knob()
def edit(event):
    thread = threading.Thread(target=lambda: setattr(o, "double", 5))
    thread.start()
    thread.join(5)
    o.where = str(thread.is_alive())
o.observe(edit, "value")
o
"""


def test_an_async_callback_answers_a_page(shared: Kernel) -> None:
    live = shared.shown(ASYNC)[MIME]
    page = CommPage(shared, live["doc"], shared.subshell())
    page.until_live()
    page.set(live["mount"], "value", 4.0)
    page.until_value(live["mount"], "double", 8.0)


def test_a_callback_may_wait_for_a_thread_that_edits_the_document(shared: Kernel) -> None:
    live = shared.shown(EDITS_FROM_A_THREAD)[MIME]
    page = CommPage(shared, live["doc"], shared.subshell())
    page.until_live()
    page.set(live["mount"], "value", 4.0)
    page.until_value(live["mount"], "where", "False")
    page.until_value(live["mount"], "double", 5.0)


def test_a_loop_in_a_cell_becomes_few_messages(shared: Kernel) -> None:
    doc, knob = show(shared, "j")
    page = CommPage(shared, doc, shared.subshell())
    page.until_live()
    before = len(page.frames)
    shared.run("for value in range(2000): j.value = value")
    page.until_value(knob, "value", 1999.0)
    assert len(page.frames) - before < 200


def test_a_message_that_is_no_frame_is_refused_and_the_page_goes_on(shared: Kernel) -> None:
    doc, knob = show(shared, "k")
    page = CommPage(shared, doc, shared.subshell())
    page.until_live()
    page.comm.send({"nothing": True})
    page.comm.send({"v": 1}, [b"SL", b"SL"])
    shared.run("k.value = 9")
    page.until_value(knob, "value", 9.0)


def test_a_document_that_is_closed_closes_its_pages(shared: Kernel) -> None:
    shared.run("doc = sl.Document('mine'); doc.add_root(Knob())")
    live = shared.shown("doc")[MIME]
    assert live["mount"] is None
    page = CommPage(shared, live["doc"], shared.subshell())
    page.until_live()
    shared.run("doc.close()")
    assert page.until_closed()["code"] == 4404
    late = CommPage(shared, live["doc"], shared.subshell())
    assert late.until_closed()["code"] == 4404


def test_a_page_that_leaves_is_forgotten_and_publishing_ends(shared: Kernel) -> None:
    shared.run("doc = sl.Document('mine'); doc.add_root(Knob())")
    doc = shared.shown("doc")[MIME]["doc"]
    page = CommPage(shared, doc, shared.subshell())
    page.until_live()
    page.close()
    shared.run("from syncline.kernel.runtime import runtime")
    hubs = "runtime(get_ipython().kernel).comms._hubs"
    shared.run(f"while {doc!r} in {hubs}: time.sleep(0.01)")
    CommPage(shared, doc, shared.subshell()).until_live()


def test_an_unknown_protocol_is_refused(shared: Kernel) -> None:
    doc, _ = show(shared, "m")
    page = CommPage.__new__(CommPage)
    super(CommPage, page).__init__()
    page.comm = shared.comm(page._message)
    page.comm.open("syncline.v1", {"protocol": 99, "doc": doc})
    assert page.until_closed()["code"] == 4406
