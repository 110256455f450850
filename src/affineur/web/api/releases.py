"""What is known of a project and of a release."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from affineur.core.advisory_groups import Group, summary
from affineur.core.names import parse_feed_name, parse_project, parse_version
from affineur.core.vetted import finding_to_json
from affineur.services import releases as service
from affineur.services.release_values import Judged, ShownFile, ShownRelease, VersionRow
from affineur.store.releases import Stay
from affineur.store.requirements import NeededBy
from affineur.web.api.base import ActorPart, GearPart, Told

router = APIRouter(tags=["releases"])
_Feed = Annotated[str, Query(description="As this feed shows it.")]


class StayTold(Told):
    """A file standing in a feed, from a moment until it ended, or until now."""

    feed: str
    filename: str
    since: datetime
    by: str
    request_id: int | None
    comment: str
    ended_at: datetime | None


class FileTold(Told):
    """A file of the release."""

    filename: str
    sha256: str | None
    size_bytes: int | None
    uploaded_at: datetime | None
    served: bool
    reason: str = Field(description="Why it is withheld; empty when it is served.")
    yanked: str | None
    is_held: bool
    is_vetted: bool


class VerdictTold(Told):
    """What vetting and the policy say of the release now."""

    feed: str = Field(description="Whose policy judges.")
    verdict: str
    reasons: list[str]
    assessed_at: datetime
    against: str | None = Field(description="The approved version that it was held against.")
    findings: list[dict[str, object]] = Field(description="Each once, whatever files have it.")
    not_assessed: list[dict[str, str]]
    unassessed_files: list[str]


class AdvisoryTold(Told):
    """An advisory that speaks of the release, or may."""

    id: str
    aliases: list[str]
    level: str
    score: float | None
    is_certain: bool
    is_malware: bool
    fixed: str | None
    summary: str


class NeedingTold(Told):
    """A project that requires this one."""

    name: str
    version: str
    feed: str
    requirement: str


class ReleaseTold(Told):
    """Everything that is known of a release."""

    name: str
    version: str
    feed: str
    owners: list[str] = Field(description="The feeds that own the name.")
    files: list[FileTold]
    stands: list[StayTold] = Field(description="Also where it stood, the newest first.")
    verdict: VerdictTold | None
    advisories: list[AdvisoryTold]
    advisories_as_of: datetime | None
    summary: str | None
    licence: str | None
    requires_python: str | None
    requires: list[str]
    needed_by: list[NeedingTold]
    requests: list[int]
    downloads: int = Field(description="In the last 30 days.")


class VersionTold(Told):
    """One version of a project."""

    version: str
    uploaded_at: datetime | None
    served: bool
    reason: str
    is_yanked: bool
    stands_in: list[str]
    verdict: str | None = Field(description="When it was asked for last.")
    advisories: int


class ProjectTold(Told):
    """A project with its versions, the newest first."""

    name: str
    feed: str
    owners: list[str]
    versions: list[VersionTold]
    needed_by: list[NeedingTold]
    downloads: int


@router.get("/releases/{name}")
async def show_project(
    gear: GearPart, actor: ActorPart, name: str, feed: _Feed = "internal"
) -> ProjectTold:
    """Show the versions of a project: which are served, where each stands, what was said of it."""
    found = await service.show_project(gear, actor, parse_feed_name(feed), parse_project(name))
    return ProjectTold(
        name=found.project,
        feed=found.feed.name,
        owners=list(found.owners),
        versions=[_version(one) for one in found.versions],
        needed_by=_needing(found.needed_by),
        downloads=found.use.count,
    )


@router.get("/releases/{name}/{version}")
async def show_release(
    gear: GearPart, actor: ActorPart, name: str, version: str, feed: _Feed = "internal"
) -> ReleaseTold:
    """Show everything that is known of a release: verdict, advisories, where it stands."""
    project, wanted = parse_project(name), parse_version(version)
    found = await service.show(gear, actor, parse_feed_name(feed), project, wanted)
    told = found.described
    return ReleaseTold(
        name=found.project,
        version=str(found.version),
        feed=found.feed.name,
        owners=list(found.owners),
        files=[_file(one) for one in found.files],
        stands=[_stay(one) for one in found.stays],
        verdict=_verdict(found.judged) if found.judged else None,
        advisories=[_advisory(one) for one in found.advisories],
        advisories_as_of=found.advisories_as_of,
        summary=told.summary if told else None,
        licence=told.licence if told else None,
        requires_python=told.requires_python if told else None,
        requires=[one.text for one in told.requires] if told else [],
        needed_by=_needing(found.needed_by),
        requests=_requests(found),
        downloads=found.use.count,
    )


def _requests(found: ShownRelease) -> list[int]:
    return list(dict.fromkeys(one.request_id for one in found.asked))


def _version(one: VersionRow) -> VersionTold:
    return VersionTold(
        version=str(one.version),
        uploaded_at=one.uploaded_at,
        served=one.served > 0,
        reason=one.withheld.reason if one.withheld else "",
        is_yanked=one.is_yanked,
        stands_in=list(dict.fromkeys(stay.feed for stay in one.stays)),
        verdict=str(one.verdict) if one.verdict else None,
        advisories=one.advisories,
    )


def _file(one: ShownFile) -> FileTold:
    return FileTold(
        filename=one.file.filename.text,
        sha256=one.sha256,
        size_bytes=one.file.size_bytes,
        uploaded_at=one.file.uploaded_at,
        served=one.withheld is None,
        reason=one.withheld.reason if one.withheld else "",
        yanked=one.file.yanked,
        is_held=one.is_held,
        is_vetted=one.assessment is not None,
    )


def _stay(one: Stay) -> StayTold:
    return StayTold(
        feed=one.feed,
        filename=one.filename.text,
        since=one.since,
        by=one.by,
        request_id=one.request_id,
        comment=one.comment,
        ended_at=one.ended_at,
    )


def _verdict(judged: Judged) -> VerdictTold:
    return VerdictTold(
        feed=judged.feed,
        verdict=str(judged.answer.verdict),
        reasons=[str(one) for one in judged.answer.reasons],
        assessed_at=judged.assessed_at,
        against=judged.against,
        findings=[
            finding_to_json(one.finding)
            | {"is_new": one.is_new, "is_waived": one.waiver is not None}
            for check in judged.checks
            for one in check.findings
        ],
        not_assessed=[
            {"check": check.check, "reason": why}
            for check in judged.not_assessed
            for why in check.not_assessed
        ],
        unassessed_files=[one.file.filename.text for one in judged.unassessed],
    )


def _advisory(one: Group) -> AdvisoryTold:
    rating = one.rating
    return AdvisoryTold(
        id=one.id,
        aliases=list(one.aliases),
        level=rating.level,
        score=rating.score,
        is_certain=one.is_certain,
        is_malware=one.may_be_malware,
        fixed=str(one.fixed) if one.fixed else None,
        summary=next((text for it in one.matching if (text := summary(it.record, 300))), ""),
    )


def _needing(told: NeededBy) -> list[NeedingTold]:
    return [
        NeedingTold(name=one.project, version=str(one.version), feed=one.feed, requirement=one.line)
        for one in told.projects
    ]
