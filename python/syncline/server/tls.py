"""The certificate a server shows, when it speaks TLS itself."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from syncline.server.errors import BadCertificate

if TYPE_CHECKING:
    from pathlib import Path


def tls_context(
    certfile: str | Path | None, keyfile: str | Path | None, password: str | None
) -> ssl.SSLContext | None:
    """Return what the sockets are wrapped in, or None without a certificate.

    Raises BadCertificate for files that cannot be read or do not belong together.
    """
    if certfile is None:
        if keyfile is not None:
            raise BadCertificate("a key needs its certificate: see --ssl-certfile")
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        # Without a password OpenSSL would ask the terminal for one.
        context.load_cert_chain(certfile, keyfile, password or "")
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
        raise BadCertificate(f"cannot use the certificate {certfile}: {reason}") from error
    return context
