"""What processes hand over to each other."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from syncline.hosting.procs import LARGEST, Boxes, Busy, Procs


@pytest.fixture
def boxes() -> Iterator[Boxes]:
    made = Boxes.of(2)
    yield made
    made.close()


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    one, other = socket.socketpair()
    with one, other:
        yield one, other


def test_every_place_has_one_owner(boxes: Boxes) -> None:
    one, other = Procs(0, boxes), Procs(1, boxes)
    places = [f"place {n}" for n in range(100)]
    assert [one.owner(place) for place in places] == [other.owner(place) for place in places]
    assert all(one.has(place) is not other.has(place) for place in places)
    assert {one.owner(place) for place in places} == {0, 1}


def test_a_connection_arrives_with_what_was_read_of_it(
    boxes: Boxes, pair: tuple[socket.socket, socket.socket]
) -> None:
    ours, theirs = pair
    Procs(0, boxes).hand_on(1, theirs.fileno(), ("127.0.0.1", 5), b"GET /\n")
    assert Procs(0, boxes).take() is None
    handed = Procs(1, boxes).take()
    assert handed is not None
    assert (tuple(handed.address), handed.read) == (("127.0.0.1", 5), b"GET /\n")
    with handed.socket:
        handed.socket.sendall(b"hello")
    assert ours.recv(10) == b"hello"


def test_what_does_not_fit_stays(boxes: Boxes, pair: tuple[socket.socket, socket.socket]) -> None:
    procs = Procs(0, boxes)
    with pytest.raises(Busy):
        procs.hand_on(1, pair[1].fileno(), None, b"x" * LARGEST)
    sent = 0
    while fits(procs, pair[1]):
        sent += 1
    assert sent > 0
    for _ in range(sent):
        handed = Procs(1, boxes).take()
        assert handed is not None
        handed.socket.close()
    assert Procs(1, boxes).take() is None


def fits(procs: Procs, connection: socket.socket) -> bool:
    try:
        procs.hand_on(1, connection.fileno(), None, b"x" * 10_000)
    except Busy:
        return False
    return True


def test_a_query_names_a_process_that_is_there(boxes: Boxes) -> None:
    procs = Procs(0, boxes)
    assert [procs.named(word) for word in ("0", "1", "2", "-1", "x", "", "²")] == [
        *(0, 1),
        *[None] * 5,
    ]
