"""Names as rows: the list of popular ones, and what the house approved, owns and reserves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from affineur.core.names import ProjectName
from affineur.store.listings import uploaded_names
from affineur.store.schema import data_source, listing, reserved_name
from affineur.store.schema_vetting import name_list

POPULAR, DEBIAN = "popular", "debian"
_SOURCES = {POPULAR: "names", DEBIAN: "names-debian"}
"""The names of the lists, and of their rows in `data_source`."""


@dataclass(frozen=True, slots=True)
class HouseNames:
    """What names mean something in the house."""

    approved: frozenset[ProjectName]
    own: frozenset[ProjectName]
    reserved: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeptNames:
    """A synchronised list, in its own order."""

    names: tuple[ProjectName, ...]
    as_of: datetime
    source: str


def mark(conn: Connection) -> tuple[object, ...]:
    """Give a value that is another one whenever any of the names may be; cheap."""
    listings = select(func.max(listing.c.id), func.count(listing.c.ended_at))
    reserved = select(func.max(reserved_name.c.id), func.count(reserved_name.c.ended_at))
    sources = select(data_source.c.name, data_source.c.fetched_at, data_source.c.detail).where(
        data_source.c.name.in_(_SOURCES.values())
    )
    return (
        *conn.execute(listings).one(),
        *conn.execute(reserved).one(),
        *sorted(tuple(row) for row in conn.execute(sources)),
    )


def of_house(conn: Connection) -> HouseNames:
    """Give the names of approved third parties, of uploads ever made, and the reserved patterns."""
    own = uploaded_names(conn)
    approved = select(listing.c.project).where(listing.c.ended_at.is_(None)).distinct()
    reserved = select(reserved_name.c.pattern).where(reserved_name.c.ended_at.is_(None)).distinct()
    return HouseNames(
        frozenset(ProjectName(name) for name in conn.scalars(approved)) - own,
        frozenset(own),
        tuple(sorted(conn.scalars(reserved))),
    )


def kept(conn: Connection, which: str) -> KeptNames | None:
    """Give a synchronised list; None before its first synchronisation."""
    text = conn.execute(select(name_list.c.names).where(name_list.c.name == which)).scalar()
    source = conn.execute(select(data_source).where(_is_source(which))).one_or_none()
    if text is None or source is None:
        return None
    names = tuple(ProjectName(name) for name in text.split("\n") if name)
    return KeptNames(names, source.fetched_at, source.detail)


def origin(conn: Connection, which: str) -> tuple[datetime, str] | None:
    """Give the age and the source of a synchronised list; None before its first time."""
    source = conn.execute(select(data_source).where(_is_source(which))).one_or_none()
    return None if source is None else (source.fetched_at, source.detail)


def replace(
    conn: Connection, which: str, names: Sequence[ProjectName], told: tuple[datetime, str]
) -> None:
    """Put a list in the place of the one that was kept; `told` is its age and its source."""
    conn.execute(delete(name_list).where(name_list.c.name == which))
    conn.execute(insert(name_list).values(name=which, names="\n".join(names)))
    values = {"fetched_at": told[0], "detail": told[1]}
    if conn.execute(update(data_source).where(_is_source(which)).values(values)).rowcount == 0:
        conn.execute(insert(data_source).values(name=_SOURCES[which], **values))


def _is_source(which: str) -> ColumnElement[bool]:
    return data_source.c.name == _SOURCES[which]
