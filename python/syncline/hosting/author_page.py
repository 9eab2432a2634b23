"""The templates of pages that applications bring along, and what they put where."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from syncline.hosting.pages import author_templates

if TYPE_CHECKING:
    from collections.abc import Callable

    from jinja2 import Template

    from syncline.apps import Application
    from syncline.document import Document
    from syncline.model import Model

INDEX = "index.html"


def has_template(application: Application, doc: Document) -> bool:
    """Tell whether the page is to be made from a template of the author's."""
    return doc.template is not None or application.template_path is not None


def template_of(application: Application, doc: Document) -> Template:
    """Return the document's own template, a text or a file, else that of the application."""
    own, folder = doc.template, application.template_path
    if isinstance(own, Path):
        return author_templates(own.parent).get_template(own.name)
    if own is not None:
        return author_templates(folder).from_string(own)
    return author_templates(folder).get_template(INDEX)


def embedding(doc: Document) -> Callable[[Model | int], Markup]:
    """Return what puts one root of a document, itself or its number, in a place of the page."""

    def embed(root: Model | int) -> Markup:
        # By number: it is the same after a restart, the id is not.
        number = root if isinstance(root, int) else doc.roots.index(root)
        place = '<div class="syncline-root" data-syncline-root="{}"></div>'
        return Markup(place).format(number)  # noqa: S704 - what is put in is escaped

    return embed
