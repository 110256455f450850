"""The names that a new name is held against: popular ones, approved ones, the house's own."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from affineur.core.names import NamePattern, ProjectName
from affineur.core.typosquats import Ranked, Resemblances


@dataclass(frozen=True)
class KnownNames:
    """Names by what they are known for. Not slotted: it keeps what it computes."""

    popular: tuple[ProjectName, ...] = ()
    """The most downloaded first."""
    popular_as_of: datetime | None = None
    approved: frozenset[ProjectName] = frozenset()
    """Names of third parties of which something is approved."""
    own: frozenset[ProjectName] = frozenset()
    """Names that a feed of the house holds or held."""
    reserved: tuple[str, ...] = ()
    """Patterns of names that are the house's own (`fnmatch`)."""
    debian: frozenset[ProjectName] | None = None
    """Projects that Debian ships; None when nobody gave that list."""

    @cached_property
    def version(self) -> str:
        """Change when any of it does."""
        told = hashlib.sha256(str(self.popular_as_of).encode())
        debian = sorted(self.debian or ())
        for names in (self.popular, sorted(self.approved), sorted(self.own), self.reserved, debian):
            told.update("\n".join(names).encode() + b"\0")
        return told.hexdigest()[:32]

    @cached_property
    def ranked(self) -> Ranked:
        """The popular names with their places and their index; made once."""
        return Ranked(self.popular)

    @cached_property
    def resemblances(self) -> Resemblances:
        """Finds which of these names another is like."""
        return Resemblances(self.ranked, self.approved | self.own)

    def with_house(
        self,
        approved: frozenset[ProjectName],
        own: frozenset[ProjectName],
        reserved: tuple[str, ...],
        debian: frozenset[ProjectName] | None = None,
    ) -> KnownNames:
        """Give the same popular names with those of a house; their index is made for both."""
        made = replace(self, approved=approved, own=own, reserved=reserved, debian=debian)
        made.__dict__["ranked"] = self.ranked
        return made

    def is_in_debian(self, name: ProjectName) -> bool | None:
        """Whether Debian ships a project; None when nobody told."""
        return None if self.debian is None else name in self.debian

    def rank(self, name: ProjectName) -> int | None:
        """Give the place of a name among the most downloaded, the first is 1."""
        return self.ranked.ranks.get(name)

    def is_known(self, name: ProjectName) -> bool:
        """Whether the name stands for itself: it is popular, approved or the house's own."""
        return name in self.ranked.ranks or name in self.approved or name in self.own

    def reserving(self, name: ProjectName) -> str | None:
        """Give the house's pattern that a name falls under; None when it is free."""
        return next((one for one in self.reserved if NamePattern(one).matches(name)), None)
