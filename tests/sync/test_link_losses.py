"""A link on a carrier that loses messages, with a server that says strange things (SPEC 5.2)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from syncline.core.ops import Msg, Set, Splice
from syncline.core.state import PlainState
from syncline.sync.errors import Close
from syncline.sync.frames import Frame, measure, pack, unpack
from syncline.sync.link import Link
from syncline.sync.messages import Header, Limits
from syncline.sync.outcome import ConflictEvent
from syncline.sync.parts import Joiner, cut
from syncline.sync.receipts import FRAMES
from syncline.sync.replica import Replica
from tests.sync.speaker import Heard, decoded
from tests.sync.told import Watched

DOC = {
    "title": "t",
    "roots": ["m"],
    "models": {"m": {"type": "t/T@1", "props": {"value": 1, "items": [1, 2, 3], "d": {}}}},
}


class Server:
    """Says what a test wants it to say."""

    def __init__(self, *, lossy: bool = True) -> None:
        self.out: list[Frame] = []
        self.view = Watched()
        self.reports: list[tuple[str, Any]] = []
        self.replica = Replica(
            report=lambda kind, detail: self.reports.append((kind, detail)), view=self.view
        )
        self.view.state = self.replica.state  # type: ignore[assignment]
        self.link = Link(self.replica, self.out.append, lossy=lossy)
        self.now = 0.0
        self.link.open(self.now)

    def say(self, msgtype: str, content: Any = None, buffers: Any = (), **header: Any) -> None:
        fields = {"epoch": "e1", **header}
        made = Header(msgid="s-1", msgtype=msgtype, **fields)
        self.link.receive(pack(made, content, buffers), self.now)

    def ack(self, **content: Any) -> None:
        self.say("ACK", {"resume_key": "k1", **content}, client="c1", rev=1)

    def snapshot(self, rev: int = 1, **header: Any) -> None:
        fields = {"reqid": self.pull().header["msgid"], "client": "c1", "rev": rev, **header}
        self.say("PULL-DOC-REPLY", {"kind": "snapshot", "doc": DOC}, **fields)

    def live(self) -> Server:
        self.ack()
        self.snapshot()
        assert self.link.status == "live"
        self.out.clear()
        return self

    def patch(
        self,
        since: int,
        *ops: dict[str, Any],
        by: str = "py",
        seq: int | None = None,
        conflicts: bool = False,
    ) -> None:
        tx = {"rev": since + 1, "by": by, "seq": seq, "conflicts": conflicts, "ops": list(ops)}
        self.say("PATCH-DOC", {"txs": [tx]}, since=since, rev=since + 1)

    def heard(self, msgtype: str) -> list[Heard]:
        return [one for one in map(decoded, self.out) if one.type == msgtype]

    def pull(self) -> Heard:
        return self.heard("PULL-DOC-REQ")[-1]

    def pulls(self) -> int:
        return len(self.heard("PULL-DOC-REQ"))

    def edit(self, *ops: Any) -> None:
        for op in ops:
            self.replica.local(op)
        self.link.flush(self.now)

    def tick(self, seconds: float) -> None:
        self.now += seconds
        self.link.tick(self.now)

    @property
    def props(self) -> dict[str, Any]:
        state = self.replica.state
        assert isinstance(state, PlainState)
        return state.models["m"].props


@pytest.fixture
def server() -> Server:
    return Server().live()


def put(value: Any, *path: Any) -> dict[str, Any]:
    return {"op": "set", "m": "m", "p": list(path or ("value",)), "v": value}


def value(v: Any) -> Set:
    return Set("m", ["value"], v)


# Lost messages


def test_a_lost_greeting_is_pulled_for() -> None:
    server = Server()
    server.tick(9)
    assert server.out == []
    server.tick(1)
    assert server.pulls() == 1


def test_a_lost_pull_is_repeated_more_and_more_rarely(server: Server) -> None:
    server.link.pull(server.now)
    server.link.pull(server.now)
    for _ in range(3):
        server.tick(11)
    assert server.pulls() == 3
    server.snapshot()
    server.tick(100)
    assert server.pulls() == 3


def test_a_reply_nobody_waits_for_any_more_changes_nothing(server: Server) -> None:
    server.link.pull(server.now)
    server.tick(11)
    server.snapshot(rev=2)
    server.edit(value(7))
    server.patch(2, put(7), by="c1", seq=1, conflicts=True)
    server.say("PULL-DOC-REPLY", {"kind": "delta", "txs": []}, client="c1", since=3, rev=3)
    assert server.replica.waiting == 1, "its OK is still to come"


def test_an_outcome_waits_a_moment_for_the_patch_before_it(server: Server) -> None:
    server.edit(value(7))
    server.say("OK", {"verbatim": True}, seq=1, since=2, rev=3)
    server.patch(1, put(1, "d", "k"))
    assert server.replica.rev == 3
    assert server.props == {"value": 7, "items": [1, 2, 3], "d": {"k": 1}}
    assert server.replica.pending == []
    server.tick(1)
    assert server.pulls() == 0


def test_an_outcome_whose_patch_is_lost_pulls(server: Server) -> None:
    server.edit(value(7))
    server.say("OK", {"verbatim": True}, seq=1, since=2, rev=3)
    server.tick(0.4)
    assert server.pulls() == 0
    server.tick(0.2)
    assert server.pulls() == 1
    server.say("OK", {"verbatim": True}, seq=1, since=2, rev=3)
    assert server.replica.pending == [value(7)], "until the reply outcomes are skipped"


def test_two_outcomes_ahead_of_their_patches_pull(server: Server) -> None:
    server.edit(value(7))
    for _ in range(2):
        server.say("OK", {"verbatim": True}, seq=1, since=2, rev=3)
    assert server.pulls() == 1


def test_an_outcome_ahead_of_its_patch_pulls_where_nothing_gets_lost() -> None:
    server = Server(lossy=False).live()
    server.edit(value(7))
    server.say("OK", {"verbatim": True}, seq=1, since=2, rev=3)
    assert server.pulls() == 1
    server.tick(30)
    assert server.pulls() == 1, "an ordered carrier is asked once"


def test_an_outcome_of_another_epoch_pulls(server: Server) -> None:
    server.edit(value(7))
    server.say("OK", {"verbatim": True}, seq=1, since=1, rev=2, epoch="e2")
    server.tick(1)
    assert server.pulls() == 1


def test_an_outcome_of_a_commit_that_never_came_pulls(server: Server) -> None:
    server.say("OK", {"verbatim": True}, seq=1, since=4, rev=5)
    server.tick(1)
    assert server.pulls() == 1


def test_a_burst_ends_with_a_ping_whose_answer_shows_what_is_lost(server: Server) -> None:
    server.edit(value(7))
    server.tick(1)
    (ping,) = server.heard("PING")
    server.say("OK", reqid=ping.header["msgid"], rev=1)
    assert server.pulls() == 1, "the answer to the ping came, that to the transaction is lost"
    refused = {"code": "read-only", "text": "no", "retry": "never", "op": 0}
    result = {"type": "ERROR", "seq": 1, "since": 1, "rev": 1, "content": refused}
    server.say(
        "PULL-DOC-REPLY",
        {"kind": "delta", "txs": []},
        reqid=server.pull().header["msgid"],
        client="c1",
        since=1,
        rev=1,
        last_seq=1,
        result=result,
    )
    conflicts = [detail for kind, detail in server.reports if kind == "conflict"]
    assert conflicts == [ConflictEvent("refused", value(7), 7, 1, code="read-only", text="no")]
    assert server.replica.pending == []


def test_a_burst_that_is_answered_needs_no_ping(server: Server) -> None:
    server.edit(value(7))
    server.say("OK", {"verbatim": True}, seq=1, since=1, rev=2)
    server.tick(2)
    assert server.out[1:] == []


def test_a_ping_is_answered_and_may_show_a_gap(server: Server) -> None:
    server.say("PING", rev=1)
    assert [one.type for one in map(decoded, server.out)] == ["OK"]
    server.say("PING", rev=2)
    assert server.pulls() == 1
    server.say("PING", rev=3)
    assert len(server.heard("OK")) == 3
    assert server.pulls() == 1


def test_silence_on_a_comm_ends_nothing(server: Server) -> None:
    for _ in range(5):
        server.tick(200)
    assert server.link.close_code is None
    assert len(server.heard("PING")) == 5


def test_a_path_that_loses_buffers_goes_inline(server: Server) -> None:
    server.link.stripped(server.now)
    pull = server.pull()
    assert pull.header["inline"]
    assert (pull.content["kind"], pull.content["have"]) == ("snapshot", {"epoch": "e1", "rev": 1})


def test_without_an_ack_that_has_its_buffer_everything_goes_inline() -> None:
    server = Server()
    server.tick(10)
    assert server.pull().header["inline"], "the ACK was lost: nothing says that buffers pass"
    server.say("ACK", {}, [bytes(8)], client="c1", rev=1, probe=True)
    assert not server.pull().header["inline"]
    assert server.pull().header["buffers"] == 1
    server.link.open(server.now)
    server.tick(10)
    assert server.pull().header["inline"], "another connection may be another path"


# Receipts


def test_frames_that_are_counted_are_acknowledged(server: Server) -> None:
    for n in range(1, FRAMES):
        server.say("PING", rev=1, n=n)
    assert server.heard("ACK") == []
    server.say("PING", rev=1, n=FRAMES)
    assert [one.content for one in server.heard("ACK")] == [{"got": FRAMES}]
    server.say("PING", rev=1, n=FRAMES + 1)
    server.tick(0.2)
    assert [one.content["got"] for one in server.heard("ACK")] == [FRAMES, FRAMES + 1]
    assert server.heard("OK")[-1].header["got"] == FRAMES + 1
    server.tick(0.2)
    assert len(server.heard("ACK")) == 2


def test_what_is_missing_in_front_of_a_reply_comes_with_it(server: Server) -> None:
    server.say("PING", rev=1, n=1)
    server.say("PING", rev=2, n=2)
    assert server.pulls() == 1
    server.snapshot(rev=2, n=4)
    assert server.link.status == "live"
    assert server.pulls() == 1


def test_a_missing_frame_is_a_gap(server: Server) -> None:
    server.say("PING", rev=1, n=1)
    server.say("PING", rev=1, n=3)
    assert server.pulls() == 1
    server.say("PING", rev=1, n=5)
    assert server.pulls() == 1


# What does not follow the protocol


def test_an_operation_nobody_knows_gets_a_snapshot_and_the_second_ends_it(server: Server) -> None:
    server.edit(Splice("m", ["items"], None, 0, [4]))
    server.patch(1, {"op": "turn", "m": "m"})
    assert server.pull().content["kind"] == "snapshot"
    server.say("PULL-DOC-REPLY", {"kind": "snapshot", "doc": DOC}, reqid="c-0", client="c1", rev=3)
    assert server.replica.rev == 1, "only the reply to this question will do"
    server.snapshot(rev=2)
    assert server.replica.rev == 2
    assert server.props["items"] == [1, 2, 3, 4]
    server.now += 59
    server.patch(2, {"op": "turn", "m": "m"})
    assert server.link.close_code == Close.VERSION


def test_a_commit_that_does_not_apply_gets_a_snapshot(server: Server) -> None:
    server.edit(value(7))
    server.patch(1, put(9, "d", "k"), put(9), {"op": "drop", "ms": []}, put(1, "items", 99))
    assert server.pull().content["kind"] == "snapshot"
    server.snapshot(rev=2)
    assert server.props == {"value": 7, "items": [1, 2, 3], "d": {}}
    server.replica.edits.withdraw()
    assert server.props["value"] == 1
    server.now += 61
    server.link.receive("nonsense", server.now)
    assert server.link.close_code is None


def test_a_server_of_another_version_is_left() -> None:
    for protocol in ({"version": 3, "min": 2}, {"version": 0, "min": 0}):
        server = Server()
        server.ack(protocol=protocol)
        assert server.link.close_code == Close.VERSION
        assert server.out == []


def test_an_error_without_a_transaction_touches_none(server: Server) -> None:
    server.edit(value(7))
    server.say("ERROR", {"code": "internal", "text": "", "retry": "never"})
    assert server.replica.pending == [value(7)]
    assert server.pulls() == 0
    server.say("ERROR", {"code": "not-ready", "text": "", "retry": "resume"})
    assert server.pulls() == 1


def test_a_pull_may_be_put_off_or_refused_for_good(server: Server) -> None:
    server.link.pull(server.now)
    asked = server.pull().header["msgid"]
    later = {"code": "internal", "text": "", "retry": "later", "after_ms": 3000}
    server.say("ERROR", later, reqid=asked)
    server.tick(2)
    assert server.pulls() == 1
    server.tick(1)
    assert server.pulls() == 2
    never = {"code": "bad-message", "text": "", "retry": "never"}
    server.say("ERROR", never, reqid=server.pull().header["msgid"])
    assert server.link.close_code == Close.BAD_MESSAGE


def test_an_unknown_code_acts_by_its_retry(server: Server) -> None:
    server.edit(value(7))
    server.say("ERROR", {"code": "busy", "text": "", "retry": "later"}, seq=9, since=1, rev=1)
    server.say("ERROR", {"code": "busy", "text": "", "retry": "later"}, seq=1, since=1, rev=1)
    server.tick(1)
    assert [one.header["seq"] for one in server.heard("PATCH-DOC")] == [1, 1]
    server.say("ERROR", {"code": "odd", "text": "", "retry": "resume"}, seq=1, since=1, rev=1)
    assert server.pulls() == 1
    server.snapshot(last_seq=0)
    server.say("ERROR", {"code": "new", "text": "t", "retry": "never"}, seq=1, since=1, rev=1)
    assert server.replica.pending == []


def test_sending_again_later_is_forgotten_with_the_transaction(server: Server) -> None:
    server.edit(value(7))
    server.say("ERROR", {"code": "busy", "text": "", "retry": "later"}, seq=1, since=1, rev=1)
    server.patch(1, put(7), by="c1", seq=1, conflicts=True)
    server.tick(1)
    assert len(server.heard("PATCH-DOC")) == 1
    server.say(
        "OK",
        {"verbatim": True, "conflicts": [{"op": 0, "kind": "concurrent"}]},
        seq=1,
        since=1,
        rev=2,
    )
    assert [detail.kind for kind, detail in server.reports if kind == "conflict"] == ["concurrent"]


def test_replies_that_do_not_fit_are_asked_for_again(server: Server) -> None:
    server.patch(1, put(2))
    server.link.pull(server.now)
    asked = server.pull().header["msgid"]
    server.say("PULL-DOC-REPLY", {"kind": "snapshot", "doc": DOC}, reqid="c-0", client="c1", rev=1)
    server.say(
        "PULL-DOC-REPLY", {"kind": "delta", "txs": []}, reqid="c-0", client="c1", since=7, rev=9
    )
    assert server.pulls() == 1
    server.say(
        "PULL-DOC-REPLY", {"kind": "delta", "txs": []}, reqid=asked, client="c1", since=7, rev=9
    )
    assert server.pulls() == 2
    assert server.props["value"] == 2


def test_a_pushed_document_that_is_old_or_early_is_left(server: Server) -> None:
    server.patch(1, put(2))
    server.say("PUSH-DOC", {"doc": DOC, "reason": "slow"}, rev=1)
    assert server.props["value"] == 2
    server.say("PUSH-DOC", {"doc": DOC, "reason": "replaced"}, rev=3)
    assert (server.props["value"], server.replica.rev) == (1, 3)
    server.link.pull(server.now)
    server.say("PUSH-DOC", {"doc": DOC, "reason": "replaced"}, rev=9)
    assert server.replica.rev == 3


def test_a_pushed_epoch_gets_what_was_in_flight(server: Server) -> None:
    server.edit(value(7))
    server.say("PUSH-DOC", {"doc": DOC, "reason": "epoch"}, rev=0, epoch="e2")
    assert (server.replica.epoch, server.props["value"]) == ("e2", 7)
    again = server.heard("PATCH-DOC")[-1].header
    assert (again["epoch"], again["seq"], again["base"]) == ("e2", 1, 0)
    stale = {"code": "stale-epoch", "text": "", "retry": "resume"}
    server.say("ERROR", stale, seq=1, since=0, rev=0, epoch="e2")
    server.snapshot(rev=0, epoch="e2")
    assert [one.header["epoch"] for one in server.heard("PATCH-DOC")] == ["e1", "e2", "e2"]


def test_a_patch_of_another_epoch_or_of_the_past(server: Server) -> None:
    server.patch(0, put(9))
    assert server.props["value"] == 1
    assert server.pulls() == 0
    server.say("PATCH-DOC", {"txs": []}, since=1, rev=2, epoch="e2")
    assert server.pulls() == 1
    server.patch(1, put(9))
    assert server.props["value"] == 1


def test_a_taken_over_client_asks_for_a_new_id(server: Server) -> None:
    server.edit(value(7))
    server.link.close(Close.TAKEN_OVER)
    server.link.receive("late", server.now)
    server.link.tick(server.now)
    assert server.link.due() == float("inf")
    server.out.clear()
    server.link.open(server.now)
    server.say("ACK", {"resume_key": "k2"}, client="c2", rev=1)
    assert "resume_key" not in server.pull().header
    server.say(
        "PULL-DOC-REPLY",
        {"kind": "delta", "txs": []},
        reqid=server.pull().header["msgid"],
        client="c2",
        since=1,
        rev=1,
    )
    (patch,) = server.heard("PATCH-DOC")
    assert (patch.header["client"], patch.header["seq"]) == ("c2", 1)
    assert server.link.resume_key == "k2"


def test_the_status_is_told_with_every_change() -> None:
    server = Server().live()
    server.link.pull(0)
    server.link.close()
    told = [detail for kind, detail in server.reports if kind == "status"]
    assert told == ["connecting", "catching-up", "live", "catching-up", "offline"]


# Volatile messages


def test_volatile_events_go_and_come_beside_the_order(server: Server) -> None:
    server.link.send_volatile(Msg("m", "hover", 1))
    (sent,) = server.heard("PATCH-DOC")
    assert sent.header["volatile"]
    assert "seq" not in sent.header
    assert sent.content["ops"] == [{"op": "msg", "m": "m", "name": "hover", "data": 1}]
    server.link.pull(server.now)
    hover = {"op": "msg", "m": "m", "name": "hover", "data": 2}
    server.say("PATCH-DOC", {"ops": [hover], "by": "c9"}, volatile=True)
    assert server.view.messages == [("c9", "hover")]
    assert server.replica.rev == 1
    server.out.clear()
    server.link.send_volatile(Msg("m", "hover", 3))
    assert server.out == []


def test_what_has_more_arrays_than_a_frame_may_goes_inline(server: Server) -> None:
    server.replica.limits = Limits(buffers=1)
    server.edit(value([b"a", b"b"]))
    (sent,) = server.heard("PATCH-DOC")
    assert sent.buffers == []
    assert json.dumps(sent.content["ops"][0]["v"]).count("b64") == 2


def test_an_ok_that_commits_nothing_just_ends_the_transaction(server: Server) -> None:
    server.edit(value(7))
    server.say("OK", {}, seq=1, since=1, rev=1)
    assert server.replica.pending == []
    assert server.props["value"] == 1


def test_a_message_of_an_unknown_type_is_ignored(server: Server) -> None:
    server.say("GREETING", {"hello": "there"})
    server.say("OK", {}, reqid="c-9")
    assert server.out == []
    assert server.link.status == "live"


def test_the_channel_is_told_before_the_pull_that_carries_the_probe_back() -> None:
    server = Server()
    channels: list[tuple[str, int]] = []
    server.link.on_channel = lambda name: channels.append((name, len(server.out)))
    server.say("ACK", {"channel": "syncline-d"}, [bytes(range(8))], client="c1", rev=1, probe=True)
    assert channels == [("syncline-d", 0)]
    assert server.pull().buffers == [bytes(range(8))]
    server.link.close()
    server.link.open(0)
    server.say("ACK", {}, client="c1", rev=1, probe=True)
    assert server.pull().buffers == []
    assert server.pull().header["inline"], "the probe was lost"


# Parts (SPEC 3.4)


def parts(server: Server, content: Any, size: int = 1200, **header: Any) -> list[Frame]:
    made = Header(msgid="s-9", msgtype="PULL-DOC-REPLY", epoch="e1", **header)
    return list(cut(pack(made, content), made, size))


def large() -> dict[str, Any]:
    doc = json.loads(json.dumps(DOC))
    doc["models"]["m"]["props"]["items"] = list(range(2000))
    return {"kind": "snapshot", "doc": doc}


def test_a_large_message_comes_in_parts_with_pings_in_between(server: Server) -> None:
    server.link.pull(server.now)
    asked = server.pull().header["msgid"]
    frames = parts(server, large(), reqid=asked, client="c1", rev=2)
    assert len(frames) > 5
    for frame in frames[:-1]:
        server.link.receive(frame, server.now)
        server.say("PING", rev=1)
    assert server.replica.rev == 1
    server.link.receive(frames[-1], server.now)
    assert (server.replica.rev, len(server.props["items"])) == (2, 2000)
    server.tick(35)
    assert server.pulls() == 1


def test_a_hole_in_the_parts_pulls_again(server: Server) -> None:
    server.link.pull(server.now)
    asked = server.pull().header["msgid"]
    first, _, third, *_ = parts(server, large(), reqid=asked, client="c1", rev=2)
    server.link.receive(first, server.now)
    server.link.receive(third, server.now)
    assert server.pulls() == 2


def test_parts_that_stop_coming_are_asked_for_again() -> None:
    server = Server(lossy=False).live()
    server.link.pull(server.now)
    asked = server.pull().header["msgid"]
    server.link.receive(parts(server, large(), reqid=asked, client="c1", rev=2)[0], server.now)
    server.tick(29)
    assert server.pulls() == 1
    server.tick(2)
    assert server.pulls() == 2


def test_parts_beyond_all_limits_end_the_connection(server: Server) -> None:
    server.link.ack.limits.max_document_out = 1000
    server.link.receive(parts(server, large(), client="c1", rev=2)[0], server.now)
    assert server.link.close_code == Close.TOO_LARGE


def test_a_large_transaction_goes_in_parts(server: Server) -> None:
    server.replica.limits = Limits(frame=2000)
    server.edit(value("x" * 5000))
    sent = server.heard("PATCH-DOC")
    assert [one.header["part"] for one in sent] == [(n, len(sent)) for n in range(len(sent))]
    assert len(sent) > 3
    assert all(measure(frame) <= 2000 for frame in server.out)
    joiner = Joiner()
    wholes = [joiner.add(*unpack(frame), 1 << 20, 0) for frame in server.out]
    whole = decoded(bytes(wholes[-1] or b""))
    assert whole.content["ops"][0]["v"] == "x" * 5000
