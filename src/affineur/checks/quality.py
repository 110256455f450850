"""Quality: how a project is kept, as information in one finding, and as facts.

Never a reason to deny: what is old may be finished, and what has no types may be good. What is
not known is None: whether Debian ships it, while nobody gave that list, or its Scorecard.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from packaging.requirements import InvalidRequirement, Requirement

from affineur.checks.core_metadata import printable, raw_of
from affineur.checks.timeline import Timeline
from affineur.core.archives import ArchiveReport
from affineur.core.errors import BadInput
from affineur.core.files import IndexFile
from affineur.core.findings import Fact, Finding, Outcome, Severity
from affineur.core.selection import Selection
from affineur.core.subjects import House, Need, NotAssessable, Subject

_NAME = "quality"
_STALE = timedelta(days=730)
_YEAR = timedelta(days=365)
_CADENCE = 10
"""So many of the last releases tell how often there is one."""
_STATUS = "Development Status :: "
_POOR = ("1 - Planning", "2 - Pre-Alpha", "7 - Inactive")
_TYPED = "Typing :: Typed"


@dataclass(frozen=True, slots=True)
class Quality:
    """The check."""

    name: str = _NAME
    version: int = 2
    needs: frozenset[Need] = frozenset(
        {Need.ARCHIVE, Need.PROJECT, Need.HOUSE, Need.NAMES, Need.SCORECARD, Need.TIME}
    )
    wants: tuple[str, ...] = ()

    def look(self, subject: Subject) -> Outcome:
        """Sum up what is known of the project's upkeep."""
        archive = subject.archive
        if isinstance(archive, NotAssessable):
            return Outcome(self.name, self.version, not_assessed=archive.reason)
        facts = _of_releases(subject) | _of_files(subject) | _of_archive(archive)
        facts["in_debian"] = _is_in_debian(subject)
        facts["scorecard"] = dict(subject.scorecard) if subject.scorecard else None
        remarks = dict(_remarks(facts))
        if not remarks:
            return Outcome(self.name, self.version, facts=facts)
        what = f"Of its project's upkeep: {'; '.join(remarks.values())}."
        found = Finding(f"{_NAME}.upkeep", _NAME, Severity.INFO, what, anchor=" ".join(remarks))
        return Outcome(self.name, self.version, (found,), facts=facts)


def _of_releases(subject: Subject) -> dict[str, Fact]:
    """Tell when and how often the project releases."""
    releases = Timeline.of(subject.project_files).releases
    began = [one.began_at for one in releases if not one.version.is_prerelease]
    gaps = [(b - a) / timedelta(days=1) for a, b in pairwise(began)][-_CADENCE:]
    return {
        "last_release_days": (subject.now - began[-1]).days if began else None,
        "releases_last_year": sum(subject.now - at < _YEAR for at in began) if began else None,
        "cadence_days": round(statistics.median(gaps)) if gaps else None,
    }


def _of_files(subject: Subject) -> dict[str, Fact]:
    """Tell what files the release has, and for whom."""
    version = subject.file.filename.version
    release = [one for one in subject.project_files if one.filename.version == version]
    if not release:
        return {"has_sdist": None, "has_wheel": None, "pythons_without_wheel": None}
    missing = _pythons_without(release, subject.house)
    return {
        "has_sdist": any(not one.is_wheel for one in release),
        "has_wheel": any(one.is_wheel for one in release),
        "pythons_without_wheel": [*missing] if missing is not None else None,
    }


def _pythons_without(release: list[IndexFile], house: House) -> list[str] | None:
    """Name the house's Pythons that no wheel fits on its platforms; None when it names none."""
    if not house.platforms:
        return None
    wheels = [one.filename for one in release if one.is_wheel]
    try:
        wanted = {
            python: Selection.parse([python], house.platforms, sdists=False)
            for python in house.pythons
        }
    except BadInput:
        return None
    return [python for python, one in wanted.items() if not any(map(one.wants, wheels))]


def _of_archive(archive: ArchiveReport) -> dict[str, Fact]:
    raw = raw_of(archive) or {}
    classifiers = raw.get("classifiers", [])
    status = next((one for one in classifiers if one.startswith(_STATUS)), "")
    is_typed = any(one.rpartition("/")[2] == "py.typed" for one in archive.members)
    return {
        "development_status": printable(status.removeprefix(_STATUS)) or None,
        "typed": is_typed or _TYPED in classifiers,
        "dependency_count": sum(map(_is_needed, raw.get("requires_dist", []))),
    }


def _is_in_debian(subject: Subject) -> bool | None:
    names = subject.names
    if isinstance(names, NotAssessable):
        return None
    return names.is_in_debian(subject.file.filename.project)


def _is_needed(requirement: str) -> bool:
    """Whether a requirement holds without any extra."""
    try:
        marker = Requirement(requirement).marker
    except InvalidRequirement:
        return True
    return marker is None or "extra" not in str(marker)


def _remarks(facts: dict[str, Fact]) -> Iterator[tuple[str, str]]:
    """Give what is worth a word, each with what makes it the same one in another version."""
    days, status = facts["last_release_days"], facts["development_status"]
    if isinstance(days, int) and days > _STALE.days:
        yield "stale", f"its last release is {days / 365.25:.1f} years old"
    if status in _POOR:
        yield "status", f"it calls itself {str(status).partition(' - ')[2].lower()}"
    missing = facts["pythons_without_wheel"]
    if facts["has_wheel"] is False:
        yield "no-wheel", "this release has no wheel"
    elif isinstance(missing, list) and missing:
        named = ", ".join(map(str, missing))
        yield f"pythons-{named}", f"no wheel of this release fits our Python {named}"
