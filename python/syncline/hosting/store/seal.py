"""What a store holds is signed, under its key: it is data from outside like any other."""

from __future__ import annotations

import hashlib
import hmac

MAGIC = b"SLK\x01"
_SIZE = hashlib.sha256().digest_size


class Tampered(ValueError):
    """An entry is not what this server, or one with its secret, has saved under this key."""


class Seal:
    """Signs entries, and takes back only what it has signed for the same key."""

    def __init__(self, secret: str | bytes) -> None:
        text = secret.encode() if isinstance(secret, str) else secret
        # A key of its own: no signature of a cookie is ever one of an entry.
        self._key = hmac.digest(text, b"syncline store", "sha256")

    def close(self, key: str, data: bytes) -> bytes:
        """Return the data with its signature in front."""
        return b"".join((MAGIC, self._sign(key, data), data))

    def open(self, key: str, sealed: bytes) -> memoryview:
        """Return the data. Raises Tampered."""
        view = memoryview(sealed)
        start = len(MAGIC) + _SIZE
        if len(view) < start or view[: len(MAGIC)] != MAGIC:
            raise Tampered("not an entry of this version")
        if not hmac.compare_digest(view[len(MAGIC) : start], self._sign(key, view[start:])):
            raise Tampered("the signature does not fit")
        return view[start:]

    def _sign(self, key: str, data: bytes | memoryview) -> bytes:
        name = key.encode()
        mac = hmac.new(self._key, len(name).to_bytes(4, "little") + name, "sha256")
        mac.update(data)
        return mac.digest()
