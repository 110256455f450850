"""`python -m bench [part ...]`: measure, print, and with `--write` tell it in the documentation."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
import traceback

from bench import report, tools
from bench.parts import PARTS, Part
from bench.places import emptied
from bench.report import Run
from bench.stage import Plan, Stage, stage


def main() -> int:
    """Measure the parts that are asked for; 1 when one of them could not be measured."""
    asked = _arguments()
    parts = [part for part in PARTS if not asked.parts or part.name in asked.parts]
    plan = Plan(asked.rounds, asked.seconds)
    emptied("run")
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(143))  # ends our servers, too
    try:
        tools.ensure()
    except tools.Missing as missing:
        print(f"{'*' * 78}\n{missing}\n{'*' * 78}", file=sys.stderr)
        return 2
    command = " ".join(["python -m bench", *sys.argv[1:]])
    began = time.monotonic()
    with stage(with_peers=any(part.with_peers for part in parts)) as servers:
        print(f"all servers are up after {time.monotonic() - began:.0f} s", flush=True)
        runs = [_measured(part, servers, plan, command) for part in parts]
    if asked.write:
        report.write([part.name for part in PARTS])
    print(f"{time.monotonic() - began:.0f} s altogether")
    return int(any(run.trouble for run in runs))


def _measured(part: Part, servers: Stage, plan: Plan, command: str) -> Run:
    """Measure one part; whatever happens in it, the others are still measured."""
    print(f"{part.name}: {part.sentence}", flush=True)
    began = time.monotonic()
    load = os.getloadavg()[0]
    trouble = ""
    try:
        figures = part.measure(servers, plan)
    except Exception as error:  # noqa: BLE001  said here, and in the table
        traceback.print_exc()
        figures, trouble = (), report.plainly(error)
    left_out = {name: why for name, why in servers.left_out.items() if part.with_peers}
    took_s = time.monotonic() - began
    run = Run(part.name, command, took_s, figures, left_out, load, trouble)
    report.show(run)
    report.keep(run)
    return run


def _arguments() -> argparse.Namespace:
    names = "\n".join(f"  {part.name:10} {part.sentence}" for part in PARTS)
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure affineur beside other servers, all with the same files.",
        epilog=f"parts (all without one named):\n{names}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("parts", nargs="*", metavar="part", help="what is measured")
    parser.add_argument("--rounds", type=int, default=3, help="how often (3)")
    parser.add_argument("--seconds", type=int, default=2, help="length of one load (2)")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    asked = parser.parse_args()
    unknown = set(asked.parts) - {part.name for part in PARTS}
    if unknown:
        parser.error(f"unknown parts: {', '.join(sorted(unknown))}; see --help")
    if asked.rounds < 1 or asked.seconds < 1:
        parser.error("--rounds and --seconds are at least 1")
    return asked


if __name__ == "__main__":
    sys.exit(main())
