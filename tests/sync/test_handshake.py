"""ACK, PULL and what a connection is bound to (SPEC 3.1, 3.2 and 5.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from syncline.core.ops import Set
from syncline.sync import log
from tests.sync.speaker import Speaker, live, put

if TYPE_CHECKING:
    from syncline.sync.session import Session


def test_the_ack_comes_first_and_says_who_and_where(session: Session) -> None:
    client = Speaker(session, may_write=False, ping=7)
    assert client.ack.type == "ACK"
    assert client.ack.header["epoch"] == "e1"
    assert client.ack.header["rev"] == 1
    assert client.ack.header["client"]
    assert "session" not in client.ack.header
    content = client.ack.content
    assert content["protocol"] == {"version": 1, "min": 1}
    assert content["server"].startswith("syncline ")
    assert content["resume_key"].startswith("key-")
    assert content["read_only"] is True
    assert content["limits"]["frame"] == 8 << 20
    assert content["window"] is None
    assert content["ping"] == 7
    assert content["channel"] is None


def test_the_ack_names_the_session_that_has_a_public_name(session: Session) -> None:
    session.name = "a name"
    assert Speaker(session).ack.header["session"] == "a name"


def test_before_the_pull_an_edit_is_not_ready_and_a_ping_is_answered(session: Session) -> None:
    client = Speaker(session)
    client.edit(put(2))
    refused = client.answer()
    assert (refused.content["code"], refused.content["retry"]) == ("not-ready", "resume")
    client.say("PING")
    assert client.answer().type == "OK"
    assert session.rev == 1


def test_nothing_is_sent_unasked_before_the_pull(session: Session) -> None:
    client = Speaker(session)
    session.local(Set("py-1", ["value"], 2))
    assert client.hear() == []
    assert not client.peer.pending()


def test_a_first_pull_gets_a_snapshot_with_every_property(session: Session) -> None:
    reply = Speaker(session).pull()
    assert reply.content["kind"] == "snapshot"
    assert reply.header["rev"] == 1
    assert "since" not in reply.header
    assert "last_seq" not in reply.header
    assert reply.content["doc"] == {
        "title": "t",
        "roots": ["py-1"],
        "models": {
            "py-1": {"type": "t/T@1", "props": {"value": 1, "items": [1, 2, 3], "d": {}}},
        },
    }


def test_a_pull_with_a_revision_of_the_log_gets_only_what_it_lacks(session: Session) -> None:
    for value in (2, 3):
        session.local(Set("py-1", ["value"], value))
    reply = Speaker(session).pull(have={"epoch": "e1", "rev": 2})
    assert reply.content == {
        "kind": "delta",
        "txs": [{"rev": 3, "by": "py", "ops": [put(3)]}],
    }
    assert (reply.header["since"], reply.header["rev"]) == (2, 3)


@pytest.mark.parametrize("have", [{"epoch": "other", "rev": 1}, {"epoch": "e1", "rev": 99}])
def test_a_pull_from_elsewhere_gets_a_snapshot(session: Session, have: dict[str, object]) -> None:
    assert Speaker(session).pull(have=have).content["kind"] == "snapshot"


def test_a_pull_may_ask_for_a_snapshot(session: Session) -> None:
    reply = Speaker(session).pull(have={"epoch": "e1", "rev": 1}, kind="snapshot")
    assert reply.content["kind"] == "snapshot"


def test_a_pull_from_before_the_log_gets_a_snapshot(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "MAX_REVISIONS", 3)
    for value in range(5):
        session.local(Set("py-1", ["value"], value))
    assert session.log.base == 3
    assert Speaker(session).pull(have={"epoch": "e1", "rev": 2}).content["kind"] == "snapshot"
    assert Speaker(session).pull(have={"epoch": "e1", "rev": 3}).content["kind"] == "delta"


def test_the_log_is_bounded_by_bytes_too(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "MAX_BYTES", 1000)
    for _ in range(10):
        session.local(Set("py-1", ["value"], "x" * 300))
    assert session.log.weight <= 1000
    assert 1 <= len(session.log.entries) < 4
    assert session.log.base + len(session.log.entries) == session.rev


def test_a_resume_key_gives_an_id_back_and_ends_its_earlier_connection(session: Session) -> None:
    first = live(session)
    first.edit(put(2))
    first.hear()
    second = Speaker(session)
    reply = second.pull(client=first.client, resume_key=first.key)
    assert second.client == first.client
    assert reply.header["last_seq"] == 2, "a number is left to what may be under way"
    assert first.peer.close_code == 4409
    first.edit(put(3))
    assert session.rev == 2


def test_two_pages_with_one_id_never_take_each_others_transactions_for_theirs(
    session: Session,
) -> None:
    first = live(session)
    copy = Speaker(session)
    copy.seq = copy.pull(client=first.client, resume_key=first.key).header["last_seq"]
    copy.edit(put(2))
    again = Speaker(session)
    reply = again.pull(client=first.client, resume_key=first.key, pending=1)
    assert reply.header["result"].keys() == {"type", "seq", "since", "rev", "content"}
    assert (reply.header["result"]["type"], reply.header["result"]["seq"]) == ("ERROR", 1)
    assert reply.header["result"]["content"]["code"] == "not-yours"


def test_what_a_page_has_committed_before_another_went_on_is_told_as_committed(
    session: Session,
) -> None:
    first = live(session)
    first.edit(put(2))
    copy = Speaker(session)
    copy.seq = copy.pull(client=first.client, resume_key=first.key).header["last_seq"]
    copy.edit(put(3))
    again = Speaker(session)
    reply = again.pull(client=first.client, resume_key=first.key, pending=1)
    assert reply.header["result"] == {
        "type": "OK",
        "seq": 1,
        "since": 1,
        "rev": 2,
        "content": {"ops": [put(2)]},
    }


def test_the_number_that_another_page_may_have_used_is_the_only_one_left_out(
    session: Session,
) -> None:
    first = live(session)
    again = Speaker(session)
    again.pull(client=first.client, resume_key=first.key)
    again.edit(put(2), seq=3)
    assert again.answer().content["code"] == "seq-gap"
    again.edit(put(2), seq=2)
    assert session.rev == 2


def test_who_comes_back_with_a_transaction_under_way_sends_it_as_it_was(session: Session) -> None:
    first = live(session)
    second = Speaker(session)
    reply = second.pull(client=first.client, resume_key=first.key, pending=1)
    assert "last_seq" not in reply.header
    second.edit(put(2), seq=1)
    assert session.rev == 2


@pytest.mark.parametrize("key", ["wrong", None])
def test_a_wrong_resume_key_keeps_the_new_id(session: Session, key: str | None) -> None:
    first = live(session)
    second = Speaker(session)
    new = second.client
    fields = {"client": first.client} | ({"resume_key": key} if key else {})
    reply = second.pull(**fields)
    assert reply.header["client"] == new != first.client
    assert "last_seq" not in reply.header
    assert first.peer.close_code is None


def test_closing_a_connection_that_was_taken_over_does_not_end_its_successor(
    session: Session,
) -> None:
    first = live(session)
    second = Speaker(session)
    second.pull(client=first.client, resume_key=first.key)
    first.peer.close()
    third = Speaker(session)
    third.pull(client=first.client, resume_key=first.key)
    assert second.peer.close_code == 4409


def test_the_result_of_a_lost_ok_comes_with_the_pull(session: Session) -> None:
    first = live(session)
    first.edit(put(2))
    second = Speaker(session)
    reply = second.pull(
        client=first.client, resume_key=first.key, have={"epoch": "e1", "rev": 1}, pending=1
    )
    assert reply.header["result"] == {
        "type": "OK",
        "seq": 1,
        "since": 1,
        "rev": 2,
        "content": {"ops": [put(2)]},
    }
    assert reply.content["txs"][0]["seq"] == 1


def test_a_snapshot_and_its_revision_belong_together_when_garbage_is_due(session: Session) -> None:
    session.begin()
    session.local(Set("py-1", ["value"], 5))
    session.commit()
    session.graph.suspects.add("py-1")
    session.graph.counts.clear()
    session.state.roots.clear()
    client = Speaker(session)
    reply = client.pull()
    assert reply.content["doc"]["models"] == {}
    assert reply.header["rev"] == session.rev
    assert client.hear() == []


def test_what_nobody_knows_is_refused(session: Session) -> None:
    client = live(session)
    client.say("PULL-EVERYTHING")
    assert client.answer().content["code"] == "bad-message"


def test_the_server_says_what_it_can(session: Session) -> None:
    client = Speaker(session)
    client.say("SERVER-INFO-REQ")
    info = client.answer()
    assert info.type == "SERVER-INFO-REPLY"
    assert info.content["features"] == ["columns", "squash", "volatile"]
    assert info.content["protocol"] == {"version": 1, "min": 1}
