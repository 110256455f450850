"""Who is asking, and who may: users, their grants and their tokens.

A secret is looked up by its digest. What `services.doorkeeper` remembers of it counts only
while no event was recorded, so that a revocation holds from the moment it is committed.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from affineur.core import tokens as secret_forms
from affineur.core.errors import BadInput, Conflict, NotFound, Unauthenticated
from affineur.core.events import Event
from affineur.core.findings import Fact
from affineur.core.names import FeedName
from affineur.core.permissions import (
    ANONYMOUS,
    Actor,
    Grant,
    Permission,
    Role,
    Scope,
    credentials_needed,
    require,
)
from affineur.services.feeds import existing
from affineur.services.gear import Gear
from affineur.store import access as store
from affineur.store import audit
from affineur.store.access import Token, TokenRow, User

MOST_USERS = 10_000
MOST_TOKENS_LISTED = 1_000
DEFAULT_TOKEN_DAYS = 365
_LONGEST_TOKEN_DAYS = 3_650
_LONGEST_LABEL = 128
_LARGEST_ID = 2**31 - 1
_USER_NAME = re.compile(r"(?!\.+$)[a-zA-Z0-9._@-]{1,128}")
_RESERVED = frozenset({"anonymous", "resolver", "operator", "policy", "system"})
_RESOLVER_KEY = "resolver-tokens"
_ADMIN = Grant(Role.ADMIN)
_SYSTEM = Actor(name="system")


@dataclass(frozen=True, slots=True)
class TokenOrder:
    """A token about to be made. What it is not limited to is limited by its owner's grants."""

    user: str
    name: str
    """What it is for; only people read it."""
    feeds: frozenset[FeedName] | None = None
    permissions: frozenset[Permission] | None = None
    expires_in_days: int | None = None
    """None means a year."""


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that was just made: the only time that its secret is seen."""

    id: int
    secret: str = field(repr=False)
    expires_at: datetime | None


# --- who is asking -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody whose secret holds."""

    actor: Actor
    until: datetime | None = None
    """When the secret expires; None for never."""


def authenticate(gear: Gear, secret: str | None) -> Actor:
    """Find out whose secret this is; nobody without one.

    Raises: `Unauthenticated`, in the same words whatever is wrong with the secret.
    """
    return identify(gear, secret).actor


def identify(gear: Gear, secret: str | None) -> Known:
    """Find out the same, and until when it holds if nobody is changed meanwhile."""
    if secret is None:
        return Known(ANONYMOUS)
    known = _resolver(gear, secret) if secret_forms.is_signed(secret) else _bearer(gear, secret)
    if known is None:
        raise Unauthenticated(
            "These credentials are unknown, expired or revoked.",
            hint="Ask an administrator for a token.",
        )
    return known


def issue_resolver_token(gear: Gear, feed: FeedName, lifetime_s: float) -> str:
    """Sign a token that may read one feed for so long, and nothing else; it leaves no row."""
    until = gear.clock.now() + timedelta(seconds=lifetime_s)
    return secret_forms.sign(_resolver_key(gear), feed, until)


def _bearer(gear: Gear, secret: str) -> Known | None:
    if not secret_forms.is_well_formed(secret):
        return None
    with gear.db.reading() as conn:
        bearer = store.bearer(conn, secret_forms.digest(secret))
    if bearer is None or bearer.has_ended:
        return None
    if bearer.expires_at is not None and bearer.expires_at <= gear.clock.now():
        return None
    actor = Actor(bearer.user_name, bearer.user_id, bearer.token_id, bearer.grants, bearer.scope)
    return Known(actor, bearer.expires_at)


def _resolver(gear: Gear, secret: str) -> Known | None:
    with gear.db.reading() as conn:
        key = store.key(conn, _RESOLVER_KEY)
    if key is None:
        return None
    signed = secret_forms.read_signed(bytes.fromhex(key), secret, gear.clock.now())
    if signed is None:
        return None
    feed, until = signed
    scope = Scope(frozenset({feed}), frozenset({Permission.FEED_READ}))
    grants = (Grant(Role.READER, feed),)
    return Known(Actor("resolver", grants=grants, scope=scope, wants_fresh=True), until)


def _resolver_key(gear: Gear) -> bytes:
    """Read the key, or make it: the one writer sees whether another was faster."""
    with gear.db.reading() as conn:
        key = store.key(conn, _RESOLVER_KEY)
    if key is not None:
        return bytes.fromhex(key)
    with gear.db.writing() as conn:
        key = store.key(conn, _RESOLVER_KEY)
        if key is None:
            key = secrets.token_hex(32)
            store.insert_key(conn, _RESOLVER_KEY, key)
            made = Event("secret.made", f"secret:{_RESOLVER_KEY}")
            audit.record(conn, gear.clock.now(), _SYSTEM, made)
    return bytes.fromhex(key)


# --- users and grants --------------------------------------------------------------------


def users(gear: Gear, actor: Actor) -> tuple[User, ...]:
    """List the users, with what they were granted."""
    require(actor, Permission.SERVER_ADMIN)
    with gear.db.reading() as conn:
        return store.users(conn)


def add_user(gear: Gear, actor: Actor, name: str, grants: Sequence[Grant]) -> User:
    """Make a user with these grants; a name is never used for a second user."""
    require(actor, Permission.SERVER_ADMIN)
    check_user_name(name)
    with gear.db.writing() as conn:
        known = store.user_named(conn, name)
        if known is not None:
            was = "There was" if known.ended_at else "There is"
            raise Conflict(f"{was} a user '{name}' already.", hint="Choose another name.")
        if store.count_users(conn) >= MOST_USERS:
            raise Conflict(f"There are {MOST_USERS} users already.")
        user_id = make_user(gear, conn, actor, name)
        for grant in dict.fromkeys(grants):
            make_grant(gear, conn, actor, (user_id, name, grant))
        return known_user(conn, name)


def make_user(gear: Gear, conn: Connection, actor: Actor, name: str) -> int:
    """Make a user inside a change that was permitted, and return the id."""
    now = gear.clock.now()
    user_id = store.insert_user(conn, now, name)
    audit.record(conn, now, actor, Event("user.made", f"user:{name}"))
    return user_id


def end_user(gear: Gear, actor: Actor, name: str) -> None:
    """End a user, with all grants and tokens; the last administrator has to stay."""
    require(actor, Permission.SERVER_ADMIN)
    with gear.db.writing() as conn:
        user = known_user(conn, name)
        _keep_an_administrator(conn, user, user.grants)
        now = gear.clock.now()
        store.end_user(conn, now, user.id)
        before: dict[str, Fact] = {"grants": [str(grant) for grant in user.grants]}
        audit.record(conn, now, actor, Event("user.ended", f"user:{name}", before=before))


def add_grant(gear: Gear, actor: Actor, name: str, grant: Grant) -> User:
    """Grant a user a role on one feed, or on every feed."""
    require(actor, Permission.SERVER_ADMIN)
    with gear.db.writing() as conn:
        user = known_user(conn, name)
        if grant in user.grants:
            raise Conflict(f"'{name}' is {grant} already.")
        make_grant(gear, conn, actor, (user.id, name, grant))
        return known_user(conn, name)


def make_grant(gear: Gear, conn: Connection, actor: Actor, given: tuple[int, str, Grant]) -> None:
    """Grant a role inside a change that was permitted."""
    user_id, name, grant = given
    now = gear.clock.now()
    feed_id = None if grant.feed is None else existing(conn, grant.feed).id
    store.insert_grant(conn, now, user_id, grant.role, feed_id)
    made = Event("grant.made", f"user:{name}", after={"grant": str(grant)})
    audit.record(conn, now, actor, made)


def end_grant(gear: Gear, actor: Actor, name: str, grant: Grant) -> User:
    """Take a role back; the last administrator has to stay."""
    require(actor, Permission.SERVER_ADMIN)
    with gear.db.writing() as conn:
        user = known_user(conn, name)
        if grant not in user.grants:
            raise NotFound(f"'{name}' is not {grant}.")
        _keep_an_administrator(conn, user, (grant,))
        now = gear.clock.now()
        feed_id = None if grant.feed is None else existing(conn, grant.feed).id
        store.end_grant(conn, now, user.id, grant.role, feed_id)
        ended = Event("grant.ended", f"user:{name}", before={"grant": str(grant)})
        audit.record(conn, now, actor, ended)
        return known_user(conn, name)


def known_user(conn: Connection, name: str) -> User:
    """Find a user who has not left, or raise `NotFound`."""
    user = store.user_named(conn, name) if _USER_NAME.fullmatch(name) else None
    if user is None or user.ended_at is not None:
        raise NotFound(f"There is no user '{name[:128]}'.", hint="See: affineur user list")
    return user


def _keep_an_administrator(conn: Connection, user: User, lost: Sequence[Grant]) -> None:
    if _ADMIN not in lost:
        return
    if not any(_ADMIN in one.grants for one in store.users(conn) if one.id != user.id):
        raise Conflict(
            f"'{user.name}' is the last administrator.",
            hint="Make somebody else an administrator first.",
        )


def check_user_name(name: str) -> None:
    """Raise `BadInput` for what is no user's name."""
    if not _USER_NAME.fullmatch(name):
        raise BadInput(
            f"{name[:60]!r} is not a user's name.",
            hint="User names hold letters, digits, '.', '_', '@' and '-', at most 128.",
        )
    if name.lower() in _RESERVED:
        raise BadInput(f"The name '{name}' is affineur's own.", hint="Choose another name.")


# --- tokens ------------------------------------------------------------------------------


def tokens(gear: Gear, actor: Actor) -> tuple[Token, ...]:
    """List tokens, newest first: all for an administrator, for everybody else their own."""
    _require_somebody(actor)
    is_admin = actor.may(Permission.SERVER_ADMIN)
    if not is_admin and actor.user_id is None:
        return ()
    with gear.db.reading() as conn:
        found = store.tokens(conn, None if is_admin else actor.user_id, MOST_TOKENS_LISTED)
    return tuple(token for token in found if is_admin or _is_own(actor, token))


def create_token(gear: Gear, actor: Actor, order: TokenOrder) -> NewToken:
    """Make a token for a user; its secret is in the answer and nowhere else."""
    require(actor, Permission.SERVER_ADMIN)
    now = gear.clock.now()
    expires_at = now + timedelta(days=token_days(order.expires_in_days))
    check_order(order)
    with gear.db.writing() as conn:
        user = known_user(conn, order.user)
        for feed in sorted(order.feeds or ()):
            existing(conn, feed)
        return make_token(gear, conn, actor, (user.id, order, expires_at))


def make_token(
    gear: Gear, conn: Connection, actor: Actor, wanted: tuple[int, TokenOrder, datetime | None]
) -> NewToken:
    """Make a token inside a change that was permitted and checked."""
    user_id, order, expires_at = wanted
    now = gear.clock.now()
    secret = secret_forms.make(secrets.token_bytes(secret_forms.RANDOM_BYTES))
    scope = Scope(order.feeds, order.permissions)
    row = TokenRow(user_id, order.name, secret_forms.digest(secret), scope, expires_at)
    token_id = store.insert_token(conn, now, row)
    made = Event("token.made", f"token:{token_id}", after=_facts(order, expires_at))
    audit.record(conn, now, actor, made)
    return NewToken(token_id, secret, expires_at)


def revoke_token(gear: Gear, actor: Actor, token_id: int) -> None:
    """End a token: one's own, or for an administrator any; to others it does not exist."""
    _require_somebody(actor)
    with gear.db.writing() as conn:
        token = store.token_by_id(conn, token_id) if 0 < token_id <= _LARGEST_ID else None
        is_seen = token is not None and (
            actor.may(Permission.SERVER_ADMIN) or _is_own(actor, token)
        )
        if token is None or not is_seen or token.ended_at is not None:
            raise NotFound(f"There is no token {token_id}.", hint="See: affineur token list")
        now = gear.clock.now()
        store.end_token(conn, now, token_id)
        before: dict[str, Fact] = {"user": token.user_name, "name": token.name}
        audit.record(conn, now, actor, Event("token.revoked", f"token:{token_id}", before))


def _require_somebody(actor: Actor) -> None:
    if actor.is_anonymous:
        raise credentials_needed()


def _is_own(actor: Actor, token: Token) -> bool:
    """Whether this is the actor's token; one that is limited knows only itself."""
    if actor.scope != Scope():
        return token.id == actor.token_id
    return token.user_id == actor.user_id


def token_days(days: int | None) -> int:
    """Say how many days a token holds; a year when nobody said."""
    if days is None:
        return DEFAULT_TOKEN_DAYS
    if not 1 <= days <= _LONGEST_TOKEN_DAYS:
        raise BadInput(f"A token expires after 1 to {_LONGEST_TOKEN_DAYS} days.")
    return days


def check_order(order: TokenOrder) -> None:
    """Raise `BadInput` for a token that nobody could use or tell apart."""
    if not order.name.strip() or len(order.name) > _LONGEST_LABEL or not order.name.isprintable():
        raise BadInput(
            f"A token needs a name: one printable line, at most {_LONGEST_LABEL} characters.",
            hint="Say what it is for.",
        )
    if order.feeds is not None and not order.feeds:
        raise BadInput("A token limited to no feed can do nothing.")
    if order.permissions is not None and not order.permissions:
        raise BadInput("A token limited to no permission can do nothing.")


def _facts(order: TokenOrder, expires_at: datetime | None) -> dict[str, Fact]:
    return {
        "user": order.user,
        "name": order.name,
        "feeds": _names(order.feeds),
        "permissions": _names(order.permissions),
        "expires_at": None if expires_at is None else expires_at.isoformat(),
    }


def _names(names: frozenset[FeedName] | frozenset[Permission] | None) -> Fact:
    return None if names is None else [str(name) for name in sorted(names)]
