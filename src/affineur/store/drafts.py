"""Drafts: requests that were not sent yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select, update

from affineur.core.requests import RequestState
from affineur.store import notes
from affineur.store.schema import request

_OPEN = (RequestState.RESOLVING, RequestState.VETTING)
_MOST_ENDED = 500


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A draft, as it is listed."""

    id: int
    state: RequestState
    requirements: tuple[str, ...]
    as_read: str
    """As what the text or the file was read."""
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Sending:
    """What a draft becomes a request with."""

    reason: str
    used_in: str | None
    at: datetime


def count_open(conn: Connection, requester: str) -> int:
    """Count the drafts that somebody can still send."""
    return conn.execute(select(func.count()).where(*_open_of(requester))).scalar_one()


def open_drafts(conn: Connection, requester: str, limit: int) -> tuple[DraftLine, ...]:
    """List the drafts that somebody can still send, newest first."""
    columns = (
        request.c.id,
        request.c.state,
        request.c.requirements,
        request.c.notes,
        request.c.created_at,
    )
    question = select(*columns).where(*_open_of(requester)).order_by(request.c.id.desc())
    return tuple(
        DraftLine(
            row.id,
            RequestState(row.state),
            tuple(row.requirements),
            next(iter(notes.remarks(row.notes)), ""),
            row.created_at,
        )
        for row in conn.execute(question.limit(limit))
    )


def forgotten(conn: Connection, made_before: datetime) -> tuple[int, ...]:
    """Give the drafts that were made before a moment and never sent, oldest first, 500 at most."""
    question = select(request.c.id).where(
        request.c.is_draft.is_(True),
        request.c.state.in_(_OPEN),
        request.c.created_at < made_before,
    )
    return tuple(conn.scalars(question.order_by(request.c.id).limit(_MOST_ENDED)))


def send(conn: Connection, request_id: int, sending: Sending) -> bool:
    """Make a request of a draft, as of now; False when it is no draft that can be sent."""
    done = conn.execute(
        update(request)
        .where(request.c.id == request_id, request.c.is_draft.is_(True))
        .where(request.c.state.in_(_OPEN))
        .values(
            is_draft=False,
            reason=sending.reason,
            used_in=sending.used_in,
            created_at=sending.at,
            changed_at=sending.at,
        )
    )
    return done.rowcount == 1


def _open_of(requester: str) -> tuple[ColumnElement[bool], ...]:
    return (
        request.c.requester == requester,
        request.c.is_draft.is_(True),
        request.c.state.in_(_OPEN),
    )
