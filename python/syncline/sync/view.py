"""Who follows the state of a replica: told at once, under the lock, in the middle of a step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from syncline.core.apply import Undo
    from syncline.core.ops import Msg, Op


class View(Protocol):
    """Follows what a replica shows; `by` is the author of a change."""

    def applied(self, by: str, ops: Sequence[Op], undo: Sequence[Undo]) -> None:
        """Operations were applied on top of everything that is shown."""

    def changing(self, places: Iterable[tuple[str, str]] | None) -> Any:
        """These properties (None: all) may change; what is returned is handed to `changed`."""

    def changed(self, by: str, ops: Sequence[Op], before: Any) -> None:
        """They have their final values: `ops` were committed, below what is pending."""

    def message(self, by: str, op: Msg) -> None:
        """An event of another author has come."""

    def learn(self, entries: dict[str, Any]) -> None:
        """What types are has come, by hash, before the models that need it (SPEC 5.9)."""

    def known(self) -> list[str]:
        """Return the hashes of the types it has learned of."""
        ...


class Blind:
    """A view that nobody looks at."""

    def applied(self, by: str, ops: Sequence[Op], undo: Sequence[Undo]) -> None:
        pass

    def changing(self, places: Iterable[tuple[str, str]] | None) -> Any:
        return None

    def changed(self, by: str, ops: Sequence[Op], before: Any) -> None:
        pass

    def message(self, by: str, op: Msg) -> None:
        pass

    def learn(self, entries: dict[str, Any]) -> None:
        pass

    def known(self) -> list[str]:
        return []
