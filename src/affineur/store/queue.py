"""What waits for an approver's answer, worst risk first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Subquery, and_, case, func, not_, or_, select

from affineur.core.names import FeedName
from affineur.core.queueing import Place, Waiting
from affineur.core.requests import RequestState
from affineur.core.risk import LOOK
from affineur.store import requests
from affineur.store.schema import feed, request, request_item


@dataclass(frozen=True, slots=True)
class Desk:
    """Whose queue it is."""

    feeds: Sequence[FeedName]
    """Those into which this person decides requests."""
    name: str
    """Own requests are not for this person where a feed demands somebody else."""


def waiting(
    conn: Connection, desk: Desk, limit: int, after: Place | None = None
) -> tuple[Waiting, ...]:
    """List what somebody may decide, in the order in which it should be decided."""
    weighed = _weighed()
    is_asked = case((request.c.awaits.is_not(None), 1), else_=0)
    risk = weighed.c.risk
    question = (
        requests.summary()
        .add_columns(risk, weighed.c.open_items, weighed.c.to_look_at)
        .join(weighed, weighed.c.request_id == request.c.id)
        .where(_for(desk))
        .order_by(is_asked, risk.desc(), request.c.id)
        .limit(limit)
    )
    if after is not None:
        asked = int(after.awaits_requester)
        same_risk = and_(risk == after.risk, request.c.id > after.request_id)
        behind = and_(is_asked == asked, or_(risk < after.risk, same_risk))
        question = question.where(or_(is_asked > asked, behind))
    return tuple(
        Waiting(requests.read(row), row.risk, row.open_items, row.to_look_at)
        for row in conn.execute(question)
    )


def count(conn: Connection, desk: Desk) -> tuple[int, int]:
    """Count what somebody may decide, and how much of it waits for its requester."""
    question = (
        select(func.count(), func.count(request.c.awaits))
        .select_from(request)
        .join(feed, feed.c.id == request.c.feed_id)
    )
    every, asked = conn.execute(question.where(_for(desk))).one()
    return every, asked


def _for(desk: Desk) -> ColumnElement[bool]:
    is_own = and_(request.c.requester == desk.name, feed.c.requester_may_approve.is_(False))
    return and_(
        request.c.state == RequestState.REVIEW,
        request.c.is_draft.is_(False),
        feed.c.name.in_(desk.feeds),
        not_(is_own),
    )


def _weighed() -> Subquery:
    """Weigh the open items of each request that waits for a person."""
    return (
        select(
            request_item.c.request_id,
            func.max(request_item.c.risk).label("risk"),
            func.count().label("open_items"),
            func.sum(case((request_item.c.risk >= LOOK, 1), else_=0)).label("to_look_at"),
        )
        .join(request, request.c.id == request_item.c.request_id)
        .where(request.c.state == RequestState.REVIEW, request_item.c.answer.is_(None))
        .group_by(request_item.c.request_id)
        .subquery()
    )
