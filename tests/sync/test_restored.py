"""A session that begins with what another one left: exactly once, across epochs (SPEC 5.6)."""

from __future__ import annotations

from typing import Any

from syncline.core.ops import Add, RootAdd, Set, Splice
from syncline.core.state import PlainState
from syncline.sync.session import Session
from tests.sync.speaker import Clock, Speaker, live, plain_session, props, put
from tests.sync.test_link import Client


def successor(session: Session, **values: Any) -> Session:
    """Return a session of the same document, rebuilt with other ids, that knows the clients."""
    made = Session(PlainState("t"), id="doc", epoch="e2", new_key=lambda: "new-key", clock=Clock())
    made.begin()
    made.local(Add("py-7", "t/T@1", {**props(session), **values}))
    made.local(RootAdd("py-7"))
    made.commit("restore")
    made.clients.restore(session.clients, session.clients.issued, made.clock())
    return made


def moved(client: Client, session: Session) -> dict[str, Any]:
    """Bring a client to another session; return its model's values."""
    client.session = session
    client.reconnect()
    state = client.replica.state
    assert isinstance(state, PlainState)
    return state.models["py-7"].props


def test_a_restore_says_that_it_is_one() -> None:
    session = plain_session()
    assert [entry.by for entry in session.log.entries] == ["py"]
    assert [entry.by for entry in successor(session).log.entries] == ["restore"]


def test_a_commit_whose_answer_was_lost_is_not_made_again() -> None:
    session = plain_session()
    client = Client(session)
    client.edit(Splice("py-1", ["items"], 3, 0, ["mine"]))
    client.deliver()
    client.replica.local(Splice("py-1", ["items"], 4, 0, ["later"]))
    after = successor(session)
    assert moved(client, after)["items"] == [1, 2, 3, "mine", "later"]
    assert props(after, "py-7")["items"] == [1, 2, 3, "mine", "later"]
    assert client.replica.client == "c1"
    assert not client.told("conflict")


def test_an_edit_that_never_arrived_is_made_once() -> None:
    session = plain_session()
    client = Client(session)
    client.edit(Splice("py-1", ["items"], 3, 0, ["one"]))
    client.run()
    client.edit(Splice("py-1", ["items"], 4, 0, ["two"]))
    after = successor(session)
    assert moved(client, after)["items"] == [1, 2, 3, "one", "two"]
    assert props(after, "py-7")["items"] == [1, 2, 3, "one", "two"]


def test_edits_behind_the_last_save_do_not_keep_a_client_from_counting_on() -> None:
    session = plain_session()
    client = Client(session)
    client.edit(Set("py-1", ["value"], 2))
    client.run()
    saved = successor(session)
    for value in (3, 4):
        client.edit(Set("py-1", ["value"], value))
        client.run()
    assert moved(client, saved)["value"] == 2
    client.edit(Set("py-7", ["value"], 5))
    client.run()
    assert props(saved, "py-7")["value"] == 5
    assert client.replica.pending == []


def test_a_refusal_is_told_after_the_restore() -> None:
    session = plain_session()
    client = Client(session)
    client.edit(Add("zz-1", "t/T@1", {}), RootAdd("zz-1"))
    client.deliver()
    moved(client, successor(session))
    assert {one.kind for one in client.told("conflict")} == {"refused"}


def test_no_id_is_given_away_twice() -> None:
    session = plain_session()
    first, second = live(session), live(session)
    after = successor(session)
    third = live(after)
    assert len({first.client, second.client, third.client}) == 3
    back = Speaker(after)
    back.pull(client=first.client, resume_key=first.key)
    assert back.client == first.client
    stranger = Speaker(after)
    stranger.pull(client=second.client, resume_key="new-key")
    assert stranger.client != second.client


def test_a_number_that_was_decided_is_not_taken_again() -> None:
    session = plain_session()
    first = live(session)
    first.edit(put(2))
    after = successor(session)
    again = Speaker(after)
    reply = again.pull(client=first.client, resume_key=first.key, pending=1)
    assert reply.header["result"]["content"] == {"ops": [put(2)]}
    again.edit(put(9, m="py-7"), seq=1)
    assert after.rev == 1
