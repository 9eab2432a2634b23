"""Run benchmarks by their number: `run.py P1 P20`, or all; see README.md."""

from __future__ import annotations

import argparse
import importlib

import report

MODULES = {
    "P1": "p1_roundtrip",
    "P2": "p2_big_document",
    "P3": "p3_upstream",
    "P4": "p4_sets",
    "P5": "p5_fan_out",
    "P6": "p6_stream",
    "P7": "p7_array",
    "P8": "p8_session",
    "P9": "p9_entry",
    "P10": "p10_many_models",
    "P11": "p11_lab_drag",
    "P12": "p12_busy_kernel",
    "P13": "p13_messages",
    "P14": "p14_page_load",
    "P15": "p15_drag",
    "P18": "p18_outages",
    "P20": "p20_sizes",
    "P21": "p21_slow_callback",
    "load": "load",
    "import": "import_kernel",
}


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("numbers", nargs="*", default=[], metavar="P1", help="default: all")
    parser.add_argument(
        "--only",
        default="",
        metavar="A,B",
        help="only contenders of these names or roles (peer, floor, ours); nothing is written",
    )
    parser.add_argument("--quick", action="store_true", help="few rounds; nothing is written")
    options = parser.parse_args()
    unknown = set(options.numbers) - set(MODULES)
    if unknown:
        parser.error(f"no such number: {', '.join(sorted(unknown))}; there is {', '.join(MODULES)}")
    return options


def main() -> None:
    """Run what was asked for; a whole run is kept as the committed result."""
    options = parse()
    only = frozenset(name for name in options.only.split(",") if name)
    for number in options.numbers or MODULES:
        result = importlib.import_module(MODULES[number]).run(only, options.quick)
        if only or options.quick:
            result.show()
        else:
            result.emit()
            report.write()


if __name__ == "__main__":
    main()
