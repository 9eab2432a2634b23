"""Values in a signed text, for a cookie or a token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from itsdangerous import BadData, URLSafeSerializer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from itsdangerous import Signer


class Signed:
    """Signs and reads what JSON can say, for one purpose; another secret ends all of it."""

    def __init__(self, secret: str | bytes, salt: str) -> None:
        self._serializer = _Serializer(secret, salt=salt)

    def write(self, value: Any) -> str:
        """Return a value, signed."""
        signed: str | bytes = self._serializer.dumps(value)
        return signed if isinstance(signed, str) else signed.decode()

    def read(self, text: str | None) -> Any:
        """Return what was signed. Raises `BadData`."""
        if not text:
            raise BadData("there is nothing")
        return self._serializer.loads(text)


class _Serializer(URLSafeSerializer):
    """Signs with one signer: to make it anew each time costs as much as the signature."""

    def __init__(self, secret: str | bytes, salt: str) -> None:
        super().__init__(secret, salt=salt)
        self._signer = super().make_signer()

    def make_signer(self, salt: str | bytes | None = None) -> Signer:
        return self._signer

    def iter_unsigners(self, salt: str | bytes | None = None) -> Iterator[Signer]:
        yield self._signer
