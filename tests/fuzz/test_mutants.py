"""The fuzz can fail: each deliberate breakage is caught within a stated number of runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.mutants import python, typescript
from tests.fuzz.mutants.typescript import Breakage
from tests.fuzz.world import Shape, World
from tests.fuzz.world.node import Host, bundle

RUNS = 60


@pytest.mark.parametrize("mutate", python.MUTANTS)
def test_a_breakage_in_python_is_caught(
    mutate: python.Mutant, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutate(monkeypatch)
    assert caught(None, 0.0), f"{mutate.__name__} lived through {RUNS} runs"


@pytest.mark.parametrize("breakage", typescript.MUTANTS, ids=lambda mutant: mutant.name)
def test_a_breakage_in_typescript_is_caught(breakage: Breakage, tmp_path: Path) -> None:
    program = bundle("main.mjs", tmp_path / "main.mjs", [breakage.edit])
    host = Host(program)
    try:
        assert caught(host, 1.0), f"{breakage.name} lived through {RUNS} runs"
    finally:
        host.close()


def caught(host: Host | None, part: float) -> bool:
    """Tell whether any run fails."""
    for seed in range(RUNS):
        shape = Shape.of(seed, node=part)
        if host is not None:
            host.clear(shape.late)
        try:
            World(seed, shape, host.new_client if host else None).run()
        except Exception:  # noqa: BLE001  however it shows, it was caught
            return True
    return False
