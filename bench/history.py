"""`python -m bench.history`: what the check of history says of releases of popular projects.

Each final release of the last years is looked at as if it was asked for some days after its
upload, with the page of its project as it was then. All of them are honest, as far as anybody
knows: what needs a review here is work for an approver. With `--write` docs/vetting.md is told.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from packaging.version import Version

from affineur.checks.history import History
from affineur.core.archives import ArchiveReport
from affineur.core.errors import UpstreamTrouble
from affineur.core.files import IndexFile
from affineur.core.findings import Finding, Severity
from affineur.core.names import ProjectName
from affineur.core.ports import Site, UpstreamPage
from affineur.core.requests import RequestFile
from affineur.core.subjects import Subject
from affineur.upstream import HttpUpstream
from affineur.upstream.default_index import default_index
from bench import vetting_page
from bench.real_wheels import most_downloaded

_AT_ONCE = 6
_YEARS = 3


@dataclass(frozen=True, slots=True)
class Looked:
    """One release, what was said of it, and how long that took."""

    project: str
    version: Version
    findings: Mapping[str, Finding]
    took_s: float

    @property
    def is_flagged(self) -> bool:
        """Whether a person would have to look at it."""
        return any(one.severity is not Severity.INFO for one in self.findings.values())

    @property
    def is_known_news(self) -> bool:
        """Whether it is yanked now, or its project was in its first days: no false alarm."""
        return not self.findings.keys().isdisjoint({"history.yanked", "history.new-project"})


def main() -> int:
    """Look at them all and print the tables."""
    asked = _arguments()
    pages = asyncio.run(_pages(most_downloaded()[: asked.projects]))
    lag = timedelta(days=asked.days)
    seen = [one for name, files in pages.items() for one in look(name, files, lag)]
    told = report(seen, len(pages), asked.days)
    print(told)
    if asked.write:
        command = f"python -m bench.history --projects {asked.projects} --days {asked.days}"
        vetting_page.put("history", f"{vetting_page.dated(command)}\n\n{told}")
    return 0


def look(project: str, files: Sequence[IndexFile], lag: timedelta) -> Iterator[Looked]:
    """Look at the recent final releases of a project, each some time after its upload."""
    dated = [(one, one.uploaded_at) for one in files if one.uploaded_at is not None]
    last = max((at for _, at in dated), default=None)
    began: dict[Version, datetime] = {}
    for one, at in dated:
        began[one.filename.version] = min(at, began.get(one.filename.version, at))
    for version, at in began.items():
        is_recent = last is not None and last - timedelta(days=365 * _YEARS) <= at <= last - lag
        if is_recent and not version.is_prerelease:
            now = at + lag
            page = tuple(one for one, when in dated if when <= now)
            yield _look(project, version, page, now)


def report(seen: Sequence[Looked], projects: int, days: float) -> str:
    """Write how often each finding was given."""
    times = sorted(one.took_s for one in seen)
    flagged = sum(one.is_flagged for one in seen)
    counts = Counter(
        (name, str(one.severity)) for each in seen for name, one in each.findings.items()
    )
    rows = [
        (f"`{name}`", severity, count, f"{count / len(seen):.2%}")
        for (name, severity), count in sorted(counts.items())
    ]
    rest = sum(one.is_flagged and not one.is_known_news for one in seen)
    head = (
        f"{len(seen):,} final releases of {projects} projects, each looked at {days:g} days after "
        f"its upload: {flagged} need a review ({flagged / len(seen):.2%}), and {rest} "
        f"({rest / len(seen):.2%}) without those that are yanked or whose project was new. A look "
        f"takes {statistics.median(times) * 1000:.1f} ms of processor time (median), "
        f"{times[-1] * 1000:.0f} ms at most."
    )
    return f"{head}\n\n{vetting_page.table(('finding', 'severity', 'releases', 'share'), rows)}"


def _look(project: str, version: Version, page: tuple[IndexFile, ...], now: datetime) -> Looked:
    """Look at one wheel and one sdist of a release."""
    own = [one for one in page if one.filename.version == version]
    sdists, wheels = ([one for one in own if one.is_wheel is kind] for kind in (False, True))
    found: dict[str, Finding] = {}
    begin = time.process_time()
    for file in (*sdists[:1], *wheels[:1]):
        if file.sha256 is not None:
            asked = RequestFile(file.filename, file.sha256)
            subject = Subject(asked, now, ArchiveReport(), index=file, project_files=page)
            found |= {one.id: one for one in History().look(subject).findings}
    return Looked(project, version, found, time.process_time() - begin)


async def _pages(names: Sequence[str]) -> dict[str, tuple[IndexFile, ...]]:
    """Ask this machine's index for the pages."""
    upstream, gate = HttpUpstream(), asyncio.Semaphore(_AT_ONCE)
    site = Site(default_index(os.environ).url, timeout_s=60)

    async def page(name: str) -> tuple[IndexFile, ...]:
        async with gate:
            try:
                answer = await upstream.page(site, ProjectName(name))
            except UpstreamTrouble as trouble:
                print(f"{name}: {trouble.message}")
                return ()
        return answer.files if isinstance(answer, UpstreamPage) else ()

    try:
        answers = await asyncio.gather(*map(page, names))
    finally:
        await upstream.aclose()
    return {name: files for name, files in zip(names, answers, strict=True) if files}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--projects", type=int, default=300, help="how many of the most downloaded")
    parser.add_argument("--days", type=float, default=7, help="how long after the upload")
    parser.add_argument("--write", action="store_true", help="write docs/vetting.md")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
