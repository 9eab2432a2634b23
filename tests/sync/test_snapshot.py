"""The whole document, encoded as little as possible (SPEC 5.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from syncline.core.ops import Add, Del, Msg, RootAdd, RootRemove, Set, Title
from syncline.sync import log, snapshot
from tests.sync.speaker import Speaker

if TYPE_CHECKING:
    from syncline.sync.session import Session


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the ids of the models that are encoded, as it happens."""
    ids: list[str] = []
    real = snapshot.wire_model

    def noted(session: Session, m: str, *more: Any) -> Any:
        ids.append(m)
        return real(session, m, *more)

    monkeypatch.setattr(snapshot, "wire_model", noted)
    return ids


@pytest.fixture
def many(session: Session) -> Session:
    """Return a session with models py-2 to py-9 beside, at revision 2."""
    session.begin()
    for number in range(2, 10):
        session.local(Add(f"py-{number}", "t/U@1", {"value": number}))
        session.local(RootAdd(f"py-{number}"))
    session.commit()
    return session


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


def test_only_what_was_touched_is_encoded_again(many: Session, encoded: list[str]) -> None:
    doc(many)
    encoded.clear()
    many.local(Set("py-3", ["value"], 33))
    many.local(Title("new"))
    many.local(Msg("py-4", "click"))
    assert doc(many)["models"]["py-3"]["props"]["value"] == 33
    assert sorted(encoded) == ["py-3", "py-4"]


def test_models_come_and_go(many: Session, encoded: list[str]) -> None:
    doc(many)
    many.local(RootRemove("py-5"))
    many.collect()
    many.begin()
    many.local(Add("py-20", "t/V@1", {"value": 1}))
    many.local(RootAdd("py-20"))
    many.commit()
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
