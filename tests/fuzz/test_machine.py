"""The same world, driven by hypothesis: a failure is shrunk to the few steps that matter."""

from __future__ import annotations

from contextlib import ExitStack

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.fuzz.runs import RUNS
from tests.fuzz.world import Shape, World
from tests.fuzz.world.faults import errors_to
from tests.fuzz.world.wire import Connection

CLIENTS = 2
which = st.integers(0, CLIENTS - 1)


class Machine(RuleBasedStateMachine):
    """A document, two clients, and everything that may happen between them."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.world: World | None = None

    @initialize(
        seed=st.integers(0, 999),
        lossy=st.sampled_from([0.0, 1.0]),
        log=st.sampled_from([4, 4096]),
        chunk=st.sampled_from([1, 64]),
    )
    def begin(self, seed: int, lossy: float, log: int, chunk: int) -> None:
        shape = Shape(clients=CLIENTS, lossy=lossy, loss=0.0, log=log, chunk=chunk)
        self.stack.enter_context(shape.applied())
        self.world = World(seed, shape)
        self.stack.enter_context(errors_to(self.world.ledger.faults))
        self.world.settle()

    def at(self, index: int) -> tuple[World, Connection]:
        assert self.world is not None
        return self.world, self.world.transit.connections[index]

    @rule(client=which)
    def edit(self, client: int) -> None:
        world, connection = self.at(client)
        world.edit(connection)

    @rule(client=which)
    def serve(self, client: int) -> None:
        world, connection = self.at(client)
        world.transit.serve(connection)

    @rule(client=which)
    def hear(self, client: int) -> None:
        world, connection = self.at(client)
        world.transit.hear(connection)

    @rule(client=which)
    def reconnect(self, client: int) -> None:
        world, connection = self.at(client)
        world.transit.reconnect(connection)

    @rule(client=which)
    def lose(self, client: int) -> None:
        world, connection = self.at(client)
        world.transit.lose(connection)

    @rule(client=which, seconds=st.sampled_from([0.1, 1.0, 15.0]))
    def wait(self, client: int, seconds: float) -> None:
        world, connection = self.at(client)
        world.clock.now += seconds
        world.transit.tick(connection)

    @rule()
    def act(self) -> None:
        world, _ = self.at(0)
        world.log.append(world.author.act())

    @rule()
    @precondition(lambda self: self.world is not None and self.world.document.epoch == "e1")
    def rebuild(self) -> None:
        world, _ = self.at(0)
        world.rebuild()

    def teardown(self) -> None:
        try:
            if self.world is not None:
                self.world.settle()
                self.world.check()
        finally:
            self.stack.close()


TestMachine = Machine.TestCase
TestMachine.settings = settings(
    max_examples=2 * RUNS,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
