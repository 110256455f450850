"""What is known of a release: records that are aliases of each other, taken as one.

A withdrawn record says nothing, nor does it join others. Records are aliases when they name
each other or the same third id, also by way of others; `related` and `upstream` join nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from packaging.version import Version

from affineur.core.advisories import Advisory
from affineur.core.names import ProjectName
from affineur.core.osv import Match, Saying, Table, fixed_versions, last_affected
from affineur.core.ratings import Rating, rate

MALWARE = "MAL-"
"""How the ids of malware records begin."""

_PREFERENCE = (MALWARE, "PYSEC-", "GHSA-", "CVE-")
_MOST_CANDIDATES = 50
_MOST_ALIASES = 1000


@dataclass(frozen=True, slots=True)
class Known:
    """A record that stands, and what it says of versions."""

    advisory: Advisory
    saying: Saying


@dataclass(frozen=True, slots=True)
class Group:
    """Records that are about the same thing, with what they say of one version."""

    project: ProjectName
    version: Version
    known: tuple[Known, ...]
    answers: tuple[Match, ...]

    @property
    def records(self) -> tuple[tuple[Advisory, Match], ...]:
        """Give each record with what it says of the version."""
        pairs = zip(self.known, self.answers, strict=True)
        return tuple((one.advisory, answer) for one, answer in pairs)

    @property
    def matching(self) -> tuple[Advisory, ...]:
        """Give the records that speak of the version, or may."""
        return tuple(one for one, answer in self.records if answer is not Match.NO)

    @property
    def is_certain(self) -> bool:
        """Whether one of the records surely speaks of the version."""
        return any(answer is Match.YES for _, answer in self.records)

    @property
    def is_malware(self) -> bool:
        """Whether a malware record surely speaks of the version."""
        return any(is_malware(one) and answer is Match.YES for one, answer in self.records)

    @property
    def may_be_malware(self) -> bool:
        """Whether a malware record speaks of the version, or may."""
        return any(is_malware(one) for one in self.matching)

    @property
    def id(self) -> str:
        """Choose the id that stands for the group, always the same one."""
        return min((one.id for one in self.matching), key=_preference)

    @property
    def ids(self) -> frozenset[str]:
        """All ids under which it is known."""
        return frozenset(name for one, _ in self.records for name in _names(one))

    @property
    def aliases(self) -> tuple[str, ...]:
        """All ids but the one that stands for it."""
        return tuple(sorted(self.ids - {self.id}, key=_preference))

    @property
    def rating(self) -> Rating:
        """Rate it by all of its records."""
        return rate((one.record for one, _ in self.records), self.project)

    @property
    def fixed(self) -> Version | None:
        """Find the smallest later version that is fixed and that no record speaks of for sure."""
        if not self.is_certain:
            return None
        return fix(self.known, self.project, self.version)

    @property
    def last_affected(self) -> Version | None:
        """Give the last version that is affected together with this one, where that is told."""
        ends = [last_affected(one.record, self.project, self.version) for one in self.matching]
        return max((end for end in ends if end is not None), default=None)


def groups(known: Iterable[Advisory], project: ProjectName, version: Version) -> tuple[Group, ...]:
    """Match every record that stands, join aliases, keep what speaks of the version or may."""
    return affecting(joined(known), project, version)


def affecting(
    sets: Iterable[Sequence[Known]], project: ProjectName, version: Version
) -> tuple[Group, ...]:
    """Keep, of joined records, the sets that speak of the version or may."""
    all_of_them = (
        Group(project, version, tuple(records), tuple(one.saying.of(version) for one in records))
        for records in sets
    )
    found = [group for group in all_of_them if set(group.answers) != {Match.NO}]
    return tuple(sorted(found, key=lambda group: _preference(group.id)))


def joined(
    known: Iterable[Advisory], before: Iterable[Sequence[Known]] = ()
) -> tuple[tuple[Known, ...], ...]:
    """Join the records that stand, and that share an id or an alias, also by way of others.

    They are all about one project. What was joined `before`, of an older state of the same
    project, is not read again where it did not change.
    """
    read = {_state(one.advisory): one for records in before for one in records}
    standing = sorted((one for one in known if stands(one)), key=lambda one: one.id)
    parents: dict[str, str] = {}
    for advisory in standing:
        for name in _names(advisory):
            parents[_root(parents, name)] = _root(parents, advisory.id)
    sets: dict[str, list[Known]] = {}
    for advisory in standing:
        told = read.get(_state(advisory))
        if told is None:
            told = Known(advisory, Saying(advisory.record, advisory.project))
        sets.setdefault(_root(parents, advisory.id), []).append(told)
    return tuple(tuple(records) for records in sets.values())


def stands(advisory: Advisory) -> bool:
    """Whether nobody withdrew it."""
    return advisory.withdrawn_at is None and not advisory.record.get("withdrawn")


def is_malware(advisory: Advisory) -> bool:
    """Whether it is a record of known malware."""
    return advisory.id.startswith(MALWARE)


def fix(known: Sequence[Known], project: ProjectName, version: Version) -> Version | None:
    """Find the smallest later version in which one was fixed, and of which none speaks for sure."""
    later = {
        fixed
        for one in known
        for fixed in fixed_versions(one.advisory.record, project)
        if fixed > version
    }
    for candidate in sorted(later)[:_MOST_CANDIDATES]:
        if all(one.saying.of(candidate) is not Match.YES for one in known):
            return candidate
    return None


def summary(record: Table, longest: int) -> str:
    """Give the first words that a record has to say, as one line."""
    text = record.get("summary") or record.get("details")
    line = " ".join(str(text or "").replace("\x00", "")[: 4 * longest].split())
    return line if len(line) <= longest else line[: longest - 1].rsplit(" ", 1)[0] + "…"


def _state(advisory: Advisory) -> tuple[str, datetime]:
    return advisory.id, advisory.modified_at


def _root(parents: dict[str, str], name: str) -> str:
    """Find what stands for all that is joined with a name, and shorten the way to it."""
    way = []
    while (parent := parents.setdefault(name, name)) != name:
        way.append(name)
        name = parent
    for passed in way:
        parents[passed] = name
    return name


def _names(advisory: Advisory) -> Iterator[str]:
    yield advisory.id
    aliases = advisory.record.get("aliases")
    told = aliases[:_MOST_ALIASES] if isinstance(aliases, list) else ()
    yield from (one for one in told if isinstance(one, str))


def _preference(name: str) -> tuple[int, str]:
    kinds = (at for at, prefix in enumerate(_PREFERENCE) if name.startswith(prefix))
    return next(kinds, len(_PREFERENCE)), name
