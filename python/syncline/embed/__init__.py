"""Apps and documents in pages that are not Syncline's own.

    from syncline.embed import server_document

    html = server_document("https://viz.example/app", arguments={"city": "Oslo"})

`export` and `components` make copies that need no server.
"""

from .components import components
from .export import export
from .runtime import NotBuilt
from .server import server_document, server_session

__all__ = ["NotBuilt", "components", "export", "server_document", "server_session"]
