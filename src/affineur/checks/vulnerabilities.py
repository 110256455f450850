"""Vulnerabilities: the advisories that speak of this version, by our copy of the OSV data.

Records that are aliases of each other are one finding with all their ids. Old data still says
what it knows, but then the check counts as not assessed. Known malware (MAL- records) is a
class of its own and blocks; a withdrawn record says nothing at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from packaging.version import Version

from affineur.checks.osv import LEVELS, Match, Table, fixed_versions, level, match
from affineur.core.advisories import Advisories, Advisory
from affineur.core.findings import Fact, Finding, Outcome, Severity
from affineur.core.names import ProjectName
from affineur.core.subjects import Need, Subject

_NAME = "vulnerabilities"
_MALWARE = "MAL-"
_PREFERENCE = (_MALWARE, "PYSEC-", "GHSA-", "CVE-")
_MAX_TEXT = 300
_NO_DATA = "no advisory data: run affineur advisories sync"


@dataclass(frozen=True, slots=True)
class _Group:
    """Records that are about the same thing, with what they say of our version."""

    project: ProjectName
    version: Version
    records: tuple[tuple[Advisory, Match], ...]

    @property
    def matching(self) -> tuple[Advisory, ...]:
        """Give the records that speak of our version, or may."""
        return tuple(one for one, answer in self.records if answer is not Match.NO)

    @property
    def is_certain(self) -> bool:
        """Whether one of the records surely speaks of our version."""
        return any(answer is Match.YES for _, answer in self.records)

    @property
    def id(self) -> str:
        """Choose the id that stands for the group, always the same one."""
        return min((one.id for one in self.matching), key=_preference)

    @property
    def aliases(self) -> tuple[str, ...]:
        """All other ids under which it is known."""
        ids = {name for one, _ in self.records for name in _names(one)}
        return tuple(sorted(ids - {self.id}, key=_preference))

    @property
    def is_malware(self) -> bool:
        """Whether a malware record surely speaks of our version."""
        return any(
            one.id.startswith(_MALWARE) and answer is Match.YES for one, answer in self.records
        )

    @property
    def level(self) -> str:
        """Take the highest level that any record of the group gives."""
        levels = (level(one.record, self.project) for one, _ in self.records)
        return max(levels, key=LEVELS.index)

    @property
    def fixed(self) -> Version | None:
        """Find the smallest later version that is fixed and that no record speaks of."""
        later = {
            fixed
            for one in self.matching
            for fixed in fixed_versions(one.record, self.project)
            if fixed > self.version
        }
        for candidate in sorted(later):
            answers = (match(one.record, self.project, candidate) for one in self.matching)
            if all(answer is Match.NO for answer in answers):
                return candidate
        return None


@dataclass(frozen=True, slots=True)
class Vulnerabilities:
    """The check."""

    max_age_days: int = 7
    """Data older than this no longer shows that a release is clean."""
    name: str = _NAME
    version: int = 1
    needs: frozenset[Need] = frozenset({Need.ADVISORIES, Need.TIME})
    wants: tuple[str, ...] = ()

    def look(self, subject: Subject) -> Outcome:
        """Look the release up in what is known of its project."""
        filename = subject.file.filename
        groups = _groups(subject.advisories, filename.project, filename.version)
        facts: dict[str, Fact] = {"advisories": [_fact(group) for group in groups]}
        return Outcome(
            self.name,
            self.version,
            tuple(_finding(group) for group in groups),
            self._not_assessed(subject),
            subject.advisories.as_of,
            facts,
        )

    def _not_assessed(self, subject: Subject) -> str | None:
        as_of = subject.advisories.as_of
        if as_of is None:
            return _NO_DATA
        age = subject.now - as_of
        if age > timedelta(days=self.max_age_days):
            return f"advisory data is {age.days} days old: run affineur advisories sync"
        return None


def _groups(advisories: Advisories, project: ProjectName, version: Version) -> tuple[_Group, ...]:
    """Match every record that stands, join aliases, keep groups that speak of the version."""
    standing = [one for one in advisories.known if _stands(one)]
    groups = (
        _Group(
            project, version, tuple((one, match(one.record, project, version)) for one in joined)
        )
        for joined in _joined(standing)
    )
    found = [group for group in groups if group.matching]
    return tuple(sorted(found, key=lambda group: _preference(group.id)))


def _stands(advisory: Advisory) -> bool:
    return advisory.withdrawn_at is None and not advisory.record.get("withdrawn")


def _joined(advisories: Sequence[Advisory]) -> Iterator[tuple[Advisory, ...]]:
    """Join records that share an id or an alias, also by way of others."""
    groups: list[tuple[set[str], list[Advisory]]] = []
    for advisory in sorted(advisories, key=lambda one: one.id):
        names, members = set(_names(advisory)), [advisory]
        apart = []
        for group in groups:
            if group[0] & names:
                names |= group[0]
                members = group[1] + members
            else:
                apart.append(group)
        groups = [*apart, (names, members)]
    return (tuple(members) for _, members in groups)


def _names(advisory: Advisory) -> Iterator[str]:
    yield advisory.id
    aliases = advisory.record.get("aliases")
    yield from (str(one) for one in aliases) if isinstance(aliases, list) else ()


def _preference(name: str) -> tuple[int, str]:
    kinds = (at for at, prefix in enumerate(_PREFERENCE) if name.startswith(prefix))
    return next(kinds, len(_PREFERENCE)), name


def _fact(group: _Group) -> Fact:
    return {
        "id": group.id,
        "aliases": list(group.aliases),
        "level": group.level,
        "is_malware": group.is_malware,
        "is_certain": group.is_certain,
        "fixed": str(group.fixed) if group.fixed else None,
    }


def _finding(group: _Group) -> Finding:
    release = f"{group.project} {group.version}"
    known_as = f"{group.id} ({', '.join(group.aliases[:5])})" if group.aliases else group.id
    about = _about(group.matching[0].record)
    if any(one.id.startswith(_MALWARE) for one in group.matching):
        severity = Severity.BLOCK if group.is_malware else Severity.REVIEW
        claim = "is" if group.is_malware else "may be"
        what = f"{release} {claim} known malware: {known_as}."
        todo = "Do not use it. Look for it on every machine that may have installed it."
        return Finding(f"malware.{group.id}", _NAME, severity, what, about, todo)
    finding_id = f"vulnerability.{group.id}"
    if not group.is_certain:
        what = f"{release} may be affected by {known_as}: it names no versions that compare."
        todo = "Read the advisory; it could not be decided by program."
        return Finding(finding_id, _NAME, Severity.REVIEW, what, about, todo)
    what = f"{release} is affected by {known_as}, level {group.level}."
    todo = f"It is fixed in {group.fixed}." if group.fixed else "No fixed version is known."
    return Finding(finding_id, _NAME, Severity.REVIEW, what, about, todo)


def _about(record: Table) -> str:
    """Give the first words that a record has to say."""
    text = str(record.get("summary") or record.get("details") or "").replace("\x00", "")
    line = " ".join(text.split())
    return line if len(line) <= _MAX_TEXT else line[: _MAX_TEXT - 1].rsplit(" ", 1)[0] + "…"
