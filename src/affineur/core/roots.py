"""The list of all projects of a feed: what it is made of, and which names come through.

A feed lists its own names and what comes through its connectors, whose filters count as far
as a name alone decides: whatever a file would be asked, its name may be told. A name that a
feed holds, held or reserves comes from none of its connectors; a name that anybody in the
house owns comes from no external index.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from affineur.core.filters import Action, Filter
from affineur.core.names import FeedName, NamePattern, ProjectName
from affineur.core.pages import Show

_ANYTHING = NamePattern("*")


@dataclass(frozen=True, slots=True)
class Sieve:
    """Which names come through."""

    without: frozenset[ProjectName] = frozenset()
    hidden: tuple[NamePattern, ...] = ()
    allowed: tuple[tuple[NamePattern, ...], ...] = ()
    """A name must be covered by a pattern in each of these."""

    def through(self, filters: Sequence[Filter]) -> Sieve:
        """Add a connector's filters, as `filters.hides_name` judges by them."""
        hides = [
            one
            for one in filters
            if one.action is Action.DENY and one.show is Show.HIDE and one.is_about_names_only
        ]
        allows = [one for one in filters if one.action is Action.ALLOW]
        hidden = self.hidden + tuple(pattern for one in hides for pattern in _patterns(one))
        if not allows or any(one.show is not Show.HIDE for one in allows):
            return replace(self, hidden=hidden)
        allowed = tuple(pattern for one in allows for pattern in _patterns(one))
        return replace(self, hidden=hidden, allowed=(*self.allowed, allowed))

    def and_without(
        self, names: Iterable[ProjectName], patterns: Iterable[NamePattern] = ()
    ) -> Sieve:
        """Keep further names back."""
        return replace(self, without=self.without.union(names), hidden=(*self.hidden, *patterns))

    def keeps(self, name: ProjectName) -> bool:
        """Whether a name comes through."""
        if name in self.without or any(one.matches(name) for one in self.hidden):
            return False
        return all(any(one.matches(name) for one in some) for some in self.allowed)


@dataclass(frozen=True, slots=True)
class Part:
    """Names of one origin, as they come through to the feed that lists them."""

    sieve: Sieve
    names: tuple[ProjectName, ...] = ()
    connector_id: int | None = None
    """The connector whose external index lists the names; None when they are `names`."""


@dataclass(frozen=True, slots=True)
class Root:
    """What a feed's list of all projects is made of."""

    feed: FeedName
    parts: tuple[Part, ...]

    @property
    def connectors(self) -> frozenset[int]:
        """The connectors whose external indexes must have been asked for their lists."""
        return frozenset(one.connector_id for one in self.parts if one.connector_id is not None)

    def known_names(self) -> tuple[ProjectName, ...]:
        """Give the names that need no external index, in order."""
        kept = {name for one in self.parts for name in one.names if one.sieve.keeps(name)}
        return tuple(sorted(kept))

    def recipe(self, blobs: Mapping[int, str]) -> list[dict[str, object]]:
        """Write the parts as JSON, for a program that has the names of each blob in a file."""
        return [
            {
                "names": list(one.names),
                "blob": None if one.connector_id is None else blobs[one.connector_id],
                "without": sorted(one.sieve.without),
                "hidden": [pattern.text for pattern in one.sieve.hidden],
                "allowed": [[pattern.text for pattern in some] for some in one.sieve.allowed],
            }
            for one in self.parts
        ]


def _patterns(one: Filter) -> tuple[NamePattern, ...]:
    return one.names or (_ANYTHING,)
