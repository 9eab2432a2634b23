"""A client that was written from SPEC.md alone gets along with a real server."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 60
SAID = [
    "the slider moved",
    "two clients moved it at once and agree",
    "a wrong value was refused",
    "cut in the middle of an edit, twice: nothing was lost",
    "the button was clicked",
]
APP = """
import syncline as sl

slider = sl.Slider(label="Side", value=3, min=0, max=10, step=1)
answer = sl.Markdown("Move the slider.")
button = sl.Button(label="Go")
slider.observe(lambda event: setattr(answer, "text", f"square {event.new ** 2:g}"), "value")
button.on("click", lambda event: setattr(answer, "text", "clicked"))
sl.curdoc().add_root(sl.Column(slider, answer, button))
"""


def run(*words: object) -> list[str]:
    return [sys.executable, *map(str, words)]


@pytest.mark.timeout(2 * SECONDS)
@pytest.mark.parametrize("which", ["a small app", "the example"])
def test_it_does_all_that_its_check_asks(which: str, tmp_path: Path) -> None:
    app = ROOT / "examples/app.py"
    if which == "a small app":
        app = tmp_path / "app.py"
        app.write_text(APP)
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "python")}
    serve = run("-m", "syncline.cli", "serve", app, "--port", 0)
    with subprocess.Popen(
        serve, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as server:
        try:
            assert server.stdout is not None
            url = server.stdout.readline().split()[-1]
            check = run(ROOT / "examples/third_client/check.py", url)
            done = subprocess.run(check, capture_output=True, text=True, timeout=SECONDS)
        finally:
            server.kill()
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert [line.startswith(start) for line, start in zip(said, SAID, strict=True)] == [True] * 5
