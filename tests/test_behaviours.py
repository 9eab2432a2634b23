"""The tests that `tests/README.md` names are there."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent
NAMED = re.compile(r"`((?:\w+/)*\w+\.py)?(?:::(test_\w+))?`")


def named() -> list[tuple[str, str | None]]:
    """Return each file that is named in a table, and the test in it; a file stands for the next."""
    found, file = [], ""
    for line in (HERE / "README.md").read_text(encoding="utf-8").splitlines():
        if not line.startswith("| "):
            continue
        for path, test in NAMED.findall(line.partition(" | ")[2]):
            file = path or file
            if path or test:
                found.append((file, test or None))
    return found


def is_there(file: str, test: str | None) -> bool:
    path = HERE / file if (HERE / file).exists() else HERE.parent / file
    if not path.exists() or test is None:
        return path.exists()
    return f"def {test}(" in path.read_text(encoding="utf-8")


def test_what_is_named_is_there() -> None:
    assert len(named()) > 100
    assert [each for each in named() if not is_there(*each)] == []
