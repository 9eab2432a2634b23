"""What a client's operation may do to models: nothing that they do not allow (SPEC 5.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn, Protocol

from syncline.core.errors import BadValue, Gone
from syncline.core.ops import Add, Del, Msg, Set, Splice, Stream, Write
from syncline.core.values import clone, equal

from .containers import ObservedDict
from .errors import PropertyError
from .places import addressable
from .schema import wire_type

if TYPE_CHECKING:
    from syncline.core.ops import Path, WireOp

    from .model import Model
    from .prop import Prop
    from .state import ModelState


class Refuse(Protocol):
    """Makes the engine's refusal of an operation: (code, text) -> exception to raise."""

    def __call__(self, code: str, text: str) -> Exception: ...


class ModelGuard:
    """Checks operations of clients against the types of the models."""

    def __init__(self, state: ModelState, refuse: Refuse) -> None:
        self.state = state
        self._refuse = refuse

    def check(self, op: WireOp, *, trusted: bool = False) -> WireOp:
        """Return the operation as to be committed; values may be adjusted by their validators.

        A trusted client may do what Python may, with values that are as right.

        Raises what `refuse` makes: `read-only`, `invalid-op` or `invalid-value`.
        """
        match op:
            case Set() | Splice() | Del():
                return self._edit(op, trusted)
            case Stream() | Write():
                return self._rows(op, trusted)
            case Add():
                return self._add(op, trusted)
            case Msg():
                return self._message(op)
        if trusted:
            return op
        return self.refuse("read-only", "a view may not change the document's roots or title")

    def refuse(self, code: str, text: str) -> NoReturn:
        raise self._refuse(code, text)

    def _edit(self, op: Set | Splice | Del, trusted: bool) -> WireOp:
        model = self.state.models.get(op.m)
        if model is None:
            return op
        prop = self._writable(model, op.p[0], trusted)
        inside = len(op.p) > 1 or type(op) is Splice
        if inside and (prop.custom is not None or not _reaches(model, op.p)):
            self.refuse("invalid-op", f"{prop.name} of {model.type_name} is only set as a whole")
        try:
            checked = self._checked(model, prop, op)
            if inside and prop.whole:
                prop.constraints(model._after(checked))
            return checked
        except PropertyError as error:
            self.refuse("invalid-value", str(error))
        except Gone:
            return op

    def _rows(self, op: Stream | Write, trusted: bool) -> WireOp:
        """Whether rows and blocks fit their place is seen when they are applied."""
        model = self.state.models.get(op.m)
        if model is None:
            return op
        prop = self._writable(model, op.p[0], trusted)
        if prop.custom is not None or not _reaches(model, op.p):
            self.refuse("invalid-op", f"{prop.name} of {model.type_name} is only set as a whole")
        try:
            if prop.whole:
                prop.constraints(model._after(op))
        except (BadValue, PropertyError) as error:
            self.refuse("invalid-value", f"{prop.name}: {error}")
        except Gone:
            return op
        return op

    def _writable(self, model: Model, name: object, trusted: bool) -> Prop:
        prop = model._props.get(str(name))
        if prop is None or not prop.sync:
            self.refuse("invalid-op", f"{model.type_name} has no property {str(name)[:64]!r}")
        if not (prop.client or trusted):
            self.refuse("read-only", f"a view may not set {prop.name} of {model.type_name}")
        return prop

    def _checked(self, model: Model, prop: Prop, op: Set | Splice | Del) -> Set | Splice | Del:
        if type(op) is Set:
            return self._checked_set(model, prop, op)
        if type(op) is Splice:
            values = model._checked_items([*op.p, 0], map(self.state.resolved, op.v))
            return Splice(op.m, op.p, op.i, op.d, values)
        if len(op.p) == 1:
            self.refuse("invalid-op", f"{prop.name} of {model.type_name} cannot be removed")
        return op

    def _checked_set(self, model: Model, prop: Prop, op: Set) -> Set:
        value = self.state.resolved(op.v)
        new = prop.validate(value) if len(op.p) == 1 else model._checked(op.p, value)
        if not equal(new, op.v):
            return Set(op.m, op.p, new)
        # The same on the wire (1 and 1.0), but the property has a type.
        op.v = new
        return op

    def _add(self, op: Add, trusted: bool) -> Add:
        cls = self.state.find(op.type)
        if cls is None and trusted:
            return op
        if cls is None or not (cls.creatable or trusted):
            self.refuse("read-only", f"a view may not make a {op.type[:128]!r}")
        model = cls.blank(op.m)
        # Complete, so that no receiver needs to know the defaults.
        checked = clone(model.values())
        for name, value in op.props.items():
            if name in checked and equal(value, checked[name]):
                # A sender may leave out the defaults, or not (SPEC 2).
                continue
            prop = self._writable(model, name, trusted)
            try:
                checked[name] = prop.validate(self.state.resolved(value))
            except PropertyError as error:
                self.refuse("invalid-value", str(error))
        return Add(op.m, wire_type(cls), checked)

    def _message(self, op: Msg) -> Msg:
        model = self.state.models.get(op.m)
        if model is not None and op.name not in model.events:
            self.refuse("invalid-op", f"{model.type_name} has no event {op.name[:64]!r}")
        return op


def _reaches(model: Model, path: Path) -> bool:
    """Tell whether others can follow a path: they keep a dict with other keys than text opaque."""
    value: object = model._values.get(str(path[0]))
    for step in path[1:]:
        if isinstance(value, ObservedDict) and not addressable(value):
            return False
        try:
            value = value[step]  # type: ignore[index]
        except (LookupError, TypeError):
            return True
    return True
