"""What a type is, as others are told: its entry, its hash and its view's code (SPEC 5.9)."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from syncline.core.values import encode_value, refs

from . import catalogue
from .hints import read

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .model import Model
    from .prop import Prop


Code = str | Path
"""Code itself, or the path of its file."""


class Schema:
    """The description of one definition of a type."""

    __slots__ = ("assets", "hash", "text", "wire_type")

    def __init__(self, cls: type[Model]) -> None:
        self.assets: dict[str, bytes] = {}
        """The code of its view, by hash."""
        self.text = canonical(self._entry(cls))
        """The entry in its canonical form."""
        self.hash = digest(self.text)
        self.wire_type = f"{cls.type_name}#{self.hash}"

    def _entry(self, cls: type[Model]) -> dict[str, Any]:
        own = (prop for name, prop in cls._props.items() if prop.sync and name != "key")
        properties = {prop.name: _property(prop) for prop in own}
        return {
            "name": cls.type_name,
            "properties": properties,
            "events": list(cls.events),
            "creatable": cls.creatable,
            "view": self._view(cls),
        }

    def _view(self, cls: type[Model]) -> Any:
        if cls._esm is not None:
            code = {"esm": cls._esm, "css": cls._css}
            return {name: self._asset(part) for name, part in code.items() if part is not None}
        names = (vars(base).get("type_name", "") for base in cls.__mro__)
        return next((name for name in names if name.startswith("ui/")), None)

    def _asset(self, part: Code) -> str:
        code = part.read_bytes() if isinstance(part, Path) else part.encode()
        hash = digest(code)
        self.assets[hash] = code
        return hash


def schema_of(cls: type[Model]) -> Schema | None:
    """Return the description of a class as it is now; of built-in types there is none."""
    if cls._schema is None and not catalogue.is_built_in(cls.type_name):
        if cls._open_kinds:
            read(cls)
        cls._schema = Schema(cls)
        catalogue.define(cls._schema.wire_type, cls)
    return cls._schema


def wire_type(cls: type[Model]) -> str:
    """Return the type name of a class as it stands in documents: with its hash."""
    if cls._wire_type is None:
        schema = schema_of(cls)
        cls._wire_type = cls.type_name if schema is None else schema.wire_type
    return cls._wire_type


def canonical(entry: Any) -> bytes:
    """Return the form of an entry that is hashed and sent."""
    text = json.dumps(entry, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def digest(data: bytes) -> str:
    """Return the hash by which an entry or an asset is known."""
    return urlsafe_b64encode(hashlib.sha256(data).digest()[:16]).decode().rstrip("=")


def agrees(cls: type[Model], entry: dict[str, Any]) -> bool:
    """Tell whether a class here has the properties of another process's definition of it."""
    schema = schema_of(cls)
    return schema is not None and json.loads(schema.text)["properties"] == entry.get("properties")


def _property(prop: Prop) -> dict[str, Any]:
    entry: dict[str, Any] = {"kind": encode_value(prop.kind.wire, None)}
    if prop.factory is None and not any(True for _ in refs(prop.default)):
        entry["default"] = encode_value(prop.default, None)
    if prop.client:
        entry["client"] = True
    if not prop.saved:
        entry["saved"] = False
    if prop.__doc__:
        entry["doc"] = prop.__doc__
    limits = msgspec.structs.asdict(prop.constraints).items()
    given = {name: limit for name, limit in limits if limit is not None and limit is not False}
    return entry | {name: encode_value(limit, None) for name, limit in given.items()}


def check_view(cls: type[Model]) -> None:
    """Raise TypeError or ValueError for what no view can be made of.

    That is an event's name where several are expected, as in `events = ("click")`, and code that is
    neither code nor an existing file.
    """
    events: object = cls.events
    if isinstance(events, str):
        raise TypeError(f"events of {cls.__name__}: expected a tuple, such as ({events!r},)")
    for name in ("_esm", "_css"):
        part = vars(cls).get(name)
        if isinstance(part, Path) and not part.is_file():
            raise ValueError(f"{name} of {cls.__name__}: there is no file {part}")
        if isinstance(part, str) and "\n" not in part and part.startswith(("http", "//")):
            raise ValueError(f"{name} of {cls.__name__}: give the code or a Path, not an address")


class Types:
    """What a document tells of the types of its models."""

    def __init__(self) -> None:
        self._told: dict[str, Schema] = {}

    def entries(self, types: Iterable[str]) -> dict[str, Any]:
        """Return the entries of type names, by hash; built-in and unknown types have none."""
        found: dict[str, Any] = {}
        for name in types:
            cls = catalogue.find(name) if "#" in name else None
            schema = schema_of(cls) if cls is not None else None
            if schema is not None:
                self._told[schema.hash] = schema
                found[schema.hash] = msgspec.Raw(schema.text)
        return found

    def types(self) -> Iterable[str]:
        """Return the names of all types that are known."""
        return catalogue.names()

    def asset(self, hash: str) -> bytes | None:
        """Return the bytes of an entry that was told, or of what one names."""
        if (schema := self._told.get(hash)) is not None:
            return schema.text
        found = (schema.assets.get(hash) for schema in self._told.values())
        return next((code for code in found if code is not None), None)
