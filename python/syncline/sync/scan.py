"""What can be told of a message's JSON before it is decoded (SPEC 3.4)."""

from __future__ import annotations

import re
from itertools import accumulate

from .errors import Code, ProtocolError

_NO_BRACKET = re.compile(rb'[^][{}"]++|"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


def check_json(body: bytes | memoryview | str, nesting: int, string: int) -> None:
    """Refuse JSON that is nested too deeply or has too long a string, without decoding it.

    Raises ProtocolError. What is no JSON at all may pass.
    """
    if isinstance(body, memoryview):
        body = bytes(body)
    if isinstance(body, str):
        if body.count("[") + body.count("{") <= nesting and len(body) * 4 <= string:
            return
        body = body.encode(errors="surrogatepass")
    if body.count(b"[") + body.count(b"{") > nesting:
        brackets = _NO_BRACKET.sub(b"", body)
        if max(accumulate(map(_STEPS.__getitem__, brackets)), default=0) > nesting:
            raise ProtocolError(Code.TOO_LARGE, f"expected at most {nesting} levels of nesting")
    if len(body) > string:
        _check_strings(body, string)


def _check_strings(body: bytes, limit: int) -> None:
    if any(match.end() - match.start() - 2 > limit for match in _STRING.finditer(body)):
        raise ProtocolError(Code.TOO_LARGE, f"expected strings of at most {limit} bytes")
