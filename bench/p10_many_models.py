"""P10: 10,000 models: made, added to a document, encoded, built in a browser."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from harness.browser import chromium
from harness.contenders import ours_runs, wanted
from harness.figures import Check, at_pace, summary
from harness.process import BENCH, OUR_PYTHON, PEERS_PYTHON, ROOT
from harness.result import Contender, Result

TITLE = "10,000 models: create and add to a document; encode; build in a browser"
METHOD = (
    "Half sliders (four properties given), half texts, 99 in a box, boxes in one root. Python: the "
    "median of five times in a process (Bokeh: once, it takes long), garbage collector on. "
    "Browser: Chromium builds the document from the very frame (Bokeh: the JSON) that Python made, "
    "once per page; until all models exist as objects, without views."
)
MODELS = 10_000
ROUNDS = 5
BOKEH_MS = 3400.0
"""Its snapshot on the machine of the targets."""
REPEAT = 5
ESBUILD = ROOT / "node_modules" / ".bin" / "esbuild"
BOKEH_SCRIPTS = ("bokeh", "bokeh-widgets")
BUILD_OURS = "(frames) => bench.build(frames).taken"
BUILD_BOKEH = """(json) => {
  const start = performance.now();
  Bokeh.require('document').Document.from_json(json);
  return performance.now() - start;
}"""


@dataclass
class Track:
    """One contender: what makes the models, what builds them in a page."""

    name: str
    role: str
    python: Path
    program: str
    rounds: int
    repeat: int
    scripts: Callable[[Path], list[Path]]
    build: str
    samples: dict[str, list[float]] = field(default_factory=dict)

    def make(self, folder: Path, count: int) -> Any:
        """Make the models once; return what a browser is sent."""
        sent = folder / f"{self.name}.json"
        argv = [self.python, BENCH / "programs" / self.program, "--models", str(count)]
        argv += ["--rounds", str(self.repeat), "--frames", sent]
        done = subprocess.run([str(one) for one in argv], check=True, stdout=subprocess.PIPE)
        for figure, value in json.loads(done.stdout).items():
            self.samples.setdefault(figure, []).append(value)
        return json.loads(sent.read_text(encoding="utf-8"))

    def show(self, browser: Browser, folder: Path, sent: Any) -> None:
        """Build the document once in a page."""
        page = browser.new_page()
        for script in self.scripts(folder):
            page.add_script_tag(path=script)
        taken = page.evaluate(self.build, sent)
        self.samples.setdefault("browser_ms", []).append(taken)
        page.close()

    def figures(self) -> Contender:
        """Return what the result says of this contender."""
        every = {figure: summary(samples, 1) for figure, samples in self.samples.items()}
        return Contender(self.name, self.role, every)


def our_scripts(folder: Path) -> list[Path]:
    """Return our document for a page, bundled from the sources."""
    out = folder / "bench.js"
    if not out.exists():
        entry = BENCH / "web" / "build_document.js"
        options = ("--bundle", "--minify", "--format=iife", "--global-name=bench")
        argv = [str(ESBUILD), str(entry), *options, f"--outfile={out}", "--log-level=error"]
        subprocess.run(argv, check=True, cwd=ROOT)
    return [out]


def bokeh_scripts(folder: Path) -> list[Path]:
    """Return BokehJS as its own server serves it."""
    (static,) = PEERS_PYTHON.parents[1].glob("lib/python*/site-packages/bokeh/server/static/js")
    return [static / f"{name}.min.js" for name in BOKEH_SCRIPTS]


def tracks(only: frozenset[str]) -> list[Track]:
    """Return the contenders of this run."""
    ours = ("syncline_models.py", ROUNDS, REPEAT, our_scripts, BUILD_OURS)
    peer = ("bokeh_models.py", 1, 1, bokeh_scripts, BUILD_BOKEH)
    every = [
        Track("bokeh", "peer", PEERS_PYTHON, *peer),
        Track("syncline", "ours", OUR_PYTHON, *ours),
    ]
    chosen = [one for one in every if wanted(one.name, one.role, only)]
    return [one for one in chosen if one.role != "ours" or ours_runs()]


def checks(by_name: dict[str, Track]) -> list[Check]:
    """Return the verdict on the targets of P10."""
    ours = by_name.get("syncline")

    def median(figure: str) -> float | None:
        return float(summary(ours.samples[figure], 2)["median"]) if ours else None

    bokeh = by_name.get("bokeh")
    pace = float(summary(bokeh.samples["snapshot_ms"], 2)["median"]) if bokeh else None
    return [
        at_pace("create and add", median("create_and_add_ms"), 40, " ms", pace, BOKEH_MS),
        at_pace("encode the snapshot", median("snapshot_ms"), 15, " ms", pace, BOKEH_MS),
        at_pace("build in Chromium", median("browser_ms"), 40, " ms", pace, BOKEH_MS),
    ]


def run(only: frozenset[str], quick: bool) -> Result:
    """Measure P10."""
    chosen = tracks(only)
    with tempfile.TemporaryDirectory() as name, chromium() as browser:
        folder = Path(name)
        for number in range(1 if quick else ROUNDS):
            for track in chosen:
                if number < track.rounds:
                    track.show(browser, folder, track.make(folder, MODELS))
    return Result(
        id="P10",
        title=TITLE,
        method=METHOD,
        contenders=[track.figures() for track in chosen],
        checks=checks({track.name: track for track in chosen}),
        packages=("bokeh", "msgspec", "playwright"),
    )
