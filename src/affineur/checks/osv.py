"""Whether an OSV record speaks of a version (OSV schema, "Evaluation").

A version is affected when it is in a `versions` list or in a range of type ECOSYSTEM or SEMVER;
commits say nothing about versions. What cannot be compared is uncertain, never unaffected. A
local version does not escape: 1.0+ours is also looked up as 1.0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import groupby
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from affineur.checks.cvss import base_score, level_of_score
from affineur.core.names import ProjectName

Table = Mapping[str, Any]  # Any: an OSV document as published, of whatever form

LEVELS = ("unknown", "low", "medium", "high", "critical")
_LEVEL_WORDS = {
    "moderate": "medium",
    "medium": "medium",
    "low": "low",
    "high": "high",
    "critical": "critical",
}
_BEGINNING = "0"
_NO_LIMIT = ("limit", "*")


class Match(StrEnum):
    """What a record says of a version."""

    NO = "no"
    UNCERTAIN = "uncertain"
    YES = "yes"


@dataclass(frozen=True, slots=True)
class _Event:
    """One step of a range: `introduced`, `fixed` or `last_affected` at a version."""

    kind: str
    at: Version | None
    """None stands for the beginning: before every version."""


@dataclass(frozen=True, slots=True)
class Span:
    """A run of affected versions, from `start` on (None: from the beginning)."""

    start: Version | None
    end: Version | None
    """None: without end."""
    includes_end: bool

    def holds(self, version: Version) -> bool:
        """Whether the version lies in the run."""
        if self.start is not None and version < self.start:
            return False
        if self.end is None or version < self.end:
            return True
        return self.includes_end and version == self.end


def match(record: Table, project: ProjectName, version: Version) -> Match:
    """Say whether the record speaks of this version of the project."""
    answers = [
        answer for affected in _affected(record, project) for answer in _answers(affected, version)
    ]
    if Match.YES in answers:
        return Match.YES
    return Match.UNCERTAIN if Match.UNCERTAIN in answers else Match.NO


def fixed_versions(record: Table, project: ProjectName) -> frozenset[Version]:
    """Give the versions in which the record says that it was fixed."""
    events = (
        event
        for affected in _affected(record, project)
        for entry in _ranges(affected)
        for event in _tables(entry.get("events"))
    )
    parsed = (_parse(str(event["fixed"])) for event in events if "fixed" in event)
    return frozenset(version for version in parsed if version is not None)


def level(record: Table, project: ProjectName) -> str:
    """Rate the record: by a CVSS 3 vector, else by the word that its database gives."""
    places = [record, *_affected(record, project)]
    vectors = [one for place in places for one in _tables(place.get("severity"))]
    scores = [base_score(str(one.get("score"))) for one in vectors]
    known = [score for score in scores if score is not None]
    if known:
        return level_of_score(max(known))
    words = [
        str(_table(place.get(key)).get("severity", "")).lower()
        for place in places
        for key in ("database_specific", "ecosystem_specific")
    ]
    return max((_LEVEL_WORDS.get(word, "unknown") for word in words), key=LEVELS.index)


def spans(events: Sequence[Table]) -> tuple[Span, ...] | None:
    """Turn a range's events, in any order, into runs; None when one cannot be understood.

    Where events stand at one version, those that end a run count first while one is open, and
    last while none is: `fixed 2, introduced 2` goes on, `introduced 2, last_affected 2` is
    exactly version 2, `introduced 2, fixed 2` is nothing.
    """
    said = [pair for event in events for pair in event.items() if pair != _NO_LIMIT]
    steps = [_event(kind, text) for kind, text in said]
    parsed = [step for step in steps if step is not None]
    limits = [step.at for step in parsed if step.kind == "limit" and step.at is not None]
    parsed = [step for step in parsed if step.kind != "limit"]
    if len(steps) != len(parsed) + len(limits):
        return None
    if not any(event.kind == "introduced" for event in parsed):
        return None
    return tuple(_limited(_runs(parsed), limits))


def _event(kind: str, text: object) -> _Event | None:
    if kind == "introduced" and text == _BEGINNING:
        return _Event(kind, None)
    at = _parse(str(text))
    is_known = kind in ("introduced", "fixed", "last_affected", "limit")
    return _Event(kind, at) if at is not None and is_known else None


def _affected(record: Table, project: ProjectName) -> list[Table]:
    """Take the parts that speak of this project on PyPI."""
    found = []
    for affected in _tables(record.get("affected")):
        package = _table(affected.get("package"))
        ecosystem = str(package.get("ecosystem", "")).partition(":")[0]
        if ecosystem == "PyPI" and str(canonicalize_name(str(package.get("name", "")))) == project:
            found.append(affected)
    return found


def _answers(affected: Table, version: Version) -> Iterator[Match]:
    listed = affected.get("versions") or []
    if isinstance(listed, list) and _is_listed(listed, version):
        yield Match.YES
    ranges = _ranges(affected)
    if not listed and not ranges:
        yield Match.UNCERTAIN  # it speaks of commits only, or of nothing
    for entry in ranges:
        runs = spans(_tables(entry.get("events")))
        if runs is None:
            yield Match.UNCERTAIN
        elif any(run.holds(_as_seen_by(run, version)) for run in runs):
            yield Match.YES


def _is_listed(listed: Sequence[object], version: Version) -> bool:
    ours = {version, Version(version.public)}
    if {str(one) for one in ours} & {one for one in listed if isinstance(one, str)}:
        return True
    return any(_parse(one) in ours for one in listed if isinstance(one, str))


def _ranges(affected: Table) -> list[Table]:
    known = ("ECOSYSTEM", "SEMVER")
    return [one for one in _tables(affected.get("ranges")) if one.get("type") in known]


def _as_seen_by(run: Span, version: Version) -> Version:
    """Drop our local part, unless the run speaks of local versions itself."""
    ends = (run.start, run.end)
    names_local = any(end is not None and end.local for end in ends)
    return version if names_local else Version(version.public)


def _runs(events: Sequence[_Event]) -> Iterator[Span]:
    start: Version | None = None
    is_open = False
    for at, group in groupby(sorted(events, key=_place), key=lambda event: event.at):
        kinds = {event.kind for event in group}
        closing = "last_affected" if "last_affected" in kinds else "fixed"
        closes = bool(kinds & {"fixed", "last_affected"})
        if is_open and closes:
            yield Span(start, at, includes_end=closing == "last_affected")
            is_open = "introduced" in kinds
            start = at
        elif "introduced" in kinds and not is_open:
            is_open, start = not closes, at
            if closing == "last_affected" and closes:
                yield Span(at, at, includes_end=True)
    if is_open:
        yield Span(start, None, includes_end=False)


def _place(event: _Event) -> tuple[bool, Version]:
    return event.at is not None, event.at or Version("0")


def _limited(runs: Iterator[Span], limits: Sequence[Version]) -> Iterator[Span]:
    """Cut the runs off before the highest limit, when there is one."""
    highest = max(limits, default=None)
    for run in runs:
        if highest is None or (run.end is not None and run.end < highest):
            yield run
        elif run.start is None or run.start < highest:
            yield Span(run.start, highest, includes_end=False)


def _tables(value: object) -> list[Table]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _table(value: object) -> Table:
    return value if isinstance(value, dict) else {}


@lru_cache(maxsize=65536)
def _parse(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None
