"""What a user can do at a feed, and why; and who can do anything there.

Everybody may ask about himself, those who manage a feed, or the server, about others.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from affineur.core.errors import NotFound
from affineur.core.names import FeedName
from affineur.core.permissions import Actor, Grant, Permission, require
from affineur.core.rights import Right, grants_at, rights
from affineur.services.access import known_user
from affineur.services.feeds import existing, require_readable
from affineur.services.gear import Gear
from affineur.store import access as store

MOST_PEOPLE = 1_000


@dataclass(frozen=True, slots=True)
class Explained:
    """What a user, or one of his tokens, can do at a feed."""

    user: str
    feed: FeedName
    token: str | None
    """What the token is for; None when none was asked about."""
    rights: tuple[Right, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody with a role at a feed."""

    name: str
    grants: tuple[Grant, ...]


def explain(
    gear: Gear, actor: Actor, feed: FeedName, user: str | None = None, token_id: int | None = None
) -> Explained:
    """Say of each permission whether a user has it at a feed, and why.

    Without a name it is about the actor, with the token that he uses just now.
    """
    with gear.db.reading() as conn:
        found = existing(conn, feed) if _manages(actor, feed) else None
        found = found or require_readable(conn, actor, feed)
        if user is None or (user == actor.name and token_id is None):
            return Explained(actor.name, feed, None, rights(actor, found))
        if user != actor.name and not _manages(actor, feed):
            require(actor, Permission.FEED_MANAGE, feed)
        asked, token = _asked(conn, user, token_id)
        return Explained(user, feed, token, rights(asked, found))


def members(gear: Gear, actor: Actor, feed: FeedName) -> tuple[Member, ...]:
    """List who has a role at a feed: on this feed first, then those with one on every feed."""
    if not _manages(actor, feed):
        require(actor, Permission.FEED_MANAGE, feed)
    with gear.db.reading() as conn:
        existing(conn, feed)
        found = [Member(one.name, grants_at(one.grants, feed)) for one in store.users(conn)]
    here = sorted(found, key=lambda one: not any(grant.feed == feed for grant in one.grants))
    return tuple(one for one in here if one.grants)[:MOST_PEOPLE]


def _manages(actor: Actor, feed: FeedName) -> bool:
    return actor.may(Permission.FEED_MANAGE, feed) or actor.may(Permission.SERVER_ADMIN)


def _asked(conn: Connection, name: str, token_id: int | None) -> tuple[Actor, str | None]:
    """Give the user as an actor, limited as the token is, and what the token is for."""
    user = known_user(conn, name)
    actor = Actor(user.name, user.id, None, user.grants)
    if token_id is None:
        return actor, None
    token = store.token_by_id(conn, token_id)
    if token is None or token.user_id != user.id or token.ended_at is not None:
        raise NotFound(f"'{name}' has no token {token_id}.", hint="See: affineur token list")
    return Actor(user.name, user.id, token.id, user.grants, token.scope), token.name
