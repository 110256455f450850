"""How often projects were sent through feeds in 30 days: counted from `download` now and then."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select

from affineur.core.names import ProjectName
from affineur.store.schema_lists import feed_use
from affineur.store.schema_usage import download

DAYS = 30
_BATCH = 500


def first_day(now: datetime) -> str:
    """Name the first of the days that count."""
    return (now - timedelta(days=DAYS - 1)).date().isoformat()


def counted(conn: Connection, feed_id: int, now: datetime) -> Mapping[ProjectName, int]:
    """Count what was sent through a feed."""
    question = (
        select(download.c.project, func.sum(download.c.count))
        .where(download.c.day >= first_day(now), download.c.feed_id == feed_id)
        .group_by(download.c.project)
    )
    return {ProjectName(project): int(count) for project, count in conn.execute(question)}


def kept(conn: Connection, feed_id: int) -> Mapping[ProjectName, int]:
    """Give what was counted last."""
    question = select(feed_use.c.project, feed_use.c.downloads).where(feed_use.c.feed_id == feed_id)
    return {ProjectName(row.project): row.downloads for row in conn.execute(question)}


def keep(
    conn: Connection,
    feed_id: int,
    changed: Mapping[ProjectName, int],
    gone: Collection[ProjectName],
) -> None:
    """Put new counts in the place of old ones; what is gone was not sent any more."""
    names = sorted({*changed, *gone})
    for start in range(0, len(names), _BATCH):
        some = feed_use.c.project.in_(names[start : start + _BATCH])
        conn.execute(delete(feed_use).where(feed_use.c.feed_id == feed_id, some))
    rows = [
        {"feed_id": feed_id, "project": project, "downloads": count}
        for project, count in changed.items()
    ]
    if rows:
        conn.execute(insert(feed_use), rows)
