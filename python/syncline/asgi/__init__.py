"""The ASGI front: applications mounted in FastAPI, Starlette or whatever speaks ASGI.

viz = syncline_asgi({"rain": "rain.py"})
app = FastAPI(lifespan=syncline_lifespan(viz))
app.mount("/viz", viz)
"""

from syncline.asgi.application import SynclineAsgi, syncline_asgi
from syncline.asgi.lifespan import syncline_lifespan

__all__ = ["SynclineAsgi", "syncline_asgi", "syncline_lifespan"]
