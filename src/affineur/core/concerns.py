"""Concerns: what is known now that speaks against something approved.

Of each project in a feed, an advisory, a kind of finding or a word of its origin is one concern,
with all releases that it speaks of. What an approver saw and approved stays one: it is told
apart from what came afterwards, and from what somebody accepted by a waiver. See decision 0032.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum

from packaging.version import Version

from affineur.core.advisory_groups import Group, summary
from affineur.core.findings import Assessment, Finding, Severity
from affineur.core.names import ProjectName, Sha256
from affineur.core.waivers import Waiver

_VULNERABILITIES = "vulnerabilities"
"""The check whose findings are left out: advisories are matched as they are known now."""
_PASSING = frozenset({"history.young", "history.yanked", "history.quarantined"})
"""Findings that were true when it was vetted, and say nothing of today."""
_MOST_TEXT = 300
_YANKED = "Its origin yanked it."


class Source(StrEnum):
    """Who says so."""

    ADVISORY = "advisory"
    FINDING = "finding"
    ORIGIN = "origin"


class Level(IntEnum):
    """How bad it is, on one scale for all sources."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4


_RATED: Mapping[str, Level] = {
    "critical": Level.CRITICAL,
    "high": Level.HIGH,
    "medium": Level.MEDIUM,
    "low": Level.LOW,
    "unknown": Level.MEDIUM,
}
_FOUND: Mapping[Severity, Level] = {Severity.BLOCK: Level.HIGH, Severity.REVIEW: Level.MEDIUM}


@dataclass(frozen=True, slots=True)
class ApprovedFile:
    """A file of others that stands in a feed, and that no block covers."""

    version: Version
    sha256: Sha256
    listed_at: datetime
    yanked: str | None
    """The reason of its origin's yank; None when it has not yanked it."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a project's files."""

    groups: Mapping[Version, tuple[Group, ...]] = field(default_factory=dict)
    assessments: Mapping[Sha256, Assessment] = field(default_factory=dict)
    """The newest one of each file."""
    waivers: Sequence[Waiver] = ()
    quarantined: str | None = None
    """What the origin says of a project that it put in quarantine."""
    changed: Mapping[Sha256, datetime] = field(default_factory=dict)
    """When the origin began to give other bytes under the name of a file."""


@dataclass(frozen=True, slots=True)
class Concern:
    """One thing that speaks against releases of a project that are approved in a feed."""

    source: Source
    key: str
    """The id of the advisory or of the finding, or what the origin did."""
    level: Level
    what: str
    versions: tuple[Version, ...]
    """Newest first."""
    files: int
    since: datetime | None
    """When it became known, as far as somebody says."""
    is_news: bool
    """Whether it became known after one of the releases had been approved."""
    fixed: str | None = None
    """The version that is free of it."""
    waived_until: datetime | None = None
    """Until when all of it is accepted."""


def concerns(
    project: ProjectName, files: Sequence[ApprovedFile], known: Known, now: datetime
) -> tuple[Concern, ...]:
    """Give all that speaks against these files, which are of one feed."""
    return (
        *_of_advisories(files, known),
        *_of_findings(project, files, known, now),
        *_of_origin(files, known),
    )


def _of_advisories(files: Sequence[ApprovedFile], known: Known) -> Iterator[Concern]:
    matched: dict[str, list[Group]] = {}
    for version in sorted({one.version for one in files}):
        for group in known.groups.get(version, ()):
            matched.setdefault(group.id, []).append(group)
    for key, groups in matched.items():
        newest = groups[-1]
        since = _published(newest)
        told = summary(newest.matching[0].record, _MOST_TEXT)
        is_malware = any(one.is_malware for one in groups)
        level = Level.CRITICAL if is_malware else _RATED[newest.rating.level]
        verb = "" if newest.is_certain else "May affect it: "
        meant = _files_of(files, {one.version for one in groups})
        yield Concern(
            Source.ADVISORY,
            key,
            level,
            f"{verb}{told or key}",
            tuple(one.version for one in reversed(groups)),
            len(meant),
            since,
            is_news=any(since > one.listed_at for one in meant),
            fixed=str(newest.fixed) if newest.fixed else None,
        )


def _of_findings(
    project: ProjectName, files: Sequence[ApprovedFile], known: Known, now: datetime
) -> Iterator[Concern]:
    found: dict[str, list[tuple[ApprovedFile, Finding]]] = {}
    for file in sorted(files, key=lambda one: one.version):
        assessment = known.assessments.get(file.sha256)
        for finding in assessment.findings if assessment else ():
            if _counts(finding):
                found.setdefault(finding.id, []).append((file, finding))
    for key, pairs in found.items():
        accepted = [_accepted(project, pair, known.waivers, now) for pair in pairs]
        until = [one for one in accepted if one is not None]
        is_waived = len(until) == len(pairs)
        standing = [
            pair
            for pair, moment in zip(pairs, accepted, strict=True)
            if is_waived or moment is None
        ]
        moments = [known.assessments[file.sha256].at for file, _ in standing]
        yield Concern(
            Source.FINDING,
            key,
            max(_FOUND[finding.severity] for _, finding in standing),
            standing[-1][1].what[:_MOST_TEXT],
            _versions(file for file, _ in standing),
            len({file.sha256 for file, _ in standing}),
            min(moments),
            is_news=any(
                at > file.listed_at for at, (file, _) in zip(moments, standing, strict=True)
            ),
            waived_until=min(until) if is_waived else None,
        )


def _of_origin(files: Sequence[ApprovedFile], known: Known) -> Iterator[Concern]:
    yanked = [one for one in files if one.yanked is not None]
    if yanked:
        newest = max(yanked, key=lambda one: one.version)
        what = (
            f"Its origin yanked it: {newest.yanked}" if newest.yanked else "Its origin yanked it."
        )
        yield _said("yanked", Level.LOW, what[:_MOST_TEXT], yanked)
    if known.quarantined is not None and files:
        what = known.quarantined or "Its origin put the project in quarantine."
        yield _said("quarantined", Level.CRITICAL, what[:_MOST_TEXT], files, is_news=True)
    changed = [one for one in files if one.sha256 in known.changed]
    if changed:
        what = "Its origin gives other bytes under the same filename; ours are as approved."
        since = min(known.changed[one.sha256] for one in changed)
        yield _said("changed", Level.HIGH, what, changed, since=since, is_news=True)


def _said(
    key: str,
    level: Level,
    what: str,
    files: Sequence[ApprovedFile],
    *,
    since: datetime | None = None,
    is_news: bool = False,
) -> Concern:
    versions = _versions(files)
    return Concern(Source.ORIGIN, key, level, what, versions, len(files), since, is_news)


def _counts(finding: Finding) -> bool:
    is_weighty = finding.severity in _FOUND
    return is_weighty and finding.check != _VULNERABILITIES and finding.id not in _PASSING


def _accepted(
    project: ProjectName,
    pair: tuple[ApprovedFile, Finding],
    waivers: Sequence[Waiver],
    now: datetime,
) -> datetime | None:
    """Say until when a finding of a file is accepted; None when it is not."""
    file, finding = pair
    until = [
        one.expires_at
        for one in waivers
        if one.holds_at(now)
        and one.finding in {finding.id, finding.key}
        and one.reaches(project, file.version, (file.sha256,))
    ]
    return max(until, default=None)


def _published(group: Group) -> datetime:
    """Say when an advisory came out; when nobody says, when it was changed last."""
    moments = []
    for advisory in group.matching:
        told = advisory.record.get("published")
        try:
            moments.append(datetime.fromisoformat(str(told)))
        except ValueError:
            moments.append(advisory.modified_at)
    known = [one for one in moments if one.tzinfo is not None]
    return min(known, default=group.matching[0].modified_at)


def _files_of(files: Iterable[ApprovedFile], versions: set[Version]) -> list[ApprovedFile]:
    return [one for one in files if one.version in versions]


def _versions(files: Iterable[ApprovedFile]) -> tuple[Version, ...]:
    return tuple(sorted({one.version for one in files}, reverse=True))
