"""Whether an OSV record speaks of a version (OSV schema, "Evaluation").

A version is affected when it is in a `versions` list or in a range of type ECOSYSTEM or SEMVER;
commits say nothing about versions. What cannot be compared is uncertain, never unaffected. A
local version does not escape: 1.0+ours is also looked up as 1.0. Records are taken as they come:
nothing in them may raise, or take long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import groupby
from typing import Any

from packaging.utils import canonicalize_name, canonicalize_version
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
_PLAIN = re.compile(r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))*")
"""Numbers and dots, as nearly all versions are: they need no parser to be compared."""
_ZEROS = re.compile(r"(?:\.0)+\Z")


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
    names_local: bool = False
    """Whether it speaks of local versions itself; else our local part does not count."""

    def holds(self, version: Version) -> bool:
        """Whether the version lies in the run."""
        if self.start is not None and version < self.start:
            return False
        if self.end is None or version < self.end:
            return True
        return self.includes_end and version == self.end


class Saying:
    """What one record says of one project, read once to be asked about many versions."""

    def __init__(self, record: Table, project: ProjectName) -> None:
        """Read the parts that speak of the project."""
        self._parts = [_Part(affected) for affected in _affected(record, project)]

    def of(self, version: Version) -> Match:
        """Say whether the record speaks of this version."""
        asked = _asked(version)
        answers = {part.of(asked) for part in self._parts}
        if Match.YES in answers:
            return Match.YES
        return Match.UNCERTAIN if Match.UNCERTAIN in answers else Match.NO


def match(record: Table, project: ProjectName, version: Version) -> Match:
    """Say whether the record speaks of this version of the project."""
    return Saying(record, project).of(version)


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
        if run.includes_end and run.holds(version if run.names_local else Version(version.public))
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


@dataclass(frozen=True, slots=True)
class _Asked:
    """A version that is asked about, in the forms in which it is compared."""

    version: Version
    public: Version
    """Without its local part."""
    keys: frozenset[str]
    """What is the same for all spellings of either."""


@lru_cache(maxsize=1024)
def _asked(version: Version) -> _Asked:
    public = Version(version.public)
    keys = frozenset({canonicalize_version(version), canonicalize_version(public)})
    return _Asked(version, public, keys)


class _Part:
    """One part of a record: some versions and some ranges of one package."""

    def __init__(self, affected: Table) -> None:
        listed = affected.get("versions") or []
        self._listed = _texts(listed) if isinstance(listed, list) else []
        events = [_tables(entry.get("events")) for entry in _ranges(affected)]
        self._ranges = [(one, spans(one)) for one in events]
        self._is_beyond_us = _is_beyond_us(affected, self._listed)
        self._keys: frozenset[str] | None = None

    def of(self, asked: _Asked) -> Match:
        """Ask the ranges first: nearly always they know, and lists are long."""
        answers = {_of_range(events, runs, asked) for events, runs in self._ranges}
        if Match.YES in answers or not asked.keys.isdisjoint(self._known_keys()):
            return Match.YES
        says_nothing = not self._ranges and not self._known_keys()
        if Match.UNCERTAIN in answers or self._is_beyond_us or says_nothing:
            return Match.UNCERTAIN  # it speaks of commits only, of nothing, or in unknown ways
        return Match.NO

    def _known_keys(self) -> frozenset[str]:
        if self._keys is None:
            keys = map(_key, self._listed[:_MOST_LISTED])
            self._keys = frozenset(key for key in keys if key is not None)
        return self._keys


def _of_range(events: Sequence[Table], runs: tuple[Span, ...] | None, asked: _Asked) -> Match:
    if runs is None:
        return Match.NO if _is_before(events, asked.version) else Match.UNCERTAIN
    for run in runs:
        if run.holds(asked.version if run.names_local else asked.public):
            return Match.YES
    return Match.NO


def _is_before(events: Sequence[Table], version: Version) -> bool:
    """Whether the version stands before all that could begin in a range of which a part is odd."""
    if len(events) > _MOST_EVENTS:
        return False
    begins = [
        _event("introduced", event["introduced"]) for event in events if "introduced" in event
    ]
    starts = [one.at if one is not None else None for one in begins]
    return bool(starts) and all(at is not None and version < at for at in starts)


def _is_beyond_us(affected: Table, listed: Sequence[str]) -> bool:
    """Whether it holds more than anybody publishes, or a kind of range that came after us."""
    kinds = {str(one.get("type")) for one in _tables(affected.get("ranges"))}
    return len(listed) > _MOST_LISTED or bool(kinds - {*_COMPARED, _COMMITS})


def _ranges(affected: Table) -> list[Table]:
    return [one for one in _tables(affected.get("ranges")) if one.get("type") in _COMPARED]


def _runs(events: Sequence[_Event]) -> Iterator[Span]:
    start: Version | None = None
    is_open = False
    for at, group in groupby(sorted(events, key=_place), key=lambda event: event.at):
        kinds = {event.kind for event in group}
        if is_open and kinds & {"fixed", "last_affected"}:
            yield _span(start, at, includes_end="last_affected" in kinds)
            is_open, start = "introduced" in kinds, at
        elif not is_open and "introduced" in kinds:
            is_open, start = "last_affected" not in kinds, at
            if not is_open:
                yield _span(at, at, includes_end=True)
    if is_open:
        yield _span(start, None, includes_end=False)


def _span(start: Version | None, end: Version | None, *, includes_end: bool) -> Span:
    names_local = any(one is not None and one.local is not None for one in (start, end))
    return Span(start, end, includes_end, names_local)


def _place(event: _Event) -> tuple[bool, Version]:
    return event.at is not None, event.at or Version("0")


def _limited(runs: Iterator[Span], limits: Sequence[Version]) -> Iterator[Span]:
    """Cut the runs off before the highest limit, when there is one."""
    highest = max(limits, default=None)
    for run in runs:
        if highest is None or (run.end is not None and run.end < highest):
            yield run
        elif run.start is None or run.start < highest:
            yield _span(run.start, highest, includes_end=False)


def _tables(value: object) -> list[Table]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _texts(values: Sequence[object]) -> list[str]:
    return [one for one in values if isinstance(one, str)]


def _table(value: object) -> Table:
    return value if isinstance(value, dict) else {}


def _key(text: str) -> str | None:
    """Give what is the same for all spellings of a version; None when it is no version."""
    if len(text) <= _LONGEST_VERSION and _PLAIN.fullmatch(text):
        return _ZEROS.sub("", text)
    version = _parse(text)
    return None if version is None else canonicalize_version(version)


def _parse(text: object) -> Version | None:
    return _parsed(text) if isinstance(text, str) and len(text) <= _LONGEST_VERSION else None


@lru_cache(maxsize=65536)
def _parsed(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None
