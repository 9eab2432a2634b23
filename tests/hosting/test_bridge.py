"""Browsers and a real kernel, without a web server between them."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from syncline.hosting import Bridge, KernelFailed, OwnKernels
from syncline.hosting import outlet as outlets
from syncline.hosting.channel import KernelChannel
from syncline.hosting.outputs import DOC_MIME
from syncline.sync.frames import split

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from syncline.hosting import Attachment

SETUP = "import syncline as sl\ntext = sl.Markdown(text='')\ntext"


@pytest.fixture
async def channel(tmp_path: Path) -> AsyncIterator[KernelChannel]:
    source = OwnKernels()
    kernel = await source.start("python3", tmp_path, {})
    channel = KernelChannel(kernel)
    await channel.open()
    yield channel
    await channel.close()
    await source.stop(kernel)


@pytest.fixture
async def bridge(channel: KernelChannel) -> AsyncIterator[Bridge]:
    bridge = Bridge(channel)
    yield bridge
    await bridge.close()


async def run(channel: KernelChannel, code: str) -> dict[str, Any]:
    async with asyncio.timeout(30):
        reply = await channel.execute(code, lambda msg_id: None)
    content: dict[str, Any] = reply["content"]
    return content


async def shown(channel: KernelChannel) -> str:
    """Show a text in the kernel and return the id of its document."""
    found: list[str] = []

    def hear(message: dict[str, Any]) -> None:
        if message["msg_type"] == "execute_result":
            found.append(message["content"]["data"][DOC_MIME]["doc"])

    remove = channel.listen(hear)
    assert (await run(channel, SETUP))["status"] == "ok"
    remove()
    (doc,) = found
    return doc


async def greet(attachment: Attachment) -> list[str]:
    """Do the handshake and return the types of what came."""
    kinds = [await kind(attachment)]
    header = {"msgid": "c-1", "msgtype": "PULL-DOC-REQ"}
    await attachment.receive(json.dumps({"header": header, "content": {}}))
    return [*kinds, await kind(attachment)]


async def kind(attachment: Attachment) -> str:
    async with asyncio.timeout(30):
        frame = await attachment.next()
    assert frame is not None
    text = frame if isinstance(frame, str) else bytes(split(frame)[0])
    name: str = json.loads(text)["header"]["msgtype"]
    # On a busy machine the kernel asks in between whether anybody is there.
    return name if name != "PING" else await kind(attachment)


async def test_an_attachment_begins_with_the_ack_and_then_follows(bridge: Bridge) -> None:
    doc = await shown(bridge.channel)
    attachment = bridge.attach(doc)
    assert await greet(attachment) == ["ACK", "PULL-DOC-REPLY"]
    await run(bridge.channel, "text.text = 'new'")
    assert await kind(attachment) == "PATCH-DOC"


async def test_nothing_reaches_a_browser_before_the_ack(bridge: Bridge) -> None:
    doc = await shown(bridge.channel)
    early = bridge.attach(doc)
    assert await greet(early) == ["ACK", "PULL-DOC-REPLY"]
    late = bridge.attach(doc)
    # The kernel has not answered yet: this patch is not for a browser that is still greeting.
    said = {"v": 1, "to": [None, late.comm], "frames": ["a patch", "an answer"]}
    bridge._publish(doc, {"content": {"data": said}})
    while (frame := await early.next()) != "a patch":
        assert "PING" in str(frame)
    assert await kind(late) == "ACK"


async def test_a_browser_that_does_not_read_is_ended_and_slows_nobody(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlets, "MOST_FRAMES", 3)
    doc = await shown(bridge.channel)
    slow, quick = bridge.attach(doc), bridge.attach(doc)
    await greet(slow)
    await greet(quick)
    for number in range(5):
        await run(bridge.channel, f"text.text = '{number}'")
        assert await kind(quick) == "PATCH-DOC"
    assert slow.outlet.close_code == 4408
    assert await slow.next() is None
    assert quick.outlet.close_code is None


async def test_many_requests_at_once_are_all_answered(bridge: Bridge) -> None:
    doc = await shown(bridge.channel)
    attachments = [bridge.attach(doc) for _ in range(5)]

    async def pings(attachment: Attachment) -> None:
        await greet(attachment)
        for number in range(40):
            header = {"msgid": f"p-{number}", "msgtype": "PING"}
            await attachment.receive(json.dumps({"header": header, "content": {}}))

    async def cells() -> None:
        for number in range(40):
            assert (await run(bridge.channel, f"x = {number}"))["status"] == "ok"

    await asyncio.gather(cells(), *map(pings, attachments))
    for attachment in attachments:
        assert [await kind(attachment) for _ in range(40)] == ["OK"] * 40


async def test_a_viewer_is_refused_before_the_kernel_hears_of_it(bridge: Bridge) -> None:
    doc = await shown(bridge.channel)
    viewer = bridge.attach(doc, "view")
    assert await greet(viewer) == ["ACK", "PULL-DOC-REPLY"]
    for msgtype in ("PATCH-DOC", "PUSH-DOC", "NEW-KIND"):
        header = {"msgid": "c-2", "msgtype": msgtype, "client": "c1", "seq": 1, "base": 1}
        await viewer.receive(json.dumps({"header": header, "content": {"ops": []}}))
        assert await kind(viewer) == "ERROR"
    await viewer.receive("no frame")
    assert await viewer.next() is None
    assert viewer.close_code == 4400


async def test_the_end_of_a_bridge_sends_everybody_away(bridge: Bridge) -> None:
    attachment = bridge.attach(await shown(bridge.channel))
    await greet(attachment)
    await bridge.close(4404, "over")
    assert await attachment.next() is None
    assert (attachment.outlet.close_code, attachment.outlet.close_text) == (4404, "over")


async def test_a_request_to_a_kernel_that_dies_fails(channel: KernelChannel) -> None:
    with pytest.raises(KernelFailed, match="died"):
        await run(channel, "import os; os._exit(1)")
    attachment = Bridge(channel).attach("any")
    assert await attachment.next() is None


async def test_a_kernel_that_is_not_installed_gives_way_to_python(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = OwnKernels()
    kernel = await source.start("no-such-kernel", tmp_path, {})
    try:
        assert "no-such-kernel" in caplog.text
        assert kernel.manager.kernel_name == "python3"
    finally:
        await source.stop(kernel)
