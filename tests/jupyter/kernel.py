"""A running kernel of a server under test, and code run in it."""

from __future__ import annotations

import asyncio
import json
import uuid
from dataclasses import dataclass
from typing import Any

from tornado.websocket import WebSocketClientConnection

from tests.jupyter.connection import connected
from tests.jupyter.serving import JupyterProcess

SHOW = """
import syncline as sl
slider = sl.Slider(label="x", value=1.0, min=0.0, max=10.0)
from IPython.display import display
display(slider)
"""


@dataclass
class LiveKernel:
    """A kernel with a slider that was displayed."""

    server: JupyterProcess
    id: str
    doc: str

    async def run(self, code: str) -> str:
        """Run code; return the text of the last expression."""
        return await run(self.server, self.id, code)

    @property
    def path(self) -> str:
        return f"{self.id}/{self.doc}"

    def end(self) -> None:
        self.server.api("DELETE", f"kernels/{self.id}")


async def live_kernel(server: JupyterProcess) -> LiveKernel:
    """Start a kernel as JupyterLab does and display a slider in it."""
    kernel_id = server.api("POST", "kernels", json={}).raise_for_status().json()["id"]
    await run(server, kernel_id, SHOW)
    doc = await run(server, kernel_id, "sl.curdoc().id")
    return LiveKernel(server, kernel_id, doc.strip("'"))


async def run(server: JupyterProcess, kernel_id: str, code: str) -> str:
    """Run code in a kernel, as a notebook does; raise when it raises."""
    base = f"ws://127.0.0.1:{server.port}{server.base}api/kernels/{kernel_id}/channels"
    async with connected(base, server.authorization) as connection:
        return await asyncio.wait_for(_execute(connection, code), 90)


async def _execute(connection: WebSocketClientConnection, code: str) -> str:
    request = uuid.uuid4().hex
    await connection.write_message(json.dumps(_request(request, code)))
    result = ""
    while True:
        message = json.loads(await connection.read_message() or "null")
        if message["parent_header"].get("msg_id") != request or message["channel"] != "iopub":
            continue
        kind, content = message["msg_type"], message["content"]
        if kind == "error":
            raise AssertionError("\n".join(content["traceback"]))
        if kind == "execute_result":
            result = content["data"]["text/plain"]
        if kind == "status" and content["execution_state"] == "idle":
            return result


def _request(msg_id: str, code: str) -> dict[str, Any]:
    header = {"msg_id": msg_id, "msg_type": "execute_request", "session": "test", "version": "5.3"}
    content = {"code": code, "silent": False, "allow_stdin": False, "stop_on_error": True}
    whole = {"channel": "shell", "header": {**header, "username": "", "date": ""}}
    return {**whole, "parent_header": {}, "metadata": {}, "content": content, "buffers": []}
