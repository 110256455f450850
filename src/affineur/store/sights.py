"""Digests at first sight: what an external index first said of a filename, and what came later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from affineur.core.files import IndexFile
from affineur.core.names import ProjectName, Sha256
from affineur.store.schema import first_sight, incident
from affineur.store.snapshots import Key

_BATCH = 500
_MOST_INCIDENTS = 1000
_SIGHT = (
    first_sight.c.filename,
    first_sight.c.sha256,
    first_sight.c.seen_at,
    first_sight.c.changed_to,
)


@dataclass(frozen=True, slots=True)
class Sight:
    """When a filename was first seen, and the other digest that came later, if one did."""

    sha256: Sha256
    seen_at: datetime
    changed_to: Sha256 | None


@dataclass(frozen=True, slots=True)
class Incident:
    """News that somebody should look at."""

    id: int
    kind: str
    project: ProjectName
    what: str
    happened_at: datetime


def sights(
    conn: Connection, key: Key, filename: str | None = None, *, only_changed: bool = False
) -> Mapping[str, Sight]:
    """First sights of a project's files at a connector, by filename; or of one file alone.

    With `only_changed`, those that came with another digest later.
    """
    question = select(*_SIGHT).where(
        first_sight.c.connector_id == key.connector_id, first_sight.c.project == key.project
    )
    if only_changed:
        question = question.where(first_sight.c.changed_to.is_not(None))
    if filename is not None:
        question = question.where(first_sight.c.filename == filename)
    return {
        row.filename: Sight(row.sha256, row.seen_at, row.changed_to)
        for row in conn.execute(question)
    }


def remember(
    conn: Connection, key: Key, files: Sequence[IndexFile], now: datetime
) -> tuple[str, ...]:
    """Remember digests at first sight; record and return the filenames whose digest changed."""
    known = sights(conn, key)
    fresh = [
        {
            "connector_id": key.connector_id,
            "project": key.project,
            "filename": one.filename.text,
            "sha256": one.sha256,
            "seen_at": now,
        }
        for one in files
        if one.sha256 is not None and one.filename.text not in known
    ]
    for start in range(0, len(fresh), _BATCH):
        conn.execute(insert(first_sight), fresh[start : start + _BATCH])
    changed = [one for one in files if _differs(one, known.get(one.filename.text))]
    for one in changed:
        _record_change(conn, key, one, now)
    return tuple(one.filename.text for one in changed)


def record_incident(
    conn: Connection, now: datetime, kind: str, project: ProjectName, what: str
) -> None:
    """Record news that somebody should look at."""
    conn.execute(insert(incident).values(kind=kind, project=project, what=what, happened_at=now))


def incidents(
    conn: Connection, limit: int = 100, before: int | None = None, kind: str = ""
) -> tuple[Incident, ...]:
    """Give the newest incidents first, those before a number, of any kind or of one."""
    question = select(incident).order_by(incident.c.id.desc()).limit(min(limit, _MOST_INCIDENTS))
    if before is not None:
        question = question.where(incident.c.id < before)
    if kind:
        question = question.where(incident.c.kind == kind)
    return tuple(Incident(*row) for row in conn.execute(question))


def _differs(file: IndexFile, sight: Sight | None) -> bool:
    """Whether this is news: another digest than at first sight, not recorded before."""
    if sight is None or file.sha256 is None:
        return False
    return file.sha256 not in {sight.sha256, sight.changed_to}


def _record_change(conn: Connection, key: Key, file: IndexFile, now: datetime) -> None:
    conn.execute(
        update(first_sight)
        .where(
            first_sight.c.connector_id == key.connector_id,
            first_sight.c.filename == file.filename.text,
        )
        .values(changed_to=file.sha256, changed_at=now)
    )
    what = (
        f"{file.filename.text} now has sha256 {file.sha256} at its origin, "
        "another one than at first sight. It is refused; what was approved is unchanged."
    )
    record_incident(conn, now, "changed-upstream", key.project, what)
