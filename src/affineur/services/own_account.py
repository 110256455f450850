"""One's own account: tokens that people make for themselves, and where they are signed in.

A token of one's own can never do more than its owner, and never outlives the token that it was
made with. Whoever uses a limited token makes no others, and sees none: a build server's stolen
token must not become a lasting one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from affineur.core.errors import BadInput, Conflict, Forbidden, NotFound
from affineur.core.names import FeedName
from affineur.core.permissions import (
    Actor,
    Permission,
    Scope,
    credentials_needed,
    no_such_feed,
)
from affineur.services import access, sessions
from affineur.services.access import NewToken, TokenOrder
from affineur.services.gear import Gear
from affineur.store import access as store
from affineur.store import feeds as feed_store
from affineur.store.access import Token
from affineur.store.sessions import Session

LONGEST_DAYS = 366
MOST_TOKENS = 100


@dataclass(frozen=True, slots=True)
class OwnTokenOrder:
    """A token that somebody wants for himself; what is not limited is limited by his grants."""

    name: str
    feeds: frozenset[FeedName] | None = None
    permissions: frozenset[Permission] | None = None
    expires_in_days: int | None = None
    """None means a year."""


def create_token(gear: Gear, actor: Actor, order: OwnTokenOrder) -> NewToken:
    """Make a token for oneself; its secret is in the answer and nowhere else.

    Raises: `Forbidden` for whoever uses a limited token, `NotFound` for a feed that one may not
    know of, `BadInput` for permissions that one does not have.
    """
    user_id = _require_unlimited(actor)
    full = TokenOrder(actor.name, order.name, order.feeds, order.permissions, order.expires_in_days)
    access.check_order(full)
    days = access.token_days(order.expires_in_days)
    if days > LONGEST_DAYS:
        raise BadInput(f"A token of your own expires after 1 to {LONGEST_DAYS} days.")
    now = gear.clock.now()
    with gear.db.writing() as conn:
        _check_within(conn, actor, order)
        standing = store.tokens(conn, user_id, MOST_TOKENS + 1)
        if len(standing) >= MOST_TOKENS:
            raise Conflict(f"You have {MOST_TOKENS} tokens already.", hint="Revoke one first.")
        until = _not_after(conn, actor, now + timedelta(days=days))
        return access.make_token(gear, conn, actor, (user_id, full, until))


def tokens(gear: Gear, actor: Actor) -> tuple[Token, ...]:
    """List one's own tokens, newest first; a limited token knows only itself."""
    if actor.user_id is None:
        raise credentials_needed()
    with gear.db.reading() as conn:
        found = store.tokens(conn, actor.user_id, access.MOST_TOKENS_LISTED)
    return tuple(one for one in found if actor.scope == Scope() or one.id == actor.token_id)


def own_sessions(gear: Gear, actor: Actor) -> tuple[Session, ...]:
    """List where one is signed in, newest first; a limited token is told nothing."""
    if actor.is_anonymous:
        raise credentials_needed()
    return sessions.own(gear, actor) if actor.scope == Scope() else ()


def end_session(gear: Gear, actor: Actor, number: int) -> None:
    """End one of one's own sessions."""
    if actor.is_anonymous:
        raise credentials_needed()
    if actor.scope != Scope():
        raise NotFound("There is no such session.")
    sessions.end_session(gear, actor, number)


def _require_unlimited(actor: Actor) -> int:
    if actor.user_id is None:
        raise credentials_needed()
    if actor.scope != Scope():
        raise Forbidden(
            "A limited token makes no tokens.",
            hint="Sign in with your password, or use a token without limits.",
        )
    return actor.user_id


def _check_within(conn: Connection, actor: Actor, order: OwnTokenOrder) -> None:
    """Raise an error for limits that are no part of what the actor may."""
    for name in sorted(order.feeds or ()):
        feed = feed_store.load(conn, name)
        knows = any(actor.may(one, name) for one in Permission)
        if feed is None or not (knows or feed.reads_anonymous):
            raise no_such_feed(name)
    for permission in sorted(order.permissions or ()):
        has = (
            actor.may_somewhere(permission)
            if order.feeds is None
            else any(actor.may(permission, name) for name in order.feeds)
        )
        if not has:
            raise BadInput(
                f"You do not have the permission {permission} there, so no token of yours has it.",
                hint="Leave it out, or ask an administrator for the role.",
            )


def _not_after(conn: Connection, actor: Actor, until: datetime) -> datetime:
    """Let a token end with the one that it is made with."""
    used = None if actor.token_id is None else store.token_by_id(conn, actor.token_id)
    ends = None if used is None else used.expires_at
    return until if ends is None else min(until, ends)
