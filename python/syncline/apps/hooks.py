"""Functions that are called in the life of a server and of its sessions; the names are Bokeh's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, get_args

HookName = Literal[
    "on_server_loaded",
    "on_server_unloaded",
    "on_session_created",
    "on_session_restored",
    "on_session_destroyed",
]
Hook = Callable[..., Any]
"""Given a `ServerContext` or a `SessionContext`; it may be async."""
HOOKS: tuple[HookName, ...] = get_args(HookName)


class Hooks:
    """What is to be called when, in order."""

    def __init__(self, functions: Mapping[str, Any] | None = None) -> None:
        given = functions or {}
        self._functions: dict[HookName, list[Hook]] = {
            name: [given[name]] if given.get(name) is not None else [] for name in HOOKS
        }

    def add(self, name: HookName, fn: Hook) -> Hook:
        """Call `fn`, too."""
        self._functions[name].append(fn)
        return fn

    def of(self, name: HookName) -> tuple[Hook, ...]:
        """Return what is to be called."""
        return tuple(self._functions[name])
