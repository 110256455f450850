"""Use as values: what was sent to whom, and what somebody wanted in vain (decision 0027).

They are counts, not state: nothing is decided on them, and no event of the log tells of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from affineur.core.names import FeedName, ProjectName
from affineur.core.pages import Entry, Page, Rule, Show, Withholding

UNKNOWN = "unknown"
"""In the place of a rule: nobody has such a project."""
WITHIN = timedelta(minutes=1)
"""Tries of the same person within this are one wish: clients ask for page and file, and again."""
_LONGEST_VERSION = 128
_LONGEST_REASON = 500


class Kind(StrEnum):
    """What the index answered. Refusals are of a kind by the rule's own name instead."""

    PAGE = "page"
    UNCHANGED = "unchanged"
    FILE = "file"
    METADATA = "metadata"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Use:
    """What an answer of the index is, and who it is for."""

    feed: FeedName
    kind: Kind
    taker: str
    token_id: int = 0
    project: ProjectName | None = None
    filename: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Lack:
    """Why nothing was given."""

    rule: str
    """A `Rule`, or `UNKNOWN`."""
    why: str
    is_hidden: bool = False
    """Whether whoever asked must not learn of the rule."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody tried to install something, and did not get it."""

    feed: FeedName
    project: ProjectName
    version: str
    """Empty for any."""
    who: str
    token_id: int
    lack: Lack


@dataclass(slots=True)
class Count:
    """How often, how many bytes, from when to when."""

    count: int = 0
    size_bytes: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None

    def add(self, count: int, size_bytes: int, first_at: datetime, last_at: datetime) -> None:
        """Add to it."""
        self.count += count
        self.size_bytes += size_bytes
        self.first_at = first_at if self.first_at is None else min(self.first_at, first_at)
        self.last_at = last_at if self.last_at is None else max(self.last_at, last_at)


def lack_of(page: Page) -> Lack | None:
    """Say why nothing of a page is given; None when something is."""
    if page.served:
        return None
    shown = page.listed or page.entries
    if not shown:
        return Lack(Rule.QUARANTINED, _line(page.facts.status_reason or "it has no files"))
    newest: Entry = max(shown, key=lambda one: one.file.filename.version)
    return None if newest.withheld is None else lack(newest.withheld)


def lack(withheld: Withholding) -> Lack:
    """Say why a file is not given."""
    return Lack(withheld.rule, _line(withheld.reason), withheld.show is Show.HIDE)


def version_text(version: object) -> str:
    """Write a version as it is kept; one too long to be kept is any."""
    text = str(version)
    return text if len(text) <= _LONGEST_VERSION else ""


def _line(text: str) -> str:
    plain = "".join(one if one.isprintable() else " " for one in text[:_LONGEST_REASON])
    return " ".join(plain.split())
