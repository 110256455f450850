"""Users as administrators see them: with their password's state and when they were last here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select

from affineur.core.permissions import Grant
from affineur.store.access import granted
from affineur.store.schema_access import session, user


@dataclass(frozen=True, slots=True)
class Person:
    """A user who has not left."""

    id: int
    name: str
    grants: tuple[Grant, ...]
    created_at: datetime
    has_password: bool
    must_change_password: bool
    """Whether it is a first one, that somebody else knows."""
    seen_at: datetime | None
    """When a page was last asked for by them; None when there was no session lately."""


def people(conn: Connection, part: str, after: str, limit: int) -> tuple[Person, ...]:
    """List users whose name holds a part, by name, from after one on."""
    which = user.c.name > after
    if part:
        which &= user.c.name.icontains(part, autoescape=True)
    return _people(conn, which, limit)


def person(conn: Connection, name: str) -> Person | None:
    """Find one user."""
    return next(iter(_people(conn, user.c.name == name, 1)), None)


def _people(conn: Connection, which: ColumnElement[bool], limit: int) -> tuple[Person, ...]:
    listed = select(
        user.c.id,
        user.c.name,
        user.c.created_at,
        user.c.password.is_not(None).label("has_password"),
        user.c.must_change_password,
    ).where(which, user.c.ended_at.is_(None))
    rows = conn.execute(listed.order_by(user.c.name).limit(limit)).all()
    ids = [row.id for row in rows]
    last = select(session.c.user_id, func.max(session.c.seen_at)).where(session.c.user_id.in_(ids))
    seen: dict[int, datetime] = {
        row[0]: row[1] for row in conn.execute(last.group_by(session.c.user_id))
    }
    grants = granted(conn, ids)
    return tuple(
        Person(
            row.id,
            row.name,
            tuple(grants[row.id]),
            row.created_at,
            row.has_password,
            row.must_change_password,
            seen.get(row.id),
        )
        for row in rows
    )
