"""Types travel with the models that use them (SPEC 5.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from syncline.core.ops import Add, RootAdd
from syncline.sync import log
from tests.sync.speaker import Speaker, live

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest

    from syncline.sync.session import Session


class Source:
    """Types whose names have a hash have an entry, the others are built in."""

    def entries(self, types: Iterable[str]) -> dict[str, Any]:
        hashes = {name.partition("#")[2] for name in types} - {""}
        return {hash: entry(hash) for hash in hashes}

    def types(self) -> Iterable[str]:
        return ["t/T@1", "t/U@10", "t/U@2#h1", "t/U@2#h2"]

    def asset(self, hash: str) -> bytes | None:
        return b"export {}" if hash == "a1" else None


def entry(hash: str) -> dict[str, Any]:
    return {"name": f"of {hash}", "properties": {}}


def enter(session: Session, m: str, type: str) -> None:
    session.begin()
    session.local(Add(m, type, {}))
    session.local(RootAdd(m))
    session.commit()


def test_without_a_source_nothing_is_said_of_types(session: Session) -> None:
    client = live(session)
    assert "schema" not in Speaker(session).pull().content
    enter(session, "py-2", "t/U@2")
    assert "schema" not in client.answer().content["txs"][0]


def test_the_first_use_of_a_type_carries_what_it_is(session: Session) -> None:
    session.schemas.source = Source()
    clients = [live(session), live(session)]
    enter(session, "py-2", "t/U@2#h1")
    enter(session, "py-3", "t/U@2#h1")
    enter(session, "py-4", "t/T@1")
    enter(session, "py-5", "t/U@2#h2")
    frames = [client.frames() for client in clients]
    assert frames[0] == frames[1]
    txs = live(session).pull(have={"epoch": "e1", "rev": 1}).content["txs"]
    assert [tx.get("schema") for tx in txs] == [
        {"h1": entry("h1")},
        None,
        None,
        {"h2": entry("h2")},
    ]


def test_a_snapshot_carries_the_types_of_its_models_and_all_that_were_told(
    session: Session,
) -> None:
    enter(session, "py-2", "t/V@1#h3")
    session.schemas.source = Source()
    enter(session, "py-3", "t/U@2#h1")
    session.state.drop("py-3")
    session.state.roots.remove("py-3")
    reply = Speaker(session).pull()
    assert reply.content["schema"] == {"h1": entry("h1"), "h3": entry("h3")}
    some = Speaker(session).pull(known=["h1", "h7"])
    assert some.content["schema"] == {"h3": entry("h3")}
    assert "schema" not in Speaker(session).pull(known=["h1", "h3"]).content


def test_a_document_that_is_pushed_carries_its_types(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "MAX_REVISIONS", 1)
    session.schemas.source = Source()
    client = live(session)
    for number in range(3):
        enter(session, f"py-{number + 2}", "t/U@2#h1")
    push = client.answer()
    assert push.type == "PUSH-DOC"
    assert push.content["schema"] == {"h1": entry("h1")}


def test_code_comes_by_its_hash(session: Session) -> None:
    session.schemas.source = Source()
    client = live(session)
    msgid = client.say("ASSET-REQ", {"hash": "a1"})
    asset = client.answer()
    assert (asset.type, asset.header["reqid"]) == ("ASSET", msgid)
    assert asset.content == {"bytes": {"$": "bytes", "buf": 0}}
    assert asset.buffers == [b"export {}"]


def test_code_that_is_not_there_is_an_error(session: Session) -> None:
    client = live(session)
    client.say("ASSET-REQ", {"hash": "a1"})
    refused = client.answer()
    assert (refused.content["code"], refused.content["retry"]) == ("unknown-asset", "never")
    client.say("ASSET-REQ", {})
    assert client.answer().content["code"] == "bad-message"


def test_the_server_says_which_types_it_knows(session: Session) -> None:
    session.schemas.source = Source()
    client = Speaker(session)
    client.say("SERVER-INFO-REQ")
    assert client.answer().content["types"] == {"t/T": [1], "t/U": [2, 10]}
