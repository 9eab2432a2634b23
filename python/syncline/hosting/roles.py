"""What a viewer may send: decided by the type of a message before it is forwarded (SPEC 3.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncline.sync.errors import Code
from syncline.sync.frames import pack, unpack
from syncline.sync.messages import Error, Header

if TYPE_CHECKING:
    from syncline.hosting.tokens import Role
    from syncline.sync.frames import Frame

READING = frozenset({"PULL-DOC-REQ", "SERVER-INFO-REQ", "PING", "ACK", "OK", "ERROR"})


def refusal(frame: Frame, role: Role) -> Frame | None:
    """Return the answer to a frame that the role does not allow, or None when it may pass.

    Raises ProtocolError for a viewer's malformed frame.
    """
    if role != "view":
        return None
    header = unpack(frame)[0].header
    return None if header.msgtype in READING else _read_only(header)


def _read_only(asked: Header) -> Frame:
    # Refused at the revision it was made on: that one its author has for sure (SPEC 8, 11).
    header = Header(
        msgid=f"e-{asked.msgid}",
        msgtype="ERROR",
        reqid=asked.msgid,
        epoch=asked.epoch,
        seq=asked.seq,
        since=asked.base,
        rev=asked.base,
    )
    return pack(header, Error(Code.READ_ONLY, "you may look but not change", "never"))
