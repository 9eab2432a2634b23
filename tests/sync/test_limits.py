"""What a sender may not exceed is refused before work is done for it (SPEC 3.4)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from syncline.sync.errors import ProtocolError
from syncline.sync.frames import join, pack
from syncline.sync.messages import Header
from syncline.sync.scan import check_json
from tests.sync.speaker import Speaker, live, props, put

if TYPE_CHECKING:
    from syncline.sync.session import Session


def nested(levels: int, value: Any = 1) -> Any:
    for level in range(levels):
        value = [value] if level % 2 else {"k": value}
    return value


def refusal(form: Any, nesting: int, string: int) -> str | None:
    try:
        check_json(form, nesting, string)
    except ProtocolError as error:
        return str(error.code)
    return None


def too_large(text: str, nesting: int = 64, string: int = 1000) -> bool:
    """Tell whether JSON is refused, in each form it may have."""
    forms: list[Any] = [text, text.encode(), memoryview(text.encode())]
    (answer,) = {refusal(form, nesting, string) for form in forms}
    return answer == "too-large"


def test_the_limits_are_announced(session: Session) -> None:
    limits = Speaker(session).ack.content["limits"]
    assert limits == {
        "frame": 8 << 20,
        "ops": 10_000,
        "depth": 32,
        "nesting": 64,
        "string": 8 << 20,
        "buffers": 256,
        "type_name": 128,
        "pending": 8 << 20,
        "rate": {
            "bytes": 32 << 20,
            "burst_bytes": 128 << 20,
            "seconds": 0.5,
            "burst_seconds": 5.0,
        },
        "max_document_in": 64 << 20,
        "max_document_out": 512 << 20,
    }


@pytest.mark.parametrize("levels", [1, 63, 64])
def test_nesting_up_to_the_limit_passes(levels: int) -> None:
    assert not too_large(json.dumps(nested(levels)))


@pytest.mark.parametrize("levels", [65, 66, 1000])
def test_nesting_beyond_the_limit_is_seen(levels: int) -> None:
    assert too_large('[{"k":' * (levels // 2) + "[" * (levels % 2) + "1")


def test_brackets_side_by_side_or_in_strings_are_no_nesting() -> None:
    assert not too_large(json.dumps([[n, {"k": n}] for n in range(500)]))
    assert not too_large(json.dumps({"k": "[" * 900, "\\": '"{[' * 90}))
    assert too_large(json.dumps(["]" * 900, "}" * 900, nested(70)]), string=10_000)
    assert not too_large('"[[[[' + "[" * 70), "what is no JSON is for the decoder to refuse"


def test_strings_are_measured_in_bytes() -> None:
    assert not too_large(json.dumps("x" * 1000))
    assert too_large(json.dumps("x" * 1001))
    assert too_large(json.dumps(["é" * 501] * 2, ensure_ascii=False))
    assert too_large(json.dumps({"k" * 1001: 1}))
    assert not too_large(json.dumps(["x" * 999, "y" * 999, 'a"b' * 200]))


def test_a_message_that_is_nested_too_deeply_is_refused_and_others_are_not(
    session: Session,
) -> None:
    client = live(session)
    client.edit(put(nested(100), "d"), seq=1)
    refused = client.answer()
    assert (refused.content["code"], refused.content["retry"]) == ("too-large", "never")
    assert props(session)["d"] == {}
    assert refused.header["seq"] == 1
    client.edit(put(nested(50), "d"), seq=2)
    assert client.answer().type == "OK"


def spoiled(speaker: Speaker, seq: int, text: str = "\\ud800", **header: Any) -> str:
    """Return a transaction that no decoder reads."""
    whole = {
        "msgid": f"x-{seq}",
        "msgtype": "PATCH-DOC",
        "client": speaker.client,
        "seq": seq,
        "base": speaker.session.rev,
        "epoch": speaker.session.epoch,
        **header,
    }
    return f'{{"header":{json.dumps(whole)},"content":{{"ops":["{text}"]}}}}'


def test_a_transaction_that_cannot_be_read_is_spent_so_that_its_author_goes_on(
    session: Session,
) -> None:
    client = live(session)
    client.peer.receive(spoiled(client, 1))
    refused = client.answer()
    assert (refused.header["seq"], refused.header["reqid"]) == (1, "x-1")
    assert (refused.content["code"], refused.content["retry"]) == ("bad-message", "never")
    client.peer.receive(spoiled(client, 1))
    assert client.answer().header["seq"] == 1, "sent again it gets the same answer"
    client.edit(put(2), seq=2)
    assert client.answer().type == "OK"


def test_a_binary_transaction_with_too_many_buffers_is_spent(session: Session) -> None:
    client = live(session)
    client.peer.receive(join(spoiled(client, 1, "x").encode(), [b"12345678"] * 257))
    refused = client.answer()
    assert (refused.header["seq"], refused.content["code"]) == (1, "too-large")


def test_a_transaction_in_parts_that_cannot_be_read_is_spent(session: Session) -> None:
    session.limits.string = 3000
    client = live(session)
    whole = join(spoiled(client, 1, "x" * 5000).encode(), ())
    for k in range(2):
        header = Header(msgid="x-1", msgtype="PATCH-DOC", part=(k, 2), total=len(whole))
        client.peer.receive(pack(header, {}, [whole[k * 3000 : (k + 1) * 3000]]))
    assert client.answer().header["seq"] == 1


def test_what_cannot_be_read_spends_no_transaction_of_others(session: Session) -> None:
    client, other = live(session), live(session)
    client.peer.receive(spoiled(client, 1, client=other.client))
    refused = client.answer()
    assert refused.content["code"] == "not-yours"
    assert "seq" not in refused.header
    client.peer.receive(spoiled(client, 1, epoch="another"))
    assert client.answer().content["code"] == "stale-epoch"
    other.edit(put(2), seq=1)
    assert other.answer().type == "OK"


@pytest.mark.parametrize(
    "frame",
    [
        '{"content":{},"header":{"msgid":"x","msgtype":"PATCH-DOC","seq":1},"more":"\\ud800"}',
        '{"header":{"msgid":"x","msgtype":"PATCH-DOC","seq":1,"much":"' + "y" * 5000 + '"}',
        '{"header":' + "[" * 4000,
        '{"header":{"msgid":"\\ud800","msgtype":"PING"}}',
        '{"header":{"msgid":1},"content":"\\ud800"}',
        b"SL",
        b"SL\x01\x00\xff\xff\xff\xff\x00\x00\x00\x00",
    ],
)
def test_a_header_that_is_not_found_is_answered_all_the_same(
    session: Session, frame: str | bytes
) -> None:
    client = live(session)
    client.peer.receive(frame)
    refused = client.answer()
    assert refused.type == "ERROR"
    assert refused.header.keys().isdisjoint({"seq", "reqid"})


def test_of_another_message_that_cannot_be_read_only_the_request_is_named(
    session: Session,
) -> None:
    client = live(session)
    client.peer.receive('{"header":{"msgid":"x","msgtype":"PING"},"content":"\\ud800"}')
    assert client.answer().header["reqid"] == "x"


def test_many_operations_are_counted_before_they_are_decoded(session: Session) -> None:
    session.limits.ops = 1000
    client = live(session)
    client.edit(*[put(n) for n in range(2000)])
    assert client.answer().content["code"] == "too-large"
    client.edit(*[put(n) for n in range(1000)], put("x" * 70_000))
    assert client.answer().content["code"] == "too-large"
    client.edit(*[put(n) for n in range(999)], put("x" * 70_000))
    assert client.answer().type == "OK"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("t/" + "T" * 130 + "@1", "too-large"),
        ("t/T", "bad-message"),
        ("t/T@0", "bad-message"),
        ("t/T@1#", "bad-message"),
        ("t/Té@1", "bad-message"),
        ("/T@1", "bad-message"),
        ("t/T@1\n", "bad-message"),
    ],
)
def test_a_name_that_is_no_type_is_refused(session: Session, name: str, code: str) -> None:
    client = live(session)
    client.edit({"op": "add", "m": f"{client.client}-1", "type": name, "props": {}})
    refused = client.answer()
    assert (refused.content["code"], refused.content["op"]) == (code, 0)


@pytest.mark.parametrize("name", ["t/T@1", "a_b.c-d/_T2@12", "t/T@1#q83vEjRWeJASNFZ4kBI0Vg"])
def test_a_name_of_a_type_is_taken(session: Session, name: str) -> None:
    client = live(session)
    add = {"op": "add", "m": f"{client.client}-1", "type": name, "props": {}}
    client.edit(add, put({"$": "ref", "id": add["m"]}, "d", "k"))
    assert client.answer().content == {"verbatim": True}


def test_models_are_not_dropped_by_clients(session: Session) -> None:
    client = live(session, trusted=True)
    client.edit({"op": "drop", "ms": ["py-1"]})
    assert client.answer().content["code"] == "bad-message"
    assert session.state.has("py-1")
