"""Looking for events in the log: by who, what, to what, when, and by a text in them.

Every question walks the log by its numbers and ends after a bounded part of it, so that a page
is quick however long the log is; whoever asks goes on from `next` then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Text,
    cast,
    func,
    or_,
    select,
    union_all,
)

from affineur.core.events import SealedEvent
from affineur.store.audit import sealed_event
from affineur.store.schema import audit_event

_TEXT_WINDOW = 20_000
"""So many events are searched for a text at once."""
_SLACK = 1_000
"""Clocks may have been set back: so many events around a moment are looked at, too."""
_MOST_ACTIONS = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events are wanted; what is empty or None is any."""

    actor: str = ""
    action: str = ""
    """One action, or the first part of some: `request.`."""
    subjects: tuple[str, ...] = ()
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Events in the order in which the log was walked, and where to go on; None at its end."""

    events: tuple[SealedEvent, ...]
    next_seq: int | None


def before(conn: Connection, wanted: Wanted, seq: int, limit: int) -> Found:
    """Walk back from a number, which is not looked at."""
    low, high = _bounds(conn, wanted)
    top = min(seq, high)
    floor = max(low, top - 1 - _TEXT_WINDOW) if wanted.text else low
    rows = _rows(conn, wanted, (floor, top), (limit, True))
    if len(rows) == limit:
        return Found(tuple(map(sealed_event, rows)), rows[-1].seq)
    return Found(tuple(map(sealed_event, rows)), floor + 1 if floor > low else None)


def after(conn: Connection, wanted: Wanted, seq: int, limit: int) -> Found:
    """Walk on from a number, which is not looked at."""
    low, high = _bounds(conn, wanted)
    floor = max(seq, low)
    top = min(high, floor + 1 + _TEXT_WINDOW) if wanted.text else high
    rows = _rows(conn, wanted, (floor, top), (limit, False))
    if len(rows) == limit:
        return Found(tuple(map(sealed_event, rows)), rows[-1].seq)
    return Found(tuple(map(sealed_event, rows)), top - 1 if top < high else None)


def actions(conn: Connection) -> tuple[str, ...]:
    """Name the actions that the log has, in their order; each is one step in an index."""
    found: list[str] = []
    last = ""
    while len(found) < _MOST_ACTIONS:
        question = select(func.min(audit_event.c.action)).where(audit_event.c.action > last)
        following = conn.execute(question).scalar_one()
        if following is None:
            break
        found.append(following)
        last = following
    return tuple(found)


def hash_of(conn: Connection, seq: int) -> str | None:
    """Give the hash of an event; None when there is none of this number."""
    question = select(audit_event.c.hash).where(audit_event.c.seq == seq)
    return conn.execute(question).scalar_one_or_none()


def _bounds(conn: Connection, wanted: Wanted) -> tuple[int, int]:
    """Give the numbers that all wanted events lie between."""
    seq, at = audit_event.c.seq, audit_event.c.at
    low, high = 0, conn.execute(select(func.max(seq))).scalar_one() or 0
    if wanted.since is not None:
        first = conn.scalar(select(seq).where(at >= wanted.since).order_by(at, seq).limit(1))
        low = high if first is None else max(0, first - 1 - _SLACK)
    if wanted.until is not None:
        order = (at.desc(), seq.desc())
        last = conn.scalar(select(seq).where(at < wanted.until).order_by(*order).limit(1))
        high = 0 if last is None else min(high, last + _SLACK)
    return low, high + 1


def _rows(
    conn: Connection, wanted: Wanted, between: tuple[int, int], order: tuple[int, bool]
) -> Sequence[Row[Any]]:  # Any: rows of the table
    limit, is_backwards = order
    seq = audit_event.c.seq
    low, high = between
    asked = select(audit_event).where(seq > low, seq < high, *_conditions(wanted))
    parts = [
        asked.where(*one).order_by(seq.desc() if is_backwards else seq).limit(limit)
        for one in _apart(conn, wanted)
    ]
    if len(parts) <= 1:
        return conn.execute(parts[0]).all() if parts else ()
    every = union_all(*(select(one.subquery()) for one in parts)).subquery()
    together = select(every).order_by(every.c.seq.desc() if is_backwards else every.c.seq)
    return conn.execute(together.limit(limit)).all()


def _apart(conn: Connection, wanted: Wanted) -> list[tuple[ColumnElement[bool], ...]]:
    """Split a question so that each part finds its events in the order of their numbers.

    An index on a column gives those of one value in that order, those of several do not.
    """
    action, subject = audit_event.c.action, audit_event.c.subject
    named = _actions(conn, wanted.action) if wanted.action else ()
    if wanted.action and not named:
        return []
    if wanted.subjects:
        also = (action.in_(named),) if named else ()
        return [(subject == one, *also) for one in wanted.subjects]
    if wanted.actor and named:
        return [(action.in_(named),)]
    return [(action == one,) for one in named] or [()]


def _actions(conn: Connection, action: str) -> tuple[str, ...]:
    """Give the actions that begin so; one that is named whole is that one alone."""
    known = actions(conn)
    if action in known:
        return (action,)
    return tuple(one for one in known if one.startswith(action))


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    columns = audit_event.c
    if wanted.actor:
        found.append(columns.actor == wanted.actor)
    if wanted.since is not None:
        found.append(columns.at >= wanted.since)
    if wanted.until is not None:
        found.append(columns.at < wanted.until)
    if wanted.text:
        facts = (columns.before, columns.after, columns.digests)
        told = [columns.subject, columns.actor, columns.action, *(cast(one, Text) for one in facts)]
        found.append(or_(*(one.icontains(wanted.text, autoescape=True) for one in told)))
    return found
