"""Write results/README.md, a table of all committed results."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from harness.result import RESULTS, ROLES

HEAD = """# Results

Written by `bench/report.py` from the JSON files beside it. Absolute figures move with the machine;
the ratios are what is promised. All contenders of a number were measured in one run, taking turns.
"""
VERDICT = {True: "yes", False: "**no**", None: "not measured"}


def leaf(value: Any) -> str:
    """Write one figure: the median where there are several samples."""
    if isinstance(value, Mapping):
        value = value.get("median", "")
    return f"{value:,}" if isinstance(value, int) else str(value)


def contender_table(result: Mapping[str, Any]) -> list[str]:
    """Return the table of one result's contenders, by role."""
    names = list(dict.fromkeys(key for one in result["contenders"] for key in one["figures"]))
    lines = ["| role | what | " + " | ".join(names) + " |", "|---" * (len(names) + 2) + "|"]
    for one in sorted(result["contenders"], key=lambda one: ROLES.index(one["role"])):
        cells = [leaf(one["figures"][name]) if name in one["figures"] else "" for name in names]
        lines.append(f"| {one['role']} | {one['name']} | " + " | ".join(cells) + " |")
    return lines


def check_table(result: Mapping[str, Any]) -> list[str]:
    """Return the table of one result's targets."""
    lines = ["| ours | target | measured | met |", "|---|---|---|---|"]
    for check in result["checks"]:
        value = "" if check["value"] is None else check["value"]
        lines.append(f"| {check['what']} | {check['target']} | {value} | {VERDICT[check['met']]} |")
    return lines


def section(result: Mapping[str, Any]) -> str:
    """Return the section of one result."""
    machine, versions = result["machine"], result["versions"]
    packages = ", ".join(f"{name} {number}" for name, number in versions["peers"].items())
    foot = f"{result['taken']}, {machine['cores']} cores, Python {machine['python']}; {packages}."
    lines = [
        f"## {result['id']}: {result['title']}",
        "",
        *contender_table(result),
        "",
        *check_table(result),
        "",
        result["method"],
        *(f"* {note}" for note in result["notes"]),
        "",
        foot,
        "",
    ]
    return "\n".join(lines)


def write() -> None:
    """Write the table from the committed results."""
    files = sorted(RESULTS.glob("P*.json"), key=lambda file: int(file.stem[1:]))
    sections = [section(json.loads(file.read_text(encoding="utf-8"))) for file in files]
    (RESULTS / "README.md").write_text("\n".join([HEAD, *sections]), encoding="utf-8")


if __name__ == "__main__":
    write()
