"""`python -m bench.scan_speed [WHEEL...]`: what all checks take over one wheel, time and memory.

Each wheel is read in a process of its own, as a worker does it: the child that reads the archive
is started, reads and scans, and all checks look. Without wheels named, those of requests, Django
and pandas are fetched. With `--peers` GuardDog scans the same wheels in the same run; with
`--write` docs/vetting.md is told.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import vetting_page
from bench.looking import look, popular, vetting_parts
from bench.places import ROOT
from bench.real_wheels import wheel_of
from bench.scanners import guarddog

_NAMES = ("requests", "django", "pandas")
_ONE = "import sys; from bench.scan_speed import one; one(sys.argv[1])"


@dataclass(frozen=True, slots=True)
class Took:
    """What one wheel took."""

    wall_s: float
    cpu_s: float
    child_mib: int


def main() -> int:
    """Measure and print."""
    asked = _arguments()
    paths = [Path(one) for one in asked.wheels] or [_fetched(name) for name in _NAMES]
    rows = []
    for path in paths:
        took = min((_measured(path) for _ in range(asked.rounds)), key=lambda one: one.wall_s)
        row = [path.name.partition("-")[0], f"{took.wall_s:.1f} s", f"{took.cpu_s:.1f} s"]
        row.append(f"{took.child_mib} MiB")
        if asked.peers:
            scanned = guarddog(path)
            row.append(scanned.error or f"{scanned.took_s:.1f} s")
        print(*row, sep="  ", flush=True)
        rows.append(row)
    if asked.write:
        vetting_page.put("speed", _told(rows, with_peers=asked.peers))
    return 0


def one(path: str) -> None:
    """Let all checks look at one wheel, and print what it took: run in a fresh process."""
    names = popular()
    with vetting_parts() as parts:
        before = _cpu_s()
        looked = look(parts, Path(path), names)
        took = {"wall_s": looked.took_s, "cpu_s": _cpu_s() - before}
        took["child_mib"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
        print(json.dumps(took))


def _measured(path: Path) -> Took:
    command = [sys.executable, "-c", _ONE, str(path.absolute())]
    done = subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    return Took(**json.loads(done.stdout))


def _cpu_s() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _fetched(name: str) -> Path:
    path = wheel_of(name)
    if path is None:
        raise SystemExit(f"There is no wheel of {name}.")
    return path


def _told(rows: Sequence[Sequence[str]], *, with_peers: bool) -> str:
    head = ["wheel", "all checks", "processor time", "memory of the reading process"]
    head += ["GuardDog"] if with_peers else []
    command = " ".join(["python -m bench.scan_speed", "--peers"][: 2 if with_peers else 1])
    return f"{vetting_page.table(head, rows)}\n\n{vetting_page.dated(command)}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.scan_speed", description=__doc__)
    parser.add_argument("wheels", nargs="*", help="wheels on this disk")
    parser.add_argument("--rounds", type=int, default=3, help="the best of so many (3)")
    parser.add_argument("--peers", action="store_true", help="GuardDog, too")
    parser.add_argument("--write", action="store_true", help="write docs/vetting.md")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
