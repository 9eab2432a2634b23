"""The whole document, encoded as little as possible (SPEC 5.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from syncline.core.ops import Add, Del, Msg, RootAdd, RootRemove, Set, Title
from syncline.sync import log, snapshot
from syncline.sync.frames import encode
from tests.sync.speaker import Speaker

if TYPE_CHECKING:
    from syncline.sync.session import Session


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the ids of the models that are encoded, as it happens."""
    ids: list[str] = []

    def noted(value: Any) -> bytes:
        if isinstance(value, dict):
            ids.extend(value)
        return encode(value)

    monkeypatch.setattr(snapshot, "encode", noted)
    return ids


@pytest.fixture
def many(session: Session, monkeypatch: pytest.MonkeyPatch) -> Session:
    """Return a session with models py-2 to py-9 beside, at revision 2, three encoded together."""
    monkeypatch.setattr(snapshot, "CHUNK_MODELS", 3)
    session.begin()
    for number in range(2, 10):
        session.local(Add(f"py-{number}", "t/U@1", {"value": number}))
        session.local(RootAdd(f"py-{number}"))
    session.commit()
    return session


def enter(session: Session, *models: str) -> None:
    """Add models as roots."""
    session.begin()
    for m in models:
        session.local(Add(m, "t/V@1", {"value": 1}))
        session.local(RootAdd(m))
    session.commit()


def doc(session: Session) -> dict[str, Any]:
    """Return what a client gets, compared with the document itself."""
    content: dict[str, Any] = Speaker(session).pull().content["doc"]
    assert content["roots"] == session.state.roots
    assert content["title"] == session.state.title
    ours = {m: (type, props.keys()) for m, type, props in session.state.items()}
    assert {m: (one["type"], one["props"].keys()) for m, one in content["models"].items()} == ours
    return content


def test_who_comes_at_the_same_revision_gets_the_same(many: Session, encoded: list[str]) -> None:
    replies = [Speaker(many).pull().content for _ in range(20)]
    assert all(reply == replies[0] for reply in replies)
    assert len(encoded) == 9


def test_only_what_was_touched_and_its_chunk_is_encoded_again(
    many: Session, encoded: list[str]
) -> None:
    doc(many)
    encoded.clear()
    many.local(Set("py-3", ["value"], 33))
    many.local(Title("new"))
    many.local(Msg("py-2", "click"))
    assert doc(many)["models"]["py-3"]["props"]["value"] == 33
    assert sorted(encoded) == ["py-1", "py-2", "py-3"]
    encoded.clear()
    many.local(Title("newer"))
    doc(many)
    assert encoded == []


def test_new_models_fill_the_last_chunk_and_an_empty_chunk_is_no_more(
    many: Session, encoded: list[str]
) -> None:
    doc(many)
    encoded.clear()
    enter(many, "py-10", "py-11")
    doc(many)
    assert sorted(encoded) == ["py-10", "py-11"]
    encoded.clear()
    enter(many, "py-12")
    doc(many)
    assert sorted(encoded) == ["py-10", "py-11", "py-12"]
    for m in ("py-10", "py-11", "py-12"):
        many.local(RootRemove(m))
    many.collect()
    doc(many)
    encoded.clear()
    enter(many, "py-13")
    doc(many)
    assert encoded == ["py-13"]


def test_what_came_and_went_between_two_snapshots_leaves_no_trace(many: Session) -> None:
    doc(many)
    enter(many, "py-10")
    many.local(RootRemove("py-10"))
    assert "py-10" not in doc(many)["models"]


def test_an_empty_document_fills(session: Session) -> None:
    session.local(RootRemove("py-1"))
    assert doc(session)["models"] == {}
    enter(session, "py-10")
    assert list(doc(session)["models"]) == ["py-10"]


def test_models_come_and_go(many: Session, encoded: list[str]) -> None:
    doc(many)
    many.local(RootRemove("py-5"))
    many.collect()
    enter(many, "py-20")
    assert doc(many)["models"]["py-20"] == {"type": "t/V@1", "props": {"value": 1}}
    many.local(RootRemove("py-20"))
    many.collect()
    many.begin()
    many.local(Add("py-20", "t/W@1", {}))
    many.local(RootAdd("py-20"))
    many.local(Del("py-1", ["value"]))
    many.commit()
    assert doc(many)["models"]["py-20"] == {"type": "t/W@1", "props": {}}


def test_buffers_are_numbered_anew_each_time(many: Session) -> None:
    for name, length in (("py-3", 3), ("py-6", 6)):
        many.local(Set(name, ["value"], np.arange(length, dtype="u1")))
    reply = Speaker(many).pull()
    assert sorted(map(len, reply.buffers)) == [3, 6]
    many.local(Set("py-2", ["value"], np.arange(2, dtype="u1")))
    many.local(Set("py-3", ["value"], "no array any more"))
    reply = Speaker(many).pull()
    models = reply.content["doc"]["models"]
    found = {m: reply.buffers[models[m]["props"]["value"]["buf"]] for m in ("py-2", "py-6")}
    assert {m: len(data) for m, data in found.items()} == {"py-2": 2, "py-6": 6}
    assert len(reply.buffers) == 2


def test_inline_and_not_are_kept_apart(many: Session) -> None:
    many.local(Set("py-3", ["value"], np.arange(3, dtype="u1")))
    assert len(Speaker(many).pull().buffers) == 1
    client = Speaker(many, probe=True)
    reply = client.pull()
    assert reply.buffers == []
    assert reply.content["doc"]["models"]["py-3"]["props"]["value"]["b64"] == "AAEC"


def test_beyond_the_log_all_is_encoded_again(
    many: Session, encoded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    doc(many)
    monkeypatch.setattr(log, "MAX_REVISIONS", 2)
    for number in range(5):
        many.local(Set("py-3", ["value"], number))
    encoded.clear()
    assert doc(many)["models"]["py-3"]["props"]["value"] == 4
    assert len(encoded) == 9


def test_the_size_is_known(many: Session) -> None:
    small = many.snapshot().size
    many.local(Set("py-3", ["value"], np.zeros(1000, dtype="u1")))
    assert many.snapshot().size > small + 1000
    assert many.snapshot_bytes == many.snapshot().size
