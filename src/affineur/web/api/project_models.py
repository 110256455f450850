"""The shapes of lists of projects, and of one project that is looked up."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from affineur.services.projects import Listed, LookedUp, ProjectPage
from affineur.web.api.base import Told

_FOUND = {None: None, 0: "nothing", 1: "review", 2: "block"}


class BlockedTold(Told):
    """A block on a project, or on a part of it."""

    reason: str
    is_whole: bool = Field(description="Whether it holds for every file of the project.")


class ProjectTold(Told):
    """A project in a feed's list."""

    name: str
    source: str = Field(description="Where the feed has it from: own, reviewed, feed or outside.")
    latest: str | None = Field(description="The version that clients take.")
    latest_at: datetime | None = Field(description="Since when it stands there.")
    changed_at: datetime
    versions: int
    files: int
    yanked: int = Field(description="How many of the files are yanked.")
    findings: str | None = Field(
        description="The worst that vetting found: nothing, review or block; null: never vetted."
    )
    blocked: BlockedTold | None
    withheld: str | None = Field(description="Why a filter keeps back all of it, by its name.")
    downloads: int = Field(description="How often its files were sent through the feed in 30 days.")


class ProjectsTold(Told):
    """A part of a feed's list of projects."""

    projects: list[ProjectTold]
    next: str | None = Field(description="Give it as `after` for what comes next; null: nothing.")
    counts: dict[str, int] = Field(description="How many there are in all, by where they are from.")


class LookedUpTold(Told):
    """What a feed has of one name."""

    name: str
    is_of_the_house: bool = Field(description="Whether nobody outside may be asked for it.")
    latest: str | None = Field(description="The newest version that is served.")
    newest_known: str | None = Field(description="The newest version that is listed at all.")
    files: int
    served: int
    withheld: list[str] = Field(description="Why the others are not served, each reason once.")


def tell_projects(page: ProjectPage) -> ProjectsTold:
    """Tell a part of a list."""
    return ProjectsTold(
        projects=[_tell(one) for one in page.projects],
        next=page.next,
        counts={str(source): count for source, count in page.counts.items()},
    )


def tell_looked_up(found: LookedUp) -> LookedUpTold:
    """Tell what is known of a name."""
    return LookedUpTold(
        name=found.project,
        is_of_the_house=found.is_of_the_house,
        latest=_text(found.newest_served),
        newest_known=_text(found.newest_known),
        files=len(found.page.listed),
        served=len(found.page.served),
        withheld=list(found.reasons),
    )


def _tell(one: Listed) -> ProjectTold:
    row = one.shown.row
    blocked = None
    if one.blocked is not None:
        blocked = BlockedTold(reason=one.blocked, is_whole=one.is_wholly_blocked)
    return ProjectTold(
        name=row.project,
        source=str(one.shown.source),
        latest=_text(row.latest),
        latest_at=row.latest_at,
        changed_at=row.changed_at,
        versions=row.versions,
        files=row.files,
        yanked=row.yanked,
        findings=_FOUND[row.severity],
        blocked=blocked,
        withheld=one.shown.withheld,
        downloads=one.downloads,
    )


def _text(version: object) -> str | None:
    return None if version is None else str(version)
