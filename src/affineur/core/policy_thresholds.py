"""The named thresholds of a policy: each table takes a step for everything that it speaks of.

What a check wants a person to see goes to a person, unless a threshold speaks of just that: then
its own answer counts, and the finding adds nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from affineur.core.cases import Case, Licensed, Seen
from affineur.core.findings import Severity, Verdict
from affineur.core.licences import category_of
from affineur.core.policy_facts import (
    Advisory,
    advisories,
    waiver_of,
    waiver_of_advisory,
    waiver_of_id,
)
from affineur.core.policy_values import Held, LicenceLists, Policy, Step
from affineur.core.waivers import MALWARE, NOT_ASSESSED, Waiver

UNLISTED = "is in no list of the policy"
"""What is said of a licence that the policy does not speak of."""
EXACT = "exact"
"""The step about an approval of one version alone; no policy says otherwise."""


def thresholds(policy: Policy, case: Case) -> Iterator[Step]:
    """Ask every table; what has nothing to say says so."""
    yield from _malware(policy, case)
    yield from _findings(policy, case)
    yield from _vulnerabilities(policy, case)
    yield from _licences(policy, case)
    yield _age(policy, case)
    yield _yanked(policy, case)
    yield from _not_assessed(policy, case)
    yield from _exact(case)


def _step(rule: str, outcome: Verdict, text: str, waiver: Waiver | None = None) -> Step:
    """Take a step that holds, unless somebody waived what it is about."""
    if waiver is None:
        return Step(rule, outcome, Held.HOLDS, text)
    return Step(rule, outcome, Held.WAIVED, f"{text} ({waiver})")


def _nothing(rule: str, outcome: Verdict, text: str) -> Step:
    return Step(rule, outcome, Held.NOT, text)


def _malware(policy: Policy, case: Case) -> Iterator[Step]:
    """Deny known malware by the advisories, and by the findings should those say more."""
    known = [str(one.get("id")) for one in advisories(case) if one.get("is_malware")]
    known += [
        one.id.removeprefix(MALWARE)
        for one in case.findings
        if one.id.startswith(MALWARE) and one.severity is Severity.BLOCK
    ]
    for record in dict.fromkeys(known):
        yield _step("malware", policy.malware, f"known malware: {record}")
    if not known:
        yield _nothing("malware", policy.malware, "no malware record speaks of it")


def _findings(policy: Policy, case: Case) -> Iterator[Step]:
    count = 0
    for one in case.findings:
        kind = _kind(one)
        if kind and not _is_ruled(case, one):
            count += 1
            text = f"{one.check}: {one.what}"
            yield _step(f"findings.{kind}", policy.findings[kind], text, waiver_of(case, one))
    if not count:
        yield _nothing("findings", Verdict.REVIEW, "no check saw anything for a person to see")


def _kind(seen: Seen) -> str:
    match seen.severity:
        case Severity.BLOCK:
            return "" if seen.id.startswith(MALWARE) else "block"
        case Severity.REVIEW:
            return "review" if seen.is_new else "known"
        case Severity.INFO:
            return ""


def _is_ruled(case: Case, seen: Seen) -> bool:
    """Whether a threshold speaks of just this finding, by the fact behind it."""
    if seen.severity is not Severity.REVIEW:
        return False
    if seen.id.startswith("vulnerability."):
        return any(seen.id == f"vulnerability.{one.get('id')}" for one in advisories(case))
    ruled = {
        "licence.unknown": any(not one.alternatives for one in case.licences),
        "history.yanked": case.yanked is not None,
        "history.unknown-upload-time": case.is_undated,
    }
    return ruled.get(seen.id, False)


def _vulnerabilities(policy: Policy, case: Case) -> Iterator[Step]:
    found = [one for one in advisories(case) if not one.get("is_malware")]
    for one in found:
        yield _vulnerability(policy, case, one)
    if not found:
        nothing = _nothing("vulnerability", Verdict.REVIEW, "no advisory speaks of it")
        yield _unmeasured_or(policy, case, "vulnerabilities", nothing)


def _vulnerability(policy: Policy, case: Case, advisory: Advisory) -> Step:
    level = str(advisory.get("level") or "unknown")
    outcome = policy.vulnerability.get(level, policy.vulnerability["unknown"])
    fixed = f", fixed in {advisory['fixed']}" if advisory.get("fixed") else ""
    text = f"{advisory.get('id')} ({level}{fixed})"
    return _step("vulnerability", outcome, text, waiver_of_advisory(case, advisory))


def _licences(policy: Policy, case: Case) -> Iterator[Step]:
    for one in dict.fromkeys(case.licences):
        yield _licence(policy.licence, case, one)
    if not case.licences:
        nothing = _nothing("licence", policy.licence.unlisted, "its licence was not read")
        yield _unmeasured_or(policy, case, "licence", nothing)


def _licence(lists: LicenceLists, case: Case, licensed: Licensed) -> Step:
    """Take the strictest of AND, and the mildest of OR, which is the user's choice."""
    if not licensed.text or not licensed.alternatives:
        waiver = waiver_of_id(case, "licence.unknown")
        return _step("licence", lists.unknown, "the licence is unknown", waiver)
    judged = [
        max((_judge(lists, name) for name in group), key=lambda one: one[0].rank)
        for group in licensed.alternatives
    ]
    outcome, why = min(judged, key=lambda one: one[0].rank)
    return _step("licence", outcome, f"licence {licensed.text} {why}".rstrip())


def _judge(lists: LicenceLists, spdx_id: str) -> tuple[Verdict, str]:
    """Judge one identifier: by its own list, else by its category's, else as unlisted."""
    listed = lists.ids.get(spdx_id) or lists.ids.get(spdx_id.partition(" WITH ")[0])
    if listed is not None:
        return listed, ""
    category = str(category_of(spdx_id))
    if category in lists.categories:
        return lists.categories[category], f"({spdx_id}: {category})"
    return lists.unlisted, UNLISTED


def _age(policy: Policy, case: Case) -> Step:
    days = case.facts.get("age_days")
    if case.is_undated:
        waiver = waiver_of_id(case, "history.unknown-upload-time")
        text = "its upload time is unknown; taken as brand new"
        return _step("age", policy.younger, text, waiver)
    if not isinstance(days, int):
        nothing = _nothing("age", policy.younger, "its age was not measured")
        return _unmeasured_or(policy, case, "age_days", nothing)
    if days >= policy.min_age_days:
        return _nothing("age", policy.younger, f"uploaded {days} days ago")
    text = f"uploaded {days} days ago, younger than {policy.min_age_days} days"
    if policy.is_excepting_fixes and case.facts.get("fixes_approved"):
        text += ", but it fixes a vulnerability of the approved version"
        return _nothing("age", policy.younger, text)
    return _step("age", policy.younger, text)


def _yanked(policy: Policy, case: Case) -> Step:
    if case.yanked is None:
        return _nothing("yanked", policy.yanked, "its project did not yank it")
    text = f"yanked by its project: {case.yanked}"
    return _step("yanked", policy.yanked, text, waiver_of_id(case, "history.yanked"))


def _not_assessed(policy: Policy, case: Case) -> Iterator[Step]:
    if not case.files:
        yield _step("not_assessed", policy.not_assessed, "nothing was assessed")
    for one in case.blind:
        outcome = policy.checks.get(one.check, policy.not_assessed)
        text = f"{one.check} could not be assessed: {one.why}"
        waiver = case.waiver((f"{NOT_ASSESSED}{one.check}",), one.sha256)
        yield _step("not_assessed", outcome, text, waiver)
    if case.files and not case.blind:
        yield _nothing("not_assessed", policy.not_assessed, "every check could look")


def _exact(case: Case) -> Iterator[Step]:
    """Keep to what an approver said of one version alone: of others the policy allows nothing."""
    if case.exact and case.version not in case.exact:
        versions = ", ".join(str(one) for one in sorted(case.exact))
        text = f"the last approval of {case.project} speaks of {versions} alone"
        yield Step(EXACT, Verdict.REVIEW, Held.HOLDS, text)


def _unmeasured_or(policy: Policy, case: Case, fact: str, nothing: Step) -> Step:
    """Give the step that says nothing, unless no check spoke of the fact at all.

    A check that could not look says so itself.
    """
    if fact in case.facts or case.blind or not case.files:
        return nothing
    return _step("not_assessed", policy.not_assessed, f"{nothing.rule}: no check measured it")
