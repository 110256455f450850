"""Versions of policies: every text that a feed ever had, numbered from 1."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from affineur.store.schema_vetting import policy_version

_MOST = 1_000


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """A policy as it was set; an empty text stands for the shipped one."""

    number: int
    toml: str
    by: str
    at: datetime


def add(conn: Connection, feed_id: int, toml: str, by: str, at: datetime) -> int:
    """Keep a version; return its number."""
    number = current_number(conn, feed_id) + 1
    new = insert(policy_version).values(feed_id=feed_id, number=number, toml=toml)
    conn.execute(new.values(set_by=by, set_at=at))
    return number


def current_number(conn: Connection, feed_id: int) -> int:
    """Give the number of the version that holds; 0 when none was ever set."""
    last = select(func.max(policy_version.c.number)).where(policy_version.c.feed_id == feed_id)
    return int(conn.execute(last).scalar_one() or 0)


def version(conn: Connection, feed_id: int, number: int) -> PolicyVersion | None:
    """Give one version."""
    question = select(policy_version).where(
        policy_version.c.feed_id == feed_id, policy_version.c.number == number
    )
    row = conn.execute(question).one_or_none()
    return None if row is None else _version(row)


def versions(conn: Connection, feed_id: int) -> tuple[PolicyVersion, ...]:
    """Give the versions of a feed, newest first."""
    question = select(policy_version).where(policy_version.c.feed_id == feed_id)
    question = question.order_by(policy_version.c.number.desc()).limit(_MOST)
    return tuple(_version(row) for row in conn.execute(question))


def _version(row: Row[Any]) -> PolicyVersion:  # Any: the columns of the table
    return PolicyVersion(row.number, row.toml, row.set_by, row.set_at)
