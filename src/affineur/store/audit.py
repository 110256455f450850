"""The audit log as rows: appended inside the transaction of the change it tells of.

Writers come one at a time (docs/decisions/0003-one-writer.md), so the event before is the
one with the highest number, and the chain has no forks and no gaps.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from affineur.core.events import GENESIS, Event, SealedEvent, seal
from affineur.core.permissions import Actor
from affineur.store.schema import audit_event


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the log: the last event's number and hash."""

    seq: int = 0
    hash: str = GENESIS


def record(conn: Connection, now: datetime, actor: Actor, event: Event) -> SealedEvent:
    """Append one event; call it in the writing transaction of the change."""
    last = head(conn)
    who = (actor.name, actor.token_id)
    sealed = seal(event, seq=last.seq + 1, at=now, who=who, previous=last.hash)
    conn.execute(
        insert(audit_event).values(
            seq=sealed.seq,
            at=sealed.at,
            actor=sealed.actor,
            token_id=sealed.token_id,
            action=event.action,
            subject=event.subject,
            before=None if event.before is None else dict(event.before),
            after=None if event.after is None else dict(event.after),
            digests=list(event.digests),
            previous=sealed.previous,
            hash=sealed.hash,
        )
    )
    return sealed


def head(conn: Connection) -> Head:
    """Find the end of the log; its number is 0 while nothing has happened yet."""
    last = select(audit_event.c.seq, audit_event.c.hash).order_by(audit_event.c.seq.desc())
    row = conn.execute(last.limit(1)).one_or_none()
    return Head() if row is None else Head(row.seq, row.hash)


def events(conn: Connection, after_seq: int, limit: int) -> tuple[SealedEvent, ...]:
    """Read the events that follow a number, in order."""
    following = select(audit_event).where(audit_event.c.seq > after_seq)
    rows = conn.execute(following.order_by(audit_event.c.seq).limit(limit))
    return tuple(sealed_event(row) for row in rows)


def sealed_event(row: Row[Any]) -> SealedEvent:  # Any: columns of a table, typed by SealedEvent
    """Read a row of the log."""
    event = Event(row.action, row.subject, row.before, row.after, tuple(row.digests))
    return SealedEvent(row.seq, row.at, row.actor, row.token_id, event, row.previous, row.hash)
