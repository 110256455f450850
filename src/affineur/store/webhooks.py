"""Webhooks and their deliveries as rows.

A webhook is never deleted: it ends. What is to be told is no row of its own: it is what the audit
log holds after the number that the webhook has seen. Deliveries are a record for people, kept for
a while.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.sql import cast as sql_cast
from sqlalchemy.types import String

from affineur.core.events import SealedEvent
from affineur.core.notifier import Receiver
from affineur.core.webhooks import EVERYTHING
from affineur.store.audit import head, sealed_event
from affineur.store.jobs import JobState
from affineur.store.schema import audit_event, job
from affineur.store.schema_webhooks import webhook, webhook_delivery

MOST_WEBHOOKS = 50
_WINDOW = 500
"""How many events that are not told may follow what a webhook has seen."""
_PARKED_FOR = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Webhook:
    """Who is told of which events; its secret stays in its row."""

    id: int
    name: str
    url: str
    actions: tuple[str, ...]
    seen_seq: int
    """The number of the last event that was told, or needs no telling."""
    made_by: str
    made_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """A webhook about to be made."""

    name: str
    url: str
    actions: tuple[str, ...]
    secret: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of telling one event."""

    id: int
    webhook_id: int
    event_seq: int
    """0 for a test."""
    attempts: int
    status: int | None
    error: str | None
    tried_at: datetime | None
    done_at: datetime | None
    """When it was taken, or given up (then there is an error)."""
    action: str | None = None
    """What happened; None for a test, and for what was skipped."""
    subject: str | None = None


# --- webhooks ----------------------------------------------------------------------------


def webhooks(conn: Connection) -> tuple[Webhook, ...]:
    """List the webhooks that stand, in the order they were made; their number is limited."""
    standing = select(webhook).where(webhook.c.ended_at.is_(None)).order_by(webhook.c.id)
    return tuple(_webhook(row) for row in conn.execute(standing.limit(MOST_WEBHOOKS)))


def find(conn: Connection, number: int) -> Webhook | None:
    """Find a webhook that stands."""
    which = (webhook.c.id == number, webhook.c.ended_at.is_(None))
    row = conn.execute(select(webhook).where(*which)).one_or_none()
    return None if row is None else _webhook(row)


def receiver(conn: Connection, number: int) -> Receiver:
    """Read whom a webhook tells, with its secret."""
    question = select(webhook.c.url, webhook.c.secret).where(webhook.c.id == number)
    row = conn.execute(question).one()
    return Receiver(row.url, row.secret)


def add(conn: Connection, now: datetime, who: str, new: NewWebhook, seen_seq: int) -> int:
    """Make a webhook that is told what follows a number of the log; return its id."""
    made = insert(webhook).values(
        name=new.name,
        url=new.url,
        secret=new.secret,
        actions=list(new.actions),
        seen_seq=seen_seq,
        made_by=who,
        made_at=now,
    )
    return int(conn.execute(made.returning(webhook.c.id)).scalar_one())


def end(conn: Connection, now: datetime, number: int) -> None:
    """End a webhook, and what was still to be told."""
    conn.execute(update(webhook).where(webhook.c.id == number).values(ended_at=now, secret=""))
    give_up_trying(conn, now, number)


# --- what is to be told ------------------------------------------------------------------


def behind(conn: Connection, now: datetime, kind: str) -> tuple[str, ...]:
    """Name the webhooks that there is something to do for, and nobody was asked to do it.

    Asked several times a second: it reads no more than the end of the log.
    """
    open_job = exists().where(
        job.c.kind == kind, job.c.key == sql_cast(webhook.c.id, String), _is_in_hand(now)
    )
    standing = select(webhook).where(webhook.c.ended_at.is_(None), ~open_job)
    rows = conn.execute(standing.order_by(webhook.c.id).limit(MOST_WEBHOOKS)).all()
    if not rows:
        return ()
    last = head(conn).seq
    waiting = (_webhook(row) for row in rows if row.seen_seq < last)
    return tuple(
        str(one.id)
        for one in waiting
        if last - one.seen_seq > _WINDOW or is_any_told(conn, one, last)
    )


def next_event(conn: Connection, of: Webhook) -> SealedEvent | None:
    """Read the first event that a webhook is told next; None when there is none."""
    told = _told(of).order_by(audit_event.c.seq).limit(1)
    row = conn.execute(select(audit_event).where(audit_event.c.seq.in_(told))).one_or_none()
    return None if row is None else sealed_event(row)


def is_any_told(conn: Connection, of: Webhook, up_to: int) -> bool:
    """Whether a webhook should have been told something, up to a number of the log."""
    return conn.scalar(_told(of).where(audit_event.c.seq <= up_to).limit(1)) is not None


def see(conn: Connection, number: int, seq: int) -> None:
    """Note up to which event a webhook was told; never back."""
    which = (webhook.c.id == number, webhook.c.seen_seq < seq)
    conn.execute(update(webhook).where(*which).values(seen_seq=seq))


def last_before(conn: Connection, moment: datetime) -> int:
    """Give the number of the last event before a moment; 0 when there is none."""
    older = select(audit_event.c.seq).where(audit_event.c.at < moment)
    return conn.scalar(older.order_by(audit_event.c.at.desc()).limit(1)) or 0


def _told(of: Webhook) -> Select[tuple[int]]:
    """Ask for the numbers of what a webhook is still to be told."""
    follows = audit_event.c.seq > of.seen_seq
    return select(audit_event.c.seq).where(follows, _is_told(of.actions))


def _is_told(patterns: Sequence[str]) -> ColumnElement[bool]:
    """Say in SQL what `core.webhooks.matches` says."""
    if EVERYTHING in patterns:
        return true()
    things = [pattern for pattern in patterns if pattern.endswith(".*")]
    exact = [pattern for pattern in patterns if not pattern.endswith(".*")]
    return or_(
        audit_event.c.action.in_(exact),
        *(audit_event.c.action.startswith(thing[:-1], autoescape=True) for thing in things),
    )


def _is_in_hand(now: datetime) -> ColumnElement[bool]:
    """Whether a job waits or runs, or was put aside moments ago."""
    parked = and_(job.c.state == JobState.PARKED, job.c.not_before > now - _PARKED_FOR)
    return or_(job.c.state.in_([JobState.WAITING, JobState.RUNNING]), parked)


# --- deliveries --------------------------------------------------------------------------


def delivery(conn: Connection, number: int, seq: int) -> Delivery | None:
    """Find what became so far of telling a webhook an event."""
    which = (webhook_delivery.c.webhook_id == number, webhook_delivery.c.event_seq == seq)
    latest = _deliveries().where(*which).order_by(webhook_delivery.c.id.desc()).limit(1)
    row = conn.execute(latest).one_or_none()
    return None if row is None else _delivery(row)


def keep_delivery(conn: Connection, known: Delivery | None, values: Mapping[str, Any]) -> None:
    """Write down what became of an attempt, as a new row or over what is known."""
    if known is None:
        conn.execute(insert(webhook_delivery).values(**values))
    else:
        which = webhook_delivery.c.id == known.id
        conn.execute(update(webhook_delivery).where(which).values(**values))


def give_up_trying(conn: Connection, now: datetime, number: int) -> None:
    """Note that what a webhook was not told so far is not tried again."""
    pending = (webhook_delivery.c.webhook_id == number, webhook_delivery.c.done_at.is_(None))
    conn.execute(update(webhook_delivery).where(*pending).values(done_at=now))


def deliveries(
    conn: Connection, number: int, before: int | None, limit: int
) -> tuple[Delivery, ...]:
    """List the deliveries of a webhook, newest first, from before an id on."""
    which = _deliveries().where(webhook_delivery.c.webhook_id == number)
    if before is not None:
        which = which.where(webhook_delivery.c.id < before)
    rows = conn.execute(which.order_by(webhook_delivery.c.id.desc()).limit(limit))
    return tuple(_delivery(row) for row in rows)


def latest(conn: Connection, numbers: Sequence[int]) -> Mapping[int, Delivery]:
    """Find the last delivery of each of these webhooks."""
    newest = (
        select(func.max(webhook_delivery.c.id))
        .where(webhook_delivery.c.webhook_id.in_(numbers))
        .group_by(webhook_delivery.c.webhook_id)
    )
    rows = conn.execute(_deliveries().where(webhook_delivery.c.id.in_(newest)))
    return {row.webhook_id: _delivery(row) for row in rows}


def forget_deliveries(conn: Connection, before: datetime) -> int:
    """Delete what was delivered or given up before a moment; return how many."""
    old = delete(webhook_delivery).where(webhook_delivery.c.done_at < before)
    return conn.execute(old).rowcount


def _deliveries() -> Any:  # Any: the columns of a delivery and of its event
    named = select(webhook_delivery, audit_event.c.action, audit_event.c.subject)
    return named.outerjoin(audit_event, audit_event.c.seq == webhook_delivery.c.event_seq)


def _delivery(row: Row[Any]) -> Delivery:  # Any: as above
    return Delivery(
        id=row.id,
        webhook_id=row.webhook_id,
        event_seq=row.event_seq,
        attempts=row.attempts,
        status=row.status,
        error=row.error,
        tried_at=row.tried_at,
        done_at=row.done_at,
        action=row.action,
        subject=row.subject,
    )


def _webhook(row: Row[Any]) -> Webhook:  # Any: columns of a table, typed by Webhook
    return Webhook(
        id=row.id,
        name=row.name,
        url=row.url,
        actions=tuple(row.actions),
        seen_seq=row.seen_seq,
        made_by=row.made_by,
        made_at=row.made_at,
        ended_at=row.ended_at,
    )
