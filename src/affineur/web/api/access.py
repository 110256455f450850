"""Who you are; users, their grants and their tokens."""

from __future__ import annotations

import asyncio
from datetime import datetime

from fastapi import APIRouter
from pydantic import Field

from affineur.core.errors import BadInput
from affineur.core.names import parse_feed_name
from affineur.core.permissions import Grant, Permission, Scope
from affineur.services import access as service
from affineur.services import own_account
from affineur.services.access import TokenOrder
from affineur.services.own_account import OwnTokenOrder
from affineur.store.access import Token, User
from affineur.web.api.base import ActorPart, Asked, Done, GearPart, NumberPart, Told

router = APIRouter(tags=["access"])


class ScopeTold(Told):
    """What a token is limited to; null is no limit beyond its owner's grants."""

    feeds: list[str] | None
    permissions: list[str] | None


class WhoTold(Told):
    """Who is asking."""

    name: str
    grants: list[str] = Field(description="Roles, as role@feed, or role for every feed.")
    scope: ScopeTold


class UserTold(Told):
    """A user."""

    name: str
    grants: list[str]
    created_at: datetime


class UsersTold(Told):
    """The users."""

    users: list[UserTold]


class NewUser(Asked):
    """A user about to be made."""

    name: str
    grants: list[str] = Field(default_factory=list, max_length=1000)


class GrantAsked(Asked):
    """A role to grant."""

    grant: str = Field(description="A role, as role@feed, or role for every feed.")


class NewTokenAsked(Asked):
    """A token about to be made."""

    user: str | None = Field(None, description="Whose it is; yourself when left out.")
    name: str = Field(description="What it is for.")
    feeds: list[str] | None = Field(None, description="Only for these feeds.")
    permissions: list[str] | None = Field(None, description="Only for these permissions.")
    expires_in_days: int | None = Field(None, description="A year when left out.")


class NewTokenTold(Told):
    """A new token: the only time that its secret is told."""

    id: int
    secret: str
    expires_at: datetime | None


class TokenTold(Told):
    """A token, without its secret."""

    id: int
    user: str
    name: str
    scope: ScopeTold
    created_at: datetime
    expires_at: datetime | None
    ended_at: datetime | None


class TokensTold(Told):
    """Tokens, newest first."""

    tokens: list[TokenTold]


@router.get("/whoami")
async def whoami(actor: ActorPart) -> WhoTold:
    """Tell who is asking, and what they may do."""
    grants = [str(grant) for grant in actor.grants]
    return WhoTold(name=actor.name, grants=grants, scope=_tell_scope(actor.scope))


@router.get("/users")
async def list_users(gear: GearPart, actor: ActorPart) -> UsersTold:
    """List the users, with what they were granted."""
    found = await asyncio.to_thread(service.users, gear, actor)
    return UsersTold(users=[_tell_user(user) for user in found])


@router.post("/users", status_code=201)
async def add_user(gear: GearPart, actor: ActorPart, asked: NewUser) -> UserTold:
    """Make a user with these grants."""
    grants = tuple(Grant.parse(text) for text in asked.grants)
    return _tell_user(await asyncio.to_thread(service.add_user, gear, actor, asked.name, grants))


@router.delete("/users/{name}")
async def end_user(gear: GearPart, actor: ActorPart, name: str) -> Done:
    """End a user, with all grants and tokens."""
    await asyncio.to_thread(service.end_user, gear, actor, name)
    return Done()


@router.post("/users/{name}/grants", status_code=201)
async def add_grant(gear: GearPart, actor: ActorPart, name: str, asked: GrantAsked) -> UserTold:
    """Grant a user a role."""
    grant = Grant.parse(asked.grant)
    return _tell_user(await asyncio.to_thread(service.add_grant, gear, actor, name, grant))


@router.delete("/users/{name}/grants/{grant}")
async def end_grant(gear: GearPart, actor: ActorPart, name: str, grant: str) -> UserTold:
    """Take a role back."""
    parsed = Grant.parse(grant)
    return _tell_user(await asyncio.to_thread(service.end_grant, gear, actor, name, parsed))


@router.get("/tokens")
async def list_tokens(gear: GearPart, actor: ActorPart) -> TokensTold:
    """List tokens: all for an administrator, for everybody else their own."""
    found = await asyncio.to_thread(service.tokens, gear, actor)
    return TokensTold(tokens=[_tell_token(token) for token in found])


@router.post("/tokens", status_code=201)
async def create_token(gear: GearPart, actor: ActorPart, asked: NewTokenAsked) -> NewTokenTold:
    """Make a token, for yourself or as an administrator for any user.

    Its secret is in this answer and nowhere else.
    """
    feeds = None if asked.feeds is None else frozenset(map(parse_feed_name, asked.feeds))
    permissions = (
        None if asked.permissions is None else frozenset(map(_permission, asked.permissions))
    )
    if asked.user is None:
        own = OwnTokenOrder(asked.name, feeds, permissions, asked.expires_in_days)
        new = await asyncio.to_thread(own_account.create_token, gear, actor, own)
    else:
        order = TokenOrder(asked.user, asked.name, feeds, permissions, asked.expires_in_days)
        new = await asyncio.to_thread(service.create_token, gear, actor, order)
    return NewTokenTold(id=new.id, secret=new.secret, expires_at=new.expires_at)


@router.delete("/tokens/{number}")
async def revoke_token(gear: GearPart, actor: ActorPart, number: NumberPart) -> Done:
    """End a token; it is refused from this moment on."""
    await asyncio.to_thread(service.revoke_token, gear, actor, number)
    return Done()


def _permission(text: str) -> Permission:
    try:
        return Permission(text)
    except ValueError as error:
        known = ", ".join(Permission)
        raise BadInput(f"{text[:60]!r} is not a permission.", hint=f"Known: {known}.") from error


def _tell_user(user: User) -> UserTold:
    grants = [str(grant) for grant in user.grants]
    return UserTold(name=user.name, grants=grants, created_at=user.created_at)


def _tell_token(token: Token) -> TokenTold:
    return TokenTold(
        id=token.id,
        user=token.user_name,
        name=token.name,
        scope=_tell_scope(token.scope),
        created_at=token.created_at,
        expires_at=token.expires_at,
        ended_at=token.ended_at,
    )


def _tell_scope(scope: Scope) -> ScopeTold:
    return ScopeTold(
        feeds=None if scope.feeds is None else sorted(scope.feeds),
        permissions=None if scope.permissions is None else sorted(scope.permissions),
    )
