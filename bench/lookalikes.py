"""`python -m bench.lookalikes`: what the checks find of the harmless corpus of attacks.

With `--peers` GuardDog and hexora see the same files; with `--write` docs/vetting.md is told;
with `--only PATTERN` each finding of one pattern is printed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from affineur.core.files import Filename
from affineur.core.findings import Assessment, Finding
from affineur.core.ports import Vetting
from affineur.core.subjects import NotAssessable
from affineur.core.vetting import assess
from bench import vetting_page
from bench.borrowed import (
    FIRST,
    LATER,
    Dist,
    Lookalike,
    alarms,
    found_by,
    lookalikes,
    subject_of,
    weighty,
)
from bench.looking import vetting_parts
from bench.scanners import Scanned, guarddog, hexora

TO_REACH = 0.95


@dataclass(frozen=True, slots=True)
class Seen:
    """What one scanner made of one look-alike and its twin."""

    look: Lookalike
    is_found: bool
    is_twin_flagged: bool


def main() -> int:
    """Let the scanners look, print what they saw; 1 when ours saw less than is to be reached."""
    asked = _arguments()
    series = LATER if asked.later else FIRST
    chosen = [look for look in lookalikes(series) if asked.only in (None, look.pattern)]
    ours = list(_ours(chosen, is_loud=asked.only is not None))
    seen = {"affineur": ours}
    if asked.peers:
        seen |= {"GuardDog": list(_guarddog(chosen)), "hexora": list(_hexora(chosen))}
    told = report(seen)
    print(told)
    if asked.write:
        words = [*(["--later"] * asked.later), *(["--peers"] * asked.peers)]
        command = " ".join(["python -m bench.lookalikes", *words])
        section = "lookalikes later" if asked.later else "lookalikes"
        vetting_page.put(section, f"{vetting_page.dated(command)}\n\n{told}")
    return int(share(ours) < TO_REACH or any(one.is_twin_flagged for one in ours))


def share(seen: Sequence[Seen]) -> float:
    """Give the share of attacks that were found."""
    return sum(one.is_found for one in seen) / max(1, len(seen))


def report(seen: dict[str, list[Seen]]) -> str:
    """Write the tables: all together, then each pattern."""
    sums = vetting_page.table(
        ("scanner", "found", "of", "share", "twins flagged"),
        (
            (name, sum(one.is_found for one in all_), len(all_), f"{share(all_):.1%}",
             sum(one.is_twin_flagged for one in all_))
            for name, all_ in seen.items()
        ),
    )  # fmt: skip
    head = ("pattern", *(f"{name}: missed; twins flagged" for name in seen))
    patterns = sorted({one.look.pattern for one in next(iter(seen.values()))})
    rows = ((name, *(_failures(all_, name) for all_ in seen.values())) for name in patterns)
    return f"{sums}\n\n{vetting_page.table(head, rows)}"


def _failures(seen: Sequence[Seen], pattern: str) -> str:
    of = [one for one in seen if one.look.pattern == pattern]
    missed = ", ".join(one.look.form for one in of if not one.is_found) or "-"
    false = ", ".join(one.look.form for one in of if one.is_twin_flagged) or "-"
    return f"{missed}; {false}"


def _ours(chosen: Sequence[Lookalike], *, is_loud: bool) -> Iterator[Seen]:
    with vetting_parts() as parts, TemporaryDirectory(prefix="affineur-bench-") as folder:
        for look in chosen:
            attack = assessed(parts, look.attack.dist, Path(folder))
            twin = assessed(parts, look.twin.dist, Path(folder))
            found, false = found_by(look, attack), alarms(twin)
            if is_loud or found is None or false:
                _tell(look, attack, found, false)
            yield Seen(look, found is not None, bool(false))


def assessed(parts: Vetting, dist: Dist, folder: Path) -> Assessment:
    """Let all checks look at a built distribution, read in a child process as always."""
    path = folder / "archive"
    path.write_bytes(dist.data)
    name = Filename.parse(dist.filename)
    try:
        return assess(parts.checks, subject_of(dist, parts.reader.read(path, name)))
    except NotAssessable as error:
        return assess(parts.checks, subject_of(dist, error))


def _tell(
    look: Lookalike, attack: Assessment, found: Finding | None, false: Sequence[Finding]
) -> None:
    told = "found" if found else "MISSED"
    print(f"{look.name}: {told}; wanted {sorted(look.checks)} {_places(look)}")
    for finding in weighty(attack):
        print(f"    {'*' if finding is found else ' '} {_line(finding)}")
    for finding in false:
        print(f"    twin: {_line(finding)}")


def _line(finding: Finding) -> str:
    at = f"{finding.where.file}:{finding.where.line}" if finding.where else "-"
    return f"{finding.severity} {finding.check} {finding.id} at {at}: {finding.what[:140]}"


def _places(look: Lookalike) -> str:
    places = {file: sorted(lines) for file, lines in look.attack.culprits.items()}
    return f"{places} {look.attack.says}".strip()


def _guarddog(chosen: Sequence[Lookalike]) -> Iterator[Seen]:
    with TemporaryDirectory(prefix="affineur-bench-") as folder:
        for look in chosen:
            attack = _by_guarddog(look.attack.dist, Path(folder))
            twin = _by_guarddog(look.twin.dist, Path(folder))
            yield Seen(look, _is_right(look, attack), bool(twin.alarms))


def _by_guarddog(dist: Dist, folder: Path) -> Scanned:
    path = folder / dist.filename
    path.write_bytes(dist.data)
    return guarddog(path)


def _hexora(chosen: Sequence[Lookalike]) -> Iterator[Seen]:
    for look in chosen:
        attack = hexora(look.attack.dist.filename, look.attack.dist.data)
        twin = hexora(look.twin.dist.filename, look.twin.dist.data)
        yield Seen(look, _is_right(look, attack), bool(twin.alarms))


def _is_right(look: Lookalike, scanned: Scanned) -> bool:
    """Judge a peer more mildly than ourselves: the right file is enough, whatever the line."""
    places, says = look.attack.culprits, look.attack.says
    if says:
        return any(says in alarm.text or alarm.names(says) for alarm in scanned.alarms)
    return any(not places or any(map(alarm.names, places)) for alarm in scanned.alarms)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.lookalikes", description=__doc__)
    parser.add_argument("--later", action="store_true", help="the second series")
    parser.add_argument("--peers", action="store_true", help="GuardDog and hexora, too")
    parser.add_argument("--write", action="store_true", help="write docs/vetting.md")
    parser.add_argument("--only", metavar="PATTERN", help="look at one pattern, and tell all")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
