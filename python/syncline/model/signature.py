"""What `help`, completion and Shift-Tab in a notebook show of a model's constructor."""

from __future__ import annotations

from inspect import Parameter, Signature
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .model import Model
    from .prop import Prop


class PropertySignature:
    """The properties as keyword arguments; of a class with a constructor of its own, that one's."""

    def __get__(self, model: Model | None, cls: type[Model]) -> Signature:
        from .model import Model

        if cls.__init__ is not Model.__init__:
            raise AttributeError("__signature__")
        # What all have comes last.
        props = sorted(cls._props.values(), key=lambda prop: prop.name == "key")
        return Signature([_parameter(prop) for prop in props])


def _parameter(prop: Prop) -> Parameter:
    default = ... if prop.factory is not None else prop.default
    return Parameter(prop.name, Parameter.KEYWORD_ONLY, default=default)
