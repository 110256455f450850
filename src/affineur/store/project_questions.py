"""Questions about lists of projects: rows in order, rows of names, counts, and use.

Each gives at most as many rows as it is asked for, from one place, behind the key where the
page before ended; `services.projects` puts together what several places have.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from packaging.version import Version
from sqlalchemy import ColumnElement, Connection, Select, Table, func, literal, null, select, text
from sqlalchemy import Row as SqlRow

from affineur.core.names import ProjectName
from affineur.core.project_lists import Key, Place, Row, Sort, Wanted, moment_of
from affineur.store.schema import block
from affineur.store.schema_lists import connector_project, feed_project, feed_use

_BEYOND = "~"
"""Sorts behind every character of a name."""


def rows(
    conn: Connection,
    place: Place,
    wanted: Wanted,
    after: Key | None,
    limit: int,
    only: Collection[str] | None = None,
) -> tuple[Row, ...]:
    """Give the rows of a place that are wanted, in order; `only` those names, when given."""
    question = _wanted(place, wanted, only)
    name = _table(place).c.project
    if wanted.sort is Sort.CHANGED:
        return _read(conn, place, _by_change(place, question, after).limit(limit))
    if not wanted.needle:
        behind = question if after is None else question.where(name > after[1])
        return _read(conn, place, behind.order_by(name).limit(limit))
    begins = (name >= wanted.needle) & (name < wanted.needle + _BEYOND)
    found: tuple[Row, ...] = ()
    if after is None or after[0] == 0:
        first = question.where(begins) if after is None else question.where(begins, name > after[1])
        found = _read(conn, place, first.order_by(name).limit(limit))
        after = None
    if len(found) < limit:
        rest = question.where(~begins, name.like(f"%{wanted.needle}%"))
        rest = rest if after is None else rest.where(name > after[1])
        found += _read(conn, place, rest.order_by(name).limit(limit - len(found)))
    return found


def most_used(
    conn: Connection, feed_id: int, wanted: Wanted, after: Key | None, limit: int
) -> tuple[Key, ...]:
    """Give the projects that were sent most through a feed, as keys of that order."""
    use = feed_use.c
    question = select(use.downloads, use.project).where(use.feed_id == feed_id)
    if wanted.needle:
        question = question.where(use.project.like(f"%{wanted.needle}%"))
    if after is not None:
        count, name = -after[0], after[1]
        behind = (use.downloads == count) & (use.project > name)
        question = question.where((use.downloads < count) | behind)
    ordered = question.order_by(use.downloads.desc(), use.project).limit(limit)
    return tuple((-row.downloads, row.project) for row in conn.execute(ordered))


def rows_of(
    conn: Connection, connectors: Sequence[int], names: Sequence[str]
) -> Mapping[ProjectName, Mapping[Place, Row]]:
    """Give what every feed, and each of these connectors, has of names; ended ones too."""
    found: dict[ProjectName, dict[Place, Row]] = {ProjectName(name): {} for name in names}
    own, outside = feed_project.c, connector_project.c
    questions = [
        _columns(Place(feed_id=1)).where(own.project.in_(names)),
        _columns(Place(connector_id=1)).where(
            outside.connector_id.in_(connectors), outside.project.in_(names)
        ),
    ]
    for question in questions[: 2 if connectors else 1]:
        for row in conn.execute(question):
            place = Place(row.feed_id, row.connector_id)
            found[ProjectName(row.project)][place] = _row(place, row)
    return found


def counts(conn: Connection, places: Sequence[Place]) -> Mapping[Place, int]:
    """Count the projects of each place: all, less those of which nothing stands any more."""
    return {place: _count(conn, place) for place in places}


def uses(conn: Connection, feed_id: int, names: Sequence[str]) -> Mapping[ProjectName, int]:
    """Say how often files of these projects were sent through a feed in 30 days."""
    use = feed_use.c
    question = select(use.project, use.downloads).where(
        use.feed_id == feed_id, use.project.in_(names)
    )
    return {ProjectName(row.project): row.downloads for row in conn.execute(question)}


def blocked_names(conn: Connection) -> frozenset[str]:
    """Give the projects that a block holds for, or for some file of which."""
    return frozenset(conn.scalars(select(block.c.project).where(block.c.ended_at.is_(None))))


def _count(conn: Connection, place: Place) -> int:
    question = select(func.count()).select_from(_table(place)).where(_is(place))
    count = int(conn.execute(question).scalar_one())
    if place.connector_id:
        return count
    ended = question.where(text("files = 0"))  # literally, so that its index is used
    return count - int(conn.execute(ended).scalar_one())


def _wanted(place: Place, wanted: Wanted, only: Collection[str] | None) -> Select[Any]:  # Any: rows
    table = _table(place)
    question = _columns(place).where(_is(place), _stands(place))
    if wanted.sort is Sort.CHANGED and wanted.needle:
        question = question.where(table.c.project.like(f"%{wanted.needle}%"))
    if wanted.is_yanked:
        question = question.where(table.c.yanked > 0)
    if wanted.has_findings:
        has = literal(value=False) if place.connector_id else feed_project.c.severity > 0
        question = question.where(has)
    if wanted.changed_since is not None:
        question = question.where(table.c.changed_at >= wanted.changed_since)
    return question if only is None else question.where(table.c.project.in_(sorted(only)))


def _by_change(place: Place, question: Select[Any], after: Key | None) -> Select[Any]:  # Any: rows
    table = _table(place)
    if after is not None:
        moment = moment_of(after)
        behind = (table.c.changed_at == moment) & (table.c.project > after[1])
        question = question.where(
            table.c.changed_at <= moment, (table.c.changed_at < moment) | behind
        )
    return question.order_by(table.c.changed_at.desc(), table.c.project)


def _table(place: Place) -> Table:
    return connector_project if place.connector_id else feed_project


def _is(place: Place) -> ColumnElement[bool]:
    if place.connector_id:
        return connector_project.c.connector_id == place.connector_id
    return feed_project.c.feed_id == place.feed_id


def _stands(place: Place) -> ColumnElement[bool]:
    return connector_project.c.files >= 0 if place.connector_id else feed_project.c.files > 0


def _columns(place: Place) -> Select[Any]:  # Any: rows of either table
    if not place.connector_id:
        return select(feed_project, literal(0).label("connector_id"))
    constants = {"feed_id": literal(0), "severity": null(), "is_own": literal(value=False)}
    return select(connector_project, *(value.label(name) for name, value in constants.items()))


def _read(conn: Connection, place: Place, question: Select[Any]) -> tuple[Row, ...]:  # Any: rows
    return tuple(_row(place, row) for row in conn.execute(question))


def _row(place: Place, row: SqlRow[Any]) -> Row:  # Any: columns of either table
    return Row(
        place=place,
        project=ProjectName(row.project),
        files=row.files,
        versions=row.versions,
        yanked=row.yanked,
        latest=None if row.latest is None else Version(row.latest),
        latest_at=row.latest_at,
        changed_at=row.changed_at,
        severity=row.severity,
        is_own=bool(row.is_own),
    )
