"""A page: one project in one feed, as a frozen list of files, each served or withheld.

Everything that a client can see or fetch is looked up on a page; there is no other door.
The index renders it, the file door finds its file on it, and the resolver reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from affineur.core.files import IndexFile
from affineur.core.names import FeedName, ProjectName


class Show(StrEnum):
    """How a withheld file looks from outside."""

    EXPLAIN = "explain"
    """Listed as yanked with the reason; the file itself answers 403."""
    HIDE = "hide"
    """Not listed; the file answers 404, as if it did not exist."""


class Rule(StrEnum):
    """The kind of rule that keeps a file back."""

    NOT_APPROVED = "not-approved"
    FILTER = "filter"
    BLOCK = "block"
    MALWARE = "malware"
    CHANGED_UPSTREAM = "changed-upstream"
    NO_DIGEST = "no-digest"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class Withholding:
    """Why a file is kept back, in a sentence for whoever is refused."""

    rule: Rule
    reason: str
    show: Show = Show.EXPLAIN


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an entry's bytes come from: a feed's own files, or one of its connectors."""

    feed: FeedName
    connector_id: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One file on a page, served unless `withheld` says why not."""

    file: IndexFile
    origin: Origin
    withheld: Withholding | None = None

    def withhold(self, withholding: Withholding | None) -> Entry:
        """Keep this file back; the first reason stays, except that hiding wins over explaining."""
        if withholding is None:
            return self
        if self.withheld is not None and not _hides_more(withholding, self.withheld):
            return self
        return replace(self, withheld=withholding)


class ProjectStatus(StrEnum):
    """The markers of a project's status that there are (PEP 792)."""

    ACTIVE = "active"
    ARCHIVED = "archived"
    DEPRECATED = "deprecated"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class ProjectFacts:
    """What an index says of a project as a whole."""

    status: str | None = None
    """Its status (PEP 792), such as `quarantined`; None is active."""
    status_reason: str | None = None
    tracks: tuple[str, ...] = ()
    """The pages of the same project in the indexes that own its name (PEP 708)."""
    alternate_locations: tuple[str, ...] = ()
    """Further pages of the same project, as its owner declared them (PEP 708)."""

    @property
    def is_quarantined(self) -> bool:
        """Whether its index believes it to be harmful, and offers no files of it."""
        return self.status == ProjectStatus.QUARANTINED

    def and_those(self, other: ProjectFacts) -> ProjectFacts:
        """Give these facts with what another page of the same project adds to them."""
        says = self if self.status is not None else other
        return ProjectFacts(
            says.status,
            says.status_reason,
            tuple(dict.fromkeys(self.tracks + other.tracks)),
            self.alternate_locations or other.alternate_locations,
        )


@dataclass(frozen=True, slots=True)
class Page:
    """One project in one feed."""

    project: ProjectName
    entries: tuple[Entry, ...] = ()
    changes_at: datetime | None = None
    """When time alone will change this page (a minimum age is reached, a snapshot ages)."""
    facts: ProjectFacts = ProjectFacts()
    """What its origin says of the project."""
    as_of: int | None = None
    """How far the changes of projects were when it was made; None when nobody looked."""

    @property
    def status(self) -> str | None:
        """The project's status by its origin (PEP 792), such as `quarantined`."""
        return self.facts.status

    @property
    def is_known(self) -> bool:
        """Whether there is such a project: it has files, or had them until its quarantine."""
        return bool(self.entries) or self.facts.is_quarantined

    @property
    def listed(self) -> tuple[Entry, ...]:
        """The entries that a client may know of: served ones and explained ones."""
        return tuple(
            entry
            for entry in self.entries
            if entry.withheld is None or entry.withheld.show is Show.EXPLAIN
        )

    @property
    def served(self) -> tuple[Entry, ...]:
        """The entries whose bytes a client may have."""
        return tuple(entry for entry in self.entries if entry.withheld is None)

    def find(self, filename: str) -> Entry | None:
        """Give the entry of that filename, served or withheld."""
        return next((e for e in self.entries if e.file.filename.text == filename), None)

    def judge(self, judge: Callable[[Entry], Withholding | None]) -> Page:
        """Give the same page with every entry that `judge` objects to kept back."""
        return replace(self, entries=tuple(entry.withhold(judge(entry)) for entry in self.entries))

    def join(self, others: Iterable[Entry]) -> Page:
        """Give this page with those entries added whose filenames it does not have yet."""
        taken = {entry.file.filename.text for entry in self.entries}
        added = tuple(e for e in others if e.file.filename.text not in taken)
        return replace(self, entries=self.entries + added)


def earliest(*moments: datetime | None) -> datetime | None:
    """Give the first of some moments, where None means never."""
    return min((moment for moment in moments if moment is not None), default=None)


def _hides_more(new: Withholding, old: Withholding) -> bool:
    return new.show is Show.HIDE and old.show is Show.EXPLAIN
