"""Write cases that both languages read, expected results from the Python side.

    python -m scripts.generate_vectors                                  tests/vectors
    python -m scripts.generate_vectors --cases N --seed S --out FOLDER  N random cases elsewhere

Run it the first way when SPEC.md changes what an operation does, and look at the difference before
committing it: hand-made cases first, then random ones from a fixed seed.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Callable
from pathlib import Path

from .vectors import cases, frames, operations, static, values
from .vectors.cases import Case
from .vectors.documents import document

SEED = 20261121
FOLDER = Path(__file__).parent.parent / "tests" / "vectors"
RANDOM: dict[str, tuple[int, Callable[[random.Random], Case]]] = {
    "apply": (6, cases.random_apply),
    "invert": (2, cases.random_invert),
    "transform": (5, cases.random_transform),
    "squash": (3, cases.random_squash),
    "diff": (2, cases.random_diff),
    "values": (1, cases.random_value),
    "frames": (1, frames.random_frame),
}
"""By the name of the file: its share of the cases, and what makes one."""


def made() -> dict[str, list[Case]]:
    """Return the hand-made cases by the names of their files."""
    return {
        "apply": [cases.apply_case(document(), op) for op in operations.columnar()],
        "transform": [cases.transform_case(a, b) for a, b in operations.pairs()],
        "values": [*values.good(), *values.bad()],
        "frames": frames.made(),
        "static": static.made(),
    }


def generated(count: int, seed: int) -> dict[str, list[Case]]:
    """Return about `count` random cases by the names of their files."""
    rnd = random.Random(seed)
    shares = sum(share for share, _ in RANDOM.values())
    found = {
        name: [make(rnd) for _ in range(-(-count * share // shares))]
        for name, (share, make) in RANDOM.items()
    }
    # Afterwards: what was made before stays as it was.
    return {**found, "static": [static.random_static(rnd) for _ in range(count // 20)]}


def write(folder: Path, name: str, found: list[Case]) -> None:
    """Write one file, a case per line."""
    lines = ",\n".join(
        json.dumps(case, ensure_ascii=False, separators=(",", ":")) for case in found
    )
    (folder / f"{name}.json").write_text(f'{{"cases":[\n{lines}\n]}}\n', "utf-8")


def main() -> None:
    """Write all files."""
    parser = argparse.ArgumentParser(description="Write the cases that both languages read.")
    parser.add_argument("--cases", type=int)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--out", type=Path, default=FOLDER)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    found = generated(options.cases or 1000, options.seed)
    if options.cases is None:
        found = {name: [*made().get(name, ()), *more] for name, more in found.items()}
    for name, each in found.items():
        write(options.out, name, each)
    total = sum(map(len, found.values()))
    sys.stdout.write(f"{total} cases from seed {options.seed} in {options.out}\n")


if __name__ == "__main__":
    main()
