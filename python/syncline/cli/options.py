"""Options of a command: given on its command line, in the environment, or in a file.

The command line counts before the environment, that before the file, and all before the default.
"""

from __future__ import annotations

import argparse
import difflib
import os
import tomllib
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from syncline.cli.errors import UsageError

PREFIX = "SYNCLINE_"
CONFIG = "config"
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off", ""})


def flag(word: str) -> bool:
    """Return what a word says of a thing that is on or off."""
    if word.lower() in _TRUE | _FALSE:
        return word.lower() in _TRUE
    raise argparse.ArgumentTypeError(f"expected true or false, got {word!r}")


@dataclass(frozen=True)
class Option:
    """One option; `kind` makes a value of a word, or raises ArgumentTypeError."""

    name: str
    help: str
    kind: Callable[[str], Any] = str
    default: Any = None
    metavar: str | None = None
    choices: tuple[str, ...] | None = None
    many: bool = False
    """It may be given several times; in the environment with commas between."""
    secret: bool = False
    """Never on a command line, which all of the machine can read."""

    @property
    def key(self) -> str:
        """What it is called in Python and in a file."""
        return self.name.replace("-", "_")

    @property
    def variable(self) -> str:
        """What it is called in the environment."""
        return PREFIX + self.key.upper()

    def add_to(self, group: Any) -> None:
        """Add it to the parser. What is not given is not in the namespace."""
        about: dict[str, Any] = {"default": argparse.SUPPRESS, "help": self._help}
        if self.kind is flag:
            about |= {"action": "store_const", "dest": self.key}
            group.add_argument(f"--{self.name}", const=True, **about)
            about["help"] = argparse.SUPPRESS
            group.add_argument(f"--no-{self.name}", const=False, **about)
            return
        about |= {"type": self.kind, "choices": self.choices}
        if self.choices is None:
            about["metavar"] = self.metavar or self.key.upper()
        group.add_argument(f"--{self.name}", action="append" if self.many else "store", **about)

    def of_word(self, word: str, where: str) -> Any:
        """Return the value of a word of the environment. Raises UsageError."""
        if self.many:
            words = [part.strip() for part in word.split(",")]
            return [self._convert(each, where) for each in words if each]
        return self._convert(word, where)

    def of_value(self, value: Any, where: str) -> Any:
        """Return the value of what stands in a file. Raises UsageError."""
        if self.many and isinstance(value, list):
            return [self._convert(_word(each), where) for each in value]
        return self.of_word(_word(value), where)

    def _convert(self, word: str, where: str) -> Any:
        try:
            value = self.kind(word)
        except argparse.ArgumentTypeError as error:
            raise UsageError(f"{where}: {error}") from None
        except ValueError:
            expected = self.kind.__name__.strip("_")
            raise UsageError(f"{where}: expected a value for {expected}, got {word!r}") from None
        if self.choices is not None and value not in self.choices:
            raise UsageError(f"{where}: expected one of {', '.join(self.choices)}, got {word!r}")
        return value

    @property
    def _help(self) -> str:
        text = self.help
        # What is empty or off needs no word.
        if self.default:
            shown = f"{self.default:g}" if isinstance(self.default, float) else self.default
            text += f" (default: {shown})"
        return text.replace("%", "%%")


def settle(
    options: Iterable[Option],
    given: Mapping[str, Any],
    environment: MutableMapping[str, str] = os.environ,
) -> dict[str, Any]:
    """Return the value of each option. Raises UsageError.

    Secrets are taken out of the environment: no app and no kernel has to know them.
    """
    options = tuple(options)
    layers = [given, _of_environment(options, environment)]
    file = next((layer[CONFIG] for layer in layers if CONFIG in layer), None)
    layers.append({} if file is None else _of_file(options, file))
    layers.append({option.key: option.default for option in options})
    return {o.key: next(layer[o.key] for layer in layers if o.key in layer) for o in options}


def _of_environment(
    options: Iterable[Option], environment: MutableMapping[str, str]
) -> dict[str, Any]:
    found = {}
    for option in options:
        name = option.variable
        word = environment.pop(name, None) if option.secret else environment.get(name)
        if word is not None:
            found[option.key] = option.of_word(word, name)
    return found


def _of_file(options: Iterable[Option], path: Path) -> dict[str, Any]:
    """Return what the table `[serve]` of a file says."""
    known = {option.key: option for option in options if option.key != CONFIG}
    found = {}
    for name, value in _table(path).items():
        key = name.replace("-", "_")
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            hint = f": is it {near[0]}?" if near else ""
            raise UsageError(f"{path}: there is no option {name!r}{hint}")
        found[key] = known[key].of_value(value, f"{path}: {name}")
    return found


def _table(path: Path) -> dict[str, Any]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {(error.strerror or '').lower()}") from None
    except ValueError as error:
        raise UsageError(f"{path}: {error}") from None
    for name in content:
        if name != "serve":
            raise UsageError(f"{path}: expected the table [serve], got {name!r}")
    table = content.get("serve", {})
    if not isinstance(table, dict):
        raise UsageError(f"{path}: expected a table [serve]")
    return table


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
