"""Clients that live in Node, driven over pipes."""

from __future__ import annotations

import base64
import itertools
import json
import subprocess
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from syncline.core.ops import Msg, Op, WireOp, from_wire, to_wire
from syncline.core.state import PlainModel, PlainState
from syncline.core.values import Buffers, decode_value
from syncline.sync.engine import Mode
from syncline.sync.frames import Frame
from syncline.sync.messages import WireDoc

from .client import Told, View

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "tests/fuzz/node"
MILLISECONDS = 1000.0


class _Told(msgspec.Struct):
    """A report of a client, with the operation it is about."""

    kind: str = ""
    op: Any = None
    seq: int | None = None


class _News(msgspec.Struct):
    result: Any = None
    frames: list[Any] = []
    told: list[tuple[str, Any]] = []
    close: int | None = None
    listening: bool = False


class _View(msgspec.Struct):
    doc: WireDoc
    client: str
    epoch: str | None
    rev: int
    pending: int
    status: str


_answers = msgspec.json.Decoder(list[_News])


def bundle(entry: str, out: Path, breakages: Sequence[dict[str, str]] = ()) -> Path:
    """Build what Node runs, from the sources as they are or with deliberate breakages."""
    command = ["node", str(FOLDER / "bundle.mjs"), entry, str(out), json.dumps(list(breakages))]
    subprocess.run(command, cwd=ROOT, check=True, timeout=60)
    return out


class Host:
    """A Node process that hosts clients."""

    def __init__(self, program: Path) -> None:
        self._process = subprocess.Popen(
            ["node", str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
        )
        self._ids = itertools.count(1)

    def new_client(self, name: str, lossy: bool) -> NodeClient:
        """Make a client."""
        return NodeClient(self, name, next(self._ids), lossy=lossy)

    def call(self, *commands: Any) -> list[_News]:
        """Have commands done and return what came of each."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(msgspec.json.encode(commands) + b"\n")
        process.stdin.flush()
        line = process.stdout.readline()
        assert line, "the process of the clients has ended"
        try:
            return _answers.decode(line)
        except msgspec.DecodeError:
            # What a client was told it tells again, a lone surrogate too.
            return msgspec.convert(json.loads(line), list[_News])

    def clear(self, late: int = 0) -> None:
        """Forget all clients; the next ones hear `late` times before their engine is whole."""
        self.call(["clear", 0, 0, late])

    def close(self) -> None:
        """End the process."""
        self._process.communicate(timeout=10)


class NodeClient:
    """A client in Node."""

    def __init__(self, host: Host, name: str, id: int, *, lossy: bool) -> None:
        self.host = host
        self.name = name
        self.id = id
        self.lossy = self.strippable = lossy
        self.outbox: deque[Frame] = deque()
        self.told: list[Told] = []
        self.made = itertools.count(1)
        self.listening = False
        self.wants_close: int | None = None
        self._view: View | None = None
        self._call("make", 0.0, lossy)

    def _call(self, name: str, now: float, *arguments: Any) -> Any:
        (news,) = self.host.call([name, now * MILLISECONDS, self.id, *arguments])
        self._hear_of(news)
        self._view = None
        return news.result

    def _hear_of(self, news: _News) -> None:
        self.outbox.extend(map(_frame, news.frames))
        self.told.extend(Told(what, _detail(detail)) for what, detail in news.told)
        self.wants_close, self.listening = news.close, news.listening

    def open(self, now: float) -> None:
        self.outbox.clear()
        self._call("open", now)

    def hear(self, frames: Sequence[Frame], now: float) -> None:
        if frames:
            self._call("hear", now, [_raw(frame) for frame in frames])

    def edit(self, ops: Sequence[Op], now: float, mode: Mode = "merge") -> list[bool]:
        wire = [to_wire(op, None) for op in ops]  # type: ignore[arg-type]
        done: list[bool] = self._call("edit", now, wire, mode)
        return done

    def whisper(self, op: Msg, now: float) -> None:
        self._call("whisper", now, to_wire(op, None))

    def strip(self, now: float) -> None:
        self._call("strip", now)

    def tick(self, now: float) -> None:
        self._call("tick", now)

    def close(self, code: int, now: float) -> None:
        self._call("close", now, code)

    def duplicate(self, name: str) -> NodeClient:
        made = self.host.new_client(name, self.lossy)
        made._call("copy", 0.0, self.id)
        made.made = self.made
        return made

    def view(self) -> View:
        if self._view is None:
            (news,) = self.host.call(["view", 0.0, self.id])
            self._hear_of(news)
            found = msgspec.convert(news.result, _View)
            rest = found.client, found.epoch, found.rev, found.pending, found.status
            self._view = View(_state(found.doc), *rest)
        return self._view


def _raw(frame: Frame) -> Any:
    return frame if isinstance(frame, str) else {"b64": base64.b64encode(frame).decode()}


def _frame(raw: Any) -> Frame:
    return raw if isinstance(raw, str) else base64.b64decode(raw["b64"])


def _detail(raw: Any) -> Any:
    if not isinstance(raw, dict) or "op" not in raw:
        return raw
    try:
        if isinstance(raw["op"], str):
            return from_wire(msgspec.convert(raw, WireOp), Buffers())
        detail = msgspec.convert(raw, _Told)
        if detail.op is not None:
            detail.op = from_wire(msgspec.convert(detail.op, WireOp), Buffers())
    except msgspec.ValidationError:
        # A message of garbage, as it was told: what it is like is for the model to say.
        return raw
    return detail


def _state(doc: WireDoc) -> PlainState:
    state = PlainState(doc.title)
    state.roots = list(doc.roots)
    for m, model in doc.models.items():
        props = {name: decode_value(value, Buffers()) for name, value in model.props.items()}
        state.models[m] = PlainModel(model.type, props)
    return state
