"""Settings of this process."""

from __future__ import annotations

from typing import Any, Literal

from syncline.model.observer import Where

Shim = Literal["auto", "always", "never"]
CHOICES: dict[str, tuple[str, ...]] = {
    "callbacks": ("main", "any"),
    "shim": ("auto", "always", "never"),
}


class Config:
    """Settings of this process; they may be changed at any time."""

    __slots__ = ("callbacks", "shim")

    callbacks: Where
    """Where callbacks run that do not say it themselves.

    `"main"`: on the main thread of a kernel or script, in the loop of a server, when it is free.
    `"any"`: there when it is free, else beside it on another thread.
    """

    shim: Shim
    """Whether a displayed document is a widget, too, for hosts without our labextension.

    `"auto"`: in hosts that need it, and until a page shows that it does not.
    """

    def __init__(self) -> None:
        self.callbacks = "any"
        self.shim = "auto"

    def __setattr__(self, name: str, value: Any) -> None:
        choices = CHOICES.get(name, (value,))
        if value not in choices:
            names = " or ".join(f'"{choice}"' for choice in choices)
            raise ValueError(f"expected {names}, got {value!r}")
        super().__setattr__(name, value)


config = Config()
