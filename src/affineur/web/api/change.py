"""What a version newly has and can do, held against the last approved one."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import Field

from affineur.core.names import parse_feed_name, parse_project, parse_version
from affineur.core.novelties import News
from affineur.services import changing
from affineur.services.changing import Change, Compared
from affineur.web.api.base import ActorPart, Asked, GearPart, Told

router = APIRouter(tags=["vetting"])


class NewChange(Asked):
    """Which version is held against which."""

    name: str
    version: str
    old: str | None = Field(None, description="A version; the last approved one without it.")
    file: str | None = Field(None, description="A file of the version; the best without it.")
    feed: str = Field("internal", description="The feed through which the files are looked for.")


class SideTold(Told):
    """One of the two files."""

    filename: str
    version: str
    sha256: str
    listed_by: str | None = Field(description="By whose decision it stands; null if it does not.")
    listed_at: datetime | None
    request: int | None


class PlaceTold(Told):
    """A place in the new file."""

    file: str
    line: int | None


class NewsTold(Told):
    """One thing that is not as it was."""

    aspect: str
    severity: str
    what: str
    why: str
    places: list[PlaceTold]


class UnknownTold(Told):
    """Something that could not be looked at."""

    what: str
    why: str


class FileTold(Told):
    """A file that is not as it was."""

    path: str
    state: str = Field(description="added, removed, changed or renamed.")
    group: str = Field(description="What it is for a reader.")
    notes: int = Field(description="How many new things are said of places in it.")


class ChangeTold(Told):
    """What became of a release."""

    old: SideTold
    new: SideTold
    news: list[NewsTold] = Field(description="What is new, the gravest first.")
    as_before: list[str] = Field(description="What was looked at, and is as it was.")
    not_told: list[UnknownTold] = Field(description="What could not be looked at.")
    files: list[FileTold] = Field(description="What matters most stands first.")


@router.post("/change")
async def show_change(gear: GearPart, actor: ActorPart, asked: NewChange) -> ChangeTold:
    """Show what a version that you may download newly has and can do.

    What is not here of the two files is fetched.
    """
    wanted = changing.Asked(
        parse_feed_name(asked.feed),
        parse_project(asked.name),
        parse_version(asked.version),
        parse_version(asked.old) if asked.old else None,
        asked.file,
    )
    return _told(await changing.fetch(gear, actor, wanted))


def _told(found: Change) -> ChangeTold:
    new_notes = [one.where.file for one in found.notes if one.is_new]
    return ChangeTold(
        old=_side(found.old),
        new=_side(found.new),
        news=[_news(one) for one in found.novelties.news],
        as_before=[str(one) for one in found.novelties.same],
        not_told=[UnknownTold(what=what, why=why) for what, why in found.novelties.unknown],
        files=[
            FileTold(
                path=one.path,
                state=str(one.state),
                group=str(one.group),
                notes=new_notes.count(one.new or ""),
            )
            for one in found.files
        ],
    )


def _side(one: Compared) -> SideTold:
    return SideTold(
        filename=one.filename.text,
        version=str(one.filename.version),
        sha256=one.sha256,
        listed_by=one.listed.listed_by if one.listed else None,
        listed_at=one.listed.listed_at if one.listed else None,
        request=one.listed.request_id if one.listed else None,
    )


def _news(one: News) -> NewsTold:
    return NewsTold(
        aspect=str(one.aspect),
        severity=str(one.severity),
        what=one.what,
        why=one.why,
        places=[PlaceTold(file=where.file, line=where.line) for where in one.places],
    )
