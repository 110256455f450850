"""What vetting says: findings, what could not be assessed, and the assessment they make.

A check that failed, timed out, was skipped or has stale data is "could not assess", never
"clean": an outcome without findings means the check looked and saw nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from affineur.core.names import Sha256

Fact = str | int | float | bool | None | list["Fact"] | dict[str, "Fact"]
"""A JSON value."""


class Severity(StrEnum):
    """How much a finding matters."""

    BLOCK = "block"
    REVIEW = "review"
    INFO = "info"


class Verdict(StrEnum):
    """The policy's answer about a release."""

    ALLOW = "allow"
    REVIEW = "review"
    DENY = "deny"

    @property
    def rank(self) -> int:
        """Order by strictness: allow 0, review 1, deny 2."""
        return list(Verdict).index(self)


@dataclass(frozen=True, slots=True)
class Where:
    """The place in an archive that a finding speaks of."""

    file: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check saw. `id` is stable, `what` a sentence with the evidence."""

    id: str
    check: str
    severity: Severity
    what: str
    why: str = ""
    todo: str = ""
    where: Where | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one check said of one file.

    `not_assessed` is the reason why it could not look; then an absence of findings means
    nothing. `facts` are the measured values that policy decides on, by the check's own keys.
    """

    check: str
    check_version: int
    findings: tuple[Finding, ...] = ()
    not_assessed: str | None = None
    data_as_of: datetime | None = None
    """The age of the data that it looked things up in; None when it needs none."""
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Assessment:
    """All that vetting said of one file, frozen at a moment."""

    sha256: Sha256
    at: datetime
    outcomes: tuple[Outcome, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, in the order of the checks."""
        return tuple(finding for outcome in self.outcomes for finding in outcome.findings)

    @property
    def not_assessed(self) -> tuple[tuple[str, str], ...]:
        """The checks that could not look, each with its reason."""
        return tuple((o.check, o.not_assessed) for o in self.outcomes if o.not_assessed)
