"""Form components, generated from Web Awesome 3.14.0."""
# Written by scripts/generate_components.py; edit scripts/components.toml instead.

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from syncline.model import Model, prop
from syncline.ui.options import Options, option_pairs

if TYPE_CHECKING:
    from collections.abc import Callable

    from syncline.model import Event


class Slider(Model, type="ui/Slider@1"):
    """Let the user choose a number by dragging a thumb along a track."""

    label: str = prop(default="", doc="The slider's label.")
    value: float = prop(
        default=0.0,
        client=True,
        doc=(
            "The current value; begins at `min` when it is not given. What is given is kept "
            "as it is."
        ),
    )
    min: float = prop(default=0.0, doc="The minimum value allowed.")
    max: float = prop(default=100.0, doc="The maximum value allowed.")
    step: float = prop(
        default=1.0,
        doc="The granularity the value must adhere to when incrementing and decrementing.",
    )
    disabled: bool = prop(default=False, doc="Disables the slider.")
    hint: str = prop(default="", doc="Help shown below the slider.")
    show_value: bool = prop(
        default=True, doc="Whether the current value is written beside the label."
    )

    if not TYPE_CHECKING:

        def __init__(self, **properties: Any) -> None:
            properties.setdefault("value", properties.get("min", 0.0))
            super().__init__(**properties)


class Button(Model, type="ui/Button@1"):
    """Start an action; `button.on("click", fn)` is called at each click."""

    events = ("click",)

    label: str = prop(default="", doc="The button's text.")
    variant: Literal["neutral", "brand", "success", "warning", "danger"] = prop(
        default="neutral",
        doc=(
            "The button's theme variant. Defaults to `neutral` if not within another element "
            "with a variant."
        ),
    )
    appearance: Literal["accent", "filled", "outlined", "filled-outlined", "plain"] = prop(
        default="accent", doc="The button's visual appearance."
    )
    disabled: bool = prop(default=False, doc="Disables the button.")

    def on_click(self, callback: Callable[[Event], Any]) -> Callable[[], None]:
        """Call *callback* at each click; return a function that stops it."""
        return self.on("click", callback)


class TextInput(Model, type="ui/TextInput@1"):
    """Let the user enter a line of text."""

    label: str = prop(default="", doc="The field's label.")
    value: str = prop(default="", client=True, doc="The current text.")
    placeholder: str = prop(
        default="", doc="Placeholder text to show as a hint when the input is empty."
    )
    type: Literal[
        "date", "datetime-local", "email", "number", "search", "tel", "text", "time", "url"
    ] = prop(default="text", doc="What is entered; the browser helps and checks accordingly.")
    disabled: bool = prop(default=False, doc="Disables the form control.")
    hint: str = prop(default="", doc="Help shown below the field.")


class PasswordInput(Model, type="ui/PasswordInput@1"):
    """Let the user enter a secret: it is never saved, exported or shown by `repr`."""

    label: str = prop(default="", doc="The field's label.")
    value: str = prop(default="", client=True, saved=False, doc="The current secret.")
    placeholder: str = prop(
        default="", doc="Placeholder text to show as a hint when the input is empty."
    )
    toggle: bool = prop(default=False, doc="Whether a button shows what was entered.")
    disabled: bool = prop(default=False, doc="Disables the form control.")
    hint: str = prop(default="", doc="Help shown below the field.")


class Checkbox(Model, type="ui/Checkbox@1"):
    """Let the user switch something on or off."""

    label: str = prop(default="", doc="The text beside the box.")
    checked: bool = prop(default=False, client=True, doc="Whether the box is ticked.")
    disabled: bool = prop(default=False, doc="Disables the checkbox.")
    hint: str = prop(default="", doc="Help shown below the checkbox.")


class Select(Model, type="ui/Select@1"):
    """Let the user choose one of several options."""

    label: str = prop(default="", doc="The field's label.")
    value: str | None = prop(
        default=None, client=True, doc="The chosen option's value, None when nothing is chosen."
    )
    options: Options = prop(
        factory=list,
        check=option_pairs,
        doc="The choices: a list of values, or a dict of value to label.",
    )
    placeholder: str = prop(
        default="", doc="Placeholder text to show as a hint when the select is empty."
    )
    disabled: bool = prop(default=False, doc="Disables the select control.")
    hint: str = prop(default="", doc="Help shown below the field.")
