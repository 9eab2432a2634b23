"""Malformed bytes: no exception but the protocol's own, and no memory above a small multiple."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from syncline.sync.errors import ProtocolError
from syncline.sync.frames import Frame, measure, pack, unpack
from syncline.sync.peer import Peer
from tests.fuzz.garbage import Raw, spoiled
from tests.fuzz.runs import ONLY, RUNS
from tests.fuzz.world import Shape, World
from tests.fuzz.world.client import PythonClient
from tests.fuzz.world.faults import errors_to
from tests.fuzz.world.node import Host, bundle

FRAMES = 100 * RUNS
TIMES = 100
ALLOWANCE = 1 << 20


class Corpus:
    """Frames that a world has seen, by direction."""

    def __init__(self) -> None:
        self.up: list[Frame] = []
        self.down: list[Frame] = []

    def record(self, seed: int) -> None:
        world = World(seed, Shape(steps=300, lossy=0.5))
        with world.shape.applied():
            for _ in range(world.shape.steps):
                world.step()
                for connection in world.transit.connections:
                    self.up.extend(sent.frame for sent in connection.up)
                    self.down.extend([*connection.page, *connection.patches])


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    made = Corpus()
    for seed in range(6):
        made.record(seed)
    made.up, made.down = list(dict.fromkeys(made.up)), list(dict.fromkeys(made.down))
    return made


def garbage(frames: list[Frame], part: float = 1.0) -> Iterator[tuple[int, Raw]]:
    """Yield spoiled frames with the seed of each."""
    for seed in seeds(part):
        yield seed, spoiled(random.Random(seed), frames)


def seeds(part: float = 1.0) -> Iterable[int]:
    return [int(ONLY)] if ONLY else range(round(FRAMES * part))


def timely(frame: Frame, peer: Peer) -> Frame:
    """Return a submission as this peer's client would send it now, so that it is looked into."""
    envelope, buffers = unpack(frame)
    header = envelope.header
    if header.msgtype != "PATCH-DOC":
        return frame
    header.client, header.epoch = peer.client.id, peer.session.epoch
    header.seq, header.base = (peer.client.last_seq or 0) + 1, peer.session.rev
    return pack(header, envelope.content, buffers)


@contextmanager
def noted(seed: int, frame: Raw) -> Iterator[None]:
    """Let a failure say how to have it again."""
    try:
        yield
    except Exception as error:
        error.add_note(f"SYNCLINE_FUZZ_SEED={seed}: {frame[:300]!r}")
        raise


def test_unpacking_raises_nothing_but_the_protocols_own_error(corpus: Corpus) -> None:
    for seed, frame in garbage(corpus.up + corpus.down):
        with noted(seed, frame), suppress(ProtocolError):
            unpack(frame)


def test_a_session_takes_anything_and_stays_whole(corpus: Corpus) -> None:
    for seed in seeds():
        if seed % 200 == 0 or ONLY:
            world = World(seed, Shape(clients=2, steps=40))
            world.settle()
        peer = world.transit.connections[0].peer
        if peer.close_code is not None:
            world.transit.reconnect(world.transit.connections[0])
            world.settle()
            peer = world.transit.connections[0].peer
        die = random.Random(seed)
        frame = spoiled(die, [timely(die.choice(corpus.up), peer)])
        survive(peer, frame, seed)
        if seed % 200 == 199 or ONLY:
            check_whole(world)


def survive(peer: Peer, frame: Raw, seed: int) -> None:
    """Give a session a spoiled frame."""
    faults: list[str] = []
    with errors_to(faults), noted(seed, frame):
        peer.receive(frame)
        while (sent := peer.take()) is not None:
            unpack(sent)
        assert not faults, faults[0]


def check_whole(world: World) -> None:
    """Let another client see what is left of the document."""
    world.transit.reconnect(world.transit.connections[0])
    world.settle()
    world.check_document()


def test_a_link_takes_anything(corpus: Corpus) -> None:
    for seed, frame in garbage(corpus.down):
        if seed % 50 == 0 or ONLY:
            world = World(0, Shape(clients=1))
            world.settle()
        client = world.transit.connections[0].client
        assert isinstance(client, PythonClient)
        faults: list[str] = []
        with errors_to(faults), noted(seed, frame):
            client.hear([scrubbed(frame)], world.clock.now)
        if client.wants_close:
            client.open(world.clock.now)
        client.outbox.clear()


def test_no_frame_costs_more_memory_than_a_small_multiple_of_itself(corpus: Corpus) -> None:
    world = World(0, Shape(clients=1))
    world.settle()
    peer = world.transit.connections[0].peer
    tracemalloc.start()
    try:
        for seed in seeds(0.3):
            die = random.Random(seed)
            frame = spoiled(die, [timely(die.choice(corpus.up), peer)])
            tracemalloc.reset_peak()
            before, _ = tracemalloc.get_traced_memory()
            peer.receive(frame)
            _, peak = tracemalloc.get_traced_memory()
            most = TIMES * measure(frame) + ALLOWANCE
            assert peak - before < most, f"SYNCLINE_FUZZ_SEED={seed}: {peak - before} bytes"
            while peer.take() is not None:
                pass
    finally:
        tracemalloc.stop()


def test_a_link_in_node_takes_anything(corpus: Corpus, tmp_path: Path) -> None:
    host = Host(bundle("main.mjs", tmp_path / "main.mjs"))
    try:
        for seed, frame in garbage(corpus.down, 0.3):
            if seed % 50 == 0 or ONLY:
                host.clear()
                world = World(0, Shape(clients=1, node=1.0), host.new_client)
                world.settle()
            client = world.transit.connections[0].client
            client.hear([scrubbed(frame)], world.clock.now)
    finally:
        host.close()


def scrubbed(frame: Raw) -> Frame:
    """Return what can travel to Node: a browser hands over no lone surrogates."""
    return frame.encode("utf-8", "replace").decode() if isinstance(frame, str) else frame
