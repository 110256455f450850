"""Waivers: somebody accepts a finding, within a scope, with a reason, until a day.

A waiver takes a finding's weight away in the policy; it hides nothing. Known malware cannot be
waived, and what could not be assessed only by name: `not-assessed.CHECK`. See decision 0022.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from packaging.version import Version

from affineur.core.errors import BadInput
from affineur.core.names import ProjectName, Sha256

LONGEST = timedelta(days=366)
NOT_ASSESSED = "not-assessed."
"""Stands before a check's name: accepts that this check could not look."""
MALWARE = "malware."
"""Findings whose id begins so are never accepted."""

_FINDING = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,126}[A-Za-z0-9]")


class Scope(StrEnum):
    """How far a waiver reaches."""

    FILE = "file"
    RELEASE = "release"
    PROJECT = "project"


@dataclass(frozen=True, slots=True)
class Waiver:
    """One finding, accepted for a file, a release or a project."""

    id: int
    finding: str
    """The key of the finding, or its id: then every finding of this kind is accepted."""
    scope: Scope
    project: ProjectName
    version: Version | None
    """Of the release; None for a project."""
    sha256: Sha256 | None
    """Of the file; None for a release or a project."""
    reason: str
    by: str
    at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
    ended_by: str | None = None

    def holds_at(self, now: datetime) -> bool:
        """Whether it counts at this moment: neither ended nor expired."""
        return self.ended_at is None and self.at <= now < self.expires_at

    def reaches(self, project: ProjectName, version: Version, files: Iterable[Sha256]) -> bool:
        """Whether it speaks of this release, or of one of its files."""
        if project != self.project or (self.version is not None and version != self.version):
            return False
        return self.sha256 is None or self.sha256 in set(files)

    def __str__(self) -> str:
        return f"waived by {self.by} until {self.expires_at:%Y-%m-%d}: {self.reason}"


def parse_finding(text: str) -> str:
    """Check what is to be accepted: a finding's key or id; raise `BadInput` when it cannot be."""
    if not _FINDING.fullmatch(text):
        raise BadInput(
            f"{text[:140]!r} is neither the key nor the id of a finding.",
            hint="affineur show ID tells the ids of what was found, and with --json the keys.",
        )
    if text.startswith(MALWARE):
        raise BadInput(
            "Known malware cannot be waived.",
            hint="When the record is wrong, have it withdrawn at its source; it is gone then.",
        )
    return text


def check_expiry(now: datetime, expires_at: datetime) -> datetime:
    """Check when a waiver is to expire: in the future, and not beyond the longest time."""
    if not now < expires_at <= now + LONGEST:
        raise BadInput(
            f"A waiver cannot expire at {expires_at:%Y-%m-%d}: that is not within the next "
            f"{LONGEST.days} days.",
            hint="Choose a day by which somebody looks again.",
        )
    return expires_at
