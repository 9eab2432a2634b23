"""The administrators' page: an application of our own, about the sessions of the others.

It has sessions of its own, so that a server that is full still lets its administrators in, and
they are in nobody's list.
"""

from __future__ import annotations

import asyncio
import time
import weakref
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from syncline.apps import Application, ApplicationContext, FunctionHandler
from syncline.hosting.logs import RecentLogs
from syncline.hosting.notice import Notice
from syncline.hosting.procs import PROCESS
from syncline.hosting.sessions import Sessions
from syncline.hosting.visits import Visits
from syncline.ui import Button, Column, Markdown, Row, Select, TextInput

if TYPE_CHECKING:
    from collections.abc import Iterable

    from syncline.document import Document
    from syncline.hosting.session import ServerSession
    from syncline.hosting.site import Site

NAME = "admin"
EVERY_SECONDS = 1.0
TTL = 60.0
MOST_ADMINS = 20
MOST_LINES = 200
"""The newest sessions are shown."""
MODEL_BYTES = 2048
"""What a model takes in Python, about: an estimate for whoever looks for the large ones."""
HEADS = ("Session", "App", "User", "Age", "Views", "Memory", "Waiting", "Last input")


class Admin:
    """Shows what is going on in a site, and ends or addresses its sessions."""

    def __init__(self, site: Site, visits: Visits) -> None:
        self.context = ApplicationContext(
            NAME, Application(FunctionHandler(self.fill), title="Administration")
        )
        self.visits = Visits(
            Sessions(ttl=TTL, most=MOST_ADMINS),
            visits.tokens,
            visits.pages,
            is_here=visits.is_here,
        )
        self.logs = RecentLogs()
        self._site = site
        self._panels: weakref.WeakKeyDictionary[Document, Panel] = weakref.WeakKeyDictionary()
        self._notes: weakref.WeakKeyDictionary[Document, Notice] = weakref.WeakKeyDictionary()

    def fill(self, document: Document) -> None:
        """Make an administrator's document."""
        panel = Panel()
        panel.close.on_click(lambda event: self.close(panel.choice.value))
        panel.send.on_click(lambda event: self.send(panel.choice.value, panel.message.value))
        self._show(document, panel, self._rows(), self._facts())
        document.add_root(panel.root)
        self._panels[document] = panel

    def close(self, session_id: str | None) -> None:
        """End a session; its pages say so and offer a new one."""
        session = self._session(session_id)
        if session is not None:
            self._site.sessions.discard(session)

    def send(self, session_id: str | None, text: str) -> None:
        """Show a text over what a session shows; an empty one takes the last one away."""
        session = self._session(session_id)
        if session is not None:
            # In its turn: the document may be busy, and nobody here waits for it.
            session.document.call_soon(lambda: self._note(session.document, text))

    def start(self) -> None:
        """Let administrators in, listen to the log; call it in the loop."""
        self.logs.open()
        self.visits.sessions.start([self.context])

    async def keep(self) -> None:
        """Keep the pages that are open up to date; all cost what one does."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            open_documents = [s.document for s in self.visits.sessions if s.viewers]
            if open_documents:
                rows, facts = self._rows(), self._facts()
                for document in open_documents:
                    self._show(document, self._panels[document], rows, facts)

    async def stop(self) -> None:
        """End the administrators' sessions, and listen to the log no more."""
        self.logs.close()
        await self.visits.sessions.close()

    def _show(self, document: Document, panel: Panel, rows: list[Line], facts: str) -> None:
        with document.transaction():
            panel.facts.text = facts
            panel.table.text = _table(HEADS, (row.cells for row in rows))
            panel.choice.options = {row.id: f"{row.id[:8]} {row.app}" for row in rows}
            panel.logs.text = f"<pre>{escape(self.logs.text) or 'Nothing yet.'}</pre>"

    def _note(self, document: Document, text: str) -> None:
        note = self._notes.get(document)
        if note is None:
            note = self._notes[document] = Notice()
            document.add_root(note)
        note.text = text

    def _session(self, session_id: str | None) -> ServerSession | None:
        return next((s for s in self._site.sessions if s.id == session_id), None)

    def _rows(self) -> list[Line]:
        now = time.monotonic()
        newest = sorted(self._site.sessions, key=lambda session: session.born, reverse=True)
        return [Line.of(session, now) for session in newest[:MOST_LINES]]

    def _facts(self) -> str:
        site = self._site
        state = "ready" if site.is_ready else "not ready"
        counts = f"{len(site.sessions)} sessions, {len(site.sockets)} websockets"
        lost = "" if site.keeps_sessions else " **The store of sessions is lost.**"
        return f"# Administration\n\n{counts}, {state}.{lost}{self._others()}"

    def _others(self) -> str:
        """Say which process this is, and lead to the others."""
        procs = self._site.procs
        if procs is None:
            return ""
        links = (
            f"**process {index}**" if index == procs.index else f"[{index}](?{PROCESS}={index})"
            for index in range(procs.count)
        )
        return f"\n\nOf {procs.count} processes: {', '.join(links)}."


class Panel:
    """The models of one administrator's page."""

    def __init__(self) -> None:
        self.facts = Markdown()
        self.table = Markdown()
        self.choice = Select(label="Session", placeholder="Choose one")
        self.message = TextInput(label="Message", placeholder="Empty takes the last one away")
        self.send = Button(label="Show the message")
        self.close = Button(label="End the session", variant="danger")
        self.logs = Markdown()
        self.root = Column(
            self.facts,
            self.table,
            Row(self.choice, self.message),
            Row(self.send, self.close),
            Markdown("## Warnings and errors"),
            self.logs,
        )


@dataclass(frozen=True)
class Line:
    """One session of the list."""

    id: str
    app: str
    cells: tuple[str, ...]

    @classmethod
    def of(cls, session: ServerSession, now: float) -> Line:
        """Say what there is to say of a session."""
        document = session.document
        engine = document.session
        memory = engine.weight + MODEL_BYTES * len(document.state.models)
        cells = (
            session.id[:8],
            session.app,
            session.context.user or "",
            _ago(now - session.born),
            str(session.viewers),
            f"{memory / 1e6:.1f} MB",
            str(len(document.observers.waiting)),
            "" if engine.last_input is None else _ago(engine.clock() - engine.last_input),
        )
        return cls(session.id, session.app, cells)


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table that markdown leaves alone: one block of html, without an empty line."""
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    lines = ("".join(f"<td>{_cell(text)}</td>" for text in row) for row in rows)
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(text: str) -> str:
    return escape(" ".join(text.split()))


def _ago(seconds: float) -> str:
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
