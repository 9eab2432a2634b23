"""Giving a document that was built anew the values that an earlier one had (SPEC 5.6).

Models are matched by their `key`, else by place and type, never by id. What has no match is
reported, and left as the application's code has made it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from syncline.core.rename import renamed
from syncline.core.values import equal, refs
from syncline.model.schema import schema_of
from syncline.sync.match import match

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from syncline.core.state import PlainState
    from syncline.document import Document
    from syncline.document.saved import SavedDocument
    from syncline.model import Model

ROUNDS = 8
"""How often what callbacks have built meanwhile is looked at again."""


class SchemaChanged(Exception):
    """Types have other properties now than what was saved."""

    def __init__(self, types: Iterable[str]) -> None:
        self.types = tuple(sorted(types))
        super().__init__(f"these types have changed: {', '.join(self.types)}")


@dataclass(frozen=True)
class LostModel:
    """A model that had changed, and that nothing in the new document stands for."""

    type: str
    key: str | None
    values: Mapping[str, Any]
    """What had changed."""


@dataclass(frozen=True)
class LostValue:
    """A value that the new document's model did not take."""

    model: Model
    name: str
    value: Any
    reason: str


@dataclass
class Report:
    """What became of what was saved."""

    restored: int = 0
    """How many values were set."""
    models: list[LostModel] = field(default_factory=list)
    values: list[LostValue] = field(default_factory=list)

    @property
    def lost(self) -> bool:
        """Whether anything found no place."""
        return bool(self.models or self.values)

    def __str__(self) -> str:
        """Say it in a line: names, never values."""
        lost = [f"{one.type} {one.key or ''}".rstrip() for one in self.models]
        lost += [f"{type(one.model).__name__}.{one.name}" for one in self.values]
        text = f"{self.restored} values restored"
        return f"{text}; no place for {', '.join(lost)}" if lost else text


def restore(
    document: Document, saved: SavedDocument, settle: Callable[[], object] = lambda: None
) -> Report:
    """Set what had changed, in one transaction, which observers hear of as a whole.

    Their `event.origin` is `"restore"`. What they build because of it is given its values next:
    where they run elsewhere, `settle` waits for them. Raises SchemaChanged.
    """
    return _Restore(document, saved, settle).run()


class _Restore:
    def __init__(
        self, document: Document, saved: SavedDocument, settle: Callable[[], object]
    ) -> None:
        self.document = document
        self.settle = settle
        self.report = Report()
        self._state = _translated(saved.state, _types_now(document, saved))
        self._values = {
            m: {name: props[name] for name in saved.about.changed.get(m, ()) if name in props}
            for m, _, props in self._state.items()
            if saved.about.changed.get(m)
        }

    def run(self) -> Report:
        done: dict[str, str] = {}
        for _ in range(ROUNDS):
            ids = match(self._state, self.document.state)
            # A callback may have put another model in the place of one that was restored.
            found = [m for m in self._values if m in ids and done.get(m) != ids[m]]
            if not found:
                break
            self._set(found, ids)
            self.settle()
            done.update((m, ids[m]) for m in found)
        self.report.models += [self._lost(m) for m in self._values if m not in done]
        return self.report

    def _set(self, found: Iterable[str], ids: Mapping[str, str]) -> None:
        session = self.document.session
        session.begin()
        try:
            for m in found:
                model = self.document.state.models[ids[m]]
                for name, value in self._values[m].items():
                    self._put(model, name, value, ids)
        except BaseException:
            session.rollback()
            raise
        session.commit("restore")

    def _put(self, model: Model, name: str, value: Any, ids: Mapping[str, str]) -> None:
        prop = model._props.get(name)
        if prop is None or not (prop.sync and prop.saved):
            return
        if any(reference.id not in ids for reference in refs(value)):
            self.report.values.append(LostValue(model, name, value, "a model of it is not there"))
            return
        try:
            checked = prop.validate(self.document.state.resolved(renamed(value, ids)))
        except Exception as error:  # noqa: BLE001  whatever a check of the application raises
            self.report.values.append(LostValue(model, name, value, str(error)))
            return
        if not equal(getattr(model, name), checked):
            model._put(prop, checked)
            self.report.restored += 1

    def _lost(self, m: str) -> LostModel:
        model = self._state.models[m]
        return LostModel(model.type.partition("#")[0], model.props.get("key"), self._values[m])


def _types_now(document: Document, saved: SavedDocument) -> dict[str, str]:
    """Return what types that were saved are called now. Raises SchemaChanged."""
    known: dict[str, type[Model]] = {}
    for model in document.state.models.values():
        known[model.type_name] = type(model)
    names, changed = {}, set()
    for was in {type for _, type, _ in saved.state.items()}:
        name, _, hash = was.partition("#")
        schema = schema_of(known[name]) if hash and name in known else None
        if schema is None or was == schema.wire_type:
            continue
        if _shape(json.loads(schema.text)) != _shape(saved.schema.get(hash, {})):
            changed.add(name)
        names[was] = schema.wire_type
    if changed:
        raise SchemaChanged(changed)
    return names


def _shape(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a type its values depend on: neither its texts nor its view."""
    return {
        name: {key: part for key, part in about.items() if key not in ("doc", "default")}
        for name, about in entry.get("properties", {}).items()
    }


def _translated(state: PlainState, types: Mapping[str, str]) -> PlainState:
    for model in state.models.values():
        model.type = types.get(model.type, model.type)
    return state
