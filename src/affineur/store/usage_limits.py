"""Bounds of the counts of use: what is old goes, and what is beyond a share or too much."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Select, delete, exists, func, select

from affineur.store.schema_usage import download, storage_day, traffic, wanted, wanted_by


def forget_old(conn: Connection, before: datetime) -> None:
    """Forget what was counted last before a moment."""
    day = before.date().isoformat()
    for table in (download, traffic, storage_day):
        conn.execute(delete(table).where(table.c.day < day))
    conn.execute(delete(wanted_by).where(wanted_by.c.last_at < before))
    _forget_unwanted(conn)


def keep_shares(conn: Connection, most: int) -> None:
    """Forget of each person's wishes all but the last so many, and what nobody else wants."""
    greedy = select(wanted_by.c.who).group_by(wanted_by.c.who).having(func.count() > most)
    for who in conn.scalars(greedy).all():
        last_first = (wanted_by.c.last_at.desc(), wanted_by.c.wanted_id.desc())
        own = select(wanted_by.c.wanted_id).where(wanted_by.c.who == who).order_by(*last_first)
        beyond = wanted_by.c.wanted_id.in_(_behind(conn, own, most))
        conn.execute(delete(wanted_by).where(wanted_by.c.who == who, beyond))
    _forget_unwanted(conn)


def keep_most(conn: Connection, most: int) -> None:
    """Forget the wishes that were made longest ago, so that no more than so many are kept."""
    order = (wanted.c.last_at.desc(), wanted.c.id.desc())
    old = _behind(conn, select(wanted.c.id).order_by(*order), most)
    conn.execute(delete(wanted_by).where(wanted_by.c.wanted_id.in_(old)))
    _forget_unwanted(conn)


def last_day_beyond(conn: Connection, most: int) -> str | None:
    """Say which days of downloads are too much: this one and all before it. It counts all."""
    days = select(download.c.day, func.count()).group_by(download.c.day)
    total = 0
    for number, row in enumerate(conn.execute(days.order_by(download.c.day.desc()))):
        total += row[1]
        if total > most and number > 0:
            return str(row.day)
    return None


def forget_downloads(conn: Connection, until: str) -> None:
    """Forget the downloads of a day and all before it."""
    conn.execute(delete(download).where(download.c.day <= until))


def _behind(conn: Connection, ordered: Select[tuple[int]], most: int) -> Select[tuple[int]]:
    """Give all rows but the first so many; SQLite knows no offset without a limit."""
    behind = ordered.offset(most)
    return behind.limit(-1) if conn.dialect.name == "sqlite" else behind


def _forget_unwanted(conn: Connection) -> None:
    """Forget what nobody wants any more."""
    somebody = exists().where(wanted_by.c.wanted_id == wanted.c.id)
    conn.execute(delete(wanted).where(~somebody))
