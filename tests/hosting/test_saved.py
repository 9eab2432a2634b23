"""From a live session to bytes and back: what is in them beside its document."""

from __future__ import annotations

from typing import Any

import pytest

import syncline as sl
from syncline.apps import ApplicationContext, Request, application_for
from syncline.document import Document, saved
from syncline.document.saved import Extra
from syncline.hosting import ServerSession, Sessions
from syncline.hosting.kept import KeptKernel
from syncline.hosting.saved import About, Writer, read
from syncline.sync.frames import encode


async def made(**request: Any) -> ServerSession:
    app = ApplicationContext("app", application_for(lambda doc: doc.add_root(sl.TextInput())))
    return await Sessions().create(app, Request(**request))


async def test_a_frame_tells_whose_session_it_is_but_no_header_and_no_cookie() -> None:
    session = await made(
        path="/app",
        arguments={"a": ("1", "2")},
        headers={"X-Token": "hush"},
        cookies={"id": "hush"},
        user="alice",
    )
    version, data = Writer(session).frame()
    assert b"hush" not in data
    kept = read(memoryview(data))
    about = kept.about
    assert (kept.session, kept.document.epoch) == (session.id, session.document.epoch)
    assert (kept.document.rev, 0) == version == session.version
    assert (about.app, about.user, about.path, about.arguments) == (
        *("app", "alice", "/app"),
        {"a": ("1", "2")},
    )


async def test_the_frames_of_its_kernels_documents_are_in_it() -> None:
    session = await made()
    writer = Writer(session)
    assert read(memoryview(writer.frame()[1])).kernel == {}
    # More than a frame may have buffers.
    frames = {"a": b"one", "b": b""} | {f"{n}": b"%d" % n for n in range(300)}
    session.kernel = KeptKernel(frames, "app")
    (_, version), data = writer.frame()
    assert version == session.version[1]
    assert read(memoryview(data)).kernel == frames


@pytest.mark.parametrize("buffers", [(), (b"one",), (b"three", b"one")])
def test_a_frame_with_less_of_a_kernel_than_it_says_is_not_read(buffers: tuple[bytes, ...]) -> None:
    about = About("app", None, 0.0, "/app", {}, kernel={"a": 3, "b": 1})
    _, data = saved.Writer(Document()).frame(Extra(encode(about), buffers))
    with pytest.raises(ValueError, match="of 4 bytes"):
        read(memoryview(data))
