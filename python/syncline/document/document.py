"""A document: a graph of models under an engine."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from syncline.core.errors import Gone
from syncline.core.ops import (
    Addressed,
    Msg,
    Op,
    RootAdd,
    RootRemove,
    Title,
    is_plain_set,
    references,
)
from syncline.core.values import settled
from syncline.model import display
from syncline.model.guard import ModelGuard
from syncline.model.model import Model
from syncline.model.schema import Types
from syncline.model.state import ModelState
from syncline.sync.engine import Engine, Mode
from syncline.sync.errors import Code, Refused
from syncline.sync.session import Session

from .current import documents, new_id
from .lock import Lock
from .observers import Observers, log_error
from .scheduling import Scheduling
from .steps import spawn
from .transaction import Collector, Transaction, collector_of

if TYPE_CHECKING:
    from syncline.core.apply import Undo
    from syncline.model.observer import Where
    from syncline.sync.entry import Entry

Theme = Literal["auto", "light", "dark"]


class Document(Scheduling):
    """A graph of models that any number of views mirror.

    Thread-safe: it may be changed from any thread. Callbacks run one at a time, in the order of the
    commits, and hold no lock: at once in the thread that made the change, or, once it is displayed
    or served, where `Model.observe` says.
    """

    def __init__(self, title: str = "", *, id: str | None = None) -> None:
        super().__init__()
        self.id = id or new_id()
        self.lock = Lock(self)
        """The lock that guards the document."""
        self.state = ModelState(self, title)
        self.observers = Observers(self)
        self.collectors: list[Collector] = []
        """The open transactions that span an `await`."""
        self.engine: Engine = self._new_engine()
        """What edits go through: the session here, or a replica of one elsewhere."""
        self.dispatch: Callable[[], None] = self.observers.run
        """Lets the waiting callbacks run; the default is at once, in the thread that committed."""
        self.session_context: Any = None
        """The `SessionContext` of a document that is served (`syncline.apps`), else None."""
        self.template: str | Path | None = None
        """A Jinja template for the page of a served document, as text or as a file."""
        self.template_variables: dict[str, Any] = {}
        """What the page's template is given besides."""
        self._theme: Theme = "auto"
        self.session_destroyed_callbacks: list[Callable[[Any], Any]] = []
        self.spawn: Callable[[Any], None] = spawn
        """Runs a coroutine that a callback returned."""
        self.report: Callable[[BaseException, str], None] = log_error
        """Tells the author of an error in a callback, which un-commits nothing, and of one that
        blocks; the default is the log `syncline`."""

    def _new_engine(self) -> Engine:
        self.session = session = Session(
            self.state,
            id=self.id,
            epoch=secrets.token_urlsafe(9),
            new_key=_new_key,
            guard=ModelGuard(self.state, _refused),
        )
        session.schemas.source = Types()
        session.on_commit = self._committed
        session.on_settled = self.observers.settled
        session.is_behind = self.observers.is_behind
        documents[self.id] = self
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
    def theme(self) -> Theme:
        """Whether the document's page is light or dark; `auto` is as the reader's system is."""
        return self._theme

    @theme.setter
    def theme(self, theme: Theme) -> None:
        if theme not in get_args(Theme):
            raise ValueError(f"expected {', '.join(get_args(Theme))}, got {theme!r}")
        self._theme = theme

    @property
    def title(self) -> str:
        """The document's title."""
        return self.state.title

    @title.setter
    def title(self, value: str) -> None:
        self.edit(Title(str(value)))

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
        if self.collectors and (open := collector_of(self)) is not None:
            open.add_root(model)
            return model
        with self.transaction():
            self._bring([model])
            self.engine.local(RootAdd(model.id))
        return model

    def remove_root(self, model: Model) -> None:
        """Take a model from the roots; it leaves the document unless another refers to it."""
        self.edit(RootRemove(model.id))

    def clear(self) -> None:
        """Take all roots away, as one revision; the title stays."""
        with self.transaction():
            for root in self.roots:
                self.remove_root(root)

    def model(self, id: str) -> Model | None:
        """Return the model with an id."""
        return self.state.models.get(id)

    def select(
        self,
        *,
        id: str | None = None,
        name: str | None = None,
        type: type[Model] | str | None = None,
    ) -> list[Model]:
        """Return the models with this id, this value of their `name`, and of this class.

        A class stands for its subclasses too, a type name such as `"ui/Slider@1"` for itself.
        """
        with self.lock:
            models = self.state.models
            found = list(models.values()) if id is None else [models[id]] if id in models else []
        return [
            model
            for model in found
            if (name is None or getattr(model, "name", None) == name)
            and (type is None or _is(model, type))
        ]

    # Changing

    def transaction(self, label: str | None = None, *, mode: Mode = "merge") -> Transaction:
        """Make one revision of all changes inside `with`; an exception undoes them.

        Nested ones join the outer. It may not span an `await`: `async with` does. That one collects
        the changes of its task and commits them at its end; until then nobody sees them, the task
        itself neither. `mode` matters where others may come in between, as it spans an `await` or
        the document's session is elsewhere: `atomic` commits all or nothing, `strict` nothing
        where anybody else has changed the same places.
        """
        return Transaction(self, label, mode)

    @contextmanager
    def hold(self) -> Iterator[Document]:
        """Commit changes inside at once, but send them only at the end."""
        self.engine.hold()
        try:
            yield self
        finally:
            self.engine.release()

    def call_soon(self, fn: Callable[[], Any], *, where: Where | None = None) -> None:
        """Call `fn()` behind the callbacks that wait, as one of them; it may be async.

        From any thread. Inside a transaction it waits for the end of that, undone or not.
        """
        self.engine.begin()
        try:
            self.observers.soon(fn, where)
        finally:
            self.engine.commit()

    def on_session_destroyed(self, fn: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """Call `fn(session_context)` when the session of a served document ends; it may be async.

        The document is still there then. It serves as a decorator.
        """
        self.session_destroyed_callbacks.append(fn)
        return fn

    def edit(self, op: Op) -> None:
        """Apply an operation of this process, bringing in the models it refers to."""
        if self.collectors and (open := collector_of(self)) is not None:
            open.collect(op)
            return
        if is_plain_set(op) or not references(op):
            self.engine.local(op)
            return
        with self.transaction():
            self._bring(references(op))
            self.engine.local(op)

    def edit_model(self, op: Addressed) -> None:
        """Apply an edit that was checked some time ago. Raises Gone, and PropertyError."""
        model = self.state.models.get(op.m)
        if model is None:
            raise Gone("model-gone")
        model._run(op)

    def _committed(self, entry: Entry, undo: list[Undo], user: str | None) -> None:
        for collector in self.collectors:
            collector.over(entry.ops)
        # All that clients commit has a number; a message that has none is volatile.
        self.observers.changed(entry.ops, undo, entry.by, user, volatile=entry.seq is None)

    def _bring(self, models: Iterable[Any]) -> None:
        """Let models, and all they refer to, enter, inside a transaction."""
        self.engine.enter(*self.state.bring(models))

    def send(self, model: Model, name: str, data: Any = None) -> None:
        """Send a message of a model, an event without a value, to all others who have it."""
        self.edit(Msg(model.id, name, settled(data)))

    def close(self) -> None:
        """End the document: every view is told that it is gone."""
        documents.pop(self.id, None)
        self.end_for_good()
        self.session.end("the document was closed")

    # Display

    def __repr__(self) -> str:
        roots = ", ".join(f"{type(model).__name__} {model.id}" for model in self.roots)
        return (
            f"<Document {self.title or self.id} at revision {self.rev}: "
            f"{len(self.state.models)} models, roots: {roots or 'none'}>"
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> display.Bundle:
        return display.bundle(self)

    def _display_(self) -> Any:
        """Be an output of marimo, whose name this is."""
        return display.element(self)


def _new_key() -> str:
    return secrets.token_urlsafe(24)


def _refused(code: str, text: str) -> Refused:
    return Refused(Code(code), text)


def _is(model: Model, kind: type[Model] | str) -> bool:
    return model.type_name == kind if isinstance(kind, str) else isinstance(model, kind)
