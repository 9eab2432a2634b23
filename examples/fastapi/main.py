"""A FastAPI application with a route of its own and an app mounted in it; both use one object.

    uvicorn --app-dir examples/fastapi main:app

Open http://127.0.0.1:8000/viz/thermostat, and http://127.0.0.1:8000/api/room.
"""

from dataclasses import dataclass

from fastapi import FastAPI

import syncline as sl
from syncline.asgi import syncline_asgi, syncline_lifespan


@dataclass
class Room:
    target: float = 20.0


def thermostat(doc):
    room = doc.session_context.app_state.room
    slider = sl.Slider(label="Target", value=room.target, min=5.0, max=30.0, step=0.5)
    text = sl.Markdown(f"{room.target:g} degrees")

    def moved(event):
        room.target = event.new
        text.text = f"{event.new:g} degrees"

    slider.observe(moved, "value")
    doc.title = "Thermostat"
    doc.add_root(sl.Column(slider, text))


viz = syncline_asgi({"thermostat": thermostat})
app = FastAPI(lifespan=syncline_lifespan(viz))
app.state.room = Room()
app.mount("/viz", viz)


@app.get("/api/room")
async def room() -> dict[str, float]:
    return {"target": app.state.room.target}
