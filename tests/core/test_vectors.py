"""Every case of tests/vectors, which the TypeScript tests read too."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from syncline.core.apply import apply
from syncline.core.diff import diff
from syncline.core.errors import Gone
from syncline.core.transform import transform
from syncline.core.values import BadValue, Buffers, decode_value, encode_value, equal
from syncline.sync.errors import ProtocolError
from syncline.sync.frames import join, split, unpack
from tests.core.vectors import cases, read_doc, read_op, write_doc, write_op


def good(name: str) -> list[dict[str, Any]]:
    return [case for case in cases(name) if "error" not in case]


def bad(name: str) -> list[dict[str, Any]]:
    return [case for case in cases(name) if "error" in case]


@pytest.mark.parametrize("case", good("values"), ids=lambda case: json.dumps(case)[9:60])
def test_a_value_comes_back_as_it_went_inline_and_through_buffers(case: dict[str, Any]) -> None:
    value = decode_value(case["json"], Buffers())
    assert encode_value(value, None) == case["json"]
    parts: list[Any] = []
    encoded = json.loads(json.dumps(encode_value(value, parts)))
    buffers = Buffers([bytes(part) for part in parts])
    assert equal(decode_value(encoded, buffers), value)
    buffers.finish()


@pytest.mark.parametrize("case", bad("values"), ids=lambda case: json.dumps(case)[9:60])
def test_a_malformed_value_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(BadValue):
        decode_value(case["json"], Buffers())


def test_applying_gives_what_the_vectors_say_and_undo_restores() -> None:
    for case in cases("apply"):
        state = read_doc(case["doc"])
        if "error" in case:
            with pytest.raises(BadValue):
                apply(state, read_op(case["op"]))
        elif "gone" in case:
            with pytest.raises(Gone) as caught:
                apply(state, read_op(case["op"]))
            assert caught.value.kind == case["gone"], case["op"]
        else:
            undo = apply(state, read_op(case["op"]))
            assert write_doc(state) == case["after"], case["op"]
            for inverse in undo:
                apply(state, inverse)
        assert write_doc(state) == case["doc"], case["op"]


def test_the_transform_gives_what_the_vectors_say() -> None:
    for case in cases("transform"):
        earlier, later = map(read_op, case["earlier"]), map(read_op, case["later"])
        carried = [[write_op(op) for op in ops] for ops in transform(list(earlier), list(later))]
        assert carried == case["result"], (case["earlier"], case["later"])


def test_the_difference_of_two_documents_turns_one_into_the_other() -> None:
    for case in cases("diff"):
        state = read_doc(case["old"])
        ops = diff(state, read_doc(case["new"]))
        assert [write_op(op) for op in ops] == case["ops"]
        for op in ops:
            apply(state, op)
        new = write_doc(state)
        assert sorted(new.pop("roots")) == sorted(case["new"]["roots"])
        assert new == {name: value for name, value in case["new"].items() if name != "roots"}


@pytest.mark.parametrize("case", good("frames"), ids=lambda case: str(len(case["buffers"])))
def test_a_frame_is_taken_apart_and_put_together(case: dict[str, Any]) -> None:
    frame = base64.b64decode(case["frame"])
    body, *buffers = split(frame)
    assert json.loads(bytes(body)) == case["body"]
    assert [base64.b64encode(part).decode() for part in buffers] == case["buffers"]
    assert join(bytes(body), buffers) == frame
    envelope, parts = unpack(frame)
    assert envelope.header.msgid == case["body"]["header"]["msgid"]
    assert len(parts) == len(buffers)


@pytest.mark.parametrize("case", bad("frames"), ids=lambda case: case["frame"][:40])
def test_a_malformed_frame_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError):
        unpack(base64.b64decode(case["frame"]))
