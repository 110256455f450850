"""What external indexes said: the last good page of each project, and digests at first sight."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import (
    Connection,
    Text,
    bindparam,
    cast,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)

from affineur.core.files import Filename, IndexFile
from affineur.core.names import ProjectName
from affineur.core.pages import ProjectFacts
from affineur.store import past, project_lists
from affineur.store.picking import pick
from affineur.store.schema import listing, snapshot

_BATCH = 500
_READING = 2
"""Rises when more is read in a page; what an earlier affineur read is then asked for whole."""
_MOST_INCIDENTS = 1000
_TOUCH = (
    update(snapshot)
    .where(
        snapshot.c.connector_id == bindparam("the_connector"),
        snapshot.c.project == bindparam("the_project"),
        snapshot.c.files_digest == bindparam("the_digest"),
    )
    .values(fetched_at=bindparam("the_moment"))
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A page as an external index last gave it."""

    fetched_at: datetime
    is_missing: bool
    files: tuple[IndexFile, ...]
    facts: ProjectFacts = ProjectFacts()
    etag: str | None = None
    row: Mapping[str, Any] | None = field(default=None, compare=False, repr=False)  # Any: columns
    """What the table gets of it, when that was written out before: it takes a while."""


@dataclass(frozen=True, slots=True)
class Key:
    """Whose page: a project at a connector."""

    connector_id: int
    project: ProjectName


def snapshots_of(
    conn: Connection, project: ProjectName, filename: str | None = None
) -> Mapping[int, Snapshot]:
    """Give the snapshots of a project by connector; with `filename`, only that file of each."""
    question = select(snapshot)
    if filename is not None:
        others = (column for column in snapshot.c if column.name != "files")
        question = select(*others, cast(snapshot.c.files, Text).label("files"))
    return {
        row.connector_id: Snapshot(
            row.fetched_at,
            row.is_missing,
            tuple(map(_from_json, row.files if filename is None else pick(row.files, filename))),
            _facts(row.facts, row.status),
            row.etag,
        )
        for row in conn.execute(question.where(snapshot.c.project == project))
    }


def snapshots_at(
    conn: Connection, project: ProjectName, moment: datetime
) -> Mapping[int, Snapshot | None]:
    """Give the snapshots of a project as they were at a moment, by connector.

    `fetched_at` is when the index was asked last, which may be before that moment. None where
    nobody can say any more what it was. Files are in an order that later changes do not touch.
    """
    question = select(snapshot).where(snapshot.c.project == project)
    found: dict[int, Snapshot | None] = {}
    for row in conn.execute(question):
        said = past.at(conn, (row.connector_id, project), _told(row), moment)
        found[row.connector_id] = None if said is None else _as_told(said, row.fetched_at)
    return found


@dataclass(frozen=True, slots=True)
class LastSeen:
    """As much of the last good page as tells whether another one is the same."""

    etag: str | None = None
    """None also when not all was read in it that we read today."""
    digest: str | None = None
    """None when the project was never asked for there."""
    is_known: bool = False
    """Whether anything is kept of the project: by any external index, or files in a feed."""
    fetched_at: datetime | None = None
    """When it was asked last; None when it never was, or has no such project."""


def last_seen(conn: Connection, key: Key) -> LastSeen:
    """Give what the next answer is to be compared with."""
    told = (snapshot.c.etag, snapshot.c.files_digest, snapshot.c.facts)
    when = (snapshot.c.is_missing, snapshot.c.fetched_at)
    row = conn.execute(select(*told, *when).where(*_is(key))).one_or_none()
    if row is not None:
        is_read = row.facts.get("reading") == _READING
        return LastSeen(
            row.etag if is_read else None,
            row.files_digest,
            is_known=True,
            fetched_at=None if row.is_missing else row.fetched_at,
        )
    is_seen = exists().where(snapshot.c.project == key.project)
    is_listed = exists().where(listing.c.project == key.project)
    return LastSeen(is_known=bool(conn.execute(select(is_seen | is_listed)).scalar_one()))


@dataclass(frozen=True, slots=True)
class Tally:
    """How much is kept of what one external index said."""

    pages: int = 0
    missing: int = 0
    """How many names it has not."""
    oldest_at: datetime | None = None
    """When it was asked for the page that is oldest."""
    newest_at: datetime | None = None


def tallies(conn: Connection, connector_ids: Sequence[int]) -> Mapping[int, Tally]:
    """Count what is kept of each connector; those of which nothing is kept are left out."""
    at = snapshot.c.fetched_at
    question = (
        select(snapshot.c.connector_id, snapshot.c.is_missing)
        .add_columns(func.count(), func.min(at), func.max(at))
        .where(snapshot.c.connector_id.in_(connector_ids))
        .group_by(snapshot.c.connector_id, snapshot.c.is_missing)
    )
    found: dict[int, Tally] = {}
    for number, is_missing, count, oldest, newest in conn.execute(question):
        before = found.get(number, Tally())
        if is_missing:
            found[number] = replace(before, missing=count)
        else:
            found[number] = replace(before, pages=count, oldest_at=oldest, newest_at=newest)
    return found


def oldest(conn: Connection, connector_id: int, limit: int) -> tuple[ProjectName, ...]:
    """Give the projects whose pages an index was not asked for the longest time."""
    is_there = (snapshot.c.connector_id == connector_id) & snapshot.c.is_missing.is_(False)
    question = select(snapshot.c.project).where(is_there).order_by(snapshot.c.fetched_at)
    return tuple(ProjectName(name) for name in conn.scalars(question.limit(limit)))


def facts_of(conn: Connection, key: Key) -> ProjectFacts:
    """Give what the last good page says of the project."""
    question = select(snapshot.c.facts, snapshot.c.status).where(*_is(key))
    row = conn.execute(question).one_or_none()
    return ProjectFacts() if row is None else _facts(row.facts, row.status)


def touch(conn: Connection, pages: Sequence[tuple[Key, str, datetime]]) -> None:
    """Note of pages that they are as they were, and when that was said: they are fresh again.

    Each comes with the digest it was compared with; what stands there by now may be another.
    """
    rows = [
        {
            "the_connector": key.connector_id,
            "the_project": key.project,
            "the_digest": digest,
            "the_moment": at,
        }
        for key, digest, at in pages
    ]
    if rows:
        conn.execute(_TOUCH, rows)


def keep(conn: Connection, key: Key, new: Snapshot) -> bool:
    """Keep a page; return whether it says anything else than the one before."""
    row, of = _row(key, new), (key.connector_id, key.project)
    before = conn.execute(select(snapshot).where(*_is(key))).one_or_none()
    if before is not None and before.files_digest == row["files_digest"]:
        touch(conn, [(key, before.files_digest, new.fetched_at)])
        return False
    if before is not None:
        said = past.told(new.is_missing, {"status": row["status"], **row["facts"]}, row["files"])
        past.keep(conn, of, (_told(before), before.fetched_at), said)
    conn.execute(delete(snapshot).where(*_is(key)))
    conn.execute(insert(snapshot).values(**row))
    if new.is_missing:
        project_lists.gone_outside(conn, of)
    else:
        project_lists.told_outside(conn, of, new.files, new.fetched_at)
    return True


def keep_first(conn: Connection, key: Key, new: Snapshot) -> None:
    """Keep a page if none is kept yet."""
    if conn.execute(select(snapshot.c.project).where(*_is(key))).first() is None:
        conn.execute(insert(snapshot).values(**_row(key, new)))


def write_out(key: Key, new: Snapshot) -> Snapshot:
    """Write a page out, before the transaction that keeps it: a large one takes a while."""
    return replace(new, row=_row(key, new))


def digest_of(key: Key, new: Snapshot) -> str:
    """Give a digest of all that a page says."""
    return str(_row(key, new)["files_digest"])


def _told(row: Any) -> past.Told:  # Any: a row of the table
    return past.told(row.is_missing, {"status": row.status, **row.facts}, row.files)


def _as_told(said: past.Told, fetched_at: datetime) -> Snapshot:
    files = tuple(_from_json(said["files"][name]) for name in sorted(said["files"]))
    facts = _facts(said["facts"], said["facts"].get("status"))
    return Snapshot(fetched_at, said["is_missing"], files, facts)


def _row(key: Key, new: Snapshot) -> Mapping[str, Any]:  # Any: columns of the table
    if new.row is not None:
        return new.row
    files = [_to_json(one) for one in new.files]
    facts = _facts_json(new.facts)
    return {
        "connector_id": key.connector_id,
        "project": key.project,
        "is_missing": new.is_missing,
        "etag": new.etag,
        "status": new.facts.status,
        "facts": facts,
        "files": files,
        "files_digest": _digest([new.is_missing, new.facts.status, facts, files]),
        "fetched_at": new.fetched_at,
    }


def _is(key: Key) -> tuple[Any, Any]:  # Any: SQL conditions
    return snapshot.c.connector_id == key.connector_id, snapshot.c.project == key.project


def _digest(told: list[Any]) -> str:  # Any: JSON
    return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _facts_json(facts: ProjectFacts) -> dict[str, Any]:  # Any: JSON
    """Write all but the status, which has a column of its own."""
    values = {
        "status_reason": facts.status_reason,
        "tracks": list(facts.tracks),
        "alternate_locations": list(facts.alternate_locations),
    }
    return {"reading": _READING} | {name: value for name, value in values.items() if value}


def _facts(value: dict[str, Any], status: str | None) -> ProjectFacts:  # Any: JSON
    return ProjectFacts(
        status,
        value.get("status_reason"),
        tuple(value.get("tracks", ())),
        tuple(value.get("alternate_locations", ())),
    )


def _to_json(file: IndexFile) -> dict[str, Any]:  # Any: JSON
    values = {
        "filename": file.filename.text,
        "sha256": file.sha256,
        "size_bytes": file.size_bytes,
        "uploaded_at": file.uploaded_at.isoformat() if file.uploaded_at else None,
        "requires_python": file.requires_python,
        "yanked": file.yanked,
        "metadata_sha256": file.metadata_sha256,
        "location": file.location,
        "metadata_location": file.metadata_location,
        "provenance_location": file.provenance_location,
    }
    return {name: value for name, value in values.items() if value is not None}


def _from_json(value: dict[str, Any]) -> IndexFile:  # Any: JSON as _to_json made it
    moment = value.get("uploaded_at")
    return IndexFile(
        filename=Filename.parse(value["filename"]),
        sha256=value.get("sha256"),
        size_bytes=value.get("size_bytes"),
        uploaded_at=datetime.fromisoformat(moment) if moment else None,
        requires_python=value.get("requires_python"),
        yanked=value.get("yanked"),
        metadata_sha256=value.get("metadata_sha256"),
        location=value.get("location"),
        metadata_location=value.get("metadata_location"),
        provenance_location=value.get("provenance_location"),
    )
