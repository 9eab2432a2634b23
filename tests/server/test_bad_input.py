"""What one client does wrong is answered to that client alone, and changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.server.browsing import Browser, Socket, model
from tests.server.test_session import counter

if TYPE_CHECKING:
    from tests.server.conftest import Serve


@pytest.fixture(params=["tornado", "asgi"])
def front(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def two_pages(serve: Serve) -> tuple[Socket, Socket, dict[str, Any]]:
    browser = Browser(serve(counter))
    bad, good = await browser.open("counter"), await browser.open("counter")
    doc = await bad.greet()
    assert await good.greet() == doc
    return bad, good, doc


async def unaffected(bad: Socket, good: Socket, doc: dict[str, Any]) -> None:
    """The document is as it was, and both connections go on."""
    assert await good.pull() == doc
    slider, _ = model(doc, "Slider")
    answer = await good.patch({"op": "set", "m": slider, "p": ["value"], "v": 4})
    assert answer["header"]["msgtype"] == "OK"
    await bad.until("PATCH-DOC")


@pytest.mark.parametrize(
    "frame", ["not json", "[]", '{"header":{}}', '{"header":{"msgid":"x","msgtype":"NO"}}', b"xx"]
)
async def test_a_malformed_frame_is_answered_with_an_error(serve: Serve, frame: Any) -> None:
    bad, good, doc = await two_pages(serve)
    await bad.connection.write_message(frame, binary=isinstance(frame, bytes))
    error = await bad.until("ERROR")
    assert error["content"]["code"] == "bad-message"
    await unaffected(bad, good, doc)


@pytest.mark.parametrize(
    ("op", "code"),
    [
        ({"op": "explode"}, "bad-message"),
        ({"op": "set", "m": "SLIDER"}, "bad-message"),
        ({"op": "set", "m": "SLIDER", "p": ["value"], "v": "seven"}, "invalid-value"),
        ({"op": "set", "m": "SLIDER", "p": ["label"], "v": "mine"}, "read-only"),
        ({"op": "set", "m": "TEXT", "p": ["text"], "v": "mine"}, "read-only"),
        ({"op": "title", "v": "mine"}, "read-only"),
        ({"op": "root-", "m": "SLIDER"}, "read-only"),
    ],
)
async def test_what_a_client_may_not_do_is_refused_with_a_code(
    serve: Serve, op: dict[str, Any], code: str
) -> None:
    bad, good, doc = await two_pages(serve)
    names = {"SLIDER": model(doc, "Slider")[0], "TEXT": model(doc, "Markdown")[0]}
    answer = await bad.patch({**op, **({"m": names[op["m"]]} if "m" in op else {})})
    assert answer["header"]["msgtype"] == "ERROR"
    assert answer["content"]["code"] == code
    await unaffected(bad, good, doc)


async def test_a_frame_that_is_too_large_ends_its_own_connection_only(serve: Serve) -> None:
    bad, good, doc = await two_pages(serve)
    await bad.connection.write_message("x" * (9 << 20))
    assert await bad.closed() == 4413
    assert await good.pull() == doc
