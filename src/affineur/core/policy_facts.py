"""What of a case counts under a policy: without what is waived, and with what is not known.

Waivers and excused checks take effect here, once, for the named thresholds and for conditions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from affineur.core.cases import MOST, Case, Seen
from affineur.core.findings import Fact, Verdict
from affineur.core.policy_values import Policy
from affineur.core.waivers import MALWARE, NOT_ASSESSED, Waiver

Advisory = Mapping[str, Fact]
"""One entry of the fact `vulnerabilities`."""


def facts_for(policy: Policy, case: Case) -> tuple[Mapping[str, Fact], frozenset[str]]:
    """Give the facts that conditions may speak of, and the names of those known in part only."""
    blind = {one.check for one in case.blind}
    unexcused = {one for one in blind if not is_excused(policy, case, one)}
    standing = [one for one in case.findings if waiver_of(case, one) is None]
    facts: dict[str, Fact] = dict(case.facts)
    facts["findings"] = [_fact(one) for one in standing]
    facts["new_findings"] = [_fact(one) for one in standing if one.is_new]
    facts["not_assessed"] = [*sorted(unexcused)]
    if "vulnerabilities" in facts:
        facts["vulnerabilities"] = [
            dict(one) for one in advisories(case) if waiver_of_advisory(case, one) is None
        ]
    excused = blind - unexcused
    partial = {name for name, checks in case.partial.items() if set(checks) - excused}
    if unexcused or not case.files:
        partial |= {"findings", "new_findings"}
    for name, value in facts.items():
        if isinstance(value, list) and len(value) > MOST:
            partial.add(name)
            facts[name] = value[:MOST]
    return facts, frozenset(partial)


def advisories(case: Case) -> Sequence[Advisory]:
    """Give the advisories that speak of this version, waived or not."""
    found = case.facts.get("vulnerabilities")
    return [one for one in (found if isinstance(found, list) else []) if isinstance(one, dict)]


def waiver_of(case: Case, seen: Seen) -> Waiver | None:
    """Find what accepts a finding; nothing accepts malware."""
    if seen.id.startswith(MALWARE):
        return None
    return case.waiver((seen.id, seen.key), seen.sha256)


def waiver_of_advisory(case: Case, advisory: Advisory) -> Waiver | None:
    """Find what accepts a vulnerability, under any of the ids by which it goes."""
    if advisory.get("is_malware"):
        return None
    aliases = advisory.get("aliases")
    ids = [advisory.get("id"), *(aliases if isinstance(aliases, list) else [])]
    return waiver_of_id(case, *(f"vulnerability.{one}" for one in ids))


def waiver_of_id(case: Case, *ids: str) -> Waiver | None:
    """Find what accepts findings of one of these ids in the whole release, by id or by key."""
    keys = [one.key for one in case.findings if one.id in ids]
    return case.waiver((*ids, *keys))


def is_excused(policy: Policy, case: Case, check: str) -> bool:
    """Whether a check may be unable to look: by the policy, or by a waiver for every file."""
    if policy.checks.get(check) is Verdict.ALLOW:
        return True
    names = (f"{NOT_ASSESSED}{check}",)
    blind = [one for one in case.blind if one.check == check]
    return all(case.waiver(names, one.sha256) is not None for one in blind)


def _fact(seen: Seen) -> Fact:
    return {
        "id": seen.id,
        "key": seen.key,
        "check": seen.check,
        "severity": str(seen.severity),
        "is_new": seen.is_new,
    }
