"""What was wanted in vain, as it is shown: how often, by whom, why, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from affineur.core.names import FeedName, ProjectName
from affineur.core.pages import Rule


class Became(StrEnum):
    """What became of a wish."""

    OPEN = "open"
    """Nothing yet."""
    ASKED = "asked"
    """A request for it waits for an answer."""
    REFUSED = "refused"
    """The last request for it was rejected, or denied by the policy."""
    GIVEN = "given"
    """It can be installed by now."""


@dataclass(frozen=True, slots=True)
class Wisher:
    """Somebody who wanted it."""

    name: str
    count: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """One project, or one version of it, that was tried in one feed and not given."""

    id: int
    feed: FeedName
    project: ProjectName
    version: str
    """Empty for any."""
    rule: str
    """A `Rule`, or `core.usage.UNKNOWN`."""
    why: str
    is_hidden: bool
    count: int
    first_at: datetime
    last_at: datetime
    people: int
    wishers: tuple[Wisher, ...]
    """Those who wanted it most; not all of them."""
    became: Became = Became.OPEN
    request_id: int | None = None
    """The request that tells what became of it."""

    @property
    def requirement(self) -> str:
        """The line with which it is asked for."""
        return f"{self.project}=={self.version}" if self.version else self.project

    @property
    def reason(self) -> str:
        """The reason without how to ask, for where that is offered beside it."""
        return self.why.partition("; ask for it with: ")[0]

    @property
    def may_be_asked(self) -> bool:
        """Whether a request could help: nothing but an approval is missing."""
        return self.rule == Rule.NOT_APPROVED and self.became in {Became.OPEN, Became.REFUSED}
