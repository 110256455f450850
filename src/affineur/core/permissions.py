"""Who may do what: roles per feed, narrowed by the token that is used. Default deny.

effective(token) = the rights of its owner now, intersected with the token's scope.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from affineur.core.errors import BadInput, Forbidden, NotFound, Unauthenticated
from affineur.core.names import FeedName, parse_feed_name


class Permission(StrEnum):
    """One thing that can be permitted, as `resource:action`."""

    FEED_READ = "feed:read"
    FEED_PUBLISH = "feed:publish"
    FEED_YANK = "feed:yank"
    FEED_MANAGE = "feed:manage"
    REQUEST_CREATE = "request:create"
    REQUEST_READ = "request:read"
    REQUEST_DECIDE = "request:decide"
    PROMOTE = "file:promote"
    WAIVE = "finding:waive"
    BLOCK = "file:block"
    AUDIT_READ = "audit:read"
    SERVER_ADMIN = "server:admin"


class Role(StrEnum):
    """A set of permissions on a feed."""

    READER = "reader"
    PUBLISHER = "publisher"
    APPROVER = "approver"
    MANAGER = "manager"
    ADMIN = "admin"


_READER = frozenset({Permission.FEED_READ, Permission.REQUEST_CREATE, Permission.REQUEST_READ})
_APPROVER = _READER | {
    Permission.REQUEST_DECIDE,
    Permission.PROMOTE,
    Permission.WAIVE,
    Permission.BLOCK,
    Permission.AUDIT_READ,
}

ROLE_PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.READER: _READER,
    Role.PUBLISHER: frozenset({Permission.FEED_PUBLISH}),
    Role.APPROVER: _APPROVER,
    Role.MANAGER: _APPROVER
    | {Permission.FEED_MANAGE, Permission.FEED_PUBLISH, Permission.FEED_YANK},
    Role.ADMIN: frozenset(Permission),
}


@dataclass(frozen=True, slots=True)
class Grant:
    """A role on one feed, or on every feed (`feed` None; needed for server-wide actions)."""

    role: Role
    feed: FeedName | None = None

    @classmethod
    def parse(cls, text: str) -> Grant:
        """Read `role@feed`, or `role` for every feed."""
        role, _, feed = text.partition("@")
        try:
            known_role = Role(role)
        except ValueError as error:
            known = ", ".join(Role)
            raise BadInput(f"{role!r} is not a role.", hint=f"Roles: {known}.") from error
        return cls(known_role, parse_feed_name(feed) if feed else None)

    def __str__(self) -> str:
        return f"{self.role}@{self.feed}" if self.feed else str(self.role)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a token is limited to; None means no limit beyond its owner's rights."""

    feeds: frozenset[FeedName] | None = None
    permissions: frozenset[Permission] | None = None

    def covers(self, permission: Permission, feed: FeedName | None) -> bool:
        """Whether the token may be used for this."""
        if self.permissions is not None and permission not in self.permissions:
            return False
        return self.feeds is None or (feed is not None and feed in self.feeds)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is asking. Anonymous has no name and no grants."""

    name: str = "anonymous"
    user_id: int | None = None
    token_id: int | None = None
    grants: tuple[Grant, ...] = ()
    scope: Scope = Scope()
    wants_fresh: bool = False
    """Whether it waits for what external indexes say now, rather than take their last pages."""

    @property
    def is_server(self) -> bool:
        """Whether it is this server itself, which reads its own feeds to resolve requests."""
        return self.name == "resolver" and self.user_id is None

    @property
    def is_anonymous(self) -> bool:
        """Whether nobody said who is asking."""
        return self.user_id is None and not self.grants

    def may(self, permission: Permission, feed: FeedName | None = None) -> bool:
        """Whether this actor is permitted to do this to this feed (None: server-wide)."""
        if not self.scope.covers(permission, feed):
            return False
        return any(
            permission in ROLE_PERMISSIONS[grant.role]
            and (grant.feed is None or grant.feed == feed)
            for grant in self.grants
        )

    def may_somewhere(self, permission: Permission) -> bool:
        """Whether there is a feed to which this actor is permitted to do this."""
        feeds = [grant.feed for grant in self.grants if permission in ROLE_PERMISSIONS[grant.role]]
        limits = self.scope.feeds
        named = {feed for feed in feeds if feed is not None} | (limits or set())
        return self.may(permission) or any(self.may(permission, feed) for feed in named)


ANONYMOUS = Actor()

OPERATOR = Actor(name="operator", grants=(Grant(Role.ADMIN),))
"""Who works on the server's own machine, where the data lies open anyway."""


def require(actor: Actor, permission: Permission, feed: FeedName | None = None) -> None:
    """Let the actor pass, or raise: 401 for nobody, 404 for what may not be seen, else 403."""
    if actor.may(permission, feed):
        return
    if actor.is_anonymous:
        raise credentials_needed()
    if feed is not None and not _sees(actor, feed):
        raise no_such_feed(feed)
    where = f" in feed '{feed}'" if feed else ""
    raise Forbidden(
        f"{actor.name} may not do this{where}: it needs the permission {permission}.",
        hint="Ask an administrator, or use a token that has it.",
    )


def credentials_needed() -> Unauthenticated:
    """Word the error for somebody unknown, who may not even learn what exists."""
    return Unauthenticated(
        "This needs credentials.",
        hint="Give a token as bearer, or as the password of user __token__.",
    )


def no_such_feed(feed: str) -> NotFound:
    """Word the error for a feed that is absent or may not be seen; both look alike."""
    return NotFound(f"There is no feed '{feed}'.", hint="See: affineur feed list")


def _sees(actor: Actor, feed: FeedName) -> bool:
    """Whether the actor has any right on the feed, so that naming it gives nothing away."""
    return any(
        (grant.feed is None or grant.feed == feed)
        and any(actor.scope.covers(p, feed) for p in ROLE_PERMISSIONS[grant.role])
        for grant in actor.grants
    )
