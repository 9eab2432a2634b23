"""Models: what users subclass. Typed properties, observers, a place in a document."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, dataclass_transform

from syncline.core.apply import apply
from syncline.core.errors import Gone
from syncline.core.ops import Op, Path, Set, Write
from syncline.core.state import PlainState
from syncline.core.values import ATOMS, Reference, clone, equal, settled

from . import catalogue, display
from .alone import Alone
from .columns import refused
from .containers import observed
from .errors import PropertyError
from .event import Event, changed_rows
from .hints import read, read_local
from .kinds import ANY, Kind
from .observer import Callback, Observer, Where
from .prop import Prop, prop, unlocked
from .regions import block_to_write
from .schema import check_view
from .signature import PropertySignature

if TYPE_CHECKING:
    from .schema import Code, Schema

_ids = itertools.count(1)
_NO_LOCK: AbstractContextManager[Any] = nullcontext()


class Owner(Protocol):
    """What a model needs of the document it is in."""

    @property
    def lock(self) -> AbstractContextManager[Any]: ...

    def edit(self, op: Op) -> None: ...

    def transaction(self, label: str | None = None) -> AbstractContextManager[Any]: ...


@dataclass_transform(kw_only_default=True, field_specifiers=(prop,))
class Declared(Reference):
    """What declares its fields by `prop()`: a checker takes those of its subclasses only."""

    __slots__ = ()


class Model(Declared):
    """A node of a document: typed, observable properties under an id.

    Subclass it and declare properties with `prop()`. The class keyword `type` is its name on the
    wire, `ns/Name@version`.
    """

    __slots__ = ("__weakref__", "_document", "_handlers", "_observers", "_values", "id")

    key: str | None = prop(default=None, doc="Tells which it is when the document is rebuilt.")

    __signature__: ClassVar[Any] = PropertySignature()
    type_name: ClassVar[str] = "syncline/Model@1"
    """The type on the wire."""
    events: ClassVar[tuple[str, ...]] = ()
    """Messages that a view may send."""
    creatable: ClassVar[bool] = False
    """Whether a view may make one."""
    _props: ClassVar[dict[str, Prop]] = {}
    _defaults: ClassVar[dict[str, Any]] = {}
    """The defaults of the synced properties."""
    _made: ClassVar[tuple[str, ...]] = ()
    """Those of them whose default is made for each model."""
    _private: ClassVar[tuple[str, ...]] = ()
    """The properties that stay in Python."""
    _open_kinds: ClassVar[bool] = False
    _esm: ClassVar[Code | None] = None
    """The front-end module that shows it, as anywidget has it: code, or the path of a file."""
    _css: ClassVar[Code | None] = None
    """The style sheet that goes with it."""
    _schema: ClassVar[Schema | None] = None
    _wire_type: ClassVar[str | None] = "syncline/Model@1"

    def __init_subclass__(
        cls, type: str | None = None, register: bool = True, **options: Any
    ) -> None:
        super().__init_subclass__(**options)
        own = {name: value for name, value in vars(cls).items() if isinstance(value, Prop)}
        for name in own:
            if hasattr(Model, name):
                raise TypeError(f"{cls.__name__}: a property may not be called {name!r}")
        cls._declare({**cls._props, **own})
        cls._open_kinds = True
        cls._schema = cls._wire_type = None
        check_view(cls)
        if register:
            cls.type_name = type or catalogue.default_name(cls)
            catalogue.register(cls.type_name, cls)
            read_local(cls, sys._getframe(1))

    @classmethod
    def _declare(cls, props: dict[str, Prop]) -> None:
        cls._props = props
        cls._defaults = {name: prop.default for name, prop in props.items() if prop.sync}
        cls._made = tuple(name for name in cls._defaults if not props[name].plain)
        cls._private = tuple(name for name in props if name not in cls._defaults)
        # Most models have none: it is sent where there is one (SPEC 2).
        cls._defaults.pop("key", None)

    def __init__(self, **values: Any) -> None:
        self._prepare(f"py-{next(_ids)}", values)
        props = self._props
        for name, value in values.items():
            prop = props.get(name)
            if prop is None:
                raise TypeError(f"{self.__class__.__name__} has no property {name!r}")
            kind = type(value)
            # As `validate` begins: most are right, and a call for each would take twice the time.
            if kind is not prop.exact or (kind is str and not value.isascii()):
                values[name] = observed(self, name, prop.validate(value))

    def _prepare(self, id: str, values: dict[str, Any]) -> None:
        if self._open_kinds:
            read(self.__class__)
            self.__class__._open_kinds = False
        self.id = id
        self._values = values
        self._document: Owner | None = None
        self._observers: dict[str, list[Observer]] | None = None
        self._handlers: dict[str, list[Observer]] | None = None

    @classmethod
    def blank(cls, id: str) -> Model:
        """Make an instance with a given id and all properties at their defaults."""
        model = cls.__new__(cls)
        model._prepare(id, {})
        return model

    @property
    def document(self) -> Any:
        """The document it is in, or None."""
        return self._document

    # Observers

    def observe(
        self,
        fn: Callback,
        names: str | list[str] | None = None,
        *,
        every: bool = False,
        where: Where | None = None,
    ) -> Callback:
        """Call `fn(event)` after each committed change of the named properties, or of any.

        Callbacks of a document run one at a time, in the order of the commits, and hold no lock.
        Changes that queue up behind a running callback come as one event, from the oldest `old` to
        the newest `new`; with `every` each comes by itself. `where="main"` waits for the main
        thread, or the loop of the server; `"any"` does not; the default is `config.callbacks`.
        An async `fn` never overlaps itself: its next event waits until it has ended.
        """
        wanted = [names] if isinstance(names, str) else names or ["*"]
        for name in wanted:
            if name != "*" and name not in self._props:
                raise ValueError(f"{self.__class__.__name__} has no property {name!r}")
        observer = Observer(fn, set(wanted), every=every, where=where)
        self._observers = self._observers or {}
        for name in wanted:
            self._observers.setdefault(name, []).append(observer)
        return fn

    def unobserve(self, fn: Callback, names: str | list[str] | None = None) -> None:
        """End what `observe` began, what waits included; unknown observers are ignored."""
        for name in [names] if isinstance(names, str) else names or ["*"]:
            observers = (self._observers or {}).get(name, [])
            found = next((observer for observer in observers if observer.fn == fn), None)
            if found is not None:
                observers.remove(found)
                found.names.discard(name)

    def on(self, name: str, fn: Callback, *, where: Where | None = None) -> Callable[[], None]:
        """Call `fn(event)` for each message `name` of a view; return what ends that.

        A message is a happening without a value, such as a button's `click`. It is never merged
        with another; otherwise it is as `observe` says.
        """
        self._handlers = self._handlers or {}
        handlers = self._handlers.setdefault(name, [])
        handler = Observer(fn, {name}, where=where)
        handlers.append(handler)

        def off() -> None:
            handler.names.clear()
            if handler in handlers:
                handlers.remove(handler)

        return off

    def observers(self, name: str) -> Iterator[Observer]:
        """Yield those who observe a property."""
        if self._observers:
            yield from list(self._observers.get(name, ()))
            yield from list(self._observers.get("*", ()))

    def handlers(self, name: str) -> Iterator[Observer]:
        """Yield those who wait for a message."""
        yield from list((self._handlers or {}).get(name, ()))

    # Values

    def values(self) -> dict[str, Any]:
        """Return every synced property's value, defaults included."""
        values = self._defaults | self._values
        for name in self._made:
            values[name] = getattr(self, name)
        for name in self._private:
            values.pop(name, None)
        return values

    def saved_values(self) -> dict[str, Any]:
        """Return the values that may enter a notebook, an export or a store."""
        props = self._props
        return {name: value for name, value in self.values().items() if props[name].saved}

    def unlocked(self, *names: str) -> AbstractContextManager[None]:
        """Let the `with` block set the named read-only properties; it is for the model's own code.

        Without names all of them. It holds for this context: not for other threads and tasks.
        """
        return unlocked(self, names or tuple(self._props))

    def write(self, name: str, where: Any, values: Any) -> None:
        """Overwrite a block of an array: `model.write("image", (slice(0, 9), 3), block)`.

        `where` has an index, slice, range or `...` per axis, as numpy has it, steps forward only.
        Values are broadcast to the block and take the array's dtype. Raises PropertyError where
        they do not fit.
        """
        prop = self._props.get(name)
        if prop is None:
            raise ValueError(f"{self.__class__.__name__} has no property {name!r}")
        with self._lock(), refused(f"{name}: "):
            at, block = block_to_write(getattr(self, name), where, values)
            self._edit(Write(self.id, [name], at, block))

    def _put(self, prop: Prop, value: Any) -> None:
        new = value if type(value) in ATOMS else clone(value)
        if prop.sync and self._through_document(Set(self.id, [prop.name], new)):
            return
        old = getattr(self, prop.name)
        new = self._values[prop.name] = observed(self, prop.name, value)
        if not (prop.sync and equal(old, new)):
            self._notify(prop.name, old, new)

    def _edit(self, op: Any) -> None:
        """Make an edit inside a list or dict, whose value was checked."""
        prop = self._props[op.p[0]]
        prop.allow(self)
        if prop.sync and hasattr(op, "v"):
            op.v = settled(op.v, len(op.p) - 1)
        self._run(op)

    def _run(self, op: Any) -> None:
        """Apply an edit: through the document, or to this model alone."""
        prop = self._props[op.p[0]]
        if prop.whole:
            whole = self._after(op)
            checked = prop.validate(whole)
            if not equal(checked, whole):
                self._put(prop, checked)
                return
        if prop.sync and self._through_document(op):
            return
        apply(Alone(self), op)
        self._notify(prop.name, None, self._values[prop.name], changed_rows(op))

    def _through_document(self, op: Op) -> bool:
        """Apply an edit through the document; False where the model is in none."""
        document = self._document
        if document is None:
            return False
        try:
            document.edit(op)
        except Gone:
            # Nothing referred to it any more: it left the document just before this edit.
            if self._document is not None:
                raise
            return False
        return True

    def _after(self, op: Any) -> Any:
        """Return what an edit inside a list or dict would make of the property."""
        name = op.p[0]
        plain = PlainState()
        plain.add(self.id, self.type_name, {name: self._values[name]})
        apply(plain, op)
        return plain.get(self.id, name)

    def _lock(self) -> AbstractContextManager[Any]:
        return self._document.lock if self._document is not None else _NO_LOCK

    def _batch(self) -> AbstractContextManager[Any]:
        return self._document.transaction() if self._document is not None else _NO_LOCK

    def _kind_at(self, path: Path) -> Kind:
        prop = self._props.get(str(path[0]))
        kind = prop.kind if prop else ANY
        for step in path[1:]:
            kind = kind.inner(step)
        return kind

    def _checked(self, path: Path, value: Any) -> Any:
        """Return a value for a place inside a property as it is stored. Raises PropertyError."""
        (checked,) = self._checked_items(path, [value])
        return checked

    def _checked_items(self, path: Path, values: Iterable[Any]) -> list[Any]:
        """Return values for places of one kind as they are stored. Raises PropertyError."""
        try:
            check = self._kind_at(path).check
            return [check(value) for value in values]
        except PropertyError as error:
            raise self._props[str(path[0])].refusal(error) from None

    def _notify(self, name: str, old: Any, new: Any, rows: range | None = None) -> None:
        for observer in self.observers(name):
            observer(Event(self, name, old, new, rows=rows))

    # Display

    @recursive_repr("...")
    def __repr__(self) -> str:
        values = self._values.items()
        shown = ", ".join(f"{name}={value!r}" for name, value in values if self._props[name].saved)
        return f"{self.__class__.__name__}({shown[:200]})"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> display.Bundle:
        return display.bundle(self)

    def _display_(self) -> Any:
        """Be an output of marimo, whose name this is."""
        return display.element(self)


Model._declare({"key": vars(Model)["key"]})
read(Model)
