"""Looking at what would come of a request, before it is sent."""

from __future__ import annotations

import asyncio
from datetime import datetime

from fastapi import APIRouter
from pydantic import Field

from affineur.core.given_files import read_file, read_text
from affineur.core.names import parse_feed_name
from affineur.services import drafts as service
from affineur.store.drafts import DraftLine
from affineur.web.api.base import ActorPart, Asked, GearPart, NumberPart, Told
from affineur.web.api.request_models import RequestTold, tell_request

router = APIRouter(prefix="/drafts", tags=["drafts"])


class NewDraftAsked(Asked):
    """What is to be looked at: a text, or a file given whole."""

    text: str = Field(
        "",
        max_length=1_000_000,
        description="Requirement lines, a command line, or an error of pip, uv, poetry or pdm.",
    )
    document: str | None = Field(
        None,
        max_length=8 * 1024 * 1024,
        description="A requirements.txt, uv.lock, poetry.lock, pdm.lock, Pipfile.lock, "
        "pylock.toml or pyproject.toml, whole.",
    )
    document_name: str = Field("", max_length=255, description="The document's filename.")
    feed: str = Field("internal", description="The feed from which it is to be installed.")
    instead_of: int | None = Field(None, description="A draft that ends, for this one.")


class Sent(Asked):
    """What a draft becomes a request with."""

    reason: str = Field(min_length=1, max_length=4000, description="What it is needed for.")
    used_in: str = Field("", max_length=128, description="The application that it is for.")


class DraftLineTold(Told):
    """A draft, as it is listed."""

    id: int
    state: str = Field(description="resolving or vetting.")
    requirements: list[str]
    as_read: str = Field(description="As what the text or the file was read.")
    created_at: datetime


class DraftsTold(Told):
    """Your drafts that can still be sent, newest first."""

    drafts: list[DraftLineTold]


@router.post("", status_code=202)
async def create_draft(gear: GearPart, actor: ActorPart, asked: NewDraftAsked) -> RequestTold:
    """Look at what would come of a request; nobody else is told, and nobody decides it."""
    if asked.document is not None:
        document = asked.document.encode()
        given = await asyncio.to_thread(read_file, asked.document_name, document)
    else:
        given = await asyncio.to_thread(read_text, asked.text)
    feed = parse_feed_name(asked.feed)
    made = await asyncio.to_thread(service.create_given, gear, actor, feed, given, asked.instead_of)
    return tell_request(made)


@router.get("")
async def list_drafts(gear: GearPart, actor: ActorPart) -> DraftsTold:
    """List your drafts that can still be sent, newest first."""
    found = await asyncio.to_thread(service.mine, gear, actor)
    return DraftsTold(drafts=[_tell_line(one) for one in found])


@router.get("/{number}")
async def show_draft(gear: GearPart, actor: ActorPart, number: NumberPart) -> RequestTold:
    """Show a draft of yours: its closure as far as it is known, and what vetting found."""
    return tell_request(await asyncio.to_thread(service.show, gear, actor, number))


@router.post("/{number}/send")
async def send_draft(
    gear: GearPart, actor: ActorPart, number: NumberPart, sent: Sent
) -> RequestTold:
    """Make a request of a draft; it goes on as if it had been made now."""
    done = await asyncio.to_thread(service.send, gear, actor, number, sent.reason, sent.used_in)
    return tell_request(done)


@router.post("/{number}/discard")
async def discard_draft(gear: GearPart, actor: ActorPart, number: NumberPart) -> RequestTold:
    """End a draft that you do not want any more."""
    return tell_request(await asyncio.to_thread(service.discard, gear, actor, number))


def _tell_line(one: DraftLine) -> DraftLineTold:
    return DraftLineTold(
        id=one.id,
        state=one.state,
        requirements=list(one.requirements),
        as_read=one.as_read,
        created_at=one.created_at,
    )
