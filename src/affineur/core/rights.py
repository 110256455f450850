"""What somebody may do at a feed, and why: each permission with the grants that give it.

The answer is `Actor.may`'s own; this only says where it comes from, or what takes it away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from affineur.core.feeds import Feed
from affineur.core.names import FeedName
from affineur.core.permissions import ROLE_PERMISSIONS, Actor, Grant, Permission, Role, Scope

SERVER_WIDE = frozenset({Permission.BLOCK, Permission.AUDIT_READ, Permission.SERVER_ADMIN})
"""Permissions that concern every feed: they need their role on every feed."""

ALLOWS: Mapping[Permission, str] = {
    Permission.FEED_READ: "read its pages and files",
    Permission.FEED_PUBLISH: "upload files into it",
    Permission.FEED_YANK: "yank and unyank files that it lists",
    Permission.FEED_MANAGE: "change it, its connectors, filters, reserved names and policy",
    Permission.REQUEST_CREATE: "ask for packages at it",
    Permission.REQUEST_READ: "see the requests into it",
    Permission.REQUEST_DECIDE: "approve and reject the requests into it",
    Permission.PROMOTE: "list a release in it by hand",
    Permission.WAIVE: "accept findings in it, for a while",
    Permission.BLOCK: "block and unblock packages everywhere",
    Permission.AUDIT_READ: "read the audit log and the incidents",
    Permission.SERVER_ADMIN: "make feeds, users and tokens",
}
"""What each permission is for, at a feed."""


@dataclass(frozen=True, slots=True)
class Right:
    """One permission, and why somebody has it, or has it not."""

    permission: Permission
    is_given: bool
    by: tuple[Grant, ...]
    """The grants that give it, whether a token takes it away again or not."""
    why: str
    """A sentence for whoever asks."""

    @property
    def allows(self) -> str:
        """What it is for."""
        return ALLOWS[self.permission]


def rights(actor: Actor, feed: Feed) -> tuple[Right, ...]:
    """Say of each permission whether the actor has it at a feed, and why."""
    return tuple(_right(actor, feed, permission) for permission in Permission)


def grants_at(grants: tuple[Grant, ...], feed: FeedName) -> tuple[Grant, ...]:
    """Give those grants that matter at a feed."""
    return tuple(one for one in grants if one.feed in {None, feed})


def _right(actor: Actor, feed: Feed, permission: Permission) -> Right:
    at = None if permission in SERVER_WIDE else feed.name
    by = tuple(
        one
        for one in actor.grants
        if permission in ROLE_PERMISSIONS[one.role] and one.feed in {None, at}
    )
    is_open = permission is Permission.FEED_READ and feed.reads_anonymous
    is_covered = actor.scope.covers(permission, at)
    if (by or is_open) and is_covered:
        told = ", ".join(str(one) for one in by)
        why = f"Given by {told}." if by else "Anybody may read this feed."
        return Right(permission, is_given=True, by=by, why=why)
    if not by and not is_open:
        return Right(permission, is_given=False, by=(), why=_lacking(actor, permission))
    return Right(permission, is_given=False, by=by, why=_taken(actor.scope, permission, at))


def _lacking(actor: Actor, permission: Permission) -> str:
    roles = [role for role in Role if permission in ROLE_PERMISSIONS[role]]
    told = f"No grant gives it; {_or([str(role) for role in roles])} would"
    if permission not in SERVER_WIDE:
        return f"{told}."
    near = [one for one in actor.grants if one.role in roles]
    held = f", which {near[0]} is not" if near else ""
    return f"{told}, on every feed{held}."


def _taken(scope: Scope, permission: Permission, feed: FeedName | None) -> str:
    if scope.permissions is not None and permission not in scope.permissions:
        told = ", ".join(sorted(scope.permissions))
        return f"The token takes it: it is limited to {told}."
    feeds = ", ".join(sorted(scope.feeds or ()))
    if feed is None:
        return f"The token takes it: it is limited to {feeds}, and this needs every feed."
    return f"The token takes it: it is limited to {feeds}."


def _or(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
