"""Lists and dicts that tell their model of every edit, at any depth.

The builtin methods store, the overridden ones first make an operation: `core.apply` uses the
former.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ParamSpec, Self, SupportsIndex, TypeVar

from syncline.core.columns import Columns as Source
from syncline.core.ops import Del, Set, Splice
from syncline.core.values import ATOMS, Ref, Reference, clone, equal

from .columns import attached
from .places import FIXED, addressable, edit, path_of

if TYPE_CHECKING:
    from .model import Model

P = ParamSpec("P")
R = TypeVar("R")
Resolve = Callable[[Ref], Any]


def observed(
    model: Model, parent: Any, value: Any, resolve: Resolve | None = None, at: Any = None
) -> Any:
    """Return the value as a model holds it: what can change copied and observed, sets frozen.

    `parent` is the container it stands in, or the property's name; `at` its index or key there.
    `resolve` gives the models of references.
    """
    kind = type(value)
    if kind in ATOMS:
        return value
    if kind is Ref:
        return value if resolve is None else resolve(value)
    if isinstance(value, Reference):
        return value
    if isinstance(value, list):
        return _observed_list(model, parent, value, resolve, at)
    if kind is dict or kind is ObservedDict:
        return _observed_dict(model, parent, value, resolve, at)
    if kind is tuple:
        return tuple(observed(model, FIXED, item, resolve) for item in value)
    if kind is set or kind is frozenset:
        return frozenset(observed(model, FIXED, item, resolve) for item in value)
    if isinstance(value, Source):
        return attached(model, parent, value, at)
    return clone(value)


def _observed_list(
    model: Model, parent: Any, value: list[Any], resolve: Resolve | None, at: Any
) -> ObservedList:
    items = ObservedList.__new__(ObservedList)
    items._model, items._parent, items._at = model, parent, at
    list.extend(
        items,
        [
            item if type(item) in ATOMS else observed(model, items, item, resolve, index)
            for index, item in enumerate(value)
        ],
    )
    return items


def _observed_dict(
    model: Model, parent: Any, value: dict[Any, Any], resolve: Resolve | None, at: Any
) -> ObservedDict:
    entries = ObservedDict.__new__(ObservedDict)
    entries._model, entries._parent, entries._at = model, parent, at
    entries._text = all(isinstance(key, str) for key in value)
    for key, item in value.items():
        dict.__setitem__(entries, key, observed(model, entries, item, resolve, key))
    return entries


def locked(method: Callable[P, R]) -> Callable[P, R]:
    """Let no other thread move anything between an edit's reading and its writing."""

    @functools.wraps(method)
    def guarded(*args: P.args, **options: P.kwargs) -> R:
        container: Any = args[0]
        with container._model._lock():
            return method(*args, **options)

    return guarded


def together(method: Callable[P, R]) -> Callable[P, R]:
    """Make one transaction of several edits."""

    @functools.wraps(method)
    def guarded(*args: P.args, **options: P.kwargs) -> R:
        container: Any = args[0]
        with container._model._batch():
            return method(*args, **options)

    return guarded


class ObservedList(list[Any]):
    """A list inside a property."""

    __slots__ = ("_at", "_model", "_parent")
    _model: Model
    _parent: Any
    _at: Any
    """Its key or index when it was last looked for."""

    def __reduce__(self) -> Any:
        return list, (list(self),)

    def _splice(self, start: int, count: int, values: Iterable[Any]) -> None:
        path = path_of(self)
        checked = self._model._checked_items([*path, 0], values)
        edit(self, Splice(self._model.id, path, start, count, checked))

    def _replace(self, start: int, stop: int, values: list[Any]) -> None:
        """Put values in the place of a range; what is equal at its ends does not travel."""
        shortest = min(stop - start, len(values))
        head = tail = 0
        while head < shortest and equal(self[start + head], values[head]):
            head += 1
        while tail < shortest - head and equal(self[stop - 1 - tail], values[-1 - tail]):
            tail += 1
        middle = values[head : len(values) - tail]
        if middle or stop - start > head + tail:
            self._splice(start + head, stop - start - head - tail, middle)

    @locked
    def append(self, value: Any) -> None:
        self._splice(len(self), 0, [value])

    @locked
    def extend(self, values: Iterable[Any]) -> None:
        self._splice(len(self), 0, values)

    @locked
    def insert(self, index: SupportsIndex, value: Any) -> None:
        start, _, _ = slice(index, None).indices(len(self))
        self._splice(start, 0, [value])

    @locked
    def pop(self, index: SupportsIndex = -1) -> Any:
        value = self[index]
        del self[index]
        return value

    @locked
    def remove(self, value: Any) -> None:
        del self[self.index(value)]

    @locked
    def clear(self) -> None:
        self._splice(0, len(self), [])

    @locked
    def sort(self, **options: Any) -> None:
        self._replace(0, len(self), sorted(self, **options))

    @locked
    def reverse(self) -> None:
        self._replace(0, len(self), self[::-1])

    @locked
    def __iadd__(self, values: Iterable[Any]) -> Self:
        self.extend(values)
        return self

    @locked
    def __imul__(self, count: SupportsIndex) -> Self:
        self._replace(0, len(self), list(self) * count)
        return self

    @locked
    def __setitem__(self, index: Any, value: Any) -> None:
        if isinstance(index, slice):
            self._set_slice(index, list(value))
            return
        model, path = self._model, path_of(self)
        at = range(len(self))[index]
        checked = model._checked([*path, at], value)
        edit(self, Set(model.id, [*path, at], checked))

    def _set_slice(self, index: slice, values: list[Any]) -> None:
        start, stop, step = index.indices(len(self))
        if step == 1:
            self._replace(start, max(start, stop), values)
            return
        changed = list(self)
        changed[index] = values
        self._replace(0, len(self), changed)

    @locked
    def __delitem__(self, index: Any) -> None:
        if not isinstance(index, slice):
            self._splice(range(len(self))[index], 1, [])
        elif index.step in (None, 1):
            start, stop, _ = index.indices(len(self))
            self._splice(start, max(0, stop - start), [])
        else:
            kept = list(self)
            del kept[index]
            self._replace(0, len(self), kept)


class ObservedDict(dict[Any, Any]):
    """A dict inside a property; one with keys that are not strings is replaced whole by an edit."""

    __slots__ = ("_at", "_model", "_parent", "_text")
    _model: Model
    _parent: Any
    _at: Any
    """Its key or index when it was last looked for."""
    _text: bool
    """Whether all keys are text. It stays so: an edit that changes it replaces the property."""

    def __reduce__(self) -> Any:
        return dict, (dict(self),)

    @locked
    def __setitem__(self, key: Any, value: Any) -> None:
        self._update({key: value})

    @locked
    def __delitem__(self, key: Any) -> None:
        if key not in self:
            raise KeyError(key)
        model, path = self._model, path_of(self)
        if isinstance(key, str):
            edit(self, Del(model.id, [*path, key]))
        else:
            edit(self, Set(model.id, path, {k: v for k, v in self.items() if k != key}))

    @together
    def update(self, *args: Any, **entries: Any) -> None:
        self._update(dict(*args, **entries))

    def _update(self, new: dict[Any, Any]) -> None:
        model, path = self._model, path_of(self)
        checked = {key: model._checked([*path, key], value) for key, value in new.items()}
        text = addressable(self) and all(isinstance(key, str) for key in checked)
        if text and (len(checked) < 2 or not model._props[str(path[0])].whole):
            for key, value in checked.items():
                model._edit(Set(model.id, [*path, key], value))
        elif checked:
            edit(self, Set(model.id, path, {**self, **checked}))

    def __ior__(self, other: Any) -> Self:  # type: ignore[misc]
        self.update(other)
        return self

    @locked
    def setdefault(self, key: Any, default: Any = None) -> Any:
        if key not in self:
            self[key] = default
        return self[key]

    @locked
    def pop(self, key: Any, *default: Any) -> Any:
        if key not in self and default:
            return default[0]
        value = self[key]
        del self[key]
        return value

    @locked
    def popitem(self) -> tuple[Any, Any]:
        key = next(reversed(self))
        return key, self.pop(key)

    @together
    def clear(self) -> None:
        if not addressable(self):
            edit(self, Set(self._model.id, path_of(self), {}))
            return
        for key in list(self):
            del self[key]
