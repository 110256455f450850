"""What vetting says: findings, what could not be assessed, and the assessment they make.

A check that failed, timed out, was skipped or has stale data is "could not assess", never
"clean": an outcome without findings means the check looked and saw nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from affineur.core.names import Sha256

Fact = str | int | float | bool | None | list["Fact"] | dict[str, "Fact"]
"""A JSON value."""

_VERSIONED = re.compile(r"^[^/]+-\d[^/]*?(\.dist-info|\.data)?/")
_NUMBERS = re.compile(r"\d+")


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
    quote: str = ""
    """The text that stands there, cut to what a person takes in at a glance."""


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
    anchor: str = ""
    """What makes it the same finding in another version: never a line number or a version.

    Empty means its quote, or else its sentence without the numbers.
    """

    @property
    def key(self) -> str:
        """Recognise it in other versions: what was accepted once stays accepted under its key."""
        file = _VERSIONED.sub(r"\1/", self.where.file) if self.where else ""
        quote = " ".join(self.where.quote.split()) if self.where else ""
        anchor = self.anchor or quote or _NUMBERS.sub("0", self.what)
        told = f"{self.id}\0{file}\0{anchor}"
        return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:16]


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
    not_applicable: str | None = None
    """Why there is nothing to look at in this file; never a reason to distrust it."""


@dataclass(frozen=True, slots=True)
class Against:
    """The approved file that an assessment compares with: the project's last approved version."""

    version: str
    sha256: Sha256
    known: frozenset[str]
    """The keys of the findings that stood in it, too."""
    gone: tuple[Finding, ...] = ()
    """Its findings that this file no longer has."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """All that vetting said of one file, frozen at a moment."""

    sha256: Sha256
    at: datetime
    outcomes: tuple[Outcome, ...]
    against: Against | None = None
    """None when nothing of the project was approved before."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, in the order of the checks."""
        return tuple(finding for outcome in self.outcomes for finding in outcome.findings)

    @property
    def new_findings(self) -> tuple[Finding, ...]:
        """Those that the last approved version did not have; all when there was none."""
        known = self.against.known if self.against else frozenset[str]()
        return tuple(finding for finding in self.findings if finding.key not in known)

    def facts_of(self, check: str) -> Mapping[str, Fact]:
        """Give the facts of one check; empty when it gave none."""
        return next((outcome.facts for outcome in self.outcomes if outcome.check == check), {})

    @property
    def not_assessed(self) -> tuple[tuple[str, str], ...]:
        """The checks that could not look, each with its reason."""
        return tuple((o.check, o.not_assessed) for o in self.outcomes if o.not_assessed)
