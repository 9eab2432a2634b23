"""What every handler offers to an `Application`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncline.apps.hooks import Hooks

if TYPE_CHECKING:
    from pathlib import Path

    from syncline.apps.program import Program
    from syncline.document import Document


class Handler:
    """One source of a document's content."""

    title: str | None = None
    """Shown while the application's own code has set no title."""
    in_surroundings = False
    """Whether its code needs the working directory, `sys.path` and `sys.argv` to be its own."""
    static_path: Path | None = None
    """The folder whose files are served below the application's address."""
    theme_path: Path | None = None
    """A style sheet for its page."""
    template_path: Path | None = None
    """The folder of a Jinja template `index.html` for its page."""
    hooks = Hooks()
    """What is to be called in the life of the server and of each session, once it is loaded."""

    def modify_document(self, doc: Document) -> None:
        """Fill a new document; `doc.session_context` says for whom.

        Raises AppLoadError when the author's code raises.
        """

    def release_document(self, doc: Document) -> None:
        """Let go of what was kept for a document that is being closed."""

    def program(self) -> Program | None:
        """Return the cells to be run in a kernel of the session's own, or None."""
        return None

    def load(self) -> None:
        """Run what runs once per process; raise `AppLoadError` when the author's code raises."""
