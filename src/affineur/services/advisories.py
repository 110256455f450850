"""Advisories: bring our copy of the OSV data up to date, from a URL or from the disk.

What we hold is only ever made newer: a record replaces an older one of the same id, none is
removed for being absent (OSV withdraws records and keeps them), and the age that we claim for
the data never goes back. What follows from the news stands in `advisory_news`.
"""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from affineur.core.advisories import Advisories, Advisory
from affineur.core.errors import BadInput, DomainError
from affineur.core.events import Event
from affineur.core.names import ProjectName
from affineur.core.permissions import OPERATOR, Actor, Permission, require
from affineur.services import advisory_feed, advisory_news
from affineur.services.advisory_feed import Fetched, Progress, shown_url
from affineur.services.advisory_news import Change, News
from affineur.services.gear import Gear
from affineur.services.keeping import SYSTEM
from affineur.services.osv_files import OsvFiles, open_files
from affineur.services.osv_record import OsvRecord
from affineur.store import advisories, audit

OSV_EXPORT = "https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip"
"""OSV's bulk export of everything that is known about packages of PyPI."""

SYNC_ADVISORIES = "sync-advisories"
"""The kind of job that brings them up to date; done again and again."""

_REPORT_EVERY = 500
_MALWARE = "MAL-"
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a synchronisation came to."""

    source: str
    records: int
    """Records about PyPI projects that were read; all of the source's, or those that changed."""
    changed: int
    """Those that were new or newer than ours."""
    projects: int
    """Projects that they affect."""
    withdrawn: int
    skipped: int
    """Documents that could not be read as OSV records, or that the source did not give."""
    as_of: datetime
    """How new our data is now."""
    is_delta: bool = False
    """Whether only what changed was asked for."""
    news: News = News()
    """What it changed about what we hold."""


@dataclass(frozen=True, slots=True)
class Status:
    """How new our advisories are, and whether they are kept so."""

    as_of: datetime | None
    source: str
    records: int
    malware: int
    """Malware records that stand."""
    newest: datetime | None
    """When the newest record was modified."""
    tried_at: datetime | None
    trouble: str
    """What went wrong at the last try; empty when nothing did."""
    url: str
    every_s: float
    """How often the server asks by itself, in seconds; 0 is never."""


@dataclass(slots=True)
class _Reading:
    """What was read in the source so far."""

    records: int = 0
    withdrawn: int = 0
    skipped: int = 0
    projects: set[ProjectName] = field(default_factory=set)
    moments: list[datetime] = field(default_factory=list)
    news: dict[str, tuple[datetime, str, frozenset[ProjectName]]] = field(default_factory=dict)
    """The member of each record that is newer than ours, and whom it affects, by its id."""

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
            self.news[record.id] = (record.modified_at, record.member, record.projects)


@dataclass(frozen=True, slots=True)
class _Origin:
    """Where records are read, and what is known of that place."""

    name: str
    path: Path
    fetched: Fetched | None = None
    """None for what lies on the disk."""
    at: datetime | None = None
    """When it was fetched."""


def _silent(_step: str, _done: int, _total: int | None) -> None:
    """Tell nobody."""


async def sync(
    gear: Gear, actor: Actor | None, source: str | None = None, progress: Progress = _silent
) -> SyncReport:
    """Take in OSV records: a zip or a folder by path, or by URL (default: the settings' one).

    `actor` None is the operator on the server's machine. A source that is broken or holds no
    record about PyPI raises `BadInput` and changes nothing. When a URL fails midway, whole
    records that came are kept, and `UpstreamTrouble` is raised.
    """
    actor = actor or OPERATOR
    require(actor, Permission.SERVER_ADMIN)
    where = source or gear.settings.advisories_url or OSV_EXPORT
    is_remote = where.startswith(("http://", "https://"))
    try:
        if is_remote:
            return await _sync_remote(gear, actor, where, progress)
        return await asyncio.to_thread(_take_in, gear, actor, _Origin(where, Path(where)), progress)
    except DomainError as error:
        await gear.db.write(advisories.note_try, gear.clock.now(), error.message)
        raise


async def sync_again(gear: Gear, _key: str) -> None:
    """Bring them up to date because it is time; doing it twice does no harm."""
    if gear.settings.advisories_every_s:
        await sync(gear, replace(OPERATOR, name=SYSTEM.name))


def sync_parked(_gear: Gear, _key: str, error: str) -> None:
    """Say that it kept failing; `status` tells it, too."""
    _LOG.error("Advisories could not be brought up to date: %s", error)


def status(gear: Gear, actor: Actor | None = None) -> Status:
    """Say how new the advisories are, where they are from, and what went wrong last."""
    require(actor or OPERATOR, Permission.AUDIT_READ)
    with gear.db.reading() as conn:
        from_where, tried = advisories.source(conn), advisories.last_try(conn)
        return Status(
            as_of=from_where.at if from_where else None,
            source=from_where.detail if from_where else "",
            records=advisories.count(conn),
            malware=advisories.count_malware(conn),
            newest=advisories.newest(conn),
            tried_at=tried.at if tried else None,
            trouble=tried.detail if tried else "",
            url=shown_url(gear.settings.advisories_url or OSV_EXPORT),
            every_s=gear.settings.advisories_every_s,
        )


async def _sync_remote(gear: Gear, actor: Actor, url: str, progress: Progress) -> SyncReport:
    at, shown = gear.clock.now(), shown_url(url)
    with gear.db.reading() as conn:
        ours, remembered = advisories.modified(conn), advisories.remote(conn)
    with tempfile.TemporaryDirectory(prefix="advisories-", dir=_folder(gear)) as folder:
        asking = (gear.upstream, url, gear.settings.upstream_timeout_s)
        told = remembered.detail if remembered else None
        fetched = await advisory_feed.fetch(asking, told, ours, (Path(folder), progress))
        origin = _Origin(shown, fetched.path or Path(folder), fetched, at)
        report = await asyncio.to_thread(_take_in, gear, actor, origin, progress)
    if fetched.trouble is not None:
        raise fetched.trouble
    return report


def _folder(gear: Gear) -> Path:
    gear.settings.data.mkdir(parents=True, exist_ok=True)
    return gear.settings.data


def _take_in(gear: Gear, actor: Actor, origin: _Origin, progress: Progress) -> SyncReport:
    """Read everything first; only when all of it is sound, store what is newer than ours."""
    if origin.fetched is not None and origin.fetched.path is None:
        return _store(gear, actor, (origin, _Reading()), iter(()))
    with open_files(origin.path, origin.name) as archive:
        with gear.db.reading() as conn:
            known = advisories.modified(conn)
        reading = _read(archive, known, progress)
        is_delta = origin.fetched is not None and origin.fetched.is_delta
        if not reading.records and not is_delta:
            raise _nothing_in(origin.name)
        moment = origin.at or _newest(archive, reading, gear.clock.now())
        news = [member for _, member, _ in reading.news.values()]
        records = _reported(archive.again(news), len(news), progress)
        return _store(gear, actor, (replace(origin, at=moment), reading), records)


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


def _store(
    gear: Gear, actor: Actor, told: tuple[_Origin, _Reading], records: Iterator[OsvRecord]
) -> SyncReport:
    """Store the news with all that follows, the age of the data and the event, all or nothing."""
    origin, reading = told
    now, fetched = gear.clock.now(), origin.fetched
    with gear.db.writing() as conn:
        before = advisories.as_of(conn)
        known = advisories.modified(conn)  # again: another synchronisation may have come between
        held = advisory_news.look(conn, _change(conn, reading, known))
        fresh = (one for one in records if _is_newer(one.modified_at, known.get(one.id)))
        changed = advisories.replace(conn, ((one.id, one.rows()) for one in fresh))
        news = advisory_news.tell(conn, now, actor, held)
        is_whole = fetched is None or fetched.trouble is None
        ages = [age for age in (origin.at if is_whole else None, before) if age is not None]
        report = SyncReport(
            origin.name,
            reading.records,
            changed,
            len(reading.projects),
            reading.withdrawn,
            reading.skipped + (fetched.missing if fetched else 0),
            max(ages, default=_NEVER),
            is_delta=fetched is not None and fetched.is_delta,
            news=news,
        )
        if is_whole:
            advisories.note_as_of(conn, report.as_of, report.source)
            advisories.note_try(conn, now, "")
        if fetched is not None:
            advisories.note_remote(conn, now, fetched.remote.dumped())
        if changed or before is None:
            audit.record(conn, now, actor, _event(before, report))
    return report


def _change(conn: Connection, reading: _Reading, known: Mapping[str, datetime]) -> Change:
    """Say whom the records affect that are newer than ours, by what they say now and said."""
    news = {
        record_id: projects
        for record_id, (at, _, projects) in reading.news.items()
        if _is_newer(at, known.get(record_id))
    }
    malware = {record_id for record_id in news if record_id.startswith(_MALWARE)}
    ours = frozenset(news) & known.keys()
    return Change(
        frozenset(advisories.projects_of(conn, ours)).union(*news.values()),
        frozenset(advisories.projects_of(conn, ours & malware)).union(
            *(news[one] for one in malware)
        ),
    )


def _is_newer(moment: datetime, ours: datetime | None) -> bool:
    return ours is None or moment > ours


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
