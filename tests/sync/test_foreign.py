"""Documents of other libraries: one model with a state of its own (SPEC 5.10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from syncline.core.ops import Msg, Set
from syncline.sync.channel import Channel
from tests.sync.speaker import Heard, Speaker, decoded, live

if TYPE_CHECKING:
    from syncline.sync.session import Session


class Plot:
    """A document of a library that speaks of its changes in messages."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.points: list[int] = []
        session.foreign["py-1"] = self.state

    def state(self) -> Any:
        return {"points": list(self.points), "image": np.arange(2, dtype="u1")}

    def add(self, point: int) -> None:
        self.points.append(point)
        self.session.local(Msg("py-1", "patch", {"add": point}))


class Copy:
    """What a page makes of it."""

    def __init__(self) -> None:
        self.points: list[int] = []
        self.rev = 0

    def snapshot(self, state: dict[str, Any], rev: int) -> None:
        self.points, self.rev = list(state["points"]), rev

    def hear(self, heard: list[Heard]) -> None:
        for one in heard:
            if one.type == "PULL-DOC-REPLY":
                self.snapshot(one.content["models"]["py-1"]["state"], one.header["rev"])
            for tx in one.content.get("txs", ()):
                for op in tx["ops"]:
                    if op["op"] == "msg" and tx["rev"] > self.rev:
                        self.points.append(op["data"]["add"])


@pytest.fixture
def plot(session: Session) -> Plot:
    return Plot(session)


def test_a_snapshot_of_the_document_holds_its_state(session: Session, plot: Plot) -> None:
    plot.points = [1, 2]
    reply = Speaker(session).pull()
    model = reply.content["doc"]["models"]["py-1"]
    image = {"$": "nd", "dtype": "u1", "shape": [2], "buf": 0}
    assert model["state"] == {"points": [1, 2], "image": image}
    assert reply.buffers == [b"\x00\x01"]


def test_it_alone_may_be_pulled_in_the_middle_of_its_messages(session: Session, plot: Plot) -> None:
    client, copy = live(session), Copy()
    plot.add(1)
    client.say("PULL-DOC-REQ", {"models": ["py-1", "py-9"]})
    plot.add(2)
    heard = client.hear()
    assert [(one.type, one.header["rev"]) for one in heard] == [
        ("PATCH-DOC", 2),
        ("PULL-DOC-REPLY", 2),
        ("PATCH-DOC", 3),
    ]
    assert heard[1].content["kind"] == "models"
    assert heard[1].content["models"].keys() == {"py-1"}
    assert heard[1].content["models"]["py-1"]["type"] == "t/T@1"
    assert heard[1].content["models"]["py-1"]["props"]["value"] == 1
    copy.hear(heard)
    assert copy.points == plot.points == [1, 2]


def test_on_a_channel_it_waits_for_the_messages_before(session: Session, plot: Plot) -> None:
    channel = Channel(session, "syncline-doc")
    client = live(session, channel=channel)
    plot.add(1)
    client.say("PULL-DOC-REQ", {"models": ["py-1"]})
    assert client.hear() == []
    frame = channel.take()
    assert frame is not None
    copy = Copy()
    copy.hear([decoded(frame), *client.hear()])
    assert copy.points == [1]


def test_its_messages_reach_those_who_lag_one_by_one(session: Session, plot: Plot) -> None:
    client, copy = live(session), Copy()
    for number in range(200):
        plot.add(number)
        session.local(Set("py-1", ["value"], number))
    copy.hear(client.hear())
    assert copy.points == list(range(200))


def test_models_of_our_own_are_not_given_out_alone(session: Session) -> None:
    client = live(session)
    client.say("PULL-DOC-REQ", {"models": ["py-1"]})
    assert client.answer().content == {"kind": "models", "models": {}}


def test_a_first_pull_is_of_the_whole_document(session: Session, plot: Plot) -> None:
    client = Speaker(session)
    assert client.pull(models=["py-1"]).content["kind"] == "snapshot"


def test_where_buffers_get_lost_its_state_is_text(session: Session, plot: Plot) -> None:
    client = Speaker(session, probe=True)
    client.pull()
    client.say("PULL-DOC-REQ", {"models": ["py-1"]})
    state = client.answer().content["models"]["py-1"]["state"]
    assert state["image"]["b64"] == "AAE="
