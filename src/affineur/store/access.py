"""Users, their grants and tokens, and the server's own keys, as rows.

None of them is ever deleted: they end. Of a token only its digest is kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    bindparam,
    func,
    insert,
    select,
    true,
    update,
)

from affineur.core.names import FeedName
from affineur.core.permissions import Grant, Permission, Role, Scope
from affineur.store.schema import feed
from affineur.store.schema_access import grant, secret, token, user


@dataclass(frozen=True, slots=True)
class Bearer:
    """What a token's digest leads to: the token, its owner, and what the owner was granted."""

    user_id: int
    user_name: str
    token_id: int
    grants: tuple[Grant, ...]
    scope: Scope
    expires_at: datetime | None
    has_ended: bool
    """Whether the token was revoked or its owner has left."""


@dataclass(frozen=True, slots=True)
class User:
    """Somebody, or some machine, that can be granted roles."""

    id: int
    name: str
    grants: tuple[Grant, ...]
    created_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """A token as its owner may see it; the secret itself is not kept."""

    id: int
    user_id: int
    user_name: str
    name: str
    scope: Scope
    created_at: datetime
    expires_at: datetime | None
    ended_at: datetime | None


_BEARER = (  # asked by every request: putting it together costs more than asking it
    select(
        token,
        user.c.name.label("user_name"),
        user.c.ended_at.label("user_ended_at"),
        grant.c.role,
        grant.c.feed_id,
        feed.c.name.label("feed_name"),
    )
    .join(user, user.c.id == token.c.user_id)
    .outerjoin(grant, (grant.c.user_id == user.c.id) & grant.c.ended_at.is_(None))
    .outerjoin(feed, feed.c.id == grant.c.feed_id)
    .where(token.c.hash == bindparam("digest"))
    .order_by(grant.c.id)
)


def bearer(conn: Connection, digest: str) -> Bearer | None:
    """Find whose token has this digest, in one keyed query; ended ones are found too."""
    rows = conn.execute(_BEARER, {"digest": digest}).all()
    if not rows:
        return None
    first = rows[0]
    return Bearer(
        user_id=first.user_id,
        user_name=first.user_name,
        token_id=first.id,
        grants=tuple(_grant(row) for row in rows if row.role is not None),
        scope=scope_of(first),
        expires_at=first.expires_at,
        has_ended=first.ended_at is not None or first.user_ended_at is not None,
    )


# --- users and grants --------------------------------------------------------------------


def user_named(conn: Connection, name: str) -> User | None:
    """Find a user by name, also one who has left."""
    return next(iter(_users(conn, user.c.name == name)), None)


def users(conn: Connection) -> tuple[User, ...]:
    """List the users who have not left, by name; their number is limited where they are made."""
    return _users(conn, user.c.ended_at.is_(None))


def count_users(conn: Connection) -> int:
    """Count the users who have not left."""
    counted = select(func.count()).select_from(user).where(user.c.ended_at.is_(None))
    return int(conn.execute(counted).scalar_one())


def insert_user(conn: Connection, now: datetime, name: str) -> int:
    """Make a user and return the id."""
    made = insert(user).values(name=name, created_at=now).returning(user.c.id)
    return int(conn.execute(made).scalar_one())


def end_user(conn: Connection, now: datetime, user_id: int) -> None:
    """End a user, with all grants and tokens."""
    conn.execute(update(user).where(user.c.id == user_id).values(ended_at=now))
    for owned in (grant, token):
        current = (owned.c.user_id == user_id) & owned.c.ended_at.is_(None)
        conn.execute(update(owned).where(current).values(ended_at=now))


def insert_grant(
    conn: Connection, now: datetime, user_id: int, role: Role, feed_id: int | None
) -> None:
    """Grant a role on one feed, or on every feed."""
    conn.execute(insert(grant).values(user_id=user_id, role=role, feed_id=feed_id, granted_at=now))


def end_grant(
    conn: Connection, now: datetime, user_id: int, role: Role, feed_id: int | None
) -> None:
    """End the grant of a role on one feed, or on every feed."""
    conn.execute(
        update(grant)
        .where(
            grant.c.user_id == user_id,
            grant.c.role == role,
            grant.c.feed_id.is_not_distinct_from(feed_id),
            grant.c.ended_at.is_(None),
        )
        .values(ended_at=now)
    )


def _users(conn: Connection, which: ColumnElement[bool]) -> tuple[User, ...]:
    rows = conn.execute(select(user).where(which).order_by(user.c.name)).all()
    grants = granted(conn, [row.id for row in rows])
    return tuple(
        User(row.id, row.name, tuple(grants[row.id]), row.created_at, row.ended_at) for row in rows
    )


def granted(conn: Connection, user_ids: Sequence[int]) -> dict[int, list[Grant]]:
    """Say what each of these users was granted."""
    rows = conn.execute(
        select(grant, feed.c.name.label("feed_name"))
        .outerjoin(feed, feed.c.id == grant.c.feed_id)
        .where(grant.c.user_id.in_(user_ids), grant.c.ended_at.is_(None))
        .order_by(grant.c.id)
    )
    by_user = defaultdict[int, list[Grant]](list)
    for row in rows:
        by_user[row.user_id].append(_grant(row))
    return by_user


# --- tokens ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token about to be made."""

    user_id: int
    name: str
    digest: str
    scope: Scope
    expires_at: datetime | None


def insert_token(conn: Connection, now: datetime, row: TokenRow) -> int:
    """Keep a token's digest and limits, and return its id."""
    feeds, permissions = row.scope.feeds, row.scope.permissions
    made = insert(token).values(
        user_id=row.user_id,
        name=row.name,
        hash=row.digest,
        feeds=None if feeds is None else sorted(feeds),
        permissions=None if permissions is None else sorted(permissions),
        created_at=now,
        expires_at=row.expires_at,
    )
    return int(conn.execute(made.returning(token.c.id)).scalar_one())


def end_token(conn: Connection, now: datetime, token_id: int) -> None:
    """End a token: it is refused from the moment this is committed."""
    conn.execute(update(token).where(token.c.id == token_id).values(ended_at=now))


def token_by_id(conn: Connection, token_id: int) -> Token | None:
    """Find a token by its number, also one that has ended."""
    row = conn.execute(_tokens().where(token.c.id == token_id)).one_or_none()
    return None if row is None else _token(row)


def tokens(
    conn: Connection, user_id: int | None, limit: int, before: int | None = None
) -> tuple[Token, ...]:
    """List the tokens that have not been revoked, newest first, of one user or of all.

    `before` is the id of a token: only older ones are listed.
    """
    which = true() if user_id is None else token.c.user_id == user_id
    if before is not None:
        which &= token.c.id < before
    current = _tokens().where(which, token.c.ended_at.is_(None))
    rows = conn.execute(current.order_by(token.c.id.desc()).limit(limit))
    return tuple(_token(row) for row in rows)


def _tokens() -> Select[Any]:  # Any: the columns of a token and its owner's name
    named = select(token, user.c.name.label("user_name"))
    return named.join(user, user.c.id == token.c.user_id)


def _token(row: Row[Any]) -> Token:  # Any: columns of a table, typed by Token
    return Token(
        id=row.id,
        user_id=row.user_id,
        user_name=row.user_name,
        name=row.name,
        scope=scope_of(row),
        created_at=row.created_at,
        expires_at=row.expires_at,
        ended_at=row.ended_at,
    )


def scope_of(row: Row[Any]) -> Scope:  # Any: columns of a token
    """Read what a token is limited to; a row without one is limited to nothing."""
    return Scope(
        None if row.feeds is None else frozenset(FeedName(name) for name in row.feeds),
        None if row.permissions is None else frozenset(Permission(p) for p in row.permissions),
    )


def _grant(row: Row[Any]) -> Grant:  # Any: columns of a grant and its feed's name
    return Grant(Role(row.role), None if row.feed_id is None else FeedName(row.feed_name))


# --- the server's own keys ---------------------------------------------------------------


def key(conn: Connection, name: str) -> str | None:
    """Read a key that the server made for itself; None while it has not."""
    return conn.execute(select(secret.c.value).where(secret.c.name == name)).scalar_one_or_none()


def insert_key(conn: Connection, name: str, value: str) -> None:
    """Keep a new key."""
    conn.execute(insert(secret).values(name=name, value=value))
