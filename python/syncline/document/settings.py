"""Settings of this process."""

from __future__ import annotations

from syncline.model.observer import Where


class Config:
    """Settings of this process; they may be changed at any time."""

    __slots__ = ("callbacks",)

    callbacks: Where
    """Where callbacks run that do not say it themselves.

    `"main"`: on the main thread of a kernel or script, in the loop of a server, when it is free.
    `"any"`: there when it is free, else beside it on another thread.
    """

    def __init__(self) -> None:
        self.callbacks = "any"

    def __setattr__(self, name: str, value: object) -> None:
        if value not in ("main", "any"):
            raise ValueError(f'expected "main" or "any", got {value!r}')
        super().__setattr__(name, value)


config = Config()
