"""The names that a new name is held against: popular ones, approved ones, the house's own."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from affineur.core.names import ProjectName


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

    @cached_property
    def version(self) -> str:
        """Change when any of it does."""
        told = hashlib.sha256(str(self.popular_as_of).encode())
        for names in (self.popular, sorted(self.approved), sorted(self.own), self.reserved):
            told.update("\n".join(names).encode() + b"\0")
        return told.hexdigest()[:32]
