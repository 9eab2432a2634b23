"""Ten thousand visitors come, look, change something and leave: what stays behind on the server?

    .venv/bin/python bench/soak_sessions.py                     # writes results/soak-sessions.txt
    .venv/bin/python bench/soak_sessions.py --visits 500        # prints only

Each visitor is new: a page, a websocket, the document, one change, and away. Sessions live for two
seconds after that. In the end there may be no session, no websocket, no task and no descriptor more
than before the first visitor, and memory must have stopped growing long ago.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import re
import secrets
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

HERE = Path(__file__).parent
RESULT = HERE / "results" / "soak-sessions.txt"
TOKEN = "SYNCLINE_METRICS_TOKEN"
SECONDS = 60.0
TTL = 2.0
SAMPLES = 20
FIGURES = {
    "memory": "process_resident_memory_bytes",
    "descriptors": "process_open_fds",
    "tasks": "syncline_tasks",
    "sockets": "syncline_sockets",
    "sessions": 'syncline_sessions{app="app"}',
}
MOST_GROWTH = 0.05
"""Of memory over the second half of the visits."""


def serve() -> None:
    """Run the server that is visited."""
    import syncline as sl
    from syncline.document import Document
    from syncline.server import Server

    def app(doc: Document) -> None:
        slider = sl.Slider(label="n", value=0.0)
        text = sl.Markdown("0")
        slider.observe(lambda event: setattr(text, "text", f"{event.new:g}"), "value")
        doc.add_root(sl.Column(slider, text))

    token = os.environ.pop(TOKEN)
    server = Server(app, port=0, session_ttl=TTL, metrics_token=token, max_sessions=100_000)
    print(server.url, flush=True)
    server.run_until_shutdown()


@dataclass
class Sample:
    """The figures of the server at one moment."""

    visits: int
    seconds: float
    figures: dict[str, float]

    def line(self) -> str:
        """Return a line of the table."""
        f = self.figures
        counts = f"{f['descriptors']:>12.0f} {f['tasks']:>6.0f} {f['sockets']:>8.0f}"
        begin = f"{self.visits:>7} {self.seconds:>8.1f} {f['memory'] / 1e6:>8.1f}"
        return f"{begin} {counts} {f['sessions']:>9.0f}"


HEAD = " visits  seconds       MB  descriptors  tasks  sockets  sessions"


class Soak:
    """One run against one server."""

    def __init__(self, url: str, token: str, visits: int, at_once: int) -> None:
        self.url, self.token = url, token
        self.visits, self.at_once = visits, at_once
        self.done = 0
        self.samples: list[Sample] = []
        self.began = time.monotonic()

    async def run(self) -> None:
        """Let all come and go, and wait until the last session has ended."""
        await self.sample()
        numbers = iter(range(self.visits))
        await asyncio.gather(*(self.visitor(numbers) for _ in range(self.at_once)))
        await self.sample()
        async with asyncio.timeout(SECONDS):
            while self.samples[-1].figures["sessions"] or self.samples[-1].figures["sockets"]:
                await asyncio.sleep(1)
                self.samples[-1:] = [await self.measured()]

    async def visitor(self, numbers: Any) -> None:
        """Visit again and again, as somebody new each time."""
        for _ in numbers:
            async with asyncio.timeout(SECONDS):
                await visit(self.url)
            self.done += 1
            if self.done % max(1, self.visits // SAMPLES) == 0:
                await self.sample()

    async def sample(self) -> None:
        """Note the figures."""
        self.samples.append(await self.measured())
        print(self.samples[-1].line(), flush=True)

    async def measured(self) -> Sample:
        """Return the figures of now."""
        headers = {"Authorization": f"Bearer {self.token}"}
        response = await AsyncHTTPClient().fetch(f"{self.url}metrics", headers=headers)
        lines = (line.rpartition(" ") for line in response.body.decode().splitlines())
        values = {name: value for name, _, value in lines}
        figures = {name: float(values[metric]) for name, metric in FIGURES.items()}
        return Sample(self.done, time.monotonic() - self.began, figures)

    def faults(self) -> list[str]:
        """Return what stayed behind."""
        first, last = self.samples[0].figures, self.samples[-1].figures
        found = [
            f"{name}: {first[name]:.0f} before, {last[name]:.0f} after"
            for name in ("descriptors", "tasks", "sockets", "sessions")
            if last[name] > first[name]
        ]
        half, end = self.samples[len(self.samples) // 2].figures["memory"], last["memory"]
        if end > half * (1 + MOST_GROWTH):
            found.append(f"memory: {half / 1e6:.1f} MB at half time, {end / 1e6:.1f} in the end")
        return found


async def visit(url: str) -> None:
    """Come, look, change something and leave."""
    page = (await AsyncHTTPClient().fetch(f"{url}app")).body.decode()
    found = re.search(r'id="syncline-page">(.*?)</script>', page)
    assert found is not None
    data = json.loads(found[1])
    coded = base64.urlsafe_b64encode(data["token"].encode()).decode().rstrip("=")
    request = HTTPRequest("ws" + url.removeprefix("http") + data["ws"])
    socket = await websocket_connect(request, subprotocols=["syncline.v1", f"syncline.t.{coded}"])
    ack = (await receive(socket, "ACK"))["header"]
    await send(socket, {"msgid": "c-1", "msgtype": "PULL-DOC-REQ"}, {"have": None, "pending": None})
    reply = await receive(socket, "PULL-DOC-REPLY")
    models = reply["content"]["doc"]["models"]
    slider = next(name for name, each in models.items() if each["type"] == "ui/Slider@1")
    header = {"seq": 1, "base": reply["header"]["rev"], "client": reply["header"]["client"]}
    header |= {"msgid": "c-2", "msgtype": "PATCH-DOC", "epoch": ack["epoch"]}
    await send(socket, header, {"ops": [{"op": "set", "m": slider, "p": ["value"], "v": 7.0}]})
    await receive(socket, "OK")
    socket.close()


async def send(socket: WebSocketClientConnection, header: Any, content: Any) -> None:
    await socket.write_message(json.dumps({"header": header, "content": content}))


async def receive(socket: WebSocketClientConnection, kind: str) -> Any:
    """Return the next message of a type."""
    while True:
        frame = await socket.read_message()
        assert isinstance(frame, str), frame
        message = json.loads(frame)
        if message["header"]["msgtype"] == kind:
            return message


def main() -> int:
    """Run the server and its visitors; return the exit status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--visits", type=int, default=10_000)
    parser.add_argument("--at-once", type=int, default=20)
    parser.add_argument("--serve", action="store_true")
    options = parser.parse_args()
    if options.serve:
        serve()
        return 0
    token = secrets.token_urlsafe()
    environment = {**os.environ, TOKEN: token}
    command = [sys.executable, __file__, "--serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as server:
        try:
            assert server.stdout is not None
            soak = Soak(server.stdout.readline().strip(), token, options.visits, options.at_once)
            print(HEAD)
            asyncio.run(soak.run())
        finally:
            server.terminate()
    faults = soak.faults()
    verdict = "nothing stayed behind" if not faults else "stayed behind: " + "; ".join(faults)
    print(soak.samples[-1].line(), verdict, sep="\n")
    if options.visits >= 10_000:
        lines = [HEAD, *(sample.line() for sample in soak.samples), "", verdict]
        RESULT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
