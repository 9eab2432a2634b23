"""Lists and dicts that tell their model of every edit, at any depth.

The builtin methods store, the overridden ones first make an operation: `core.apply` uses the
former.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ParamSpec, Self, SupportsIndex, TypeVar

from syncline.core.ops import Del, Path, Set, Splice, Step
from syncline.core.values import ATOMS

if TYPE_CHECKING:
    from .model import Model


P = ParamSpec("P")
R = TypeVar("R")


def observed(model: Model, parent: Any, value: Any) -> Any:
    """Return the value with its lists and dicts observed.

    `parent` is the container it stands in, or the property's name.
    """
    if type(value) in ATOMS:
        return value
    if isinstance(value, list):
        items = ObservedList.__new__(ObservedList)
        items._model, items._parent = model, parent
        list.extend(items, [observed(model, items, item) for item in value])
        return items
    if type(value) is dict or type(value) is ObservedDict:
        entries = ObservedDict.__new__(ObservedDict)
        entries._model, entries._parent = model, parent
        entries._text = all(isinstance(key, str) for key in value)
        for key, item in value.items():
            dict.__setitem__(entries, key, observed(model, entries, item))
        return entries
    return value


def path_of(container: ObservedList | ObservedDict) -> Path:
    """Return where a container stands. Raises LookupError once it was removed."""
    parent = container._parent
    if isinstance(parent, str):
        if container._model._values.get(parent) is not container:
            raise LookupError("this list or dict is no longer part of its model")
        return [parent]
    return [*path_of(parent), _step_to(parent, container)]


def _step_to(parent: Any, child: object) -> Step:
    pairs: Iterable[tuple[Any, Any]] = (
        parent.items() if isinstance(parent, dict) else enumerate(parent)
    )
    for step, value in pairs:
        if value is child:
            return step  # type: ignore[no-any-return]
    raise LookupError("this list or dict is no longer part of its model")


def addressable(container: Any) -> bool:
    """Tell whether all dicts on the way have nothing but text as keys (SPEC 2.1)."""
    while not isinstance(container, str):
        if isinstance(container, ObservedDict) and not container._text:
            return False
        container = container._parent
    return True


def _edit(container: ObservedList | ObservedDict, op: Set | Del | Splice) -> None:
    """Make an edit; one that others cannot address replaces the whole property."""
    model = container._model
    model._edit(op if addressable(container) else Set(model.id, op.p[:1], model._after(op)))


def together(method: Callable[P, R]) -> Callable[P, R]:
    """Make one transaction of an edit: nothing moves between its reading and its writing."""

    @functools.wraps(method)
    def edit(*args: P.args, **options: P.kwargs) -> R:
        container: Any = args[0]
        with container._model._batch():
            return method(*args, **options)

    return edit


class ObservedList(list[Any]):
    """A list inside a property."""

    __slots__ = ("_model", "_parent")
    _model: Model
    _parent: Any

    def __reduce__(self) -> Any:
        return list, (list(self),)

    def _splice(self, start: int, count: int, values: Iterable[Any]) -> None:
        model, path = self._model, path_of(self)
        checked = [model._checked([*path, 0], value) for value in values]
        _edit(self, Splice(model.id, path, start, count, checked))

    @together
    def append(self, value: Any) -> None:
        self._splice(len(self), 0, [value])

    @together
    def extend(self, values: Iterable[Any]) -> None:
        self._splice(len(self), 0, values)

    @together
    def insert(self, index: SupportsIndex, value: Any) -> None:
        start, _, _ = slice(index, None).indices(len(self))
        self._splice(start, 0, [value])

    @together
    def pop(self, index: SupportsIndex = -1) -> Any:
        value = self[index]
        del self[index]
        return value

    @together
    def remove(self, value: Any) -> None:
        del self[self.index(value)]

    @together
    def clear(self) -> None:
        self._splice(0, len(self), [])

    @together
    def sort(self, **options: Any) -> None:
        self._splice(0, len(self), sorted(self, **options))

    @together
    def reverse(self) -> None:
        self._splice(0, len(self), self[::-1])

    @together
    def __iadd__(self, values: Iterable[Any]) -> Self:
        self.extend(values)
        return self

    @together
    def __imul__(self, count: SupportsIndex) -> Self:
        self._splice(0, len(self), list(self) * count)
        return self

    @together
    def __setitem__(self, index: Any, value: Any) -> None:
        if isinstance(index, slice):
            self._set_slice(index, list(value))
            return
        model, path = self._model, path_of(self)
        at = range(len(self))[index]
        checked = model._checked([*path, at], value)
        _edit(self, Set(model.id, [*path, at], checked))

    def _set_slice(self, index: slice, values: list[Any]) -> None:
        start, stop, step = index.indices(len(self))
        if step == 1:
            self._splice(start, max(0, stop - start), values)
            return
        changed = list(self)
        changed[index] = values
        self._splice(0, len(self), changed)

    @together
    def __delitem__(self, index: Any) -> None:
        if isinstance(index, slice):
            self._set_slice(index, []) if index.step in (None, 1) else self._delete_strided(index)
            return
        self._splice(range(len(self))[index], 1, [])

    def _delete_strided(self, index: slice) -> None:
        kept = list(self)
        del kept[index]
        self._splice(0, len(self), kept)


class ObservedDict(dict[Any, Any]):
    """A dict inside a property; one with keys that are not strings is replaced whole by an edit."""

    __slots__ = ("_model", "_parent", "_text")
    _model: Model
    _parent: Any
    _text: bool
    """Whether all keys are text. It stays so: an edit that changes it replaces the property."""

    def __reduce__(self) -> Any:
        return dict, (dict(self),)

    @together
    def __setitem__(self, key: Any, value: Any) -> None:
        self.update({key: value})

    @together
    def __delitem__(self, key: Any) -> None:
        if key not in self:
            raise KeyError(key)
        model, path = self._model, path_of(self)
        if isinstance(key, str):
            _edit(self, Del(model.id, [*path, key]))
        else:
            _edit(self, Set(model.id, path, {k: v for k, v in self.items() if k != key}))

    @together
    def update(self, *args: Any, **entries: Any) -> None:
        model, path = self._model, path_of(self)
        new = dict(*args, **entries)
        checked = {key: model._checked([*path, key], value) for key, value in new.items()}
        if addressable(self) and all(isinstance(key, str) for key in checked):
            for key, value in checked.items():
                model._edit(Set(model.id, [*path, key], value))
        elif checked:
            _edit(self, Set(model.id, path, {**self, **checked}))

    def __ior__(self, other: Any) -> Self:  # type: ignore[misc]
        self.update(other)
        return self

    @together
    def setdefault(self, key: Any, default: Any = None) -> Any:
        if key not in self:
            self[key] = default
        return self[key]

    @together
    def pop(self, key: Any, *default: Any) -> Any:
        if key not in self and default:
            return default[0]
        value = self[key]
        del self[key]
        return value

    @together
    def popitem(self) -> tuple[Any, Any]:
        key = next(reversed(self))
        return key, self.pop(key)

    @together
    def clear(self) -> None:
        if not addressable(self):
            _edit(self, Set(self._model.id, path_of(self), {}))
            return
        for key in list(self):
            del self[key]
