"""What is under way between a session and its clients, and what becomes of it."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import msgspec

from syncline.core.values import Buffers
from syncline.sync.channel import Channel
from syncline.sync.frames import Frame, measure, pack, unpack
from syncline.sync.incoming import decode_patch
from syncline.sync.messages import Envelope, Limits

from .ledger import Decision, Ledger
from .wire import LOST_CONNECTION, Connection, Sent

if TYPE_CHECKING:
    from syncline.sync.session import Session

    from .client import Client
    from .shape import Shape


MOST_BYTES = 1 << 30


class Clock:
    """The time, for sessions and clients alike."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Transit:
    """The connections of one session."""

    def __init__(
        self,
        session: Session,
        clock: Clock,
        shape: Shape,
        die: random.Random,
        ledger: Ledger,
        log: list[str],
    ) -> None:
        self.session = session
        self.clock = clock
        self.shape = shape
        self.die = die
        self.ledger = ledger
        self.log = log
        self.channel: Channel | None = None
        self.connections: list[Connection] = []
        self.slow: set[str] = set()
        """Names of the clients that are seldom served."""

    @property
    def clients(self) -> list[Client]:
        """The clients of all connections."""
        return [connection.client for connection in self.connections]

    def say(self, client: Client, text: str) -> None:
        """Write down what a client does."""
        self.log.append(f"{client.name} {text}")

    # Connections

    def move(self, session: Session) -> None:
        """End all connections and open them to another session."""
        self.session, self.channel = session, None
        for connection in list(self.connections):
            self.reconnect(connection)

    def join(self, client: Client) -> Connection:
        """Connect a client that is new here."""
        connection = self._open(client)
        self.connections.append(connection)
        if self.die.random() < self.shape.slow:
            self.slow.add(client.name)
        return connection

    def _open(self, client: Client) -> Connection:
        if client.lossy and self.channel is None:
            self.channel = Channel(self.session, "channel")
        client.open(self.clock.now)
        made = Connection(self.session, client, self.channel if client.lossy else None)
        made.strips = client.strippable and self.die.random() < self.shape.strips
        return made

    def reconnect(self, connection: Connection, code: int = LOST_CONNECTION) -> None:
        """End a connection and open another; what was under way is lost."""
        client = connection.client
        self.say(client, f"reconnects after {code}")
        connection.peer.close()
        client.close(code, self.clock.now)
        self.connections[self.connections.index(connection)] = self._open(client)

    def mend(self, connection: Connection) -> None:
        """End a connection that one of its ends has given up."""
        if (code := connection.peer.close_code or connection.client.wants_close) is not None:
            self.reconnect(connection, code)

    # From a client

    def collect(self, connection: Connection) -> None:
        """Put on the way what a client has sent, now and then in another mode."""
        self.ledger.listen(connection.client)
        outbox = connection.client.outbox
        connection.up.extend(self._stamped(connection, frame) for frame in outbox)
        outbox.clear()

    def _stamped(self, connection: Connection, frame: Frame) -> Sent:
        """Note what a client submits: in a frame, or in the last of several."""
        client = connection.client
        if connection.strips and not isinstance(frame, str):
            return Sent("")
        envelope, buffers = unpack(frame)
        if envelope.header.part is not None:
            whole = connection.joiner.add(envelope, buffers, MOST_BYTES, self.clock.now)
            if whole is None:
                return Sent(frame)
            envelope, buffers = unpack(whole)
        if envelope.header.msgtype != "PATCH-DOC" or envelope.header.volatile:
            return Sent(frame)
        patch = decode_patch(envelope.content, Buffers(list(buffers)), Limits())
        self.ledger.submitted(client, envelope.header.client or "", patch.ops)
        if self.die.random() < 0.2:
            frame = self._moded(client, envelope, buffers, frame)
        return Sent(frame, patch.ops)

    def _moded(
        self, client: Client, envelope: Envelope, buffers: list[memoryview], frame: Frame
    ) -> Frame:
        mode = self.die.choice(["atomic", "strict"])
        changed = msgspec.json.decode(envelope.content) | {"mode": mode}
        content = msgspec.Raw(msgspec.json.encode(changed))
        moded = pack(envelope.header, content, buffers)
        if measure(moded) > self.shape.frame or unpack(frame)[0].header.part is not None:
            return frame
        self.say(client, f"says {mode}")
        return moded

    def handle(self, connection: Connection) -> None:
        """Let the session take what has come from a client."""
        while connection.up and connection.peer.close_code is None:
            self._deliver(connection, connection.up.popleft())
        self.publish()

    def _deliver(self, connection: Connection, sent: Sent) -> None:
        """Give a frame to the session, and write down what it decides."""
        peer = connection.peer
        client, before = peer.client, peer.client.last_seq
        peer.receive(sent.frame)
        if peer.client is client and client.last_seq != before and client.result is not None:
            assert sent.ops is not None, "only a submission is decided"
            self.ledger.decided(connection.client, Decision(sent.ops, client.result))

    # To a client

    def serve(self, connection: Connection) -> None:
        """Let the session answer, all that it has to say or a part of it."""
        client = connection.client
        if client.name in self.slow and self.die.random() < 0.9:
            return
        self.say(client, "is served")
        self.handle(connection)
        connection.fill(self.die.choice([1, 3, 100]))
        self.mend(connection)

    def publish(self) -> None:
        """Put on the way what the channel has to say."""
        while self.channel is not None and (frame := self.channel.take()) is not None:
            for connection in self.connections:
                if connection.channel is not None:
                    connection.publish(frame)

    def hear(self, connection: Connection) -> None:
        """Let some of what is under way reach the client."""
        client = connection.client
        frames = connection.arrive(self.die, self.die.choice([0, 1, 1, 2, 4, 10]))
        if client.lossy:
            frames = [frame for frame in frames if self.die.random() >= self.shape.loss]
        self.say(client, f"hears {len(frames)}")
        self._hand(connection, frames)
        self.collect(connection)
        self.mend(connection)

    def _hand(self, connection: Connection, frames: list[Frame]) -> None:
        """Give frames to the client, or what is left of them."""
        client = connection.client
        whole = [frame for frame in frames if isinstance(frame, str) or not connection.strips]
        client.hear(whole, self.clock.now)
        if len(whole) < len(frames):
            client.strip(self.clock.now)

    def tick(self, connection: Connection) -> None:
        """Let both ends look at the time."""
        connection.peer.tick()
        connection.client.tick(self.clock.now)
        self.collect(connection)

    def lose(self, connection: Connection) -> None:
        """Drop a patch: the next message shows the gap."""
        queue = connection.patches if connection.channel else connection.page
        for frame in list(queue):
            if unpack(frame)[0].header.msgtype == "PATCH-DOC":
                self.say(connection.client, "loses a patch")
                queue.remove(frame)
                return

    def flow(self, connection: Connection) -> None:
        """Let everything that is under way arrive."""
        if self.die.random() < 0.3:
            connection.peer.send_ping()
        self.handle(connection)
        connection.fill()
        self._hand(connection, connection.arrive(self.die, 1000))
        self.tick(connection)
        self.mend(connection)
