"""Every benchmark runs, with us and the floors alone; what it measures is not looked at here."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PLAIN = ("P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "P9", "load", "import")
IN_BROWSER = ("P10", "P15", "P18", "P21")

pytestmark = pytest.mark.slow


def run_script(name: str, *arguments: str) -> str:
    command = [sys.executable, str(ROOT / "bench" / name), *arguments, "--quick"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def measured(number: str) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(run_script("run.py", number, "--only", "ours,floor"))
    return result


def assert_whole(result: dict[str, Any]) -> None:
    ours = [one for one in result["contenders"] if one["role"] == "ours"]
    assert ours
    assert all(one["figures"] for one in ours)


@pytest.mark.parametrize("number", PLAIN)
def test_a_benchmark_measures_us(number: str) -> None:
    assert_whole(measured(number))


@pytest.mark.browser
@pytest.mark.parametrize("number", IN_BROWSER)
def test_a_benchmark_measures_us_in_a_browser(number: str) -> None:
    assert_whole(measured(number))


def test_the_hot_path_is_timed_stage_by_stage() -> None:
    table = run_script("hot_path.py")
    assert "**whole**" in table
    assert "nan" not in table
