"""From the setting `Syncline.servers` to a command line."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from syncline.jupyter.dial import Address


@dataclass(frozen=True, slots=True)
class Command:
    """What to run for one named server."""

    apps: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    """A command of the user's own, with `{socket}` and `{port}`; empty: serve the apps."""

    @classmethod
    def of(cls, name: str, setting: Any) -> Command:
        """Read one value of `Syncline.servers`."""
        if isinstance(setting, dict) and _is_words(setting.get("command")):
            return cls(own=tuple(setting["command"]))
        if _is_words(setting):
            return cls(apps=tuple(setting))
        raise ValueError(
            f"Syncline.servers[{name!r}]: expected a list of apps or "
            f'{{"command": [...]}}, got {setting!r}'
        )

    def argv(self, address: Address) -> list[str]:
        """Return the command line for a server that listens at the address."""
        if self.own:
            place = str(address)
            return [word.replace("{socket}", place).replace("{port}", place) for word in self.own]
        flag = "--unix-socket" if isinstance(address, str) else "--port"
        program = [sys.executable, "-m", "syncline.jupyter.child", "serve"]
        return [*program, *self.apps, flag, str(address)]


def _is_words(value: Any) -> bool:
    if not isinstance(value, list | tuple) or not value:
        return False
    return all(isinstance(word, str) for word in value)
