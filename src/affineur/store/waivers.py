"""Waivers: findings that somebody accepted, in a feed, until a day."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from packaging.version import Version
from sqlalchemy import Connection, Row, insert, select, update

from affineur.core.names import ProjectName, Sha256
from affineur.core.waivers import Scope, Waiver
from affineur.store.schema_vetting import waiver

MOST = 10_000


def add(conn: Connection, feed_id: int, new: Waiver) -> int:
    """Keep a waiver; return its number."""
    done = conn.execute(
        insert(waiver).values(
            feed_id=feed_id,
            finding=new.finding,
            scope=new.scope,
            project=new.project,
            version=str(new.version) if new.version else None,
            sha256=new.sha256,
            reason=new.reason,
            made_by=new.by,
            made_at=new.at,
            expires_at=new.expires_at,
        )
    )
    key = done.inserted_primary_key
    return int(key[0]) if key else 0


def of_project(conn: Connection, feed_id: int, project: ProjectName) -> tuple[Waiver, ...]:
    """Give the waivers on a project that were not ended, expired or not, oldest first."""
    question = select(waiver).where(waiver.c.feed_id == feed_id, waiver.c.project == project)
    question = question.where(waiver.c.ended_at.is_(None)).order_by(waiver.c.id).limit(MOST)
    return tuple(_waiver(row) for row in conn.execute(question))


def of_feed(
    conn: Connection, feed_id: int, project: ProjectName | None = None
) -> tuple[Waiver, ...]:
    """Give the waivers of a feed, also ended and expired ones, newest first."""
    question = select(waiver).where(waiver.c.feed_id == feed_id)
    if project is not None:
        question = question.where(waiver.c.project == project)
    question = question.order_by(waiver.c.id.desc()).limit(MOST)
    return tuple(_waiver(row) for row in conn.execute(question))


def standing(conn: Connection, feed_id: int, now: datetime) -> tuple[Waiver, ...]:
    """Give the waivers of a feed that hold at this moment."""
    question = select(waiver).where(
        waiver.c.feed_id == feed_id, waiver.c.ended_at.is_(None), waiver.c.expires_at > now
    )
    rows = conn.execute(question.order_by(waiver.c.id).limit(MOST))
    return tuple(_waiver(row) for row in rows)


def load(conn: Connection, waiver_id: int) -> tuple[int, Waiver] | None:
    """Give a waiver with the id of its feed."""
    row = conn.execute(select(waiver).where(waiver.c.id == waiver_id)).one_or_none()
    return None if row is None else (row.feed_id, _waiver(row))


def end(conn: Connection, now: datetime, by: str, waiver_id: int) -> bool:
    """End a waiver; False when it had ended before."""
    done = conn.execute(
        update(waiver)
        .where(waiver.c.id == waiver_id, waiver.c.ended_at.is_(None))
        .values(ended_at=now, ended_by=by)
    )
    return done.rowcount == 1


def _waiver(row: Row[Any]) -> Waiver:  # Any: the columns of the table
    return Waiver(
        id=row.id,
        finding=row.finding,
        scope=Scope(row.scope),
        project=ProjectName(row.project),
        version=Version(row.version) if row.version else None,
        sha256=Sha256(row.sha256) if row.sha256 else None,
        reason=row.reason,
        by=row.made_by,
        at=row.made_at,
        expires_at=row.expires_at,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
    )
