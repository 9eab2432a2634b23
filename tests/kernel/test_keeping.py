"""What a session's kernel gives its server to keep, from a real kernel."""

from __future__ import annotations

import queue
from ast import literal_eval
from typing import TYPE_CHECKING, Any

import pytest

import syncline as sl
from syncline.document.current import number_documents
from syncline.document.saved import Writer, read
from syncline.kernel.keeping import Keeping
from tests.kernel.conftest import SETUP
from tests.kernel.driver import SECONDS
from tests.kernel.pages import MIME, CommPage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.kernel.driver import Kernel, Message

SERVE = "from syncline.kernel.process import serve_keeper; serve_keeper('seed')"


class Keeper:
    """The server's end."""

    def __init__(self, kernel: Kernel, **frames: bytes) -> None:
        self.kernel = kernel
        self._said: queue.Queue[Message] = queue.Queue()
        self._comm = kernel.comm(self._said.put, kernel.subshell())
        self._comm.open("syncline.keep.v1", {"docs": list(frames)}, list(frames.values()))

    def say(self, what: str) -> None:
        self._comm.send({"say": what})

    def program_has_run(self) -> None:
        """Say so, and wait until the kernel has heard it."""
        self.say("ready")
        while self.kernel.value("sl.document.current._seed is None") != "True":
            continue

    def next(self, said: str) -> tuple[dict[str, Any], list[Any]]:
        """Return the kernel's next message of a kind."""
        while True:
            message = self._said.get(timeout=SECONDS)
            if message["content"]["data"].get("say") == said:
                return message["content"]["data"], message["buffers"]

    def frame(self) -> bytes:
        return bytes(self.next("frame")[1][0])

    def is_silent(self) -> bool:
        """Tell whether the kernel has sent nothing, nor does in the time it takes it to."""
        self.kernel.run("import time; time.sleep(0.3)")
        return self._said.empty()


def values(frame: bytes) -> dict[str, Any]:
    (model,) = read(memoryview(frame))[0].state.models.values()
    return model.props


@pytest.fixture
def kept(kernel: Kernel) -> Kernel:
    kernel.run(SETUP + SERVE)
    return kernel


def test_documents_have_the_same_ids_each_time(kept: Kernel) -> None:
    kept.run("import syncline as sl; ids = [sl.Document().id for _ in range(2)]")
    first = kept.value("ids")
    kept.run("from syncline.document import current; import itertools")
    kept.run("current._made = itertools.count(); ids = [sl.Document().id for _ in range(2)]")
    assert kept.value("ids") == first
    assert kept.value("len(set(ids)), len(ids[0])") == "(2, 22)"


def test_a_frame_follows_what_was_changed(kept: Kernel) -> None:
    keeper = Keeper(kept)
    doc = kept.shown("a = Knob(value=1); a")[MIME]["doc"]
    assert values(keeper.frame())["value"] == 1
    keeper.program_has_run()
    kept.run("a.value = 5")
    while values(frame := keeper.frame())["value"] != 5:
        continue
    saved, _ = read(memoryview(frame))
    (changed,) = saved.about.changed.values()
    assert changed == ["value"]
    assert keeper.is_silent()
    kept.run("a.document.close()")
    assert keeper.next("gone")[0]["doc"] == doc


def test_what_the_cells_put_there_does_not_count_as_changed(kept: Kernel) -> None:
    keeper = Keeper(kept)
    shown = kept.shown("a = Knob(value=1); a")[MIME]
    kept.run("a.double = 5")
    page = CommPage(kept, shown["doc"], kept.subshell())
    page.until_live()
    page.set(shown["mount"], "value", 7.0)
    while values(frame := keeper.frame())["value"] != 7:
        continue
    (changed,) = read(memoryview(frame))[0].about.changed.values()
    assert changed == ["value"]


def test_what_was_kept_is_set_when_it_is_time_and_not_written_before(kept: Kernel) -> None:
    first = Keeper(kept)
    doc = kept.shown("a = Knob(value=1); a")[MIME]["doc"]
    first.program_has_run()
    kept.run("a.value = 5")
    while values(frame := first.frame())["value"] != 5:
        continue
    kept.run("a.document.close()")
    kept.run("from syncline.document import current; import itertools")
    kept.run("current._made = itertools.count()\n" + SERVE)
    again = Keeper(kept, **{doc: frame})
    assert kept.shown("a = Knob(value=1); a")[MIME]["doc"] == doc
    assert again.is_silent()
    again.say("restore")
    report, _ = again.next("restored")
    assert (report["text"], report["lost"]) == ("1 values restored", False)
    assert kept.value("a.value") == "5.0"
    assert values(again.frame())["value"] == 5


def test_a_frame_that_is_none_is_told_and_the_document_goes_on(kept: Kernel) -> None:
    doc = kept.shown("a = Knob(value=1); a")[MIME]["doc"]
    keeper = Keeper(kept, **{doc: b"nonsense"})
    keeper.say("restore")
    assert keeper.next("refused")
    assert values(keeper.frame())["value"] == 1


def test_what_is_kept_of_a_document_does_not_keep_it_alive(kept: Kernel) -> None:
    keeper = Keeper(kept)
    kept.run("from IPython.display import display; import gc")
    kept.run("doc = sl.Document(); doc.add_root(Knob(value=1)); display(doc); id = doc.id", "a")
    assert values(keeper.frame())["value"] == 1
    doc = literal_eval(kept.value("id"))
    kept.run("doc = None", "a")
    kept.run("_ = gc.collect()")
    assert kept.value("sl.document.current.find_document(id) is None") == "True"
    kept.run("display(Knob())")
    assert keeper.next("gone")[0]["doc"] == doc


def test_what_is_made_after_the_cells_have_run_is_not_kept(kept: Kernel) -> None:
    keeper = Keeper(kept)
    kept.run("early = sl.Document()")
    keeper.program_has_run()
    kept.run("from IPython.display import display")
    kept.run("display(sl.Document()); early.add_root(Knob(value=3)); display(early)")
    told, buffers = keeper.next("frame")
    assert told["doc"] == literal_eval(kept.value("early.id"))
    assert values(bytes(buffers[0]))["value"] == 3
    assert keeper.is_silent()


class Comm:
    """The kernel's end, in this process."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def on_msg(self, hear: Callable[[Message], None]) -> None:
        self._hear = hear

    def say(self, what: str) -> None:
        self._hear({"content": {"data": {"say": what}}})

    def send(self, data: dict[str, Any], buffers: object = ()) -> None:
        self.sent.append(data)


class Pin(sl.Model, type="test/Pin@1"):
    value: int = sl.prop(default=0)


@pytest.fixture
def keeping(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Keeping]]:
    """Keep the documents of this process on a comm; what is to be written is by `write` alone."""
    monkeypatch.setattr(Keeping, "_write_on", lambda self: None)

    def keep(comm: Comm, **frames: bytes) -> Keeping:
        data = {"docs": list(frames)}
        return Keeping(comm, {"content": {"data": data}, "buffers": list(frames.values())})

    yield keep
    number_documents(None)


def pinned() -> tuple[sl.Document, Pin]:
    document = sl.Document(id="d")
    pin = Pin()
    document.add_root(pin)
    return document, pin


def frame_of_a_changed_pin(value: int) -> bytes:
    document, pin = pinned()
    writer = Writer(document)
    pin.value = value
    return writer.frame()[1]


def test_a_document_that_is_just_being_restored_is_not_written(
    keeping: Callable[..., Keeping],
) -> None:
    comm = Comm()
    kept = keeping(comm, d=frame_of_a_changed_pin(5))
    document, pin = pinned()

    def again(event: sl.Event) -> None:
        comm.say("restore")
        comm.say("write")

    pin.observe(again, "value")
    kept.add(document)
    comm.say("restore")
    assert pin.value == 5
    assert [each["say"] for each in comm.sent] == ["restored"]
    comm.say("write")
    assert comm.sent[1:] == [{"say": "frame", "doc": "d"}]


def test_what_finds_no_place_is_told(keeping: Callable[..., Keeping]) -> None:
    comm = Comm()
    kept = keeping(comm, d=frame_of_a_changed_pin(5))
    document = sl.Document(id="d")
    comm.say("restore")
    kept.add(document)
    assert [(each["say"], each["lost"]) for each in comm.sent] == [("restored", True)]


def test_what_cannot_be_written_is_not_tried_again_before_it_has_changed(
    keeping: Callable[..., Keeping], monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    comm = Comm()
    document, pin = pinned()
    keeping(comm).add(document)
    with monkeypatch.context() as patch:
        patch.setattr(Writer, "frame", lambda self: 1 / 0)
        comm.say("write")
        comm.say("write")
    assert [record.message for record in caplog.records] == ["writing down a document"]
    pin.value = 1
    comm.say("write")
    assert comm.sent == [{"say": "frame", "doc": "d"}]
