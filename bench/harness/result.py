"""The result of one benchmark: a JSON document, printed and kept as text."""

from __future__ import annotations

import datetime
import json
import os
import platform
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.figures import Check, as_rows
from harness.process import BENCH, OUR_PYTHON, PEERS_PYTHON, WEB_PYTHON

RESULTS = BENCH / "results"
ROLES = ("peer", "floor", "ours")

_ASK = (
    "import importlib.metadata as m, json, sys\n"
    "def v(n):\n"
    "    try: return m.version(n)\n"
    "    except m.PackageNotFoundError: return None\n"
    "print(json.dumps({n: v(n) for n in sys.argv[1:]}))"
)


def versions(python: Path, names: Iterable[str]) -> dict[str, str]:
    """Ask an interpreter for the versions of packages, leaving out what it lacks."""
    if not python.exists():
        return {}
    argv = [str(python), "-c", _ASK, *names]
    reply = json.loads(subprocess.run(argv, capture_output=True, check=True, text=True).stdout)
    return {name: version for name, version in reply.items() if version}


def machine() -> dict[str, Any]:
    """Describe the machine by what changes a figure."""
    load = os.getloadavg()[0]
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load_at_end": round(load, 1),
    }


@dataclass
class Contender:
    """One measured thing: who it is, in which role, and its figures."""

    name: str
    role: str
    figures: dict[str, Any]


@dataclass
class Result:
    """All that one run of one benchmark says."""

    id: str
    title: str
    method: str
    contenders: list[Contender] = field(default_factory=list)
    checks: Sequence[Check] = ()
    notes: list[str] = field(default_factory=list)
    packages: Sequence[str] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the result as one plain JSON object."""
        return {
            "id": self.id,
            "title": self.title,
            "taken": datetime.datetime.now(datetime.UTC).date().isoformat(),
            "method": self.method,
            "contenders": [vars(one) for one in self.contenders],
            "checks": as_rows(self.checks),
            "notes": self.notes,
            "machine": machine(),
            "versions": {
                "peers": versions(WEB_PYTHON, self.packages)
                | versions(PEERS_PYTHON, self.packages),
                "ours": versions(OUR_PYTHON, ("syncline", *self.packages)),
            },
        }

    def as_text(self) -> str:
        """Return the result as JSON text."""
        return json.dumps(self.as_json(), indent=1, ensure_ascii=False) + "\n"

    def show(self) -> None:
        """Print the result."""
        print(self.as_text(), end="")

    def emit(self, folder: Path = RESULTS) -> None:
        """Print the result and keep it in `<folder>/<id>.json`."""
        text = self.as_text()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{self.id}.json").write_text(text, encoding="utf-8")
        print(text, end="")
