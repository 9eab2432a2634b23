"""What every handler offers to an `Application`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from syncline.apps.program import Program
    from syncline.document import Document


class Handler:
    """One source of a document's content."""

    title: str | None = None
    """Shown while the application's own code has set no title."""
    in_surroundings = False
    """Whether its code needs the working directory, `sys.path` and `sys.argv` to be its own."""

    def modify_document(self, doc: Document) -> None:
        """Fill a new document; `doc.session_context` says for whom.

        Raises AppLoadError when the author's code raises.
        """

    def release_document(self, doc: Document) -> None:
        """Let go of what was kept for a document that is being closed."""

    def program(self) -> Program | None:
        """Return the cells to be run in a kernel of the session's own, or None."""
        return None
