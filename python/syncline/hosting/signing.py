"""Values in a signed text, for a cookie or a token."""

from __future__ import annotations

import binascii
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, TypeVar

import msgspec

if TYPE_CHECKING:
    from typing import Any

T = TypeVar("T")


class BadData(ValueError):
    """A text does not say what was to be signed, or was not signed here."""


class Signed:
    """Signs and reads what JSON can say, for one purpose; another secret ends all of it.

    A text is base64url, a dot, a signature: the HMAC of what is before the dot, base64url, too.
    """

    def __init__(self, secret: str | bytes, salt: str) -> None:
        secret = secret.encode() if isinstance(secret, str) else secret
        self._key = hmac.digest(secret, salt.encode(), "sha256")

    def write(self, value: Any) -> str:
        """Return a value, signed."""
        payload = _coded(msgspec.json.encode(value))
        return (payload + b"." + self._signature(payload)).decode()

    def read(self, text: str | None, kind: type[T]) -> T:
        """Return what was signed, of a kind. Raises `BadData`."""
        if not text:
            raise BadData("there is nothing")
        try:
            payload, _, signature = text.encode().rpartition(b".")
            if not hmac.compare_digest(signature, self._signature(payload)):
                raise BadData("it was not signed here")
            padding = b"=" * (-len(payload) % 4)
            return msgspec.json.decode(urlsafe_b64decode(payload + padding), type=kind)
        except (binascii.Error, UnicodeError, msgspec.MsgspecError) as error:
            raise BadData("it does not say what it should") from error

    def _signature(self, payload: bytes) -> bytes:
        return _coded(hmac.digest(self._key, payload, "sha256"))


def _coded(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")
