"""A trusted client replaces the document (SPEC 3.2, PUSH-DOC)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from syncline.core.ops import Set
from syncline.sync.channel import Channel
from syncline.sync.errors import Code, Refused
from tests.sync.speaker import Speaker, live, props, put

if TYPE_CHECKING:
    from syncline.core.ops import WireOp
    from syncline.sync.session import Session


def reference(m: str) -> dict[str, str]:
    return {"$": "ref", "id": m}


DOC: dict[str, Any] = {
    "title": "new",
    "roots": ["nb-2", "py-1"],
    "models": {
        "py-1": {"type": "t/T@1", "props": {"value": 5, "items": [1, 3], "d": {"of": "it"}}},
        "nb-2": {"type": "t/U@1", "props": {"child": reference("nb-3")}},
        "nb-3": {"type": "t/U@1", "props": {"parent": reference("nb-2")}},
    },
}


def push(client: Speaker, doc: Any = None, **fields: Any) -> None:
    client.seq += 1
    header = {
        "client": client.client,
        "seq": client.seq,
        "base": client.session.rev,
        "epoch": client.session.epoch,
        **fields,
    }
    client.say("PUSH-DOC", {"doc": DOC if doc is None else doc}, **header)


@pytest.fixture
def pushable(session: Session) -> Session:
    session.pushable = True
    return session


def test_the_author_gets_an_ok_and_the_others_the_document(pushable: Session) -> None:
    session = pushable
    author, other = live(session, trusted=True), live(session)
    told: list[Any] = []
    session.on_commit = lambda entry, undo, user: told.append((entry.rev, entry.by))
    session.local(Set("py-1", ["value"], 2))
    author.hear()
    push(author)
    done = author.answer()
    assert (done.type, done.content) == ("OK", {"verbatim": True})
    assert (done.header["since"], done.header["rev"]) == (2, 3)
    pushed = other.answer()
    assert (pushed.type, pushed.content["reason"]) == ("PUSH-DOC", "replaced")
    assert (pushed.header["rev"], pushed.header["epoch"]) == (3, "e1")
    assert pushed.content["doc"] == DOC
    assert told == [(2, "py"), (3, author.client)]
    assert (session.log.base, session.state.roots, session.state.title) == (
        3,
        ["nb-2", "py-1"],
        "new",
    )


def test_the_log_begins_behind_it(pushable: Session) -> None:
    author, other = live(pushable, trusted=True), live(pushable)
    push(author)
    author.hear()
    other.hear()
    assert Speaker(pushable).pull(have={"epoch": "e1", "rev": 1}).content["kind"] == "snapshot"
    other.edit(put(9), base=1)
    assert other.answer().content["code"] == "stale-base"
    other.edit(put(9), seq=1)
    assert other.answer().type == "OK"
    patch = author.answer()
    assert (patch.header["since"], patch.header["rev"]) == (2, 3)


def test_pages_of_a_channel_get_it_on_their_own(pushable: Session) -> None:
    channel = Channel(pushable, "syncline-doc")
    page = live(pushable, channel=channel)
    push(live(pushable, trusted=True))
    assert channel.take() is None
    assert page.answer().type == "PUSH-DOC"
    pushable.local(Set("py-1", ["value"], 7))
    assert channel.take() is not None
    assert page.hear() == []


def test_on_a_channel_its_author_gets_an_ok(pushable: Session) -> None:
    channel = Channel(pushable, "syncline-doc")
    author = live(pushable, channel=channel, trusted=True)
    push(author)
    assert channel.take() is None
    assert "OK" in [heard.type for heard in author.hear()]


def test_models_that_stay_are_changed_in_place(pushable: Session) -> None:
    kept = props(pushable)
    push(live(pushable, trusted=True))
    assert props(pushable) is kept
    assert kept == {"value": 5, "items": [1, 3], "d": {"of": "it"}}
    assert dict(pushable.graph.counts) == {"py-1": 1, "nb-2": 2, "nb-3": 1}


def test_one_that_is_sent_again_is_answered_again(pushable: Session) -> None:
    author = live(pushable, trusted=True)
    push(author)
    push(author, seq=1)
    first, second = author.hear()
    assert (first.content, second.content) == ({"verbatim": True}, {"ops": []})
    assert pushable.rev == 2


def test_it_has_to_begin_at_head(pushable: Session) -> None:
    author = live(pushable, trusted=True)
    pushable.local(Set("py-1", ["value"], 2))
    push(author, base=1)
    refused, patch = author.hear()
    assert (refused.content["code"], refused.content["retry"]) == ("stale-base", "resume")
    assert patch.header["rev"] == 2
    push(author, seq=1)
    assert author.answer().type == "OK"


@pytest.mark.parametrize(
    ("options", "opened", "code"),
    [
        ({}, True, "read-only"),
        ({"trusted": True}, False, "read-only"),
        ({"trusted": True, "may_write": False}, True, "read-only"),
    ],
)
def test_who_may_not_is_refused(
    session: Session, options: dict[str, bool], opened: bool, code: str
) -> None:
    session.pushable = opened
    client = live(session, **options)
    push(client)
    refused = client.answer()
    assert (refused.content["code"], refused.content["retry"]) == (code, "never")
    assert session.rev == 1


class NoText:
    def check(self, op: WireOp, *, trusted: bool = False) -> WireOp:
        assert trusted
        if isinstance(op, Set) and op.v == "text":
            raise Refused(Code.INVALID_VALUE, "value: expected a number")
        if isinstance(op, Set) and op.v == "fault":
            raise ZeroDivisionError
        return op


def model(**values: Any) -> dict[str, Any]:
    return {"py-1": {"type": "t/T@1", "props": values}}


@pytest.mark.parametrize(
    ("doc", "code"),
    [
        ({"title": "x", "roots": ["py-9"], "models": {}}, "invalid-value"),
        ({"title": "x", "roots": [], "models": model(value=reference("py-9"))}, "invalid-value"),
        ({"title": "x", "roots": [], "models": model(items=[], value="text")}, "invalid-value"),
        ({"title": "x", "roots": [], "models": model(value={"$": "num", "v": 1})}, "bad-message"),
        ({"title": "x", "roots": [], "models": {"a": {"type": "T", "props": {}}}}, "bad-message"),
        ({"title": "x"}, "bad-message"),
    ],
)
def test_a_document_that_cannot_be_is_refused_and_changes_nothing(
    pushable: Session, doc: Any, code: str
) -> None:
    pushable.guard = NoText()
    client = live(pushable, trusted=True)
    before = dict(props(pushable))
    push(client, doc)
    refused = client.answer()
    assert (refused.content["code"], refused.content["retry"]) == (code, "never")
    assert (props(pushable), pushable.rev, pushable.state.title) == (before, 1, "t")


def test_a_fault_undoes_it_and_does_not_spend_it(
    pushable: Session, caplog: pytest.LogCaptureFixture
) -> None:
    pushable.guard = NoText()
    client = live(pushable, trusted=True)
    doc = {"title": "x", "roots": [], "models": model(items=[], value="fault")}
    push(client, doc)
    assert client.answer().content["code"] == "internal"
    assert "ZeroDivisionError" in caplog.text
    assert props(pushable)["items"] == [1, 2, 3]
    push(client, seq=1)
    assert client.answer().type == "OK"


# What else a trusted client may do


def test_a_trusted_client_does_what_python_may(session: Session) -> None:
    client = live(session, trusted=True)
    client.edit(
        {"op": "add", "m": "nb-1", "type": "t/T@1", "props": {}},
        {"op": "root+", "m": "nb-1"},
        {"op": "title", "v": "mine"},
        {"op": "root-", "m": "py-1"},
    )
    assert client.answer().content == {"verbatim": True}
    assert (session.state.roots, session.state.title) == (["nb-1"], "mine")


@pytest.mark.parametrize(
    "op", [{"op": "root+", "m": "py-1"}, {"op": "root-", "m": "py-1"}, {"op": "title", "v": "x"}]
)
def test_roots_and_title_are_closed_to_others_unless_the_document_opens_them(
    session: Session, op: dict[str, str]
) -> None:
    client = live(session)
    client.edit(op)
    assert client.answer().content["code"] == "read-only"
    session.open_roots = True
    client.edit(op)
    assert client.answer().type == "OK"


def test_who_lies_about_the_id_is_told_and_nothing_is_spent(session: Session) -> None:
    client, other = live(session), live(session)
    client.say("PING", client=other.client)
    assert client.answer().content["code"] == "not-yours"
    client.edit(put(2), client=None)
    assert client.answer().content["code"] == "not-yours"
    client.edit(put(2), seq=None)
    assert client.answer().content["code"] == "bad-message"
    assert session.rev == 1
