"""Users as administrators keep them, and build servers with all that they need at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from affineur.core.errors import BadInput, Conflict, NotFound
from affineur.core.names import FeedName
from affineur.core.permissions import Actor, Grant, Permission, Role, require
from affineur.services import access
from affineur.services.access import NewToken, TokenOrder
from affineur.services.feeds import existing
from affineur.services.gear import Gear
from affineur.store import access as access_store
from affineur.store import people as store
from affineur.store.access import Token
from affineur.store.people import Person

MOST_PEOPLE = 200
_LONGEST_PART = 128


@dataclass(frozen=True, slots=True)
class BuildServer:
    """A machine that publishes into a feed, installs from it, or both."""

    name: str
    feed: FeedName
    publishes: bool = True
    reads: bool = True
    expires_in_days: int | None = None
    """None means a year."""


def people(
    gear: Gear, actor: Actor, part: str = "", after: str = "", limit: int = 100
) -> tuple[Person, ...]:
    """List users whose name holds a part, by name, from after one on."""
    require(actor, Permission.SERVER_ADMIN)
    if not 1 <= limit <= MOST_PEOPLE:
        raise BadInput(f"Ask for 1 to {MOST_PEOPLE} users.")
    with gear.db.reading() as conn:
        return store.people(conn, part[:_LONGEST_PART], after[:_LONGEST_PART], limit)


def person(gear: Gear, actor: Actor, name: str) -> tuple[Person, tuple[Token, ...]]:
    """Find one user, with the tokens that were not revoked, newest first."""
    require(actor, Permission.SERVER_ADMIN)
    with gear.db.reading() as conn:
        found = store.person(conn, name[:_LONGEST_PART])
        if found is None:
            raise NotFound(f"There is no user '{name[:128]}'.", hint="See: affineur user list")
        return found, access_store.tokens(conn, found.id, access.MOST_TOKENS_LISTED)


def tokens(
    gear: Gear, actor: Actor, before: int | None = None, limit: int = 100
) -> tuple[Token, ...]:
    """List everybody's tokens, newest first, from before an id on."""
    require(actor, Permission.SERVER_ADMIN)
    with gear.db.reading() as conn:
        return access_store.tokens(conn, None, min(limit, access.MOST_TOKENS_LISTED), before)


def give_build_token(gear: Gear, actor: Actor, wanted: BuildServer) -> NewToken:
    """Make a token that lets a build server work with one feed, and do nothing else.

    The user of that name is made when there is none, and is granted what is missing, all in one
    change.
    """
    require(actor, Permission.SERVER_ADMIN)
    if not (wanted.publishes or wanted.reads):
        raise BadInput("A build server publishes, installs, or both.")
    days = access.token_days(wanted.expires_in_days)
    until = gear.clock.now() + timedelta(days=days)
    permissions = {
        *([Permission.FEED_PUBLISH] if wanted.publishes else []),
        *([Permission.FEED_READ] if wanted.reads else []),
    }
    order = TokenOrder(
        wanted.name,
        f"build server, {wanted.feed}",
        frozenset({wanted.feed}),
        frozenset(permissions),
        days,
    )
    access.check_user_name(wanted.name)
    with gear.db.writing() as conn:
        existing(conn, wanted.feed)
        user_id = _user_with(gear, conn, actor, wanted)
        return access.make_token(gear, conn, actor, (user_id, order, until))


def _user_with(gear: Gear, conn: Connection, actor: Actor, wanted: BuildServer) -> int:
    known = access_store.user_named(conn, wanted.name)
    if known is not None and known.ended_at is not None:
        raise Conflict(f"There was a user '{wanted.name}' already.", hint="Choose another name.")
    if known is None and access_store.count_users(conn) >= access.MOST_USERS:
        raise Conflict(f"There are {access.MOST_USERS} users already.")
    user_id = known.id if known else access.make_user(gear, conn, actor, wanted.name)
    has = known.grants if known else ()
    roles = {Role.PUBLISHER: wanted.publishes, Role.READER: wanted.reads}
    for role in (role for role, is_wanted in roles.items() if is_wanted):
        grant = Grant(role, wanted.feed)
        if grant not in has and Grant(role) not in has:
            access.make_grant(gear, conn, actor, (user_id, wanted.name, grant))
    return user_id
