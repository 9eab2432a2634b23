"""What type checkers make of models."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
WRONG = Path(__file__).with_name("wrong_types.py")
MARK = re.compile(r"\s*# type: ignore\[([\w-]+)\]$", re.MULTILINE)


@pytest.mark.slow
def test_a_type_checker_refuses_each_marked_line_and_no_other(tmp_path: Path) -> None:
    text = WRONG.read_text("utf-8")
    bare = tmp_path / "wrong_types.py"
    bare.write_text(MARK.sub("", text), "utf-8")
    expected = [
        (number, mark[1])
        for number, line in enumerate(text.splitlines(), 1)
        if (mark := MARK.search(line))
    ]
    checker = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", str(bare)]
    options = ["--cache-dir", str(tmp_path / "cache"), "--config-file", "pyproject.toml"]
    said = subprocess.run([*checker, *options], capture_output=True, text=True, cwd=TOP)
    found = re.findall(r"wrong_types\.py:(\d+): error: .*\[([\w-]+)\]", said.stdout)
    assert [(int(number), code) for number, code in found] == expected, said.stdout + said.stderr
    assert len(expected) > 10
