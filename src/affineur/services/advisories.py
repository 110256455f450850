"""Advisories: bring our copy of the OSV data up to date, from a URL or a zip on disk.

What we hold is only ever made newer: a record replaces an older one of the same id, none is
removed for being absent (OSV withdraws records and keeps them), and the age that we claim for
the data never goes back.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from affineur.core.advisories import Advisories, Advisory
from affineur.core.errors import BadInput
from affineur.core.events import Event
from affineur.core.names import ProjectName
from affineur.core.permissions import OPERATOR, Actor, Permission, require
from affineur.core.ports import Site
from affineur.services.gear import Gear
from affineur.services.osv_files import OsvFiles, open_files
from affineur.services.osv_record import OsvRecord
from affineur.store import advisories, audit

OSV_EXPORT = "https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip"
"""OSV's bulk export of everything that is known about packages of PyPI."""

Progress = Callable[[str, int, int | None], None]
"""Is told the step (`download`, `read` or `store`), how far it is, and of how much."""

_MAX_DOWNLOAD_BYTES = 1024 * 1024 * 1024
_REPORT_EVERY = 500
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a synchronisation came to."""

    source: str
    records: int
    """Records about PyPI projects in the source."""
    changed: int
    """Those that were new or newer than ours."""
    projects: int
    """Projects that they affect."""
    withdrawn: int
    skipped: int
    """Documents that could not be read as OSV records."""
    as_of: datetime
    """How new our data is now."""


@dataclass(slots=True)
class _Reading:
    """What was read in the source so far."""

    records: int = 0
    withdrawn: int = 0
    skipped: int = 0
    projects: set[ProjectName] = field(default_factory=set)
    moments: list[datetime] = field(default_factory=list)
    news: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    """The member of each record that is newer than ours, by the record's id."""

    def take(self, record: OsvRecord, ours: datetime | None) -> None:
        """Count a record, and remember it when it is newer than ours."""
        if record.projects:
            self.records += 1
            self.withdrawn += record.withdrawn_at is not None
            self.projects |= record.projects
            self.moments.append(record.modified_at)
        elif ours is None:
            return  # about something else, now and before
        seen = self.news.get(record.id)
        newest = max((one for one in (ours, seen and seen[0]) if one), default=None)
        if newest is None or record.modified_at > newest:
            self.news[record.id] = (record.modified_at, record.member)


def _silent(_step: str, _done: int, _total: int | None) -> None:
    """Tell nobody."""


async def sync(
    gear: Gear, actor: Actor | None, source: str | None = None, progress: Progress = _silent
) -> SyncReport:
    """Take in OSV records: a zip or a folder by path, or a zip by URL (default: OSV's export).

    `actor` None is the operator on the server's machine. A source that is broken or holds no
    record about PyPI raises `BadInput` and changes nothing.
    """
    actor = actor or OPERATOR
    require(actor, Permission.SERVER_ADMIN)
    where = source or OSV_EXPORT
    if not where.startswith(("http://", "https://")):
        return await asyncio.to_thread(_take_in, gear, actor, (where, Path(where), None), progress)
    fetched_at = gear.clock.now()
    with tempfile.TemporaryDirectory(prefix="advisories-", dir=_folder(gear)) as folder:
        path = Path(folder, "all.zip")
        await _download(gear, where, path, progress)
        origin = (where.partition("?")[0], path, fetched_at)  # a query may hold a secret
        return await asyncio.to_thread(_take_in, gear, actor, origin, progress)


def _folder(gear: Gear) -> Path:
    gear.settings.data.mkdir(parents=True, exist_ok=True)
    return gear.settings.data


async def _download(gear: Gear, url: str, path: Path, progress: Progress) -> None:
    site = Site(
        url,
        timeout_s=gear.settings.upstream_timeout_s,
        max_file_bytes=_MAX_DOWNLOAD_BYTES,
    )
    done = 0
    with path.open("xb") as file:
        async with gear.upstream.file(site, url) as download:
            async for chunk in download.chunks:
                await asyncio.to_thread(file.write, chunk)
                done += len(chunk)
                progress("download", done, download.size_bytes)


def _take_in(
    gear: Gear, actor: Actor, origin: tuple[str, Path, datetime | None], progress: Progress
) -> SyncReport:
    """Read everything first; only when all of it is sound, store what is newer than ours."""
    where, path, fetched_at = origin
    with open_files(path, where) as archive:
        with gear.db.reading() as conn:
            known = advisories.modified(conn)
        reading = _read(archive, known, progress)
        if not reading.records:
            raise _nothing_in(where)
        moment = fetched_at or _newest(archive, reading, gear.clock.now())
        report = SyncReport(
            where,
            reading.records,
            len(reading.news),
            len(reading.projects),
            reading.withdrawn,
            reading.skipped,
            moment,
        )
        news = [member for _, member in reading.news.values()]
        return _store(gear, actor, report, _reported(archive.again(news), len(news), progress))


def _read(archive: OsvFiles, known: Mapping[str, datetime], progress: Progress) -> _Reading:
    reading = _Reading()
    for done, record in enumerate(archive.records(), start=1):
        if record is None:
            reading.skipped += 1
        else:
            reading.take(record, known.get(record.id))
        if done % _REPORT_EVERY == 0 or done == len(archive):
            progress("read", done, len(archive))
    return reading


def _newest(archive: OsvFiles, reading: _Reading, now: datetime) -> datetime:
    """Date a zip by its newest member or record, so that old data shows its age.

    What claims to be of the future dates nothing.
    """
    moments = [*reading.moments, archive.newest_member()]
    return max((one for one in moments if one is not None and one <= now), default=_NEVER)


def _reported(records: Iterator[OsvRecord], total: int, progress: Progress) -> Iterator[OsvRecord]:
    for done, record in enumerate(records, start=1):
        yield record
        if done % _REPORT_EVERY == 0 or done == total:
            progress("store", done, total)


def _store(gear: Gear, actor: Actor, report: SyncReport, news: Iterator[OsvRecord]) -> SyncReport:
    """Store the news, the age of the data and the event, all or nothing."""
    with gear.db.writing() as conn:
        before = advisories.as_of(conn)
        known = advisories.modified(conn)  # again: another synchronisation may have come between
        fresh = (one for one in news if one.id not in known or one.modified_at > known[one.id])
        changed = advisories.replace(conn, ((one.id, one.rows()) for one in fresh))
        done = replace(report, changed=changed, as_of=max(report.as_of, before or report.as_of))
        advisories.note_as_of(conn, done.as_of, done.source)
        audit.record(conn, gear.clock.now(), actor, _event(before, done))
    return done


# --- without a server --------------------------------------------------------------------


def known_from(path: Path, projects: Iterable[ProjectName]) -> Mapping[ProjectName, Advisories]:
    """Read what a zip or a folder of OSV records knows of some projects; nothing is kept.

    There is an answer for each project, with the age of the data by its newest record. Raise
    `BadInput` or `NotFound` as `sync` does. Blocking.
    """
    known: dict[ProjectName, list[Advisory]] = {project: [] for project in projects}
    reading = _Reading()
    with open_files(path, str(path)) as archive:
        for record in archive.records():
            if record is None:
                continue
            reading.take(record, None)
            for project in record.projects & known.keys():
                known[project].append(record.row(project))
        if not reading.records:
            raise _nothing_in(str(path))
        as_of = _newest(archive, reading, datetime.now(UTC))
    return {
        project: Advisories(tuple(sorted(rows, key=lambda one: one.id)), as_of)
        for project, rows in known.items()
    }


def _nothing_in(where: str) -> BadInput:
    return BadInput(
        f"{where} holds no advisory about a PyPI package.",
        hint="Nothing was changed. It should hold OSV records, as OSV exports them.",
    )


def _event(before: datetime | None, report: SyncReport) -> Event:
    return Event(
        "advisories.synced",
        "advisories",
        before={"as_of": before.isoformat() if before else None},
        after={
            "as_of": report.as_of.isoformat(),
            "source": report.source,
            "records": report.records,
            "changed": report.changed,
            "skipped": report.skipped,
        },
    )
