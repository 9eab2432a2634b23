"""What a server keeps of a kernel's documents, by what the kernel says."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, cast

import pytest

from syncline.hosting import kept as module
from syncline.hosting.kept import KeptKernel

if TYPE_CHECKING:
    from collections.abc import Callable

    from syncline.hosting.channel import KernelChannel


class Kernel:
    """The channel of a kernel that says what it is told to."""

    def __init__(self, kept: KeptKernel) -> None:
        kept.open(cast("KernelChannel", self))

    def listen(self, hear: Callable[[dict[str, Any]], None]) -> None:
        self._hear = hear

    def comm(self, kind: str, content: dict[str, Any], buffers: list[bytes]) -> None:
        assert kind == "comm_open"
        self._comm = content["comm_id"]

    def say(self, say: str, *buffers: bytes, **data: object) -> None:
        self.publish("comm_msg", {"say": say, **data}, *buffers)

    def publish(self, kind: str, data: dict[str, Any], *buffers: bytes) -> None:
        content = {"comm_id": self._comm, "data": data}
        self._hear({"msg_type": kind, "content": content, "buffers": list(buffers)})


@pytest.fixture
def kept() -> KeptKernel:
    return KeptKernel({"a": b"one"}, "app")


@pytest.fixture
def kernel(kept: KeptKernel) -> Kernel:
    return Kernel(kept)


def test_the_last_frame_of_each_document_is_kept(kept: KeptKernel, kernel: Kernel) -> None:
    kernel.say("frame", b"two", doc="a")
    kernel.say("frame", b"three", doc="b")
    assert (kept.frames, kept.version) == ({"a": b"two", "b": b"three"}, 2)
    kernel.say("gone", doc="a")
    assert (kept.frames, kept.version) == ({"b": b"three"}, 3)


def test_no_more_is_kept_than_a_session_may_take(
    kept: KeptKernel, kernel: Kernel, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 6)
    kernel.say("frame", b"4444", doc="b")
    kernel.say("frame", b"4444", doc="c")
    assert (kept.frames, kept.version) == ({"a": b"one"}, 0)
    kernel.say("frame", b"333", doc="b")
    assert (kept.frames, kept.version) == ({"a": b"one", "b": b"333"}, 1)
    (record,) = caplog.records
    assert "too large" in record.message


def test_what_found_no_place_is_a_warning_and_what_did_not_fit_is_told(
    kept: KeptKernel, kernel: Kernel, caplog: Any
) -> None:
    caplog.set_level(logging.INFO)
    told: list[bool] = []
    kept.changed = lambda: told.append(True)
    kernel.say("restored", doc="a", text="2 values restored", lost=False)
    kernel.say("restored", doc="b", text="1 values restored; no place for Pin", lost=True)
    assert not told
    kernel.say("refused", doc="c", text="these types have changed: Pin")
    assert told == [True]
    assert [record.levelno for record in caplog.records] == [
        *(logging.INFO, logging.WARNING, logging.WARNING)
    ]


@pytest.mark.parametrize("said", ["restored", "refused", "gone"])
def test_a_document_is_awaited_until_it_is_there(
    kept: KeptKernel, kernel: Kernel, said: str
) -> None:
    assert kept.awaited == {"a"}
    kernel.say(said, doc="a", text="", lost=False)
    assert not kept.awaited


async def test_a_kernel_that_does_not_know_of_this_is_asked_for_nothing(
    kept: KeptKernel, kernel: Kernel
) -> None:
    kernel.publish("comm_close", {})
    await kept.ready()
    await kept.write()
    assert kept.frames == {"a": b"one"}
