"""What a session keeps for those who come late, and for how long (SPEC 5.6)."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from syncline.core.ops import Add, Drop, RootAdd, Set, Splice, Title
from syncline.sync import clients, log
from syncline.sync.budget import Budget
from syncline.sync.entry import Entry
from syncline.sync.log import Log
from tests.sync.speaker import Speaker, later, live, plain_session, props, put, splice

if TYPE_CHECKING:
    from syncline.sync.session import Session


def touching(entries: Log, models: set[str | None], rev: int) -> list[int]:
    return [entry.rev for entry in entries.touching(models, rev)]


def filled(*transactions: list[Any]) -> Log:
    made = Log()
    for rev, ops in enumerate(transactions, 1):
        made.append(Entry(rev, "py", None, ops))
    return made


def test_entries_are_found_by_the_models_they_touch() -> None:
    made = filled(
        [Set("a", ["x"], 1)],
        [Set("b", ["x"], 1), Set("a", ["x"], 2)],
        [Title("t")],
        [Drop(["b", "c"])],
        [RootAdd("a")],
    )
    assert touching(made, {"a"}, 0) == [1, 2, 5]
    assert touching(made, {"a"}, 1) == [2, 5]
    assert touching(made, {"b", "c"}, 0) == [2, 4]
    assert touching(made, {None}, 0) == [3]
    assert touching(made, {"nobody"}, 0) == []
    assert touching(made, {"a"}, 5) == []
    made.append(Entry(6, "py", None, [Set("c", ["x"], 1)]))
    assert touching(made, {"c"}, 3) == [4, 6]


def test_the_index_is_cut_with_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "MAX_REVISIONS", 3)
    made = filled([Set("a", ["x"], 1)], [Set("b", ["x"], 1)], [Set("a", ["x"], 2)])
    assert touching(made, {"a", "b"}, 0) == [1, 2, 3]
    for rev in range(4, 9):
        made.append(Entry(rev, "py", None, [Set("c", ["x"], rev)]))
    assert touching(made, {"a", "b"}, 5) == []
    assert touching(made, {"c"}, 5) == [6, 7, 8]
    made.clear(20)
    made.append(Entry(21, "py", None, [Set("a", ["x"], 1)]))
    assert touching(made, {"a", "c"}, 20) == [21]


def test_a_late_submission_visits_only_what_touches_its_models(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.begin()
    session.local(Add("py-2", "t/T@1", {"value": 0}))
    session.local(RootAdd("py-2"))
    session.commit()
    client = live(session)
    base = session.rev
    for number in range(1000):
        session.local(Set("py-2", ["value"], number))
    session.local(Splice("py-1", ["items"], 0, 0, [0]))
    visited: list[int] = []
    entry = session.log.entry

    def looked(rev: int) -> Entry:
        visited.append(rev)
        return entry(rev)

    monkeypatch.setattr(session.log, "entry", looked)
    client.edit(splice(1, 1), base=base)
    assert visited == [session.rev - 1]
    assert props(session)["items"] == [0, 1, 3]


def test_other_models_of_the_same_transaction_are_passed_over(session: Session) -> None:
    client = live(session)
    session.begin()
    session.local(Add("py-2", "t/T@1", {"items": [1]}))
    session.local(RootAdd("py-2"))
    session.local(Splice("py-2", ["items"], 0, 0, [0]))
    session.local(Splice("py-1", ["items"], 0, 1, []))
    session.commit()
    client.edit(splice(1, 1), base=1)
    assert client.hear()[-1].content == {"ops": [splice(0, 1)]}


def test_what_is_older_than_the_log_keeps_is_forgotten(session: Session) -> None:
    for number in range(3):
        later(session, 250)
        session.local(Set("py-1", ["value"], number))
    assert session.log.base == 1
    later(session, 400)
    session.idle()
    assert session.log.base == 3
    session.log.expire(session.clock() + 1000)
    assert (session.log.base, session.log.weight, len(session.log.entries)) == (4, 0, 0)
    reply = Speaker(session).pull(have={"epoch": "e1", "rev": 4})
    assert reply.content == {"kind": "delta", "txs": []}


def test_a_dropped_model_is_forgotten_with_its_drop(session: Session) -> None:
    session.local(Add("py-2", "t/T@1", {}))
    session.collect()
    assert session.graveyard.keys() == {"py-2"}
    later(session, 601)
    session.idle()
    assert session.graveyard == {}


def reference(m: str) -> dict[str, str]:
    return {"$": "ref", "id": m}


def test_a_model_beyond_the_log_is_not_brought_back(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "MAX_REVISIONS", 2)
    client = live(session)
    session.local(Add("py-2", "t/T@1", {}))
    session.collect()
    for number in range(3):
        session.local(Set("py-1", ["value"], number))
    client.edit(put(reference("py-2"), "d", "k"))
    assert client.hear()[-1].content["conflicts"] == [{"op": 0, "kind": "bad-ref"}]


def test_a_base_that_garbage_cuts_from_the_log_is_stale(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "MAX_REVISIONS", 2)
    client = live(session)
    base = session.rev
    session.local(Splice("py-1", ["items"], 0, 0, [9]))
    session.local(Add("py-2", "t/T@1", {}))
    client.edit(splice(1, 1), base=base)
    assert client.hear()[0].content["code"] == "stale-base"
    assert session.log.base > base


# Records of clients


def test_the_record_of_a_client_lives_for_a_while_after_it_left(session: Session) -> None:
    client = live(session)
    client.edit(put(2))
    later(session, 10_000)
    client.peer.close()
    later(session, clients.RECORD_SECONDS)
    second = Speaker(session)
    second.pull(client=client.client, resume_key=client.key)
    assert second.client == client.client
    second.peer.close()
    later(session, clients.RECORD_SECONDS + 1)
    third = Speaker(session)
    reply = third.pull(client=client.client, resume_key=client.key)
    assert "last_seq" not in reply.header
    assert third.client != client.client


def test_there_are_only_so_many_records(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "MAX_RECORDS", 4)
    here = live(session)
    left = [live(session) for _ in range(3)]
    for client in left:
        client.peer.close()
    live(session)
    live(session)
    now = session.clock()
    known = [session.clients.resume(one.client, one.key, now) for one in (here, *left)]
    assert [one is not None for one in known] == [True, False, False, True]


# One budget


def test_the_largest_logs_are_cut_first_and_their_clients_resume_by_snapshot() -> None:
    budget = Budget(400_000)
    sessions = [plain_session(budget) for _ in range(3)]
    for session, count in zip(sessions, (1, 2, 6), strict=True):
        for _ in range(count):
            session.local(Set("py-1", ["value"], "x" * 60_000))
    assert [session.log.base for session in sessions] == [0, 0, 0]
    budget.balance()
    assert [session.log.base > 0 for session in sessions] == [False, False, True]
    assert sum(session.weight for session in sessions) <= 400_000
    have = {"epoch": "e1", "rev": 1}
    assert Speaker(sessions[2]).pull(have=have).content["kind"] == "snapshot"
    assert Speaker(sessions[1]).pull(have=have).content["kind"] == "delta"


def test_when_the_largest_is_not_enough_the_next_is_cut_too() -> None:
    budget = Budget(100_000)
    sessions = [plain_session(budget) for _ in range(3)]
    for session, count in zip(sessions, (1, 2, 6), strict=True):
        for _ in range(count):
            session.local(Set("py-1", ["value"], "x" * 30_000))
    budget.balance()
    assert [session.log.base > 0 for session in sessions] == [False, True, True]


def test_a_session_that_is_busy_is_left_alone() -> None:
    budget = Budget(1)
    busy = plain_session(budget)
    busy.local(Set("py-1", ["value"], "x" * 10_000))
    with busy.lock:
        thread = threading.Thread(target=budget.balance)
        thread.start()
        thread.join()
    assert busy.log.base == 0
    budget.balance()
    assert busy.log.base == 1


def test_a_commit_keeps_the_budget_by_itself() -> None:
    budget = Budget(3 << 20)
    one, other = plain_session(budget), plain_session(budget)
    for _ in range(20):
        one.local(Set("py-1", ["value"], "x" * (1 << 19)))
        other.local(Set("py-1", ["value"], "x" * (1 << 19)))
    assert one.weight + other.weight < (3 << 20) + (2 << 20)
