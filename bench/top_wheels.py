"""`python -m bench.top_wheels`: what the checks say of the most downloaded projects' wheels.

All of them are honest, as far as anybody knows: what needs review here is a false alarm, and what
is blocked a bad one. With `--write` docs/vetting.md is told; `--skip 200` looks at the next ones.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from affineur.core.findings import Finding, Severity
from affineur.core.subjects import NotAssessable
from bench import vetting_page
from bench.looking import Looked, look, popular, vetting_parts
from bench.real_wheels import most_downloaded, wheels

TO_REACH = 0.02
JUDGED = ("archive", "contents")
OTHERS = ("identity", "metadata", "dependencies", "licence")


@dataclass(frozen=True, slots=True)
class Wheel:
    """One wheel, and what was said of it."""

    path: Path
    looked: Looked

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What of its contents or its archive a person would have to look at."""
        return self.looked.weighty(*JUDGED)

    @property
    def is_blocked(self) -> bool:
        """Whether any check blocks it."""
        return any(one.severity is Severity.BLOCK for one in self.looked.assessment.findings)

    @property
    def unread(self) -> str | None:
        """Why it could not be read, wholly or in part."""
        archive = self.looked.archive
        if isinstance(archive, NotAssessable):
            return archive.reason
        return "; ".join(f"{file}: {why}" for file, why in archive.scan.unread) or None


def main() -> int:
    """Look at them all and print the tables; 1 when it is not as it should be."""
    asked = _arguments()
    names = most_downloaded()[asked.skip :]
    with vetting_parts() as parts:
        known = popular()
        seen = [Wheel(path, look(parts, path, known)) for path in wheels(names, asked.count)]
    told = report(seen)
    print(told)
    if asked.write:
        command = "python -m bench.top_wheels"
        vetting_page.put("top_wheels", f"{vetting_page.dated(command)}\n\n{told}")
    return int(not is_good(seen))


def is_good(seen: Sequence[Wheel]) -> bool:
    """Whether what is to be reached is reached."""
    reviews = sum(bool(one.findings) for one in seen)
    bad = any(one.is_blocked or isinstance(one.looked.archive, NotAssessable) for one in seen)
    return reviews <= TO_REACH * len(seen) and not bad


def report(seen: Sequence[Wheel]) -> str:
    """Write the sums, and a line for each finding."""
    times = [one.looked.took_s for one in seen]
    unreadable = [one for one in seen if isinstance(one.looked.archive, NotAssessable)]
    rows = [
        ("wheels", len(seen)),
        ("review for a contents or archive reason", _share(seen, JUDGED)),
        ("blocked, for whatever reason", sum(one.is_blocked for one in seen)),
        ("unreadable", len(unreadable)),
        ("with files that the scan left out", sum(one.unread is not None for one in seen)),
        *((f"review by the check `{check}`", _share(seen, (check,))) for check in OTHERS),
        ("all together", f"{sum(times):.0f} s, median {statistics.median(times or [0]):.2f} s"),
    ]
    flagged = [row for one in seen for row in _lines(one)]
    tables = [vetting_page.table(("what", "how many"), rows)]
    if flagged:
        head = ("wheel", "severity, finding", "file and line", "what", "quoted")
        tables.append("Flagged for a contents or archive reason, or blocked:")
        tables.append(vetting_page.table(head, flagged))
    if left := [(one.path.name, one.unread) for one in seen if one.unread]:
        tables.append("Not read, wholly or in part:")
        tables.append(vetting_page.table(("wheel", "what and why"), left))
    return "\n\n".join(tables)


def _share(seen: Sequence[Wheel], checks: tuple[str, ...]) -> str:
    count = sum(bool(one.looked.weighty(*checks)) for one in seen)
    return f"{count} ({count / max(1, len(seen)):.1%})"


def _lines(wheel: Wheel) -> list[tuple[str, ...]]:
    told = wheel.looked.assessment.findings
    blocking = [one for one in told if one.severity is Severity.BLOCK and one.check not in JUDGED]
    return [_line(wheel, finding) for finding in (*wheel.findings, *blocking)]


def _line(wheel: Wheel, finding: Finding) -> tuple[str, ...]:
    where = finding.where
    place = f"{where.file}:{where.line}" if where and where.line else where.file if where else "-"
    quote = vetting_page.quoted(where.quote) if where else ""
    return (wheel.path.name, f"{finding.severity} `{finding.id}`", place, finding.what, quote)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.top_wheels", description=__doc__)
    parser.add_argument("--count", type=int, default=200, help="how many wheels (200)")
    parser.add_argument("--skip", type=int, default=0, help="leave out the first so many names")
    parser.add_argument("--write", action="store_true", help="write docs/vetting.md")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
