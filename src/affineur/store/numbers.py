"""Numbers over time, put together by the database as far as it can."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import Column, ColumnElement, Connection, String, case, func, select, type_coerce
from sqlalchemy.dialects import postgresql, sqlite

from affineur.core.names import FeedName
from affineur.core.numbers import ANSWERS, FeedUse, Settled, StorageDay
from affineur.core.requests import RequestState
from affineur.store.schema import decision, feed, request
from affineur.store.schema_usage import storage_day, traffic

_SETTLED = (RequestState.APPROVED, RequestState.REJECTED, RequestState.DENIED)
_MOST_SETTLED = 100_000
_MOST_FEEDS = 50


def requests_made(
    conn: Connection, feeds: Sequence[FeedName], since: datetime
) -> list[tuple[date, RequestState, int]]:
    """Count the requests into these feeds by the day they were made and how they stand."""
    day = _day_of(conn, request.c.created_at)
    question = (
        select(day, request.c.state, func.count())
        .join(feed, feed.c.id == request.c.feed_id)
        .where(feed.c.name.in_(feeds), request.c.created_at >= since, request.c.is_draft.is_(False))
        .group_by(day, request.c.state)
    )
    return [
        (date.fromisoformat(text), RequestState(state), count)
        for text, state, count in conn.execute(question)
    ]


def requests_settled(conn: Connection, feeds: Sequence[FeedName], since: datetime) -> list[Settled]:
    """Give the requests into these feeds that were answered since, with who decided last."""
    last = (
        select(func.max(decision.c.id))
        .where(decision.c.request_id == request.c.id)
        .correlate(request)
        .scalar_subquery()
    )
    question = (
        select(
            request.c.created_at,
            func.coalesce(decision.c.decided_at, request.c.changed_at),
            request.c.state,
            decision.c.decided_by,
        )
        .join(feed, feed.c.id == request.c.feed_id)
        .outerjoin(decision, decision.c.id == last)
        .where(
            feed.c.name.in_(feeds),
            request.c.state.in_(_SETTLED),
            request.c.changed_at >= since,
            request.c.is_draft.is_(False),
        )
        .limit(_MOST_SETTLED)
    )
    return [
        Settled(made, settled, RequestState(state), by)
        for made, settled, state, by in conn.execute(question)
    ]


def traffic_by_day(
    conn: Connection, feeds: Sequence[FeedName], since: date
) -> list[tuple[date, str, int, int]]:
    """Count the answers of these feeds by day and kind, with their bytes."""
    question = (
        select(
            traffic.c.day,
            traffic.c.kind,
            func.sum(traffic.c.count),
            func.sum(traffic.c.bytes),
        )
        .join(feed, feed.c.id == traffic.c.feed_id)
        .where(feed.c.name.in_(feeds), traffic.c.day >= since.isoformat())
        .group_by(traffic.c.day, traffic.c.kind)
    )
    return [
        (date.fromisoformat(day), kind, int(count), int(size_bytes))
        for day, kind, count, size_bytes in conn.execute(question)
    ]


def traffic_by_feed(
    conn: Connection, feeds: Sequence[FeedName], since: date
) -> tuple[FeedUse, ...]:
    """Count the answers since a day for each of these feeds, the busiest first."""
    gives = traffic.c.kind.in_(ANSWERS)
    question = (
        select(
            feed.c.name,
            func.sum(case((gives, traffic.c.count), else_=0)),
            func.sum(case((gives, 0), else_=traffic.c.count)),
            func.sum(traffic.c.bytes),
        )
        .join(feed, feed.c.id == traffic.c.feed_id)
        .where(feed.c.name.in_(feeds), traffic.c.day >= since.isoformat())
        .group_by(feed.c.name)
        .order_by(func.sum(traffic.c.count).desc(), feed.c.name)
        .limit(_MOST_FEEDS)
    )
    return tuple(
        FeedUse(FeedName(name), int(answers), int(refusals), int(size_bytes))
        for name, answers, refusals, size_bytes in conn.execute(question)
    )


# --- what is held ------------------------------------------------------------------------


def storage(conn: Connection, since: date) -> tuple[StorageDay, ...]:
    """Give what was held on each day since, as far as it was looked at."""
    question = select(storage_day).where(storage_day.c.day >= since.isoformat())
    return tuple(
        StorageDay(date.fromisoformat(row.day), row.files, row.bytes, row.cached_bytes)
        for row in conn.execute(question.order_by(storage_day.c.day))
    )


def keep_storage(conn: Connection, held: StorageDay) -> None:
    """Keep what is held on a day, in the place of what was found on it before."""
    row = {
        "day": held.day.isoformat(),
        "files": held.files,
        "bytes": held.size_bytes,
        "cached_bytes": held.cached_bytes,
    }
    new = (sqlite.insert if conn.dialect.name == "sqlite" else postgresql.insert)(storage_day)
    found: Mapping[str, object] = {
        name: new.excluded[name] for name in ("files", "bytes", "cached_bytes")
    }
    conn.execute(new.on_conflict_do_update(index_elements=["day"], set_=found), row)


def _day_of(conn: Connection, moment: Column[datetime]) -> ColumnElement[str]:
    """Give the day of a moment in UTC, as text."""
    if conn.dialect.name == "sqlite":  # which keeps moments as texts in UTC
        return func.substr(type_coerce(moment, String), 1, 10)
    return func.to_char(func.timezone("UTC", moment), "YYYY-MM-DD")
