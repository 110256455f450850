"""What a block would withdraw, and who took it, as the API tells it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import Field

from affineur.services.takers import Preview, Taker
from affineur.store.takers import MOST_FILES, AskedFor, StandingFile
from affineur.web.api.base import Told


@dataclass(frozen=True, slots=True)
class TargetAsked:
    """What is meant: a project, one version of it, or one file by its digest."""

    name: Annotated[str, Query(description="The project.")]
    version: Annotated[str | None, Query(description="One version of it.")] = None
    sha256: Annotated[str | None, Query(description="One file of it.")] = None


class StandingFileTold(Told):
    """A file that is withdrawn."""

    feed: str
    filename: str
    version: str
    sha256: str
    listed_at: datetime
    listed_by: str
    decided_by: str | None
    request: int | None


class AskedForTold(Told):
    """An approved request that named a release which is withdrawn."""

    request: int
    version: str
    requester: str
    used_in: str | None


class PreviewTold(Told):
    """What a block would withdraw."""

    name: str
    version: str | None
    sha256: str | None
    feeds: dict[str, int] = Field(description="How many files in each feed.")
    files: list[StandingFileTold] = Field(description=f"At most {MOST_FILES}.")
    cached: int = Field(description="How many further files are held that no feed lists.")
    blocked: int = Field(description="How many blocks of the project hold now.")
    requests: list[AskedForTold]


class TakerTold(Told):
    """Somebody who took it, with which token, how often and until when."""

    taker: str
    token_id: int | None
    token: str | None
    feeds: list[str]
    versions: list[str]
    filenames: list[str]
    count: int
    first_day: str
    last_at: datetime


class TakersTold(Told):
    """Who took it, the latest first."""

    takers: list[TakerTold]


def tell_preview(found: Preview) -> PreviewTold:
    """Tell a preview."""
    target = found.target
    return PreviewTold(
        name=target.project,
        version=None if target.version is None else str(target.version),
        sha256=target.sha256,
        feeds={str(name): count for name, count in found.feeds.items()},
        files=[_file(one) for one in found.files],
        cached=found.cached,
        blocked=len(found.holding),
        requests=[_asked(one) for one in found.asked],
    )


def tell_taker(one: Taker) -> TakerTold:
    """Tell of somebody who took it."""
    return TakerTold(
        taker=one.name,
        token_id=one.token_id,
        token=one.token,
        feeds=list(one.feeds),
        versions=[str(version) for version in one.versions],
        filenames=list(one.filenames),
        count=one.count,
        first_day=one.first_day,
        last_at=one.last_at,
    )


def _file(one: StandingFile) -> StandingFileTold:
    return StandingFileTold(
        feed=one.feed,
        filename=one.filename,
        version=one.version,
        sha256=one.sha256,
        listed_at=one.listed_at,
        listed_by=one.listed_by,
        decided_by=one.decided_by,
        request=one.request_id,
    )


def _asked(one: AskedFor) -> AskedForTold:
    return AskedForTold(
        request=one.request_id,
        version=one.version,
        requester=one.requester,
        used_in=one.used_in,
    )
