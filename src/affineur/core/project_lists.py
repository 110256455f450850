"""Lists of a feed's projects: what is asked of one, and whose row of a name is shown.

A feed shows a name as its page has it (`core.feeds`): its own files, else what comes through
its connectors, where the first that has the name answers unless the feed merges. Connectors
keep names back by filters that hide by name, as in `core.roots`. What is sorted, searched and
paged is decided here; the rows come from the database (decision 0028).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from packaging.version import Version

from affineur.core.errors import BadInput
from affineur.core.filters import Action, Filter
from affineur.core.names import NamePattern, ProjectName
from affineur.core.pages import Show
from affineur.core.roots import Sieve

_LONGEST_SEARCH = 128
_SEPARATORS = re.compile(r"[-_.\s]+")
_NAME_LIKE = re.compile(r"[a-z0-9-]*")
_CURSOR = re.compile(r"(-?\d{1,17})~([a-z0-9-]{1,128})")


class Sort(StrEnum):
    """What a list is in order of."""

    NAME = "name"
    """By name; while something is searched, names that begin with it come first."""
    CHANGED = "changed"
    """What changed last comes first: listed, ended or yanked."""
    DOWNLOADS = "downloads"
    """What was sent most often in 30 days comes first; what was not is left out."""


class Source(StrEnum):
    """Where a feed has a project from."""

    OWN = "own"
    """Its own listings."""
    REVIEWED = "reviewed"
    """A feed of reviewed files, through a connector."""
    FEED = "feed"
    """Another feed, through a connector."""
    OUTSIDE = "outside"
    """An external index, as far as it was asked for it."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where rows are kept: a feed's own listings, or a connector to an external index."""

    feed_id: int = 0
    connector_id: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """What a place has of a project."""

    place: Place
    project: ProjectName
    files: int
    versions: int
    yanked: int
    """How many of the files are yanked."""
    latest: Version | None
    latest_at: datetime | None
    """Since when the first file of that version is there."""
    changed_at: datetime
    severity: int | None = None
    """The worst that vetting found in a file: 0 nothing, 1 for review, 2 to block; None when
    nothing of it was ever vetted."""
    is_own: bool = False
    """Whether some file of it was ever uploaded there."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What a connector leads to, with its filters."""

    connector: str
    filters: tuple[Filter, ...]
    to: Node | Place

    @property
    def sieve(self) -> Sieve:
        """Which names come through."""
        return Sieve().through(self.filters)

    @property
    def places(self) -> tuple[Place, ...]:
        """Every place that rows may come from."""
        return (self.to,) if isinstance(self.to, Place) else self.to.places


@dataclass(frozen=True, slots=True)
class Node:
    """A feed with all that it reads."""

    place: Place
    reserved: tuple[NamePattern, ...]
    merge: bool
    source: Source
    """What it is to whoever reads it through a connector."""
    reaches: tuple[Reach, ...] = ()

    @property
    def places(self) -> tuple[Place, ...]:
        """Every place that rows may come from."""
        further = (place for reach in self.reaches for place in reach.places)
        return tuple(dict.fromkeys((self.place, *further)))


@dataclass(frozen=True, slots=True)
class Shown:
    """A project as a feed shows it."""

    row: Row
    source: Source
    withheld: str | None = None
    """Why a filter keeps back all of it, by its name alone."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of some names, by name and place, and which may not leave the house."""

    rows: Mapping[ProjectName, Mapping[Place, Row]]
    reserved: tuple[NamePattern, ...]
    """The patterns that feeds of the house reserve."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which projects of a list are wanted, and in which order."""

    search: str = ""
    sort: Sort = Sort.NAME
    source: Source | None = None
    has_findings: bool = False
    is_blocked: bool = False
    is_yanked: bool = False
    changed_since: datetime | None = None
    after: str | None = None
    """Where the page before ended, as it said itself."""
    limit: int = 50

    @property
    def needle(self) -> str:
        """What is searched for, spelled as names are."""
        return needle(self.search)

    @property
    def can_match(self) -> bool:
        """Whether any name could be found by this search."""
        return _NAME_LIKE.fullmatch(self.needle) is not None


def needle(text: str) -> str:
    """Spell a part of a name as normalised names are: 'Flask_SQL' is 'flask-sql'."""
    return _SEPARATORS.sub("-", text.strip().lower())[:_LONGEST_SEARCH]


# --- whose row is shown ------------------------------------------------------------------


def shown(node: Node, known: Known, name: ProjectName) -> Shown | None:
    """Say how a feed shows a name, or None when it does not."""
    rows = known.rows.get(name, {})
    own = rows.get(node.place)
    if own is not None or any(pattern.matches(name) for pattern in node.reserved):
        return Shown(own, Source.OWN) if own is not None and own.files else None
    answers = []
    for reach in node.reaches:
        answer = _through(reach, known, name)
        if answer is not None:
            answers.append(answer)
        if answer is not None and not node.merge:
            break
    return _merged(answers)


def _through(reach: Reach, known: Known, name: ProjectName) -> Shown | None:
    if not reach.sieve.keeps(name):
        return None
    if isinstance(reach.to, Place):
        answer = _outside(reach.to, known, name)
    else:
        behind = shown(reach.to, known, name)
        is_its_own = behind is not None and behind.source is Source.OWN
        answer = replace(behind, source=reach.to.source) if behind and is_its_own else behind
    if answer is None or answer.withheld is not None:
        return answer
    return replace(answer, withheld=withheld_by_name(reach.filters, name))


def _outside(place: Place, known: Known, name: ProjectName) -> Shown | None:
    rows = known.rows.get(name, {})
    is_ours = any(row.is_own for row in rows.values())
    if place not in rows or is_ours or any(one.matches(name) for one in known.reserved):
        return None
    return Shown(rows[place], Source.OUTSIDE)


def withheld_by_name(filters: Sequence[Filter], name: ProjectName) -> str | None:
    """Give the reason for which a connector keeps back every file of a project, if it does."""
    for one in filters:
        if one.action is Action.DENY and one.is_about_names_only and one.covers_name(name):
            return one.reason
    allows = [one for one in filters if one.action is Action.ALLOW]
    if not allows or any(one.covers_name(name) for one in allows):
        return None
    return next((one.reason for one in allows if one.show is Show.EXPLAIN), allows[0].reason)


def _merged(answers: Sequence[Shown]) -> Shown | None:
    """Give one row of several: at least as many files and versions as the fullest has."""
    if len(answers) < 2:
        return answers[0] if answers else None
    rows = [one.row for one in answers]
    newest = max(rows, key=lambda row: (row.latest is not None, row.latest or Version("0")))
    row = replace(
        newest,
        files=max(one.files for one in rows),
        versions=max(one.versions for one in rows),
        changed_at=max(one.changed_at for one in rows),
        severity=max((one.severity for one in rows if one.severity is not None), default=None),
    )
    return replace(answers[0], row=row, withheld=None)


# --- the order, and where a page ends ----------------------------------------------------

Key = tuple[int, str]
"""Where a row stands in a list: what is sorted by, as a number, then its name."""


def key_of(wanted: Wanted, row: Row, downloads: int = 0) -> Key:
    """Say where a row stands; a smaller key comes first."""
    match wanted.sort:
        case Sort.CHANGED:
            return (-_micros(row.changed_at), row.project)
        case Sort.DOWNLOADS:
            return (-downloads, row.project)
        case _:
            begins = not wanted.needle or row.project.startswith(wanted.needle)
            return (0 if begins else 1, row.project)


def write_cursor(key: Key) -> str:
    """Write where a page ends."""
    return f"{key[0]}~{key[1]}"


def read_cursor(text: str) -> Key:
    """Read where the page before ended; raise `BadInput` when it is none of ours."""
    found = _CURSOR.fullmatch(text)
    if found is None:
        raise BadInput(
            f"{text[:60]!r} is not where a page of a list ends.",
            hint="Give what the page before says in 'next'.",
        )
    return (int(found[1]), found[2])


def moment_of(key: Key) -> datetime:
    """Give the moment of a key of a list in order of change."""
    return datetime.fromtimestamp(0, tz=UTC) + timedelta(microseconds=max(0, -key[0]))


def _micros(moment: datetime) -> int:
    return round((moment - datetime.fromtimestamp(0, tz=UTC)) / timedelta(microseconds=1))
