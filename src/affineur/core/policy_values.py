"""The values of policies: steps, reasons, answers, rules, and the policy that they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from affineur.core.cases import Case
from affineur.core.findings import Fact, Verdict
from affineur.core.names import NamePattern
from affineur.core.ports import Condition


class Held(StrEnum):
    """What became of one step of a policy."""

    HOLDS = "holds"
    NOT = "does not hold"
    UNTOLD = "cannot be told"
    WAIVED = "waived"


@dataclass(frozen=True, slots=True)
class Step:
    """One rule or threshold, asked about one case."""

    rule: str
    outcome: Verdict
    """What it says when it holds."""
    held: Held
    text: str
    is_final: bool = False

    @property
    def verdict(self) -> Verdict | None:
        """What it adds to the answer; None when that is nothing."""
        match self.held:
            case Held.HOLDS:
                return self.outcome
            case Held.UNTOLD:
                return None if self.outcome is Verdict.ALLOW else Verdict.REVIEW
            case Held.WAIVED:
                return Verdict.ALLOW
            case Held.NOT:
                return None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a rule answers as it does."""

    rule: str
    verdict: Verdict
    text: str

    def __str__(self) -> str:
        return f"{self.verdict}: {self.text} [{self.rule}]"

    @classmethod
    def parse(cls, told: str) -> Reason:
        """Read a reason as it is kept; one of another form is a text that needs a person."""
        verdict, found, rest = told.partition(": ")
        text, has_rule, rule = rest.removesuffix("]").rpartition(" [")
        if not found or not has_rule or verdict not in set(Verdict):
            return cls("", Verdict.REVIEW, told)
        return cls(rule, Verdict(verdict), text)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the policy says of a release, with every reason, strictest first."""

    verdict: Verdict
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class LicenceLists:
    """Which SPDX identifiers, and which categories of them, mean what."""

    ids: Mapping[str, Verdict] = field(default_factory=dict)
    categories: Mapping[str, Verdict] = field(default_factory=dict)
    unlisted: Verdict = Verdict.REVIEW
    unknown: Verdict = Verdict.REVIEW


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of somebody's own: when it holds for a project that it speaks of, its outcome."""

    name: str
    outcome: Verdict
    reason: str
    projects: tuple[NamePattern, ...] = ()
    """Empty means any."""
    when: Condition | None = None
    """None means always."""
    is_final: bool = False

    def speaks_of(self, case: Case) -> bool:
        """Whether it is about this project at all."""
        return not self.projects or any(one.matches(case.project) for one in self.projects)


@dataclass(frozen=True, slots=True)
class Policy:
    """The thresholds and rules of one feed."""

    otherwise: Verdict
    malware: Verdict
    findings: Mapping[str, Verdict]
    """Of `block`, `review` and `known`."""
    vulnerability: Mapping[str, Verdict]
    """By level."""
    licence: LicenceLists
    min_age_days: int
    younger: Verdict
    is_excepting_fixes: bool
    yanked: Verdict
    not_assessed: Verdict
    checks: Mapping[str, Verdict]
    """For single checks that could not look; they count before `not_assessed`."""
    rules: tuple[Rule, ...] = ()
    document: Mapping[str, Fact] = field(default_factory=dict, compare=False)
    """What it was read from, whole: the preset and what stands over it."""
