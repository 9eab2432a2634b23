"""What has changed in a document since its application's code had filled it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncline.core.ops import Add

if TYPE_CHECKING:
    from syncline.sync.entry import Entry
    from syncline.sync.session import Session

Changes = dict[str, set[str]]
"""Names of properties by the model's id."""


class Changed:
    """Follows a session's log; call it under the session's lock.

    Only this is restored: what the code has made goes by the code as it is then, so that a text
    that was mended stays mended. Where a kernel fills the document, what it puts there is its own,
    too: with `clients_only` a change counts only if a client has made it.
    """

    def __init__(self, session: Session, *, clients_only: bool = False) -> None:
        self.properties: Changes = {}
        self._session = session
        self._clients_only = clients_only
        self._rev = session.rev

    def follow(self) -> Changes:
        """Return what has changed until now; of models that have left nothing."""
        log, state = self._session.log, self._session.state
        if self._rev < log.base:
            # So much that the log has forgotten: everything may be another.
            if not self._clients_only:
                self.properties = {m: set(values) for m, _, values in state.items()}
            self._rev = log.base
        for entry in log.after(self._rev):
            if entry.by not in ("py", "gc") or not self._clients_only:
                self._note(entry)
        self._rev = log.rev
        self.properties = {m: names for m, names in self.properties.items() if state.has(m)}
        return self.properties

    def ready(self) -> None:
        """Let every change count from now on."""
        self.follow()
        self._clients_only = False

    def _note(self, entry: Entry) -> None:
        for op in entry.ops:
            if isinstance(op, Add):
                self.properties.setdefault(op.m, set()).update(op.props)
            elif (path := getattr(op, "p", None)) is not None:
                self.properties.setdefault(op.m, set()).add(str(path[0]))  # type: ignore[union-attr]
