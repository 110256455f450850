"""Whether an OSV record speaks of a version (OSV schema, "Evaluation").

A version is affected when it is in a `versions` list or in a range of type ECOSYSTEM or SEMVER;
commits say nothing about versions. What cannot be compared is uncertain, never unaffected. A
local version does not escape: 1.0+ours is also looked up as 1.0. Records are taken as they come:
nothing in them may raise, or take long.
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

from affineur.core.names import ProjectName

Table = Mapping[str, Any]  # Any: an OSV document as published, of whatever form

_BEGINNING = "0"
_KINDS = ("introduced", "fixed", "last_affected", "limit")
_COMPARED = ("ECOSYSTEM", "SEMVER")
_COMMITS = "GIT"
_MOST_EVENTS = 10_000
_MOST_LISTED = 50_000
_LONGEST_VERSION = 256


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


def names_version(record: Table, project: ProjectName, text: str) -> bool:
    """Whether the record lists a version as exactly this text, of whatever form that is."""
    listed = (affected.get("versions") for affected in _affected(record, project))
    return any(text in texts for texts in listed if isinstance(texts, list))


def fixed_versions(record: Table, project: ProjectName) -> frozenset[Version]:
    """Give the versions in which the record says that it was fixed."""
    events = (
        event
        for affected in _affected(record, project)
        for entry in _ranges(affected)
        for event in _tables(entry.get("events"))[:_MOST_EVENTS]
    )
    parsed = (_parse(event["fixed"]) for event in events if "fixed" in event)
    return frozenset(version for version in parsed if version is not None)


def last_affected(record: Table, project: ProjectName, version: Version) -> Version | None:
    """Give the last version of the run that holds this one, where the record names it so."""
    runs = (
        run
        for affected in _affected(record, project)
        for entry in _ranges(affected)
        for run in spans(_tables(entry.get("events"))) or ()
        if run.includes_end and run.holds(_as_seen_by(run, version))
    )
    return max((run.end for run in runs if run.end is not None), default=None)


def ratings(record: Table, project: ProjectName) -> tuple[list[str], list[str]]:
    """Give the severity vectors and the severity words that the record has for the project."""
    places = [record, *_affected(record, project)]
    vectors = [one.get("score") for place in places for one in _tables(place.get("severity"))]
    words = [
        _table(place.get(key)).get("severity")
        for place in places
        for key in ("database_specific", "ecosystem_specific")
    ]
    return _texts(vectors), _texts(words)


def spans(events: Sequence[Table]) -> tuple[Span, ...] | None:
    """Turn a range's events, in any order, into runs; None when one cannot be understood.

    At one version `fixed` counts before `introduced`, so that what is introduced again is
    affected; `last_affected` ends the run before it, or else the one that begins there.
    """
    if len(events) > _MOST_EVENTS:
        return None
    said = [pair for event in events for pair in event.items()]
    is_unlimited = any(kind == "limit" and "*" in str(text) for kind, text in said)
    steps = [_event(*pair) for pair in said if pair[0] != "limit" or not is_unlimited]
    parsed = [step for step in steps if step is not None]
    if len(steps) != len(parsed) or not any(step.kind == "introduced" for step in parsed):
        return None
    limits = [step.at for step in parsed if step.kind == "limit" and step.at is not None]
    return tuple(_limited(_runs([step for step in parsed if step.kind != "limit"]), limits))


def _event(kind: str, text: object) -> _Event | None:
    if kind == "introduced" and text == _BEGINNING:
        return _Event(kind, None)
    at = _parse(text)
    return _Event(kind, at) if at is not None and kind in _KINDS else None


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
    texts = _texts(listed) if isinstance(listed, list) else []
    if _is_listed(texts, version):
        yield Match.YES
    ranges = _ranges(affected)
    for entry in ranges:
        yield _of_range(_tables(entry.get("events")), version)
    if _is_beyond_us(affected, texts) or (not ranges and not _any_compares(texts)):
        yield Match.UNCERTAIN  # it speaks of commits only, of nothing, or in unknown ways


def _of_range(events: Sequence[Table], version: Version) -> Match:
    runs = spans(events)
    if runs is None:
        return Match.NO if _is_before(events, version) else Match.UNCERTAIN
    is_in = any(run.holds(_as_seen_by(run, version)) for run in runs)
    return Match.YES if is_in else Match.NO


def _is_before(events: Sequence[Table], version: Version) -> bool:
    """Whether the version stands before all that could begin in a range of which a part is odd."""
    if len(events) > _MOST_EVENTS:
        return False
    begins = [
        _event("introduced", event["introduced"]) for event in events if "introduced" in event
    ]
    starts = [one.at if one is not None else None for one in begins]
    return bool(starts) and all(at is not None and version < at for at in starts)


def _is_listed(listed: Sequence[str], version: Version) -> bool:
    ours = {version, Version(version.public)}
    if not {str(one) for one in ours}.isdisjoint(listed):
        return True
    return any(_parse(one) in ours for one in listed[:_MOST_LISTED])


def _any_compares(listed: Sequence[str]) -> bool:
    return any(_parse(one) is not None for one in listed[:_MOST_LISTED])


def _is_beyond_us(affected: Table, listed: Sequence[str]) -> bool:
    """Whether it holds more than anybody publishes, or a kind of range that came after us."""
    kinds = {str(one.get("type")) for one in _tables(affected.get("ranges"))}
    return len(listed) > _MOST_LISTED or bool(kinds - {*_COMPARED, _COMMITS})


def _ranges(affected: Table) -> list[Table]:
    return [one for one in _tables(affected.get("ranges")) if one.get("type") in _COMPARED]


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
        if is_open and kinds & {"fixed", "last_affected"}:
            yield Span(start, at, includes_end="last_affected" in kinds)
            is_open, start = "introduced" in kinds, at
        elif not is_open and "introduced" in kinds:
            is_open, start = "last_affected" not in kinds, at
            if not is_open:
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


def _texts(values: Sequence[object]) -> list[str]:
    return [one for one in values if isinstance(one, str)]


def _table(value: object) -> Table:
    return value if isinstance(value, dict) else {}


def _parse(text: object) -> Version | None:
    return _parsed(text) if isinstance(text, str) and len(text) <= _LONGEST_VERSION else None


@lru_cache(maxsize=65536)
def _parsed(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None
