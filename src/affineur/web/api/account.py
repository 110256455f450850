"""One's own account, users' first passwords, and tokens of build servers."""

from __future__ import annotations

import asyncio
from datetime import datetime

from fastapi import APIRouter
from pydantic import Field

from affineur.core.names import parse_feed_name
from affineur.services import own_account, people, sessions
from affineur.services.people import BuildServer
from affineur.web.api.access import NewTokenTold
from affineur.web.api.base import ActorPart, Asked, Done, GearPart, NumberPart, Told

router = APIRouter(tags=["access"])


class PasswordTold(Told):
    """A first password: the only time that it is told."""

    name: str
    password: str = Field(description="Must be changed when it is first used.")


class SessionTold(Told):
    """Where somebody is signed in."""

    id: int
    browser: str
    made_at: datetime
    seen_at: datetime
    expires_at: datetime


class SessionsTold(Told):
    """Your sessions, newest first."""

    sessions: list[SessionTold]


class BuildServerAsked(Asked):
    """A machine that works with one feed."""

    name: str = Field(description="The user that it works as; made when there is none.")
    publishes: bool = True
    reads: bool = True
    expires_in_days: int | None = Field(None, description="A year when left out.")


@router.post("/users/{name}/password", status_code=201)
async def reset_password(gear: GearPart, actor: ActorPart, name: str) -> PasswordTold:
    """Give a user a first password; every session of theirs ends."""
    password = await asyncio.to_thread(sessions.reset_password, gear, actor, name)
    return PasswordTold(name=name, password=password)


@router.get("/sessions")
async def list_sessions(gear: GearPart, actor: ActorPart) -> SessionsTold:
    """List where you are signed in; a limited token is told nothing."""
    found = await asyncio.to_thread(own_account.own_sessions, gear, actor)
    told = [
        SessionTold(
            id=one.id,
            browser=one.browser,
            made_at=one.made_at,
            seen_at=one.seen_at,
            expires_at=one.expires_at,
        )
        for one in found
    ]
    return SessionsTold(sessions=told)


@router.delete("/sessions/{number}")
async def end_session(gear: GearPart, actor: ActorPart, number: NumberPart) -> Done:
    """End one of your sessions."""
    await asyncio.to_thread(own_account.end_session, gear, actor, number)
    return Done()


@router.post("/feeds/{feed}/build-tokens", status_code=201)
async def give_build_token(
    gear: GearPart, actor: ActorPart, feed: str, asked: BuildServerAsked
) -> NewTokenTold:
    """Make a token with which a build server publishes into a feed, installs from it, or both."""
    wanted = BuildServer(
        asked.name, parse_feed_name(feed), asked.publishes, asked.reads, asked.expires_in_days
    )
    new = await asyncio.to_thread(people.give_build_token, gear, actor, wanted)
    return NewTokenTold(id=new.id, secret=new.secret, expires_at=new.expires_at)
