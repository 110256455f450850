"""`python -m bench.licences FOLDER...`: what licence the wheels and sdists in folders have.

Tells how many have a known licence, from which source and how sure it is, what goes to a person
and why, and how long it takes to recognise the licences of a licence file.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from affineur.checks.child import report
from affineur.checks.licence import Licence
from affineur.checks.licence_prints import match
from affineur.checks.scanning.scanner import Scanner
from affineur.core.archives import ArchiveReport
from affineur.core.files import Filename
from affineur.core.findings import Outcome, Severity
from affineur.core.names import Sha256
from affineur.core.requests import RequestFile
from affineur.core.subjects import Subject
from bench import vetting_page

_MOST_BYTES = 8 * 1024**3
_ENDINGS = (".whl", ".tar.gz", ".zip")


@dataclass(frozen=True, slots=True)
class _Seen:
    """One file, and what was said of its licence."""

    name: str
    archive: ArchiveReport
    outcome: Outcome


def main() -> int:
    """Look at all of them and print the tables."""
    asked = _arguments()
    told = "\n\n".join(_told(folder) for folder in asked.folders)
    print(told)
    if asked.write:
        command = "python -m bench.licences FOLDER..."
        vetting_page.put("licences", f"{vetting_page.dated(command)}\n\n{told}")
    return 0


def _told(folder: Path) -> str:
    seen = [_look(path) for path in sorted(folder.iterdir()) if path.name.endswith(_ENDINGS)]
    known = sum(bool(one.outcome.facts.get("licence")) for one in seen)
    times = sorted(_times({text for one in seen for text in one.archive.licence_texts.values()}))
    rows = [
        ("files", len(seen)),
        ("with a known licence", f"{known} ({known / max(1, len(seen)):.1%})"),
        ("from", _counted(one.outcome.facts.get("licence_source") or "nothing" for one in seen)),
        ("how sure", _counted(one.outcome.facts.get("licence_confidence") for one in seen)),
        ("findings", _counted(one.id for each in seen for one in each.outcome.findings)),
        (f"time for each of {len(times)} licence files", _spread(times)),
    ]
    reviews = [
        (one.name, f"`{finding.id}`", finding.what)
        for one in seen
        for finding in one.outcome.findings
        if finding.severity is Severity.REVIEW
    ]
    tables = [f"`{folder.name}`:", vetting_page.table(("what", "how many"), rows)]
    if reviews:
        tables.append(vetting_page.table(("file", "finding to review", "what"), reviews))
    return "\n\n".join(tables)


def _look(path: Path) -> _Seen:
    filename = Filename.parse(path.name)
    blind = Scanner(filename, "only its licence is looked at")
    archive = report(path, filename, _MOST_BYTES, (), blind)
    file = RequestFile(filename, Sha256("0" * 64), path.stat().st_size)
    return _Seen(path.name, archive, Licence().look(Subject(file, datetime.now(UTC), archive)))


def _times(texts: Iterable[str]) -> Iterable[float]:
    match("")  # so that the table is read
    for text in texts:
        began = time.process_time()
        match(text)
        yield time.process_time() - began


def _spread(times: Sequence[float]) -> str:
    if not times:
        return "-"
    at_99 = times[int(0.99 * (len(times) - 1))]
    parts = (statistics.median(times), at_99, times[-1])
    return "median {:.1f} ms, 99 % below {:.1f} ms, most {:.1f} ms".format(
        *(1000 * one for one in parts)
    )


def _counted(values: Iterable[object]) -> str:
    return ", ".join(f"{value} {count}" for value, count in Counter(values).most_common())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.licences", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, help="where wheels and sdists lie")
    parser.add_argument("--write", action="store_true", help="write it into docs/vetting.md")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
