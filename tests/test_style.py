"""Rules of the whole tree that no other tool checks."""

import json
import re
import statistics
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import syncline

ROOT = Path(__file__).parent.parent
ROOMS = ("python", "labextension", "tests", "scripts", "bench", "examples", "notebooks")
BUILT = {"node_modules", "lib", "static", "__pycache__", ".ipynb_checkpoints"}
CODE = {".py", ".ts", ".mts", ".mjs", ".sh"}
TEXT = CODE | {".css", ".html", ".ipynb", ".json", ".md", ".toml", ".yaml", ".yml"}
LONGEST = 600
CDN = re.compile(
    r"https?://[\w.-]*(jsdelivr|unpkg|cdnjs|esm\.sh|skypack|googleapis|gstatic|bootstrapcdn"
    r"|fontawesome|\bcdn\b)[\w.-]*/",
)
LEFT_OVER = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
HOME = re.compile(r"(?<![\w.])/(root|work|home/\w+)/")


def files(suffixes: set[str]) -> Iterator[Path]:
    """Find what people wrote, not what was built."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*")):
            parts = set(path.relative_to(ROOT).parts)
            built = parts & BUILT or path.is_relative_to(ROOT / "python/syncline/labextension")
            if path.suffix in suffixes and path.is_file() and not built:
                yield path


def lines(path: Path) -> int:
    """Count the lines of a file."""
    return path.read_text(encoding="utf-8").count("\n")


def found(pattern: re.Pattern[str], paths: Iterator[Path]) -> list[str]:
    """Return where a pattern occurs, this file excepted."""
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in paths
        if path != Path(__file__)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    long = {str(path.relative_to(ROOT)): lines(path) for path in files(CODE | {".css"})}
    theme = re.compile(r"style/theme-\w+\.css$")  # written by scripts/build-theme.mjs
    assert {name: n for name, n in long.items() if n > LONGEST and not theme.search(name)} == {}


@pytest.mark.parametrize("room", ["python/syncline", "labextension/src"])
def test_most_files_are_short(room: str) -> None:
    sizes = [lines(path) for path in files({".py", ".ts"}) if path.is_relative_to(ROOT / room)]
    assert statistics.median(sizes) < 200


def test_the_version_is_the_same_everywhere() -> None:
    package = json.loads((ROOT / "labextension/package.json").read_text(encoding="utf-8"))
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert syncline.__version__ == package["version"]
    assert lock["packages"]["labextension"]["version"] == package["version"]
    assert project["tool"]["hatch"]["version"]["path"] == "labextension/package.json"
    assert f"## {package['version']}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_no_source_asks_a_cdn_for_anything() -> None:
    assert found(CDN, files(TEXT)) == []


def test_no_work_is_left_over_in_comments() -> None:
    assert found(LEFT_OVER, files(CODE)) == []


def test_no_path_of_one_machine_is_in_the_tree() -> None:
    assert found(HOME, files(TEXT)) == []


def test_the_lock_file_names_no_registry() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    resolved = {entry.get("resolved", "") for entry in lock["packages"].values()}
    assert {url for url in resolved if "://" in url} == set()
