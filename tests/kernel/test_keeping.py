"""What a session's kernel gives its server to keep, from a real kernel."""

from __future__ import annotations

import queue
from typing import TYPE_CHECKING, Any

import pytest

from syncline.document.saved import read
from tests.kernel.conftest import SETUP
from tests.kernel.driver import SECONDS
from tests.kernel.pages import MIME, CommPage

if TYPE_CHECKING:
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
    keeper.say("ready")
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
    first.say("ready")
    kept.run("a.value = 5")
    while values(frame := first.frame())["value"] != 5:
        continue
    kept.run("a.document.close()")
    kept.run("from syncline.document import current; import itertools")
    kept.run("current._made = itertools.count()")
    again = Keeper(kept, **{doc: frame})
    assert kept.shown("a = Knob(value=1); a")[MIME]["doc"] == doc
    assert again.is_silent()
    again.say("restore")
    report, _ = again.next("report")
    assert (report["text"], report["lost"]) == ("1 values restored", False)
    assert kept.value("a.value") == "5.0"
    assert values(again.frame())["value"] == 5


def test_a_frame_that_is_none_is_told_and_the_document_goes_on(kept: Kernel) -> None:
    doc = kept.shown("a = Knob(value=1); a")[MIME]["doc"]
    keeper = Keeper(kept, **{doc: b"nonsense"})
    keeper.say("restore")
    report, _ = keeper.next("report")
    assert report["lost"]
    assert report["text"].startswith("not restored")
    assert values(keeper.frame())["value"] == 1
