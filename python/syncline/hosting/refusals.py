"""Why a visitor is sent away: from a page, or from a websocket."""

from __future__ import annotations

from syncline.hosting.rates import retry_after

RETRY_SECONDS = 10
"""When a server that is full, or restarts, may be asked again."""
CHANGED = "This app has changed since you were here: what you had entered does not fit it any more."


class Refused(Exception):
    """A websocket is to be closed with this code (SPEC 3.2)."""

    def __init__(self, code: int, text: str) -> None:
        self.code = code
        self.text = text
        super().__init__(text)


class Unavailable(Exception):
    """There is no session to be had: a status, and what the visitor is told."""

    def __init__(self, status: int, text: str, error_id: str | None = None) -> None:
        self.status = status
        self.text = text
        self.error_id = error_id
        super().__init__(text)

    @property
    def retry(self) -> dict[str, str]:
        """The header that says when to come again, where that helps."""
        return {"Retry-After": str(RETRY_SECONDS)} if self.status == 503 else {}


class TooOften(Unavailable):
    """A visitor makes more sessions than one may."""

    def __init__(self, seconds: float) -> None:
        super().__init__(429, "This is too much at a time. Try again soon.")
        self.seconds = seconds

    @property
    def retry(self) -> dict[str, str]:
        """The header that says when that is."""
        return retry_after(self.seconds)


class Changed(Unavailable):
    """The visitor's session could not be restored: told once, then there is a new one."""

    def __init__(self) -> None:
        super().__init__(409, CHANGED)
