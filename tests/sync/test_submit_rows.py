"""Rows and regions that clients send (SPEC 4 and 5.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from syncline.core.columns import Columns
from syncline.core.ops import Set, Stream
from tests.sync.speaker import Heard, live, props

if TYPE_CHECKING:
    from syncline.sync.session import Session


@pytest.fixture
def source(session: Session) -> Session:
    """Return a session with a source of three rows, at revision 2."""
    columns = Columns("py-3", {"t": np.arange(3.0), "name": ["a", "b", "c"]})
    session.local(Set("py-1", ["value"], columns))
    return session


def rows(at: int, *values: float, **fields: Any) -> dict[str, Any]:
    n = len(values)
    array = {"$": "nd", "dtype": "f8", "shape": [n], "buf": 0}
    cols = {"t": array, "name": ["x"] * n}
    stream = {"op": "stream", "m": "py-1", "p": ["value"], "gen": "py-3", "at": at, "n": n}
    return {**stream, "cols": cols, **fields}


def data(*values: float) -> list[bytes]:
    return [np.array(values, "f8").tobytes()]


def write(at: Any, *names: str, gen: str = "py-3") -> dict[str, Any]:
    return {
        "op": "write", "m": "py-1", "p": ["value"], "gen": gen, "col": "name", "at": at,
        "v": list(names),
    }  # fmt: skip


def conflicts(heard: Heard) -> list[str]:
    return [conflict["kind"] for conflict in heard.content["conflicts"]]


def test_rows_are_appended_and_told_to_the_others(source: Session) -> None:
    author, other = live(source), live(source)
    author.edit(rows(3, 7, 8), buffers=data(7, 8))
    assert author.answer().content == {"verbatim": True}
    patch = other.answer()
    assert patch.content["txs"][0]["ops"] == [rows(3, 7, 8)]
    assert patch.buffers == data(7, 8)
    assert props(source)["value"]["t"].tolist() == [0, 1, 2, 7, 8]


def test_rows_of_two_stand_one_behind_the_other(source: Session) -> None:
    client = live(source)
    source.local(Stream("py-1", ["value"], "py-3", 3, 1, {"t": np.array([5.0]), "name": ["y"]}))
    client.edit(rows(3, 7), buffers=data(7), base=2)
    assert client.hear()[-1].content["ops"] == [rows(4, 7)]
    assert props(source)["value"]["name"] == ["a", "b", "c", "y", "x"]


@pytest.mark.parametrize(
    ("op", "buffers"),
    [
        (rows(4, 7), data(7)),
        (rows(3, 7, cols={"t": [7]}), ()),
        (rows(3, 7, cols={"t": [7], "name": ["x"]}), ()),
        ({**write(0, "A"), "col": "nothing"}, ()),
    ],
)
def test_rows_that_do_not_fit_are_refused(source: Session, op: Any, buffers: Any) -> None:
    client = live(source)
    client.edit({"op": "set", "m": "py-1", "p": ["d"], "v": {}}, op, buffers=buffers)
    refused = client.answer()
    assert (refused.content["code"], refused.content["op"]) == ("invalid-value", 1)
    assert (source.rev, len(props(source)["value"])) == (2, 3)


def test_what_is_rolled_out_meanwhile_is_left_out_of_a_write(source: Session) -> None:
    client = live(source)
    more = {"t": np.arange(2.0), "name": ["d", "e"]}
    source.local(Stream("py-1", ["value"], "py-3", 3, 2, more, 3))
    client.edit(write(0, "A", "B", "C"), write(0, "Z"), base=2)
    outcome = client.hear()[-1]
    assert outcome.content["ops"] == [write(2, "C")]
    assert conflicts(outcome) == ["rolled-out"]
    assert props(source)["value"]["name"] == ["C", "d", "e"]


def test_a_write_of_rows_gone_already_is_trimmed(source: Session) -> None:
    more = {"t": np.arange(1.0), "name": ["d"]}
    source.local(Stream("py-1", ["value"], "py-3", 3, 1, more, 2))
    client = live(source)
    client.edit(write(1, "B", "C"))
    assert client.answer().content == {"ops": [write(2, "C")]}


def test_rows_for_a_source_that_was_replaced_are_skipped(source: Session) -> None:
    client = live(source)
    source.local(Set("py-1", ["value"], Columns("py-4", {"t": np.arange(1.0)})))
    client.edit(rows(3, 7), buffers=data(7), base=2)
    assert conflicts(client.hear()[-1]) == ["container-replaced"]
    client.edit(write(0, "A"))
    assert conflicts(client.hear()[-1]) == ["container-replaced"]


def test_rows_for_what_is_no_source_are_skipped(session: Session) -> None:
    client = live(session)
    client.edit(rows(3, 7), buffers=data(7))
    assert conflicts(client.answer()) == ["target-gone"]


def test_a_snapshot_keeps_what_was_when_rows_are_written(source: Session) -> None:
    snapshot = source.snapshot()
    before = [bytes(part) for part in snapshot.buffers]
    client = live(source)
    array = {"$": "nd", "dtype": "f8", "shape": [1], "buf": 0}
    client.edit({**write(0), "col": "t", "v": array}, buffers=data(99))
    assert client.answer().content == {"verbatim": True}
    assert [bytes(part) for part in snapshot.buffers] == before
    assert source.snapshot().buffers[0] != before[0]


def test_a_new_source_of_a_client_has_a_generation_of_its_own(session: Session) -> None:
    client = live(session)
    value = {"$": "cols", "gen": "py-9", "first": 0, "cols": {"a": [1]}}
    client.edit({"op": "set", "m": "py-1", "p": ["value"], "v": value})
    assert client.answer().content["code"] == "not-yours"
    client.edit({"op": "set", "m": "py-1", "p": ["d", "k"], "v": {"deep": [value]}})
    assert client.answer().content["code"] == "not-yours"
    add = {"op": "add", "m": f"{client.client}-1", "type": "t/T@1", "props": {"v": value}}
    client.edit(add)
    assert client.answer().content["code"] == "not-yours"
    mine = value | {"gen": f"{client.client}-2"}
    client.edit({"op": "set", "m": "py-1", "p": ["value"], "v": mine})
    assert client.answer().content == {"verbatim": True}
    trusted = live(session, trusted=True)
    trusted.edit({"op": "set", "m": "py-1", "p": ["value"], "v": value})
    assert trusted.answer().content == {"verbatim": True}
