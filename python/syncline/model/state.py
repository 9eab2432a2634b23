"""The models themselves as the state of a document (architecture, decision 15)."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from syncline.core.errors import Gone
from syncline.core.rename import renamed
from syncline.core.state import UNSET
from syncline.core.values import ATOMS, Ref, clone, refs

from . import catalogue
from .containers import observed
from .model import Model, Owner
from .schema import agrees, wire_type
from .unknown import Unknown, described, opaque

if TYPE_CHECKING:
    from syncline.core.ops import Step
    from syncline.core.rename import Ids

    from .unknown import Entry


class ModelState:
    """Applies operations to Model objects; `owner` is the document they are in."""

    def __init__(self, owner: Owner, title: str = "") -> None:
        self.owner = owner
        self.title = title
        self.roots: list[str] = []
        self.models: dict[str, Model] = {}
        self._incoming: dict[str, Model] = {}
        self._local: set[str] = set()
        self._entries: dict[str, Entry] = {}
        """What types of other processes are, by hash."""
        self._names: dict[str, str] = {}
        """The type names of models whose definition elsewhere is not quite the class here."""
        self._dropped: weakref.WeakValueDictionary[str, Model] = weakref.WeakValueDictionary()

    def bring(self, model: Model) -> None:
        """Announce a model of this process: adding it keeps the object and its values."""
        self._incoming[model.id] = model
        self._local.add(model.id)

    def has(self, m: str) -> bool:
        return m in self.models

    def items(self) -> Iterable[tuple[str, str, dict[str, Any]]]:
        names = self._names
        for m, model in self.models.items():
            yield m, names.get(m) or type_of(model), model.values()

    def ids(self) -> Iterable[str]:
        return self.models

    def props(self, m: str) -> dict[str, Any]:
        return self._model(m).values()

    def get(self, m: str, name: str) -> Any:
        model = self._model(m)
        if name in model._values:
            return model._values[name]
        if name not in model._props:
            raise Gone("target-gone")
        return getattr(model, name)

    def put(self, m: str, name: str, value: Any) -> Any:
        model = self._model(m)
        values = model._values
        if name in values:
            old = values[name]
        else:
            # A type that is not known here has what it came with.
            old = getattr(model, name) if name in model._props else UNSET
        if type(value) in ATOMS:
            values[name] = value
        elif value is UNSET:
            values.pop(name, None)
        else:
            values[name] = observed(model, name, value, self.resolve)
        return old

    def adopt(self, m: str, parent: Any, value: Any, at: Step) -> Any:
        return observed(self._model(m), parent, value, self.resolve, at)

    def expect(self, m: str, type: str) -> None:
        if m not in self._incoming:
            known, cls = self._dropped.get(m), self._class_of(type)
            same = known is not None and known.id == m and known.type_name == cls.type_name
            self._incoming[m] = known if known is not None and same else cls.blank(m)

    def forget(self, m: str) -> None:
        self._incoming.pop(m, None)
        self._local.discard(m)

    def add(self, m: str, type: str, props: dict[str, Any]) -> None:
        local = m in self._local
        if not local:
            self.expect(m, type)
        model = self._incoming.pop(m)
        self.models[m] = model
        model._document = self.owner
        if local:
            self._local.discard(m)
            return
        if type != type_of(model):
            self._names[m] = type
        if isinstance(model, Unknown) and not model._props.keys() >= props.keys():
            model.__class__ = opaque(type, props)
        for name, value in props.items():
            model._values[name] = observed(model, name, value, self.resolve)

    def drop(self, m: str) -> tuple[str, dict[str, Any]]:
        model = self.models.pop(m)
        model._document = None
        self._dropped[m] = model
        # A copy: the model lives on outside and may be changed there.
        type, _ = self._type(model), self._names.pop(m, None)
        return type, clone(model.values())

    def rename(self, ids: Ids) -> None:
        self.roots[:] = [ids.get(m, m) for m in self.roots]
        models, self.models = self.models, {}
        for m, model in models.items():
            model.id = ids.get(m, m)
            self.models[model.id] = model
            # For the sources, which change their names in place.
            renamed(model._values, ids)
        self._names = {ids.get(m, m): type for m, type in self._names.items()}

    def learn(self, entries: dict[str, Entry]) -> None:
        """Take in what types are, by hash, before the models that need it (SPEC 5.9)."""
        self._entries.update(entries)
        for model in self.models.values():
            if isinstance(model, Unknown) and type_of(model).partition("#")[2] in entries:
                cls = self._class_of(type_of(model))
                if issubclass(cls, Unknown):
                    model.__class__ = cls

    @property
    def learned(self) -> list[str]:
        """The hashes of the types it has learned of."""
        return list(self._entries)

    def _type(self, model: Model) -> str:
        return self._names.get(model.id) or type_of(model)

    def _class_of(self, type: str) -> type[Model]:
        cls = catalogue.find(type)
        if cls is not None:
            return cls
        entry = self._entries.get(type.partition("#")[2])
        if entry is None:
            return opaque(type, ())
        local = catalogue.find(type.partition("#")[0])
        return described(type, entry) if local is None or not agrees(local, entry) else local

    def _model(self, m: str) -> Model:
        model = self.models.get(m)
        if model is None:
            raise Gone("model-gone")
        return model

    def resolve(self, reference: Ref) -> Any:
        """Return the model of a reference, or the reference where there is none."""
        m = reference.id
        return self.models.get(m) or self._incoming.get(m, reference)

    def resolved(self, value: Any) -> Any:
        """Return a copy of a value with the models themselves in the place of references."""
        kind = type(value)
        if kind is Ref:
            return self.resolve(value)
        if kind is list or kind is tuple or kind is set or kind is frozenset:
            return kind(map(self.resolved, value))
        if kind is dict:
            return {key: self.resolved(item) for key, item in value.items()}
        return value


def type_of(model: Model) -> str:
    """Return the type name a model has on the wire."""
    cls = type(model)
    return cls._wire_type or wire_type(cls)


def newcomers(
    models: Iterable[Any], known: dict[str, Model]
) -> Iterator[tuple[Model, dict[str, Any]]]:
    """Yield the models that are not in the document yet, and those they refer to.

    Each with a copy of its values: the log keeps it, while the model's own lists go on changing.
    """
    seen: set[str] = set()
    todo = list(models)
    while todo:
        model = todo.pop()
        if not isinstance(model, Model) or known.get(model.id) is model or model.id in seen:
            continue
        seen.add(model.id)
        values = model.values()
        for name, value in values.items():
            if type(value) not in ATOMS:
                values[name] = clone(value)
                todo += refs(value)
        yield model, values
