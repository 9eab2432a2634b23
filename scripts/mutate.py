"""Break the engine in every small way, one by one, and see whether its tests notice.

    python -m scripts.mutate [--results FILE] [MODULE ...]

The tests are collected once. For each mutation a process is forked that runs with the broken
function only the tests which reach its line: the quick ones, for some seconds.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import os
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, NamedTuple

import coverage
import pytest
from scripts.mutations import Mutation, mutations

ROOT = Path(__file__).parents[1]
MODULES = """
    core.apply core.transform core.squash sync.replica sync.writer sync.pending sync.reports
    sync.session sync.submit sync.spent
""".split()
TESTS = ["tests/core", "tests/sync", "tests/document", "tests/client"]
TEST_SECONDS = 8.0
"""The tests that are run for one mutation take this long together, unbroken."""
SLACK_SECONDS = 10.0
UNFIT = 3
"""The exit code where a breakage cannot be put in place: it does not count."""


class Reach(NamedTuple):
    """What a run of all tests tells."""

    seconds: dict[str, float]
    lines: dict[str, dict[int, list[str]]]
    """For each file and line the tests that come there."""


class Mutant(NamedTuple):
    """A mutation of a module that is loaded."""

    module: ModuleType
    mutation: Mutation

    def __str__(self) -> str:
        name = self.module.__name__.removeprefix("syncline.")
        return f"{name}:{self.mutation.line}: {self.mutation.what}"


class Runner:
    """The plugin that stands in for pytest's own loop over the tests."""

    def __init__(self, modules: list[str], jobs: int) -> None:
        self.modules = [importlib.import_module(f"syncline.{name}") for name in modules]
        self.jobs = jobs
        self.failed = False
        self.survivors: list[Mutant] = []
        self.counts: Counter[str] = Counter()
        self.killed: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed = self.failed or report.failed

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        session.config.pluginmanager.unregister(name="terminalreporter")
        self.items = {item.nodeid: item for item in session.items}
        self.reach = self._measure()
        running: dict[int, Mutant] = {}
        for mutant in self._mutants():
            while len(running) >= self.jobs:
                self._await(running)
            running[self._start(mutant)] = mutant
        while running:
            self._await(running)
        return True

    def _mutants(self) -> Iterator[Mutant]:
        for module in self.modules:
            for mutation in mutations(inspect.getsource(module)):
                yield Mutant(module, mutation)

    # In processes of their own

    def _measure(self) -> Reach:
        """Run all tests and see which lines each comes to."""
        with tempfile.NamedTemporaryFile() as file:
            pid = os.fork()
            if not pid:
                Path(file.name).write_text(json.dumps(self._reached()))
                os._exit(0)
            os.waitpid(pid, 0)
            seconds, lines = json.loads(Path(file.name).read_text())
        whole = {
            file: {int(line): names for line, names in found.items()}
            for file, found in lines.items()
        }
        return Reach(seconds, whole)

    def _reached(self) -> Reach:
        files = [str(module.__file__) for module in self.modules]
        tracer = coverage.Coverage(data_file=None, config_file=False, include=files)
        seconds = {}
        tracer.start()
        for name, item in self.items.items():
            tracer.switch_context(name)
            began = time.perf_counter()
            self._run(item)
            seconds[name] = time.perf_counter() - began
            if self.failed:
                sys.exit(f"{name} fails without a mutation")
        tracer.stop()
        data = tracer.get_data()
        return Reach(seconds, {file: data.contexts_by_lineno(file) for file in files})

    def _run(self, item: pytest.Item) -> None:
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)

    def _start(self, mutant: Mutant) -> int:
        """Fork a process that ends with 1 as soon as a test fails."""
        pid = os.fork()
        if pid:
            return pid
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(1, 2)
        names = self._names(mutant)
        signal.alarm(int(SLACK_SECONDS + 3 * sum(self.reach.seconds[name] for name in names)))
        try:
            put(mutant)
        except ValueError:
            # Without its only mention of `super` a method has another kind of code.
            os._exit(UNFIT)
        for name in names:
            self._run(self.items[name])
            if self.failed:
                os._exit(1)
        os._exit(0)

    def _names(self, mutant: Mutant) -> list[str]:
        lines = self.reach.lines[str(mutant.module.__file__)]
        names = [name for name in lines.get(mutant.mutation.line, ()) if name in self.items]
        names.sort(key=self.reach.seconds.__getitem__)
        spent = accumulate(self.reach.seconds[name] for name in names)
        return [name for name, seconds in zip(names, spent, strict=True) if seconds < TEST_SECONDS]

    def _await(self, running: dict[int, Mutant]) -> None:
        pid, status = os.wait()
        mutant = running.pop(pid)
        name = mutant.module.__name__.removeprefix("syncline.")
        if os.waitstatus_to_exitcode(status) == UNFIT:
            return
        self.counts[name] += 1
        if self.counts[name] % 50 == 0:
            print(f"{name}: {self.counts[name]}", flush=True)
        if status:
            self.killed[name] += 1
        else:
            self.survivors.append(mutant)
            print(f"lives: {mutant}", flush=True)

    def lines(self) -> list[str]:
        """Return the result as text."""
        rows = [f"| {name} | {n} | {self.killed[name]} |" for name, n in self.counts.items()]
        total, killed = self.counts.total(), self.killed.total()
        share = 100 * killed / max(1, total)
        head = ["| module | mutations | noticed |", "|---|---|---|"]
        return [*head, *rows, f"| all | {total} | {killed} ({share:.1f} %) |"]


def put(mutant: Mutant) -> None:
    """Put the code of a broken function in the place of the right one."""
    module, mutation = mutant
    broken = compile(mutation.tree, str(module.__file__), "exec")
    codes = dict(_codes(broken))
    for path, function in _functions(module):
        code = codes.get((path, function.__code__.co_firstlineno))
        if code is not None and function.__code__ != code:
            function.__code__ = code


def _codes(code: CodeType, path: str = "") -> Iterator[tuple[tuple[str, int], CodeType]]:
    """Yield the code of each function under its name and its line."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield (constant.co_qualname, constant.co_firstlineno), constant
            yield from _codes(constant)


def _functions(box: Any, seen: set[int] | None = None) -> Iterator[tuple[str, Any]]:
    """Yield the functions of a module and of its classes, undecorated."""
    seen = set() if seen is None else seen
    name = box.__name__ if isinstance(box, ModuleType) else box.__module__
    for value in list(vars(box).values()):
        if inspect.isclass(value) and value.__module__ == name and id(value) not in seen:
            seen.add(id(value))
            yield from _functions(value, seen)
        for function in _bare(value):
            if function.__module__ == name:
                yield function.__qualname__, function


def _bare(value: Any) -> Iterator[Any]:
    if isinstance(value, property):
        yield from (part for part in (value.fget, value.fset) if part is not None)
    elif isinstance(value, classmethod | staticmethod):
        yield value.__func__
    elif inspect.isfunction(value):
        yield inspect.unwrap(value)


def main() -> int:
    """Run as the command line says; 0 where enough is noticed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="*", help="such as core.apply")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--results", type=Path, help="write the result there")
    parser.add_argument("--least", type=float, default=95.0, help="per cent to be noticed")
    options = parser.parse_args()
    runner = Runner(options.modules or MODULES, options.jobs)
    began = time.monotonic()
    arguments = ["-q", "--no-summary", "-p", "no:cacheprovider", "--timeout=0", *TESTS]
    pytest.main(arguments, plugins=[runner])
    text = "\n".join(runner.lines())
    alive = defaultdict(list)
    for mutant in runner.survivors:
        alive[mutant.module.__name__].append(str(mutant))
    lived = "\n".join(f"* `{one}`" for found in alive.values() for one in sorted(found))
    print(f"{text}\n{time.monotonic() - began:.0f} s")
    if options.results is not None:
        options.results.write_text(f"{text}\n\n{lived}\n", encoding="utf-8")
    total = max(1, runner.counts.total())
    return 0 if 100 * runner.killed.total() / total >= options.least else 1


if __name__ == "__main__":
    raise SystemExit(main())
