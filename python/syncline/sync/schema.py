"""Types travel: what a type is, told once per epoch to those who did not know it (SPEC 5.9)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

Entries = dict[str, Any]
"""What types are, as JSON objects, by their hashes."""


class SchemaSource(Protocol):
    """What knows the types of a document's models. Called under the session's lock."""

    def entries(self, types: Iterable[str]) -> Entries:
        """Return the entries of type names such as `ns/Name@1#hash`, by hash; some have none."""
        ...

    def types(self) -> Iterable[str]:
        """Return the names of all types that are known, with or without a hash."""
        ...

    def asset(self, hash: str) -> bytes | None:
        """Return the bytes that this document names by a hash, or None."""
        ...


class Schemas:
    """The entries that the transactions of an epoch have carried."""

    def __init__(self) -> None:
        self.source: SchemaSource | None = None
        self._told: Entries = {}

    def fresh(self, types: Iterable[str]) -> Entries | None:
        """Return the entries of `types` that were not told yet; from now on they are."""
        if self.source is None:
            return None
        found = self.source.entries(types)
        fresh = {hash: entry for hash, entry in found.items() if hash not in self._told}
        self._told.update(fresh)
        return fresh or None

    def known(self, types: Iterable[str]) -> Entries:
        """Return the entries of `types` and all that were told.

        Who starts from a snapshot needs also those of which no model is left: the next model of
        such a type comes without.
        """
        if self.source is None:
            return {}
        return self._told | self.source.entries(types)

    def types(self) -> Iterable[str]:
        """Return the names of all types that are known."""
        return self.source.types() if self.source is not None else ()

    def asset(self, hash: str) -> bytes | None:
        """Return the bytes that this document names by a hash, or None."""
        return self.source.asset(hash) if self.source is not None else None


def versions(types: Iterable[str]) -> dict[str, list[int]]:
    """Return the versions of each type by its name without one."""
    found: dict[str, set[int]] = {}
    for type in types:
        name, _, version = type.partition("#")[0].rpartition("@")
        found.setdefault(name, set()).add(int(version))
    return {name: sorted(found[name]) for name in sorted(found)}
