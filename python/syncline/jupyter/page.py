"""What handlers of pages have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncline.hosting.answers import answer_page
from syncline.jupyter.guard import Guarded

if TYPE_CHECKING:
    from syncline.hosting.pages import Page


class PageHandler(Guarded):
    """Answers with pages made by `hosting`."""

    def show(self, page: Page) -> None:
        """Answer with a page."""
        answer_page(self, page)
