"""Feeds and how their pages come together: first owner wins, then filters, then blocks.

- A name that a feed holds, held or reserves is never asked of its connectors.
- A name that anybody in the house owns (an upload, a reservation) is never asked of an
  external index by any feed.
- Between connectors the first that has the project answers, unless the feed says `merge`.
- What a feed's `source` has and the feed has not is withheld as not approved.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from affineur.core.filters import Filter
from affineur.core.names import FeedName, NamePattern, ProjectName
from affineur.core.pages import Entry, Page, Rule, Withholding, earliest

_CUSTOMARY = re.compile(r"https://[^/?#@]+/simple/")


@dataclass(frozen=True, slots=True)
class Connector:
    """A feed's link to another feed (`target`) or to an external index (`url`)."""

    id: int
    name: str
    target: FeedName | None = None
    url: str | None = None
    filters: tuple[Filter, ...] = ()
    has_login: bool = False
    """Whether its external index is asked with credentials."""

    @property
    def is_external(self) -> bool:
        """Whether it leads out of the house."""
        return self.target is None

    @property
    def public_url(self) -> str | None:
        """The URL of its external index, where that may be shown to all who read the feed.

        Some private indexes have a token in their path: only the customary path has no room.
        """
        is_plain = self.url is not None and _CUSTOMARY.fullmatch(self.url) is not None
        return self.url if is_plain and not self.has_login else None


@dataclass(frozen=True, slots=True)
class Feed:
    """A named index: own files, ordered connectors, a source to ask through."""

    id: int
    name: FeedName
    source: FeedName | None = None
    connectors: tuple[Connector, ...] = ()
    reserved: tuple[NamePattern, ...] = ()
    merge: bool = False
    reads_anonymous: bool = False
    requester_may_approve: bool = True
    policy_toml: str | None = None
    """None means the shipped default policy."""
    revision: int = 0

    def reserves(self, project: ProjectName) -> bool:
        """Whether a reserved pattern of this feed covers the name."""
        return any(pattern.matches(project) for pattern in self.reserved)


@dataclass(frozen=True, slots=True)
class Holding:
    """What a feed knows of a name before anybody is asked."""

    is_listed: bool
    """Some file of it stands, or stood, in this feed."""
    is_own: bool
    """Some file of it was uploaded here, or the feed reserves the name."""
    owners: tuple[FeedName, ...] = ()
    """All feeds of the house that own the name."""


def asks_connectors(holding: Holding) -> bool:
    """Whether a feed's connectors may be asked for a name (first owner wins)."""
    return not holding.is_listed and not holding.is_own


def asks_source(holding: Holding) -> bool:
    """Whether a feed's source may be asked what else there is of a name."""
    return not holding.is_own


def may_leave_the_house(owners: Sequence[FeedName]) -> bool:
    """Whether an external index may be asked for a name: only when nobody here owns it."""
    return not owners


def cycle(feeds: Iterable[Feed], reader: FeedName, read: FeedName) -> tuple[FeedName, ...]:
    """Find the cycle that would close if one feed read another: its feeds in order, or none.

    A feed reads its source and the targets of its connectors.
    """
    reads = {feed.name: _read_by(feed) for feed in feeds}
    ways: list[tuple[FeedName, ...]] = [(reader, read)]
    seen = {reader}
    while ways:
        way = ways.pop(0)
        if way[-1] == reader:
            return way
        if way[-1] not in seen:
            seen.add(way[-1])
            ways.extend((*way, further) for further in reads.get(way[-1], ()))
    return ()


def _read_by(feed: Feed) -> tuple[FeedName, ...]:
    targets = tuple(one.target for one in feed.connectors if one.target is not None)
    return targets if feed.source is None else (*targets, feed.source)


def combine(project: ProjectName, pages: Sequence[Page], *, merge: bool) -> Page:
    """One page of several connectors' pages: the first that has it, or all of them merged."""
    answering = [page for page in pages if page.is_known]
    if not answering:
        return Page(project, changes_at=earliest(*(p.changes_at for p in pages)))
    first, *others = answering
    if not merge:
        return first
    for other in others:
        first = first.join(other.entries)
        first = replace(first, facts=first.facts.and_those(other.facts))
    return replace(first, changes_at=earliest(*(page.changes_at for page in answering)))


def with_unapproved(page: Page, source: Page, feed: Feed, ask: str) -> Page:
    """Give the page, and what its source has beyond it, withheld with the way to ask for it."""
    reason = f"not approved in '{feed.name}'; {ask}"
    missing = Withholding(Rule.NOT_APPROVED, reason)
    waiting = (
        Entry(entry.file, entry.origin).withhold(missing) if entry.withheld is None else entry
        for entry in source.entries
    )
    joined = page.join(waiting)
    return replace(
        joined,
        changes_at=earliest(page.changes_at, source.changes_at),
        facts=page.facts.and_those(source.facts),
    )
