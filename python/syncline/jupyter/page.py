"""What handlers of pages have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncline.jupyter.guard import Guarded

if TYPE_CHECKING:
    from syncline.hosting.pages import Page


class PageHandler(Guarded):
    """Answers with pages made by `hosting`."""

    def show(self, page: Page) -> None:
        """Answer with a page."""
        self.set_status(page.status)
        for name, value in page.headers.items():
            self.set_header(name, value)
        self.finish(page.html)
