"""The last lines of the log, for those who cannot see the terminal."""

from __future__ import annotations

import logging
from collections import deque

MOST_LINES = 200
MOST_CHARACTERS = 500


class RecentLogs(logging.Handler):
    """Keeps the last warnings and errors of this package, without tracebacks."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        self._lines: deque[str] = deque(maxlen=MOST_LINES)

    def open(self) -> None:
        """Keep lines from now on."""
        logging.getLogger("syncline").addHandler(self)

    @property
    def text(self) -> str:
        """The lines, the newest first."""
        return "\n".join(reversed(self._lines))

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        line = f"{self.format(record)}".partition("\n")[0]
        self._lines.append(line[:MOST_CHARACTERS])

    def close(self) -> None:
        """Keep no more."""
        logging.getLogger("syncline").removeHandler(self)
        super().close()
