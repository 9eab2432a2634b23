"""The models themselves as the state of a document (architecture, decision 15)."""

from __future__ import annotations

import itertools
import weakref
from typing import TYPE_CHECKING, Any

from syncline.core.errors import Gone
from syncline.core.ops import Add
from syncline.core.rename import renamed
from syncline.core.state import UNSET
from syncline.core.values import ATOMS, Ref, Reference, clone, refs

from . import catalogue
from .containers import observed
from .errors import PropertyError
from .model import Model, Owner
from .schema import agrees, wire_type
from .unknown import Unknown, described, opaque

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

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
        self._brought: dict[str, Model] = {}
        """Models of this process that are about to enter, with the values they have."""
        self.types: dict[str, type[Model]] = {}
        """The classes that were defined for this document alone, by type name."""
        self._incoming: dict[str, Model] = {}
        self._entries: dict[str, Entry] = {}
        """What types of other processes are, by hash."""
        self._names: dict[str, str] = {}
        """The type names of models whose definition elsewhere is not quite the class here."""
        self._dropped: weakref.WeakValueDictionary[str, Model] | None = None
        """The models that left and live on outside, once there is one."""

    def bring(self, models: Iterable[Any]) -> tuple[list[Add], list[Reference]]:
        """Announce models of this process, and those they refer to, that are not here yet.

        Returns what adds them, which keeps the objects, and all references in their values. Raises
        PropertyError for a model of another document.
        """
        known, owner = self.models, self.owner
        found: dict[str, Model] = {}
        adds: list[Add] = []
        references: list[Reference] = []
        # Those found are looked at in turn.
        for model in itertools.chain(models, references):
            m = model.id
            there = known.get(m)
            if there is model or m in found or not isinstance(model, Model):
                continue
            if there is not None or (model._document is not None and model._document is not owner):
                raise PropertyError(f"{model!r} is part of another document")
            found[m] = model
            # A copy: the log keeps it, while the model's own lists go on changing.
            values = model.values()
            for name, value in values.items():
                if type(value) not in ATOMS:
                    values[name] = clone(value)
                    references += refs(value)
            adds.append(Add(m, model._wire_type or type_of(model), values))
        self._brought.update(found)
        return adds, references

    def has(self, m: str) -> bool:
        return m in self.models

    def items(self) -> Iterable[tuple[str, str, dict[str, Any]]]:
        names = self._names
        for m, model in self.models.items():
            yield m, names.get(m) or model._wire_type or type_of(model), model.values()

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
            known = self._dropped.get(m) if self._dropped is not None else None
            cls = self._class_of(type)
            same = known is not None and known.id == m and known.type_name == cls.type_name
            self._incoming[m] = known if known is not None and same else cls.blank(m)

    def forget(self, m: str) -> None:
        self._incoming.pop(m, None)

    def add(self, m: str, type: str, props: dict[str, Any]) -> None:
        model = self._brought.pop(m, None)
        if model is None:
            model = self._received(m, type, props)
        self.models[m] = model
        model._document = self.owner

    def _received(self, m: str, type: str, props: dict[str, Any]) -> Model:
        """Return a model with what it came with."""
        self.expect(m, type)
        model = self._incoming.pop(m)
        if type != type_of(model):
            self._names[m] = type
        if isinstance(model, Unknown) and not model._props.keys() >= props.keys():
            model.__class__ = opaque(type, props)
        for name, value in props.items():
            model._values[name] = observed(model, name, value, self.resolve)
        return model

    def drop(self, m: str) -> tuple[str, dict[str, Any]]:
        model = self.models.pop(m)
        model._document = None
        if self._dropped is None:
            self._dropped = weakref.WeakValueDictionary()
        self._dropped[m] = model
        # A copy: the model lives on outside and may be changed there.
        type, _ = self.wire_type(model), self._names.pop(m, None)
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

    def entry(self, hash: str) -> Entry | None:
        """Return what a type of another process is, by its hash."""
        return self._entries.get(hash)

    def wire_type(self, model: Model) -> str:
        """Return the type name a model of the document has on the wire."""
        return self._names.get(model.id) or type_of(model)

    def find(self, type: str) -> type[Model] | None:
        """Return the class of a type name, before all one that is this document's own."""
        return catalogue.find(type, self.types)

    def _class_of(self, type: str) -> type[Model]:
        cls = self.find(type)
        if cls is not None:
            return cls
        entry = self._entries.get(type.partition("#")[2])
        if entry is None:
            return opaque(type, ())
        local = self.find(type.partition("#")[0])
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


def new_models(models: Iterable[Any], known: Mapping[str, Model]) -> Iterator[Model]:
    """Yield models that are not in a document yet, and those they refer to."""
    seen: set[Model] = set()
    todo = list(models)
    # It grows on the way.
    for model in todo:
        if isinstance(model, Model) and model not in seen and known.get(model.id) is not model:
            seen.add(model)
            yield model
            todo += refs(model.values())
