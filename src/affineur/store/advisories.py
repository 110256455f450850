"""Advisories as rows: one for each record and each project that it affects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from affineur.core.advisories import Advisories, Advisory
from affineur.core.names import ProjectName
from affineur.store.schema import data_source
from affineur.store.schema_vetting import advisory

_SOURCE = "advisories"
_BATCH = 500
_MOST_PER_PROJECT = 5000


def known_to(conn: Connection, project: ProjectName) -> Advisories:
    """Give all that is known of a project, withdrawn records too, with the age of the data."""
    question = select(advisory).where(advisory.c.project == project).order_by(advisory.c.id)
    rows = conn.execute(question.limit(_MOST_PER_PROJECT))
    known = tuple(
        Advisory(row.id, project, row.modified_at, row.record, row.withdrawn_at) for row in rows
    )
    return Advisories(known, as_of(conn))


def as_of(conn: Connection) -> datetime | None:
    """Give the age of the data; None while there is none."""
    question = select(data_source.c.fetched_at).where(data_source.c.name == _SOURCE)
    return conn.execute(question).scalar_one_or_none()


def note_as_of(conn: Connection, moment: datetime, detail: str) -> None:
    """Note how new the data is, and where it is from."""
    values = {"fetched_at": moment, "detail": detail}
    is_source = data_source.c.name == _SOURCE
    if conn.execute(update(data_source).where(is_source).values(values)).rowcount == 0:
        conn.execute(insert(data_source).values(name=_SOURCE, **values))


def count(conn: Connection) -> int:
    """Count the records, each once, however many projects it affects."""
    return conn.execute(select(func.count(func.distinct(advisory.c.id)))).scalar_one()


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
