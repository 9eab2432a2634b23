"""The document: models under an engine, with observers, transactions and a place to be current."""

from __future__ import annotations

import inspect
import logging
import secrets
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from .core.apply import Undo
from .core.ops import (
    Add,
    Msg,
    Op,
    RootAdd,
    RootRemove,
    Set,
    Title,
    is_plain_set,
    references,
    touches,
)
from .core.values import clone, equal
from .model import display
from .model.errors import PropertyError
from .model.event import Event
from .model.guard import ModelGuard
from .model.model import Model, Observer
from .model.state import ModelState, newcomers, type_of
from .sync.engine import Engine
from .sync.errors import Code, Refused
from .sync.log import Entry
from .sync.session import Session

logger = logging.getLogger("syncline")
_documents: weakref.WeakValueDictionary[str, Document] = weakref.WeakValueDictionary()
_current: ContextVar[Document | None] = ContextVar("syncline_document", default=None)
_default: Document | None = None
Job = Callable[[], None]
INSIDE = object()
"""Stands for the value before an edit inside a list or dict."""


class Document:
    """A graph of models that any number of views mirror.

    Thread-safe: it may be changed from any thread. Observers run one at a time, in the order of the
    commits, through `dispatch`.
    """

    def __init__(self, title: str = "", *, id: str | None = None) -> None:
        self.id = id or secrets.token_urlsafe(16)
        self.state = ModelState(self, title)
        self.session = self._new_session()
        self.engine: Engine = self.session
        """What edits go through: the session here, or a replica of one elsewhere."""
        self.dispatch: Callable[[Job], None] = lambda job: job()
        """Runs the waiting observers; the default is at once, in the thread that committed."""
        self.spawn: Callable[[Any], None] = _spawn
        """Runs a coroutine that an observer returned."""
        self.report: Callable[[BaseException, str], None] = _log_error
        """Tells the author of an error in an observer; it un-commits nothing."""
        self._events: deque[tuple[Observer, Event]] = deque()
        self._running = False
        _documents[self.id] = self

    def _new_session(self) -> Session:
        session = Session(
            self.state,
            id=self.id,
            epoch=secrets.token_urlsafe(9),
            new_key=lambda: secrets.token_urlsafe(24),
            guard=ModelGuard(self.state, lambda code, text: Refused(Code(code), text)),
        )
        session.on_commit = self._committed
        session.on_settled = self._settled
        return session

    # Content

    @property
    def epoch(self) -> str:
        """The incarnation of the document."""
        return self.engine.epoch

    @property
    def rev(self) -> int:
        """The last committed revision."""
        return self.engine.rev

    @property
    def title(self) -> str:
        """The document's title."""
        return self.state.title

    @title.setter
    def title(self, value: str) -> None:
        self.engine.local(Title(str(value)))

    @property
    def roots(self) -> tuple[Model, ...]:
        """The models that are displayed by themselves, in order."""
        return tuple(self.state.models[m] for m in self.state.roots)

    @property
    def models(self) -> dict[str, Model]:
        """Every model of the document by its id."""
        return dict(self.state.models)

    def add_root(self, model: Model) -> Model:
        """Let a model, and all it refers to, enter the document as a root; twice is fine."""
        with self.transaction():
            self._bring([model])
            self.engine.local(RootAdd(model.id))
        return model

    def remove_root(self, model: Model) -> None:
        """Take a model from the roots; it leaves the document unless another refers to it."""
        self.engine.local(RootRemove(model.id))

    def select(
        self, *, id: str | None = None, name: str | None = None, type: type[Model] | None = None
    ) -> list[Model]:
        """Return the models with this id, this value of their `name`, or of this class."""
        return [
            model
            for model in self.state.models.values()
            if (id is None or model.id == id)
            and (name is None or getattr(model, "name", None) == name)
            and (type is None or isinstance(model, type))
        ]

    # Changing

    @contextmanager
    def transaction(self, label: str | None = None) -> Iterator[Document]:
        """Make one revision of all changes inside; an exception undoes them.

        Nested ones join the outer. It may not span an `await`.
        """
        self.engine.begin()
        try:
            yield self
        except BaseException:
            self.engine.rollback()
            raise
        self.engine.commit()

    @contextmanager
    def hold(self) -> Iterator[Document]:
        """Commit changes inside at once, but send them only at the end."""
        self.session.hold()
        try:
            yield self
        finally:
            self.session.release()

    def edit(self, op: Op) -> None:
        """Apply an operation of this process, bringing in the models it refers to."""
        if is_plain_set(op) or not any(True for _ in references(op)):
            self.engine.local(op)
            return
        with self.transaction():
            self._bring(references(op))
            self.engine.local(op)

    def _bring(self, models: Any) -> None:
        found = list(newcomers(models, self.state.models))
        for model in found:
            if model.id in self.state.models or model.document not in (None, self):
                raise PropertyError(f"{model!r} is part of another document")
        for model in found:
            self.state.bring(model)
        for model in found:
            # A copy: the log keeps it, while the model's own lists go on changing.
            self.engine.local(Add(model.id, type_of(model), clone(model.values())))

    def close(self) -> None:
        """End the document: every view is told that it is gone."""
        _documents.pop(self.id, None)
        self.session.end("the document was closed")

    # Observers

    def _committed(self, entry: Entry, undo: list[Undo], user: str | None) -> None:
        changed: dict[tuple[str, str], Event] = {}
        for op, inverse in zip(entry.ops, undo, strict=True):
            model = self.state.models.get(touches(op) or "")
            if model is None:
                continue
            if isinstance(op, Msg):
                if entry.by != "py":
                    event = Event(model, op.name, data=op.data, origin=entry.by, user=user)
                    self._events.extend((fn, event) for fn in model.handlers(op.name))
            elif hasattr(op, "p") and model._observers:
                name = str(op.p[0])
                if (model.id, name) not in changed:
                    event = Event(model, name, _before(op, inverse), origin=entry.by, user=user)
                    changed[model.id, name] = event
        for event in changed.values():
            self._changed(event)

    def _changed(self, event: Event) -> None:
        """Queue the one event of a property in a transaction: from the first value to the last."""
        event.new = event.model._values.get(event.name)
        if event.old is INSIDE:
            event.old = None
        elif equal(event.old, event.new):
            return
        self._events.extend((fn, event) for fn in event.model.observers(event.name))

    def _settled(self) -> None:
        if self._events and not self._running:
            self.dispatch(self.run_observers)

    def run_observers(self) -> None:
        """Call the waiting observers; what another thread is already calling is left to it."""
        lock = self.engine.lock
        with lock:
            if self._running:
                return
            self._running = True
        token = _current.set(self)
        try:
            while (waiting := self._next()) is not None:
                self._call(*waiting)
        except BaseException:
            # An interrupt must not silence the observers for good.
            self._running = False
            raise
        finally:
            _current.reset(token)

    def _next(self) -> tuple[Observer, Event] | None:
        with self.engine.lock:
            if self._events:
                return self._events.popleft()
            self._running = False
            return None

    def _call(self, fn: Observer, event: Event) -> None:
        try:
            result = fn(event)
            if result is not None and inspect.isawaitable(result):
                self.spawn(self._awaited(result, fn))
        except Exception as error:  # noqa: BLE001  whatever it raises is its author's
            self.report(error, _name(fn))

    async def _awaited(self, result: Any, fn: Observer) -> None:
        try:
            await result
        except Exception as error:  # noqa: BLE001  whatever it raises is its author's
            self.report(error, _name(fn))

    # Display

    def __repr__(self) -> str:
        roots = ", ".join(f"{type(model).__name__} {model.id}" for model in self.roots)
        return (
            f"<Document {self.title or self.id} at revision {self.rev}: "
            f"{len(self.state.models)} models, roots: {roots or 'none'}>"
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return display.bundle(self)


def _before(op: Any, undo: Undo) -> Any:
    """Return a property's value before an operation, or INSIDE where only a part changed."""
    return undo[0].v if len(op.p) == 1 and undo and isinstance(undo[0], Set) else INSIDE


def _name(fn: object) -> str:
    return getattr(fn, "__qualname__", repr(fn))


def _log_error(error: BaseException, where: str) -> None:
    logger.error("an observer failed: %s", where, exc_info=error)


def _spawn(coroutine: Any) -> None:
    # Importing asyncio takes longer than the rest of Syncline.
    import asyncio

    try:
        task = asyncio.get_running_loop().create_task(coroutine)
    except RuntimeError:
        asyncio.run(coroutine)
        return
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


_tasks: set[Any] = set()


def find_document(id: str) -> Document | None:
    """Return the document of this process with an id."""
    return _documents.get(id)


def curdoc() -> Document:
    """Return the current document: the served session's, or the process's default one."""
    global _default  # noqa: PLW0603
    current = _current.get()
    if current is not None:
        return current
    if _default is None or _default.session.ended is not None:
        _default = Document()
    return _default


@contextmanager
def set_curdoc(document: Document) -> Iterator[Document]:
    """Make a document current inside the `with` block, in this context only."""
    token = _current.set(document)
    try:
        yield document
    finally:
        _current.reset(token)
