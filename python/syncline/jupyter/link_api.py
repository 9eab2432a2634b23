"""`<base>/syncline/api/links`: who may change documents makes, lists and takes back links."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from tornado.web import HTTPError

from syncline.jupyter.api import Api
from syncline.jupyter.documents import documents_of, ids_in
from syncline.jupyter.links import LOST, Link, LinkRole, TooManyLinks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syncline.transports.overview import Overview

DAY = 86400.0
MOST_SECONDS = 30 * DAY
Seconds = Annotated[float, msgspec.Meta(ge=1, le=MOST_SECONDS)]


class Wanted(msgspec.Struct, forbid_unknown_fields=True):
    """What is asked for."""

    kernel: str
    doc: str
    role: LinkRole
    label: Annotated[str, msgspec.Meta(max_length=100)] = ""
    expires_in: Seconds = DAY


class LinksHandler(Api):
    """Lists the links, and makes one; its capability is told this once."""

    async def get(self) -> None:
        links = self.state.links
        links.expire(self.kernel_manager.list_kernel_ids())
        await self._drop_lost(links.all())
        self.answer({"links": [self._told(link) for link in links.all()]})

    async def _drop_lost(self, links: list[Link]) -> None:
        """Take back those whose kernels do not have the document any more, as after a restart."""
        kernels = {link.kernel for link in links}
        found = await asyncio.gather(*(ids_in(self.kernel_manager, kernel) for kernel in kernels))
        known = dict(zip(kernels, found, strict=True))
        for link in links:
            there = known[link.kernel]
            if there is not None and link.doc not in there:
                self.state.links.revoke(link.id, LOST)

    async def post(self) -> None:
        wanted = self._wanted()
        mounts = await self._covered(wanted)
        links = self.state.links
        try:
            link = links.make(
                wanted.kernel,
                wanted.doc,
                wanted.role,
                seconds=wanted.expires_in,
                label=wanted.label,
                mounts=mounts,
            )
        except TooManyLinks as error:
            raise HTTPError(409, str(error)) from None
        user = self.current_user.username
        self.log.info("syncline: %s has made %s link %s to %s", user, link.role, link.id, link.doc)
        page = f"{self.base_url}syncline/shared/{link.kernel}/{link.doc}"
        told = {"link": self._told(link), "url": f"{page}#{links.token(link)}"}
        self.answer(told, 201)

    def _wanted(self) -> Wanted:
        try:
            return msgspec.json.decode(self.request.body, type=Wanted)
        except msgspec.MsgspecError as error:
            # Percent signs in it are not for the logger to fill in.
            raise HTTPError(400, "%s", error) from None

    async def _covered(self, wanted: Wanted) -> tuple[str, ...]:
        """Return what is mounted in the document now."""
        try:
            documents = await documents_of(self.kernel_manager, wanted.kernel)
        except OSError as error:
            raise HTTPError(502, "the kernel does not answer: %s", error) from None
        if wanted.doc not in {document.id for document in documents}:
            raise HTTPError(404, "there is no such document")
        return mounted_in(wanted.doc, documents)

    def _told(self, link: Link) -> dict[str, Any]:
        return {
            "id": link.id,
            "kernel": link.kernel,
            "doc": link.doc,
            "role": link.role,
            "label": link.label,
            "created": link.created,
            "expires": link.expires,
            "open": self.state.links.open(link),
        }


class LinkHandler(Api):
    """Takes a link back."""

    async def delete(self, id: str) -> None:
        if not self.state.links.revoke(id):
            raise HTTPError(404, "there is no such link")
        self.log.info("syncline: %s has taken link %s back", self.current_user.username, id)
        self.done()


def mounted_in(doc: str, documents: Sequence[Overview]) -> tuple[str, ...]:
    """Return the documents that are shown in one, and in those, and so on."""
    mounts = {document.id: document.mounts for document in documents}
    found = [doc]
    # It grows on the way.
    for each in found:
        found += [m for m in mounts.get(each, ()) if m in mounts and m not in found]
    return tuple(found[1:])
