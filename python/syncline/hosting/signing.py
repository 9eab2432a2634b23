"""Values in a signed text, for a cookie or a token."""

from __future__ import annotations

import binascii
import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, TypeVar

import msgspec
from itsdangerous import Signer
from itsdangerous.exc import BadData, BadPayload

if TYPE_CHECKING:
    from typing import Any

T = TypeVar("T")

__all__ = ["BadData", "Signed"]


class Signed:
    """Signs and reads what JSON can say, for one purpose; another secret ends all of it.

    A text is base64url, a dot, a signature. The key is derived once: a signer derives it each time.
    """

    def __init__(self, secret: str | bytes, salt: str) -> None:
        secret = secret.encode() if isinstance(secret, str) else secret
        key = hmac.digest(secret, salt.encode(), hashlib.sha256)
        self._signer = Signer(key, key_derivation="none", digest_method=hashlib.sha256)

    def write(self, value: Any) -> str:
        """Return a value, signed."""
        payload = urlsafe_b64encode(msgspec.json.encode(value)).rstrip(b"=")
        return self._signer.sign(payload).decode()

    def read(self, text: str | None, kind: type[T]) -> T:
        """Return what was signed, of a kind. Raises `BadData`."""
        if not text:
            raise BadPayload("there is nothing")
        try:
            payload = self._signer.unsign(text)
            return msgspec.json.decode(
                urlsafe_b64decode(payload + b"=" * (-len(payload) % 4)), type=kind
            )
        except (binascii.Error, UnicodeError, msgspec.MsgspecError) as error:
            raise BadPayload("it does not say what it should") from error
