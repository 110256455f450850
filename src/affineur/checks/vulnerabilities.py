"""Vulnerabilities: the advisories that speak of this version, by our copy of the OSV data.

Records that are aliases of each other are one finding with all their ids. Old data still says
what it knows, but then the check counts as not assessed. Known malware (MAL- records) is a
class of its own and blocks; a withdrawn record says nothing at all. What its findings and facts
mean stands in `docs/checks.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from packaging.version import Version

from affineur.core.advisory_groups import Group, Known, affecting, fix, joined, summary
from affineur.core.findings import Fact, Finding, Outcome, Severity
from affineur.core.ratings import LEVELS
from affineur.core.subjects import Need, Subject

_NAME = "vulnerabilities"
_MAX_TEXT = 300
_MOST_NAMED = 5
_NO_DATA = "no advisory data: run affineur advisories sync"


@dataclass(frozen=True, slots=True)
class Vulnerabilities:
    """The check."""

    max_age_days: int = 7
    """Data older than this no longer shows that a release is clean."""
    name: str = _NAME
    version: int = 2
    needs: frozenset[Need] = frozenset({Need.ADVISORIES, Need.TIME})
    wants: tuple[str, ...] = ()

    def look(self, subject: Subject) -> Outcome:
        """Look the release up in what is known of its project."""
        project, version = subject.file.filename.project, subject.file.filename.version
        sets = joined(subject.advisories.known)
        groups = affecting(sets, project, version)
        unaffected = _unaffected(groups, [one for records in sets for one in records])
        levels = [group.rating.level for group in groups]
        facts: dict[str, Fact] = {
            "advisories": [_fact(group) for group in groups],
            "known_malware": any(group.is_malware for group in groups),
            "worst_advisory": max(levels, key=LEVELS.index, default=None),
            "unaffected_version": str(unaffected) if unaffected else None,
        }
        findings = tuple(_finding(group, unaffected) for group in groups)
        as_of = subject.advisories.as_of
        return Outcome(self.name, self.version, findings, self._not_assessed(subject), as_of, facts)

    def _not_assessed(self, subject: Subject) -> str | None:
        as_of = subject.advisories.as_of
        if as_of is None:
            return _NO_DATA
        age = subject.now - as_of
        if age > timedelta(days=self.max_age_days):
            return f"advisory data is {age.days} days old: run affineur advisories sync"
        return None


def _unaffected(groups: Sequence[Group], known: Sequence[Known]) -> Version | None:
    """Find the smallest later version that fixes something and that nothing known speaks of."""
    if not groups or any(group.may_be_malware for group in groups):
        return None
    return fix(known, groups[0].project, groups[0].version)


def _fact(group: Group) -> Fact:
    rating, fixed, last = group.rating, group.fixed, group.last_affected
    records = [one for one, _ in group.records]
    published = sorted(
        str(one.record["published"]) for one in records if one.record.get("published")
    )
    return {
        "id": group.id,
        "aliases": list(group.aliases),
        "records": [one.id for one in records],
        "level": rating.level,
        "score": rating.score,
        "vector": rating.vector,
        "is_malware": group.is_malware,
        "is_certain": group.is_certain,
        "fixed": str(fixed) if fixed else None,
        "is_same_branch": fixed is not None and _branch(fixed) == _branch(group.version),
        "last_affected": str(last) if last else None,
        "published": published[0] if published else None,
        "modified": max(one.modified_at for one in records).isoformat(),
    }


def _finding(group: Group, unaffected: Version | None) -> Finding:
    release = f"{group.project} {group.version}"
    named = ", ".join(group.aliases[:_MOST_NAMED])
    known_as = f"{group.id} ({named})" if named else group.id
    why = _why(group)
    if group.may_be_malware:
        severity = Severity.BLOCK if group.is_malware else Severity.REVIEW
        claim = "is" if group.is_malware else "may be"
        what = f"{release} {claim} known malware: {known_as}."
        todo = "Do not use it. Look for it on every machine that may have installed it."
        return Finding(f"malware.{group.id}", _NAME, severity, what, why, todo, anchor=group.id)
    finding_id = f"vulnerability.{group.id}"
    if group.is_certain:
        rating = group.rating
        score = f" (CVSS {rating.score})" if rating.score is not None else ""
        what = f"{release} is affected by {known_as}, level {rating.level}{score}."
        todo = _todo(group, unaffected)
    else:
        what = f"{release} may be affected by {known_as}: it names no versions that compare."
        todo = "Read the advisory; it could not be decided by program."
    return Finding(finding_id, _NAME, Severity.REVIEW, what, why, todo, anchor=group.id)


def _why(group: Group) -> str:
    """Tell what it is about, from the record that says it in a summary, and since when."""
    records = [one.record for one in group.matching]
    told = next((one for one in records if one.get("summary")), records[0])
    text = summary(told, _MAX_TEXT)
    published = min((str(one["published"]) for one in records if one.get("published")), default="")
    return " ".join(
        one for one in (text, f"[published {published[:10]}]" if published else "") if one
    )


def _todo(group: Group, unaffected: Version | None) -> str:
    fixed = group.fixed
    if fixed is None:
        last = group.last_affected
        if last is not None:
            return f"Take a version after {last}, the last that is known to be affected."
        return "No fixed version is known."
    todo = f"Take {fixed} or later."
    if _branch(fixed) != _branch(group.version):
        todo = f"Take {fixed} or later; no fix is known on the branch {_branch(group.version)}."
    if unaffected is not None and unaffected > fixed:
        todo += f" {unaffected} is the first of which no known advisory speaks."
    return todo


def _branch(version: Version) -> str:
    """Name the line of releases that a version belongs to: its first number, after 0 two."""
    first = version.release[:2] if version.release[0] == 0 else version.release[:1]
    epoch = f"{version.epoch}!" if version.epoch else ""
    return epoch + ".".join(map(str, (*first, "x")))
