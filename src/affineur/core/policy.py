"""The policy: from what vetting measured to allow, review or deny, each with its reasons.

A pure function of a policy and a case. The named thresholds and the rules each take a step; the
strictest that holds is the answer, unless a rule that holds is final. What was not measured is
never passed: a step that cannot be told allows nothing and holds as review. See decision 0022.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from affineur.core.cases import Case
from affineur.core.findings import Fact, Verdict
from affineur.core.policy_facts import facts_for
from affineur.core.policy_thresholds import EXACT, thresholds
from affineur.core.policy_values import Answer, Held, Policy, Reason, Rule, Step
from affineur.core.ports import CannotTell, Condition

_NEVER_SILENT = frozenset({"malware", EXACT})


def decide(policy: Policy, case: Case) -> Answer:
    """Say what the policy says of a release."""
    steps = _counting(explain(policy, case), is_assessed=bool(case.files))
    given = (_reason(step, step.verdict) for step in steps if step.verdict is not None)
    reasons = {str(reason): reason for reason in given}
    ordered = tuple(sorted(reasons.values(), key=lambda reason: -reason.verdict.rank))
    strictest = max((one.verdict for one in ordered), key=lambda verdict: verdict.rank)
    return Answer(strictest, ordered)


def explain(policy: Policy, case: Case) -> tuple[Step, ...]:
    """Ask every rule and every threshold, also those that add nothing to the answer."""
    facts, partial = facts_for(policy, case)
    rules = tuple(_ask(rule, case, facts, partial) for rule in policy.rules)
    spoke = next((step.rule for step in rules if step.held is Held.HOLDS), None)
    text = _otherwise(policy, spoke)
    otherwise = Step("otherwise", policy.otherwise, Held.NOT if spoke else Held.HOLDS, text)
    return (*rules, *thresholds(policy, case), otherwise)


def _otherwise(policy: Policy, spoke: str | None) -> str:
    if spoke is not None:
        return f"the rule {spoke} speaks instead"
    return "no rule holds" if policy.rules else "the policy's answer for every release"


def _counting(steps: Sequence[Step], *, is_assessed: bool) -> Sequence[Step]:
    """Let the first final rule that holds speak alone, but for known malware and exact approvals.

    Of what was never assessed no rule may say more than the others do.
    """
    final = next((one for one in steps if one.is_final and one.held is Held.HOLDS), None)
    if final is None or (final.outcome is Verdict.ALLOW and not is_assessed):
        return steps
    return [final, *(one for one in steps if one.rule in _NEVER_SILENT)]


def _reason(step: Step, verdict: Verdict) -> Reason:
    untold = "; that is not passed" if step.held is Held.UNTOLD else ""
    return Reason(step.rule, verdict, f"{step.text}{untold}")


def _ask(rule: Rule, case: Case, facts: Mapping[str, Fact], partial: frozenset[str]) -> Step:
    """Ask a rule; for one that allows, every fact that it speaks of must be known whole."""
    held, text = Held.NOT, rule.reason
    if not rule.speaks_of(case):
        text = "it is about other projects"
    elif rule.when is None:
        held = Held.HOLDS
    else:
        held, why = _told(rule.when, facts, partial, rule.outcome)
        text = f"{rule.reason}: {why}" if why else rule.reason
    return Step(rule.name, rule.outcome, held, text, rule.is_final)


def _told(
    when: Condition, facts: Mapping[str, Fact], partial: frozenset[str], outcome: Verdict
) -> tuple[Held, str]:
    """Ask a condition; what it sees in facts that are known in part holds against a release."""
    try:
        holds = when.holds(facts)
    except CannotTell as unknown:
        return Held.UNTOLD, unknown.reason
    open_facts = sorted(when.names & partial)
    if open_facts and (outcome is Verdict.ALLOW or not holds):
        return Held.UNTOLD, f"not everything of {', '.join(open_facts)} is known"
    return (Held.HOLDS, "") if holds else (Held.NOT, "")
