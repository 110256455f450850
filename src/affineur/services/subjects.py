"""Subjects of vetting: everything that is known of a file is gathered for its checks."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from affineur.core.pages import Entry, Page
from affineur.core.requests import RequestFile
from affineur.core.subjects import House, Subject
from affineur.services import names, reports
from affineur.services.gear import Gear
from affineur.store import advisories, sights
from affineur.store.snapshots import Key


def gather(gear: Gear, page: Page, file: RequestFile) -> Subject:
    """Gather all that is known of a file: `page` is its project in the source feed. Blocking."""
    entry = page.find(file.filename.text)
    archive = reports.read(gear, file)
    with gear.db.reading() as conn:
        known = advisories.known_to(conn, file.filename.project)
        seen = _first_seen(conn, entry)
    return Subject(
        file=file,
        now=gear.clock.now(),
        archive=archive,
        index=entry.file if entry is not None else None,
        project_status=page.status,
        project_files=tuple(one.file for one in page.entries),
        first_seen_at=seen,
        advisories=known,
        names=names.known(gear),
        house=_house(gear),
    )


def gather_shown(gear: Gear, file: RequestFile, path: Path) -> Subject:
    """Gather what is known here of a file that lies at a path and is in no feed. Blocking."""
    with gear.db.reading() as conn:
        known = advisories.known_to(conn, file.filename.project)
    return Subject(
        file=file,
        now=gear.clock.now(),
        archive=reports.read_at(gear, file, path),
        advisories=known,
        names=names.known(gear),
        house=_house(gear),
    )


def _house(gear: Gear) -> House:
    return House(gear.settings.pythons, gear.settings.platforms)


def _first_seen(conn: Connection, entry: Entry | None) -> datetime | None:
    if entry is None or entry.origin.connector_id is None:
        return None
    key = Key(entry.origin.connector_id, entry.file.filename.project)
    filename = entry.file.filename.text
    sight = sights.sights(conn, key, filename).get(filename)
    return sight.seen_at if sight is not None else None
