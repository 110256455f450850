"""What concerns are made of: what stands approved, and what is known of it; many at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from packaging.version import Version
from sqlalchemy import Connection, func, select

from affineur.core.concerns import ApprovedFile
from affineur.core.files import Filename
from affineur.core.findings import Assessment
from affineur.core.names import ProjectName, Sha256
from affineur.store import assessments
from affineur.store.schema import connector, first_sight, listing, snapshot
from affineur.store.schema_usage import download
from affineur.store.schema_vetting import advisory, assessment

_AT_ONCE = 500
_QUARANTINED = "quarantined"


@dataclass(slots=True)
class Uses:
    """How often a release was taken, and by whom."""

    count: int = 0
    takers: set[str] = field(default_factory=set)


def approved(
    conn: Connection, projects: Collection[ProjectName]
) -> Mapping[tuple[ProjectName, int], list[ApprovedFile]]:
    """Give the files of others that stand in feeds, by project and feed."""
    columns = listing.c
    question = select(
        columns.project,
        columns.feed_id,
        columns.filename,
        columns.sha256,
        columns.listed_at,
        columns.yanked,
        columns.yanked_at,
    ).where(columns.ended_at.is_(None), columns.is_upload.is_(False))
    found: dict[tuple[ProjectName, int], list[ApprovedFile]] = {}
    for some in _parts(sorted(projects)):
        for row in conn.execute(question.where(columns.project.in_(some))):
            by_origin = row.yanked if row.yanked_at is None else None
            version = Filename.parse(row.filename).version
            file = ApprovedFile(version, Sha256(row.sha256), row.listed_at, by_origin)
            found.setdefault((ProjectName(row.project), row.feed_id), []).append(file)
    return found


def with_advisories(conn: Connection, projects: Collection[ProjectName]) -> frozenset[ProjectName]:
    """Say of which projects some advisory speaks."""
    found: set[str] = set()
    for some in _parts(sorted(projects)):
        question = select(advisory.c.project).where(advisory.c.project.in_(some)).distinct()
        found.update(conn.scalars(question))
    return frozenset(map(ProjectName, found))


def weighty(conn: Connection, digests: Collection[Sha256]) -> dict[Sha256, Assessment]:
    """Give the newest assessment of each file in which something was found that matters."""
    ids: list[int] = []
    for some in _parts(sorted(digests)):
        newest = select(func.max(assessment.c.id)).where(assessment.c.sha256.in_(some))
        newest = newest.group_by(assessment.c.sha256)
        matters = func.coalesce(assessment.c.severity, 1) > 0
        ids += conn.scalars(select(assessment.c.id).where(assessment.c.id.in_(newest), matters))
    return {one.sha256: one for one in assessments.by_ids(conn, ids).values()}


def changed(conn: Connection, digests: Collection[Sha256]) -> dict[Sha256, datetime]:
    """Say which files' names have other bytes at their origin now, and since when."""
    sight = first_sight.c
    found: dict[Sha256, datetime] = {}
    for some in _parts(sorted(digests)):
        question = select(sight.sha256, sight.changed_at).where(
            sight.sha256.in_(some), sight.changed_at.is_not(None)
        )
        found |= {Sha256(row.sha256): row.changed_at for row in conn.execute(question)}
    return found


def quarantined(conn: Connection, projects: Collection[ProjectName]) -> dict[ProjectName, str]:
    """Say which projects are in quarantine at an index that we read, and what it says of that."""
    read = select(connector.c.id).where(
        connector.c.ended_at.is_(None), connector.c.url.is_not(None)
    )
    found: dict[ProjectName, str] = {}
    for some in _parts(sorted(projects)):
        question = select(snapshot.c.project, snapshot.c.facts).where(
            snapshot.c.connector_id.in_(read),
            snapshot.c.project.in_(some),
            snapshot.c.status == _QUARANTINED,
        )
        for row in conn.execute(question):
            found[ProjectName(row.project)] = str(row.facts.get("status_reason") or "")
    return found


def uses(
    conn: Connection, projects: Collection[ProjectName], since_day: str
) -> dict[tuple[ProjectName, Version], Uses]:
    """Say how often each release was taken since a day, and by whom."""
    columns = (download.c.project, download.c.filename, download.c.taker)
    found: dict[tuple[ProjectName, Version], Uses] = {}
    for some in _parts(sorted(projects)):
        question = (
            select(*columns, func.sum(download.c.count))
            .where(download.c.project.in_(some), download.c.day >= since_day)
            .group_by(*columns)
        )
        for project, filename, taker, count in conn.execute(question):
            one = found.setdefault((project, Filename.parse(filename).version), Uses())
            one.count += int(count)
            one.takers.add(taker)
    return found


def _parts(values: Sequence[Any]) -> Iterator[Sequence[Any]]:  # Any: keys
    return (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))
