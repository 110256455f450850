"""Advisories as rows: one for each record and each project that it affects.

How new they are stands in `data_source`, beside what is remembered of their source and of the
last try to bring them up to date.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    delete,
    func,
    insert,
    null,
    select,
    update,
)

from affineur.core.advisories import Advisories, Advisory
from affineur.core.names import FeedName, ProjectName, Sha256
from affineur.store.schema import data_source, feed, file, first_sight, listing
from affineur.store.schema_vetting import advisory

_AS_OF = "advisories"
_REMOTE = "advisories.remote"
_TRIED = "advisories.tried"
_MALWARE = "MAL-%"
_BATCH = 500
_MOST_PER_PROJECT = 5000
_LONGEST_DETAIL = 4000


@dataclass(frozen=True, slots=True)
class Note:
    """What was noted of a source of data, and when."""

    at: datetime
    detail: str


@dataclass(frozen=True, slots=True)
class Held:
    """A file of others that we hold; `feed` says where it is listed, None that it is cached."""

    project: ProjectName
    filename: str
    sha256: Sha256
    feed: FeedName | None


def known_to(conn: Connection, project: ProjectName) -> Advisories:
    """Give all that is known of a project, withdrawn records too, with the age of the data."""
    question = select(advisory).where(advisory.c.project == project).order_by(advisory.c.id)
    rows = conn.execute(question.limit(_MOST_PER_PROJECT))
    return Advisories(tuple(map(_advisory, rows)), as_of(conn))


def malware_of(conn: Connection, project: ProjectName) -> tuple[Advisory, ...]:
    """Give the malware records of a project that nobody withdrew."""
    question = (
        select(advisory)
        .where(
            advisory.c.project == project,
            advisory.c.id.like(_MALWARE),
            advisory.c.withdrawn_at.is_(None),
        )
        .order_by(advisory.c.id)
        .limit(_MOST_PER_PROJECT)
    )
    return tuple(map(_advisory, conn.execute(question)))


def by_id(conn: Connection, record_id: str) -> Advisory | None:
    """Give a record, for one of the projects that it affects; None when there is none such."""
    question = select(advisory).where(advisory.c.id == record_id).limit(1)
    row = conn.execute(question).one_or_none()
    return None if row is None else _advisory(row)


def projects_of(conn: Connection, ids: Iterable[str]) -> set[ProjectName]:
    """Give the projects that these records affect, as we hold them."""
    wanted = list(ids)
    found: set[ProjectName] = set()
    for start in range(0, len(wanted), _BATCH):
        some = advisory.c.id.in_(wanted[start : start + _BATCH])
        found.update(map(ProjectName, conn.scalars(select(advisory.c.project).where(some))))
    return found


def listed(conn: Connection, projects: Collection[ProjectName]) -> tuple[Held, ...]:
    """Give the files of these projects that stand in feeds and are no uploads."""
    columns = (listing.c.project, listing.c.filename, listing.c.sha256, feed.c.name)
    question = (
        select(*columns)
        .join(feed, feed.c.id == listing.c.feed_id)
        .where(listing.c.ended_at.is_(None), listing.c.is_upload.is_(False))
        .where(listing.c.sha256.not_in(_uploads()))
        .order_by(listing.c.project, listing.c.filename, feed.c.name)
    )
    return tuple(_held(conn, question, listing.c.project, projects))


def cached(conn: Connection, projects: Collection[ProjectName]) -> tuple[Held, ...]:
    """Give the files of these projects that came through a connector and that we hold."""
    columns = (first_sight.c.project, first_sight.c.filename, first_sight.c.sha256)
    question = (
        select(*columns, null().label("name"))
        .join(file, file.c.sha256 == first_sight.c.sha256)
        .order_by(first_sight.c.project, first_sight.c.filename)
        .distinct()
    )
    return tuple(_held(conn, question, first_sight.c.project, projects))


def own_digests(conn: Connection, project: ProjectName) -> frozenset[Sha256]:
    """Give the digests of what the house itself uploaded under this name, to whatever feed."""
    uploaded = select(listing.c.sha256).where(
        listing.c.project == project, listing.c.is_upload.is_(True)
    )
    return frozenset(map(Sha256, conn.scalars(uploaded)))


def as_of(conn: Connection) -> datetime | None:
    """Give the age of the data; None while there is none."""
    noted = _noted(conn, _AS_OF)
    return noted.at if noted is not None else None


def source(conn: Connection) -> Note | None:
    """Say how new the data is, and where it is from; None while there is none."""
    return _noted(conn, _AS_OF)


def note_as_of(conn: Connection, moment: datetime, detail: str) -> None:
    """Note how new the data is, and where it is from."""
    _note(conn, _AS_OF, Note(moment, detail))


def remote(conn: Connection) -> Note | None:
    """Give what was remembered of the remote source, and when that was asked last."""
    return _noted(conn, _REMOTE)


def note_remote(conn: Connection, moment: datetime, detail: str) -> None:
    """Remember something of the remote source."""
    _note(conn, _REMOTE, Note(moment, detail))


def last_try(conn: Connection) -> Note | None:
    """Give when somebody last tried to bring the data up to date, and the trouble; "" is none."""
    return _noted(conn, _TRIED)


def note_try(conn: Connection, moment: datetime, trouble: str) -> None:
    """Note a try to bring the data up to date, and its trouble; "" is none."""
    _note(conn, _TRIED, Note(moment, trouble[:_LONGEST_DETAIL]))


def count(conn: Connection) -> int:
    """Count the records, each once, however many projects it affects."""
    return conn.execute(select(func.count(func.distinct(advisory.c.id)))).scalar_one()


def count_malware(conn: Connection) -> int:
    """Count the malware records that nobody withdrew."""
    stands = (advisory.c.id.like(_MALWARE), advisory.c.withdrawn_at.is_(None))
    question = select(func.count(func.distinct(advisory.c.id))).where(*stands)
    return conn.execute(question).scalar_one()


def newest(conn: Connection) -> datetime | None:
    """Say when the newest record was modified."""
    moment: datetime | None = conn.scalar(select(func.max(advisory.c.modified_at)))
    return moment


def modified(conn: Connection) -> Mapping[str, datetime]:
    """Say of each record, by its id, when it was modified last."""
    question = select(advisory.c.id, func.max(advisory.c.modified_at)).group_by(advisory.c.id)
    return {row[0]: row[1] for row in conn.execute(question)}


def replace(conn: Connection, records: Iterable[tuple[str, Sequence[Advisory]]]) -> int:
    """Put each record, given as its id and its rows, in the place of what was kept of it.

    A record that no longer affects a project loses the row for it. Return how many records.
    """
    ids: list[str] = []
    rows: list[dict[str, Any]] = []  # Any: column values
    replaced = 0
    for record_id, advisories in records:
        replaced += 1
        ids.append(record_id)
        rows += [_row(one) for one in advisories]
        if len(ids) + len(rows) >= _BATCH:
            _replace_batch(conn, ids, rows)
            ids, rows = [], []
    _replace_batch(conn, ids, rows)
    return replaced


def _replace_batch(
    conn: Connection,
    ids: list[str],
    rows: list[dict[str, Any]],  # Any: column values
) -> None:
    if ids:
        conn.execute(delete(advisory).where(advisory.c.id.in_(ids)))
    if rows:
        conn.execute(insert(advisory), rows)


def _row(one: Advisory) -> dict[str, Any]:  # Any: column values
    return {
        "id": one.id,
        "project": one.project,
        "modified_at": one.modified_at,
        "withdrawn_at": one.withdrawn_at,
        "record": dict(one.record),
    }


def _advisory(row: Row[Any]) -> Advisory:  # Any: the columns of the table
    project = ProjectName(row.project)
    return Advisory(row.id, project, row.modified_at, row.record, row.withdrawn_at)


def _uploads() -> Select[Any]:  # Any: the digest alone
    return select(listing.c.sha256).where(listing.c.is_upload.is_(True))


def _held(
    conn: Connection,
    question: Select[Any],  # Any: the columns of `Held`
    column: ColumnElement[str],
    projects: Collection[ProjectName],
) -> Iterator[Held]:
    wanted = sorted(projects)
    for start in range(0, len(wanted), _BATCH):
        some = question.where(column.in_(wanted[start : start + _BATCH]))
        for row in conn.execute(some):
            name = FeedName(row.name) if row.name is not None else None
            yield Held(ProjectName(row.project), row.filename, Sha256(row.sha256), name)


def _noted(conn: Connection, name: str) -> Note | None:
    columns = (data_source.c.fetched_at, data_source.c.detail)
    row = conn.execute(select(*columns).where(data_source.c.name == name)).one_or_none()
    return None if row is None else Note(row.fetched_at, row.detail)


def _note(conn: Connection, name: str, note: Note) -> None:
    values = {"fetched_at": note.at, "detail": note.detail}
    is_source = data_source.c.name == name
    if conn.execute(update(data_source).where(is_source).values(values)).rowcount == 0:
        conn.execute(insert(data_source).values(name=name, **values))
