"""`python -m bench.typosquats`: how fast and how well names are told from their squats.

The names ranked 5,000 to 15,000 are honest and well known: each is taken for unknown, and held
against the 5,000 before them, and against all others. The 200 squats are those of the tests.
Where GuardDog is installed (`make peers`) its detector sees some of the same names, in the same
run. With `--write` docs/vetting.md is told.
"""

from __future__ import annotations

import argparse
import gc
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from affineur.core.names import ProjectName
from affineur.core.typosquats import Ranked, Resemblances, Target
from affineur.services import name_lists
from bench import vetting_page
from bench.borrowed import squats
from bench.tools import Missing, peer_program

_T = TypeVar("_T")
FIRST = 5000
MOST_US = 100.0
MOST_FLAGGED = 0.01
LEAST_FOUND = 0.95
_ROUNDS = 3
"""The fastest counts, in processor time: what else the machine does is not measured."""
_PEER_NAMES = 40
_PEER = """
import json, sys, time
from guarddog.analyzer.metadata.pypi.typosquatting import PypiTyposquatDetector as Detector
asked = json.load(sys.stdin)
Detector._get_top_packages = lambda self: set(asked["popular"])
detector = Detector()
began = time.process_time()
found = [detector.get_typosquatted_package(name) for name in asked["names"]]
took = time.process_time() - began
json.dump({"took": took, "found": [list(one) for one in found]}, sys.stdout)
"""
"""What GuardDog's own detector says of some names, in its own environment, by our list."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of one run."""

    build_s: float
    us_a_name: float
    flagged: dict[int, list[tuple[ProjectName, Target]]]
    """By how many names each was held against: those that would go to a person."""
    missed: list[str]
    found: int
    peer: str


def main() -> int:
    """Measure, print, and say whether what is to be reached was reached."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--write", action="store_true", help="write docs/vetting.md")
    is_written = parser.parse_args().write
    popular = name_lists.shipped().popular
    measured = measure(popular)
    text = told(measured, len(popular))
    print(text)
    if is_written:
        vetting_page.put("typosquats", text)
    is_reached = (
        measured.us_a_name <= MOST_US
        and all(
            len(one) <= MOST_FLAGGED * (len(popular) - FIRST) for one in measured.flagged.values()
        )
        and measured.found >= LEAST_FOUND * len(squats())
    )
    return 0 if is_reached else 1


def measure(popular: Sequence[ProjectName]) -> Measured:
    """Hold the names against each other."""
    build_s, ranked = _timed(lambda: _built(popular))
    everybody = Resemblances(ranked)
    further = popular[FIRST:]
    rounds = [_timed(lambda: [everybody.of(name) for name in further]) for _ in range(_ROUNDS)]
    took_s, all_found = min(rounds, key=lambda one: one[0])
    first = Resemblances(Ranked(popular[:FIRST]))
    flagged = {
        FIRST: _flagged(further, [first.of(name) for name in further]),
        len(popular) - 1: _flagged(further, all_found),
    }
    missed = [
        f"{one.name} ({one.target})"
        for one in squats()
        if not any(t.is_close and t.name == one.target for t in everybody.of(one.name))
    ]
    return Measured(
        build_s,
        took_s / len(further) * 1e6,
        flagged,
        missed,
        len(squats()) - len(missed),
        _peer(popular, took_s / len(further) * 1e6),
    )


def told(measured: Measured, count: int) -> str:
    """Write down what came of it."""
    further = count - FIRST
    rows = [
        ("a name held against 15,000", f"{measured.us_a_name:.0f} µs", f"{MOST_US:.0f} µs"),
        ("making the index of 15,000 names, once", f"{measured.build_s:.2f} s", ""),
        *(
            (
                f"names ranked {FIRST:,} to {count:,}, each against {against:,}: to a person",
                f"{len(one)} of {further:,} ({len(one) / further:.2%})",
                f"{MOST_FLAGGED:.0%}",
            )
            for against, one in measured.flagged.items()
        ),
        (
            "of 200 squats found, with their target",
            f"{measured.found} ({measured.found / len(squats()):.1%})",
            f"{LEAST_FOUND:.0%}",
        ),
    ]
    parts = [
        vetting_page.table(("what", "measured", "to reach"), rows),
        vetting_page.dated("python -m bench.typosquats --write"),
        measured.peer,
        f"Missed: {', '.join(measured.missed)}." if measured.missed else "",
    ]
    against, flagged = list(measured.flagged.items())[-1]
    hows = Counter(target.how.value for _, target in flagged)
    by_how = "; ".join(f"{how} {count}" for how, count in hows.most_common())
    names = ", ".join(f"{name} ({target.name})" for name, target in flagged)
    parts.append(f"Held against {against:,}, they go to a person for: {by_how}.")
    parts.append(f"They are: {names}.")
    return "\n\n".join(part for part in parts if part)


def _built(popular: Sequence[ProjectName]) -> Ranked:
    ranked = Ranked(popular)
    Resemblances(ranked).of(popular[0])
    return ranked


def _timed(work: Callable[[], _T]) -> tuple[float, _T]:
    gc.collect()
    began = time.process_time()
    result = work()
    return time.process_time() - began, result


def _flagged(
    names: Sequence[ProjectName], found: Sequence[tuple[Target, ...]]
) -> list[tuple[ProjectName, Target]]:
    return [
        (name, targets[0])
        for name, targets in zip(names, found, strict=True)
        if targets and targets[0].is_close
    ]


def _peer(popular: Sequence[ProjectName], us_a_name: float) -> str:
    """Let GuardDog's detector see some of the squats and some of the honest names."""
    half = _PEER_NAMES // 2
    some = squats()[:: len(squats()) // half][:half]
    honest = popular[FIRST :: (len(popular) - FIRST) // half][:half]
    asked = {"popular": popular[:FIRST], "names": [*(one.name for one in some), *honest]}
    try:
        program = str(peer_program("guarddog", "python"))
        run = partial(subprocess.run, capture_output=True, text=True, check=True, timeout=600)
        answer = json.loads(run([program, "-c", _PEER], input=json.dumps(asked)).stdout)
    except (Missing, OSError, subprocess.SubprocessError, ValueError) as error:
        print(f"GuardDog did not run: {error}", file=sys.stderr)
        return ""
    ms = answer["took"] / len(asked["names"]) * 1000
    hits = sum(one.target in found for one, found in zip(some, answer["found"][:half], strict=True))
    alarms = sum(1 for found in answer["found"][half:] if found)
    return (
        f"GuardDog's detector in the same run, against the first {FIRST:,} names: {ms:.0f} ms a "
        f"name, {ms * 1000 / us_a_name:,.0f} times as long; of {half} of the squats it names the "
        f"target of {hits}, and it warns of {alarms} of {half} of the honest names."
    )


if __name__ == "__main__":
    sys.exit(main())
