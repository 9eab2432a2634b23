"""Whatever happens in whatever order, everybody ends with the same document (SPEC 5.4).

A failure names its seed; `SYNCLINE_FUZZ_SEED=<seed>` runs that one alone and
`SYNCLINE_FUZZ_RUNS=<n>` more than the usual number.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fuzz.runs import batches, told
from tests.fuzz.world import Shape, World
from tests.fuzz.world.node import Host, bundle


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    made = Host(bundle("main.mjs", tmp_path_factory.mktemp("node") / "main.mjs"))
    yield made
    made.close()


@pytest.mark.parametrize("seeds", batches(), ids=str)
def test_python_replicas_end_as_the_document(seeds: range) -> None:
    for seed in seeds:
        world = World(seed)
        with told(world, seed, "python_replicas"):
            world.run()


@pytest.mark.parametrize("seeds", batches(0.5), ids=str)
def test_node_replicas_end_as_the_document(seeds: range, host: Host) -> None:
    for seed in seeds:
        run_in_node(seed, host, 1.0, "node_replicas")


@pytest.mark.parametrize("seeds", batches(0.5), ids=str)
def test_replicas_of_both_languages_end_as_the_document(seeds: range, host: Host) -> None:
    for seed in seeds:
        run_in_node(seed, host, 0.5, "both_languages")


def run_in_node(seed: int, host: Host, part: float, how: str) -> None:
    shape = Shape.of(seed, node=part)
    host.clear(shape.late)
    world = World(seed, shape, host.new_client)
    with told(world, seed, how):
        world.run()


def test_a_seed_always_tells_the_same_story(host: Host) -> None:
    stories = []
    for _ in range(2):
        world = World(7, Shape.of(7, node=0.5), host.new_client)
        world.run()
        stories.append((world.log, world.document.rev))
    assert stories[0] == stories[1]
