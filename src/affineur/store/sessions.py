"""Sessions, passwords and failed sign-ins, as rows. Of a session only its digest is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select, update

from affineur.core.permissions import Grant, Scope
from affineur.store.access import granted, scope_of
from affineur.store.schema_access import failed_login, session, token, user


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in, with what they may do now."""

    id: int
    user_id: int
    user_name: str
    grants: tuple[Grant, ...]
    scope: Scope
    """The limits of the token that was used to sign in."""
    token_id: int | None
    browser: str
    made_at: datetime
    seen_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    must_change_password: bool


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session about to be made."""

    user_id: int
    token_id: int | None
    digest: str
    browser: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Account:
    """What is needed to check a password."""

    user_id: int
    name: str
    password: str | None
    """As argon2 has it; None: nobody signs in by password."""
    must_change: bool


@dataclass(frozen=True, slots=True)
class Failures:
    """How often signing in failed under one key."""

    count: int
    first_at: datetime


def insert_session(conn: Connection, now: datetime, new: NewSession) -> int:
    """Keep a session; return its number."""
    made = insert(session).values(
        user_id=new.user_id,
        token_id=new.token_id,
        hash=new.digest,
        browser=new.browser,
        made_at=now,
        seen_at=now,
        expires_at=new.expires_at,
    )
    return int(conn.execute(made.returning(session.c.id)).scalar_one())


def by_digest(conn: Connection, now: datetime, digest: str) -> Session | None:
    """Find the session of a cookie, if it, its user and its token have not ended."""
    return next(iter(_sessions(conn, now, session.c.hash == digest)), None)


def of_user(conn: Connection, now: datetime, user_id: int) -> tuple[Session, ...]:
    """List the sessions of a user that have not ended, newest first."""
    return tuple(reversed(_sessions(conn, now, session.c.user_id == user_id)))


def touch(conn: Connection, now: datetime, session_id: int) -> None:
    """Note that somebody is still there."""
    conn.execute(update(session).where(session.c.id == session_id).values(seen_at=now))


def end(conn: Connection, now: datetime, user_id: int, *, but: int | None = None) -> list[int]:
    """End the sessions of a user, but one; return which."""
    which = (session.c.user_id == user_id) & session.c.ended_at.is_(None)
    if but is not None:
        which &= session.c.id != but
    return _end(conn, now, which)


def end_one(conn: Connection, now: datetime, user_id: int, session_id: int) -> bool:
    """End one session of a user; False when there was none."""
    which = (session.c.user_id == user_id) & (session.c.id == session_id)
    return bool(_end(conn, now, which & session.c.ended_at.is_(None)))


def forget(conn: Connection, before: datetime) -> None:
    """Delete the rows of sessions that ended or expired before a moment, and of old failures."""
    conn.execute(delete(session).where(session.c.expires_at < before))
    conn.execute(delete(failed_login).where(failed_login.c.last_at < before))


def account(conn: Connection, name: str) -> Account | None:
    """Find a user who has not left, by name."""
    which = (user.c.name == name) & user.c.ended_at.is_(None)
    columns = (user.c.id, user.c.name, user.c.password, user.c.must_change_password)
    row = conn.execute(select(*columns).where(which)).one_or_none()
    return None if row is None else Account(*row)


def set_password(
    conn: Connection, now: datetime, user_id: int, hashed: str, *, must_change: bool
) -> None:
    """Keep a password, as argon2 has it."""
    conn.execute(
        update(user)
        .where(user.c.id == user_id)
        .values(password=hashed, password_set_at=now, must_change_password=must_change)
    )


def failures(conn: Connection, keys: Sequence[str]) -> dict[str, Failures]:
    """Say how often signing in failed under each of these keys."""
    rows = conn.execute(select(failed_login).where(failed_login.c.key.in_(keys)))
    return {key: Failures(count, first_at) for key, count, first_at, _last_at in rows}


def put_failures(conn: Connection, now: datetime, key: str, told: Failures) -> None:
    """Keep how often signing in failed under a key."""
    forget_failures(conn, key)
    values = {"key": key, "count": told.count, "first_at": told.first_at, "last_at": now}
    conn.execute(insert(failed_login).values(values))


def forget_failures(conn: Connection, key: str) -> None:
    """Begin to count anew under a key."""
    conn.execute(delete(failed_login).where(failed_login.c.key == key))


def _end(conn: Connection, now: datetime, which: ColumnElement[bool]) -> list[int]:
    ended = update(session).where(which).values(ended_at=now).returning(session.c.id)
    return list(conn.execute(ended).scalars())


def _sessions(conn: Connection, now: datetime, which: ColumnElement[bool]) -> list[Session]:
    question = (
        select(
            session,
            user.c.name.label("user_name"),
            user.c.must_change_password,
            token.c.feeds,
            token.c.permissions,
        )
        .join(user, user.c.id == session.c.user_id)
        .outerjoin(token, token.c.id == session.c.token_id)
        .where(which, session.c.ended_at.is_(None), session.c.expires_at > now)
        .where(user.c.ended_at.is_(None), token.c.ended_at.is_(None))
        .order_by(session.c.id)
        .limit(1000)
    )
    rows = conn.execute(question).all()
    grants = granted(conn, [row.user_id for row in rows])
    return [_session(row, tuple(grants[row.user_id])) for row in rows]


def _session(row: Row[Any], grants: tuple[Grant, ...]) -> Session:  # Any: typed by Session
    return Session(
        id=row.id,
        user_id=row.user_id,
        user_name=row.user_name,
        grants=grants,
        scope=scope_of(row),
        token_id=row.token_id,
        browser=row.browser,
        made_at=row.made_at,
        seen_at=row.seen_at,
        expires_at=row.expires_at,
        ended_at=row.ended_at,
        must_change_password=row.must_change_password and row.token_id is None,
    )
