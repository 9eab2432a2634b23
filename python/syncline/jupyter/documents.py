"""`<base>/syncline/api/documents`: what is live in this server's kernels and apps, and its end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec
from tornado.web import HTTPError

from syncline.jupyter.api import Api
from syncline.jupyter.app_page import SESSION
from syncline.jupyter.kernels import endpoint
from syncline.transports.overview import end, overviews

if TYPE_CHECKING:
    from jupyter_server.services.kernels.kernelmanager import MappingKernelManager

    from syncline.hosting.session import ServerSession
    from syncline.transports.overview import Overview


class DocumentsHandler(Api):
    """Lists the documents of kernels and the sessions of apps."""

    async def get(self) -> None:
        apps = self.state.app_sessions
        # What an app's kernel has is a part of the app.
        theirs = {app.run.kernel_id for app in apps if app.run is not None}
        kernels = [k for k in self.kernel_manager.list_kernel_ids() if k not in theirs]
        found = await asyncio.gather(*(self._documents(kernel) for kernel in kernels))
        owners = await self._owners()
        documents = [
            self._described(kernel, owners.get(kernel), document)
            for kernel, documents in zip(kernels, found, strict=True)
            for document in documents
        ]
        self.answer({"documents": documents, "sessions": [self._app(app) for app in apps]})

    async def _documents(self, kernel: str) -> list[Overview]:
        try:
            return await documents_of(self.kernel_manager, kernel)
        except OSError as error:
            # A kernel that is ending, or that has another version of Syncline.
            self.log.debug("syncline: kernel %s tells no documents: %s", kernel, error)
            return []

    async def _owners(self) -> dict[str, dict[str, str]]:
        """Return Jupyter's own session of each kernel, in short."""
        names = ("id", "path", "name", "type")
        sessions = await self.session_manager.list_sessions()
        return {s["kernel"]["id"]: {name: s[name] for name in names} for s in sessions}

    def _described(
        self, kernel: str, owner: dict[str, str] | None, document: Overview
    ) -> dict[str, Any]:
        page = f"{self.base_url}syncline/doc/{kernel}/{document.id}"
        return {"kernel": kernel, **msgspec.to_builtins(document), "session": owner, "page": page}

    def _app(self, session: ServerSession) -> dict[str, Any]:
        return {
            "id": session.id,
            "app": session.app,
            "title": session.document.title,
            "viewers": session.viewers,
            "user": session.context.user,
            "kernel": session.run.kernel_id if session.run is not None else None,
            "created": session.created,
            "page": f"{self.base_url}syncline/apps/{quote(session.app)}?{SESSION}={session.id}",
        }


class DocumentHandler(Api):
    """Closes one document of a kernel, for all who look at it."""

    async def delete(self, kernel: str, doc: str) -> None:
        there = endpoint(self.kernel_manager, kernel)
        if there is None:
            raise HTTPError(404, "this kernel is not running, or has no live documents")
        try:
            known = await end(there, doc)
        except OSError as error:
            raise HTTPError(502, f"the kernel does not answer: {error}") from None
        self.state.links.revoke_document(kernel, doc)
        if not known:
            raise HTTPError(404, "this kernel has no such document")
        self.done()


class SessionHandler(Api):
    """Ends one session of an app, and its kernel."""

    async def delete(self, id: str) -> None:
        found = next((app for app in self.state.app_sessions if app.id == id), None)
        if found is None:
            raise HTTPError(404, "there is no such session")
        self.state.visits.sessions.discard(found)
        self.done()


async def documents_of(kernels: MappingKernelManager, kernel: str) -> list[Overview]:
    """Return the documents of a kernel; none without an endpoint. Raises OSError."""
    there = endpoint(kernels, kernel)
    return await overviews(there) if there is not None else []


async def ids_in(kernels: MappingKernelManager, kernel: str) -> set[str] | None:
    """Return the ids of the documents of a kernel; None where it does not tell."""
    try:
        return {document.id for document in await documents_of(kernels, kernel)}
    except (ConnectionRefusedError, FileNotFoundError):
        # The process that had them was killed: the next one has announced nothing yet.
        return set()
    except OSError:
        return None
