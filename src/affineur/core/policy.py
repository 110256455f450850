"""The policy: from what vetting measured to allow, review or deny, each with its reasons.

A pure function of assessments, rules and the moment. The strictest rule that applies wins.
What was not measured is never passed: it meets the `not_assessed` rule.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from affineur.core.errors import BadInput
from affineur.core.findings import Assessment, Fact, Severity, Verdict

DEFAULT_TOML = """\
# What affineur ships with: every new release goes to a person, known malware is denied.
otherwise = "review"          # what nothing below speaks of

[malware]
verdict = "deny"              # a MAL- advisory that is not withdrawn

[integrity]
verdict = "deny"              # the archive is not what it claims to be

[vulnerability]               # by the level of the advisory
critical = "review"
high = "review"
medium = "review"
low = "review"
unknown = "review"

[licence]                     # SPDX identifiers
allow = []
review = []
deny = []
unlisted = "review"           # known, but in no list
unknown = "review"            # none could be made out

[age]
min_days = 3                  # younger than this
younger = "review"

[yanked]
verdict = "review"

[not_assessed]
verdict = "review"            # a check that could not look never counts as passed
"""

_RULED = (
    "vulnerability.",
    "licence.unknown",
    "history.yanked",
    "history.unknown-upload-time",
)
"""Findings for a person to see whose facts meet rules of their own."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a rule answers as it does."""

    rule: str
    verdict: Verdict
    text: str

    def __str__(self) -> str:
        return f"{self.verdict}: {self.text} [{self.rule}]"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the policy says of a release, with every reason, strictest first."""

    verdict: Verdict
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class LicenceLists:
    """Which SPDX identifiers mean what."""

    allow: frozenset[str] = frozenset()
    review: frozenset[str] = frozenset()
    deny: frozenset[str] = frozenset()
    unlisted: Verdict = Verdict.REVIEW
    unknown: Verdict = Verdict.REVIEW

    @property
    def named(self) -> frozenset[str]:
        """Every identifier that stands in a list."""
        return self.allow | self.review | self.deny

    def verdict_of(self, spdx_id: str) -> Verdict:
        """Give the verdict for one identifier."""
        if spdx_id in self.deny:
            return Verdict.DENY
        if spdx_id in self.review:
            return Verdict.REVIEW
        return Verdict.ALLOW if spdx_id in self.allow else self.unlisted


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of one feed."""

    otherwise: Verdict = Verdict.REVIEW
    malware: Verdict = Verdict.DENY
    integrity: Verdict = Verdict.DENY
    vulnerability: Mapping[str, Verdict] = field(default_factory=dict)
    licence: LicenceLists = LicenceLists()
    min_age_days: int = 3
    younger: Verdict = Verdict.REVIEW
    yanked: Verdict = Verdict.REVIEW
    not_assessed: Verdict = Verdict.REVIEW


def decide(policy: Policy, assessments: Sequence[Assessment], now: datetime) -> Answer:
    """Say what the policy says of a release, from the assessments of all of its files."""
    reasons = {str(reason): reason for reason in _reasons(policy, assessments, now)}
    ordered = tuple(sorted(reasons.values(), key=lambda reason: -reason.verdict.rank))
    strictest = max((r.verdict for r in ordered), key=lambda v: v.rank)
    return Answer(strictest, ordered)


def _reasons(policy: Policy, assessments: Sequence[Assessment], now: datetime) -> Iterator[Reason]:
    yield Reason("otherwise", policy.otherwise, "the policy's answer for every release")
    if not assessments:
        yield Reason("not_assessed", policy.not_assessed, "nothing was assessed")
    for assessment in assessments:
        for check, why in assessment.not_assessed:
            text = f"{check} could not be assessed: {why}"
            yield Reason("not_assessed", policy.not_assessed, text)
        for outcome in assessment.outcomes:  # what a half blind check did see counts as well
            yield from _of_facts(policy, outcome.facts, now)
        yield from _of_findings(policy, assessment)


def _of_findings(policy: Policy, assessment: Assessment) -> Iterator[Reason]:
    """Give each blocking finding to the integrity rule; malware has a rule of its own.

    What a check wants a person to see goes to a person, unless a rule speaks of just that.
    """
    for finding in assessment.findings:
        if finding.severity is Severity.BLOCK and not finding.id.startswith("malware."):
            yield Reason("integrity", policy.integrity, finding.what)
        if finding.severity is Severity.REVIEW and not finding.id.startswith(_RULED):
            yield Reason(finding.check, Verdict.REVIEW, finding.what)


def _of_facts(policy: Policy, facts: Mapping[str, Fact], now: datetime) -> Iterator[Reason]:
    """Reasons from the facts that the shipped checks give (see `checks/`)."""
    advisories = facts.get("advisories")
    for advisory in advisories if isinstance(advisories, list) else []:
        if isinstance(advisory, dict):
            yield _of_advisory(policy, advisory)
    if "licence" in facts:
        yield _of_licence(policy.licence, facts)
    if "uploaded_at" in facts:
        yield from _of_age(policy, facts["uploaded_at"], now)
    if facts.get("yanked") is not None:
        yield Reason("yanked", policy.yanked, f"yanked by its project: {facts['yanked']}")


def _of_advisory(policy: Policy, advisory: Mapping[str, Fact]) -> Reason:
    if advisory.get("is_malware"):
        return Reason("malware", policy.malware, f"known malware: {advisory.get('id')}")
    level = str(advisory.get("level") or "unknown")
    verdict = policy.vulnerability.get(level, Verdict.REVIEW)
    return Reason("vulnerability", verdict, f"{advisory.get('id')} ({level})")


def _of_licence(lists: LicenceLists, facts: Mapping[str, Fact]) -> Reason:
    """AND takes the strictest, OR is the requester's choice: `alternatives` lists them.

    `licence_alternatives` is a list of lists: any one inner list suffices, all of it holds.
    """
    alternatives = facts.get("licence_alternatives")
    if not facts["licence"] or not isinstance(alternatives, list) or not alternatives:
        return Reason("licence", lists.unknown, "the licence is unknown")
    verdicts = [
        max((lists.verdict_of(str(one)) for one in group), key=lambda v: v.rank)
        for group in alternatives
        if isinstance(group, list) and group
    ]
    best = min(verdicts, key=lambda verdict: verdict.rank, default=lists.unknown)
    named = {str(one) for group in alternatives if isinstance(group, list) for one in group}
    where = "" if named & lists.named else " is in no list of the policy"
    return Reason("licence", best, f"licence {facts['licence']}{where}")


def _of_age(policy: Policy, uploaded_at: Fact, now: datetime) -> Iterator[Reason]:
    if not isinstance(uploaded_at, str):
        yield Reason("age", policy.younger, "its upload time is unknown; taken as brand new")
        return
    age = now - datetime.fromisoformat(uploaded_at)
    if age < timedelta(days=policy.min_age_days):
        text = f"uploaded {age.days} days ago, younger than {policy.min_age_days} days"
        yield Reason("age", policy.younger, text)


def parse_policy(toml: str | None) -> Policy:
    """Read a policy; raise `BadInput` naming what cannot be read. None is the default."""
    try:
        tables = tomllib.loads(DEFAULT_TOML) | tomllib.loads(toml or "")
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"The policy is not TOML: {error}.") from error
    unknown = sorted(set(tables) - set(tomllib.loads(DEFAULT_TOML)))
    if unknown:
        raise BadInput(f"The policy has unknown parts: {', '.join(unknown)}.")
    return Policy(
        otherwise=_verdict(tables, "otherwise"),
        malware=_verdict(_table(tables, "malware"), "verdict"),
        integrity=_verdict(_table(tables, "integrity"), "verdict"),
        vulnerability={
            level: _verdict(_table(tables, "vulnerability"), level)
            for level in ("critical", "high", "medium", "low", "unknown")
        },
        licence=_licences(_table(tables, "licence")),
        min_age_days=_days(_table(tables, "age")),
        younger=_verdict(_table(tables, "age"), "younger"),
        yanked=_verdict(_table(tables, "yanked"), "verdict"),
        not_assessed=_verdict(_table(tables, "not_assessed"), "verdict"),
    )


def _table(tables: Mapping[str, Any], name: str) -> Mapping[str, Any]:  # Any: TOML as read
    default = tomllib.loads(DEFAULT_TOML)[name]
    given = tables[name]
    if not isinstance(given, dict) or set(given) - set(default):
        raise BadInput(f"The policy's [{name}] knows only: {', '.join(default)}.")
    return {**default, **given}


def _verdict(table: Mapping[str, Any], key: str) -> Verdict:  # Any: TOML as read
    try:
        return Verdict(table[key])
    except ValueError as error:
        raise BadInput(
            f"The policy's {key} = {table[key]!r} is none of allow, review, deny."
        ) from error


def _days(table: Mapping[str, Any]) -> int:  # Any: TOML as read
    days = table["min_days"]
    if not isinstance(days, int) or isinstance(days, bool) or not 0 <= days <= 3650:
        raise BadInput(f"The policy's min_days = {days!r} is not a number of days (0 to 3650).")
    return days


def _licences(table: Mapping[str, Any]) -> LicenceLists:  # Any: TOML as read
    for key in ("allow", "review", "deny"):
        ids = table[key]
        if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
            raise BadInput(f"The policy's licence list {key!r} is not a list of SPDX ids.")
    return LicenceLists(
        frozenset(table["allow"]),
        frozenset(table["review"]),
        frozenset(table["deny"]),
        _verdict(table, "unlisted"),
        _verdict(table, "unknown"),
    )
