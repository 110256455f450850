"""Risk: how much of a release a person should look at, as one number to sort a queue by.

It is made of the policy's reasons, so that what the house waived or does not mind weighs nothing.
Below `LOOK` there is nothing that needs a look: at most, nobody was asked before.
"""

from __future__ import annotations

from collections.abc import Mapping

from affineur.core.cases import Case
from affineur.core.findings import Verdict
from affineur.core.licences import Category
from affineur.core.policy_facts import advisories, waiver_of_advisory
from affineur.core.policy_thresholds import UNLISTED
from affineur.core.policy_values import Answer, Reason

LOOK = 10
"""From here on there is something that a person should look at."""
HIGH = 500
"""From here on something is badly wrong, or known to be."""

_MOST = 99_999
_DENIED = 1_000
_NEW_PROJECT = 5
_KNOWN = 2
"""All together: an approver saw them in the version before."""
_PARKED = 60
_OTHER = 50
_REVIEWS: Mapping[str, int] = {
    "findings.block": 500,
    "vulnerability": 60,
    "findings.review": 50,
    "yanked": 50,
    "licence": 40,
    "age": 30,
    "not_assessed": 20,
    "exact": 15,
    "findings.known": 0,
    "otherwise": 0,
}
"""What a reason to review weighs, by its rule; rules of somebody's own weigh as a finding."""
_LEVELS: Mapping[str, int] = {"critical": 500, "high": 200, "medium": 40}
_MALWARE = 10_000
_MILD = frozenset({str(Category.PUBLIC_DOMAIN), str(Category.PERMISSIVE)})


def risk_of(answer: Answer, case: Case, *, is_parked: bool = False) -> int:
    """Weigh what a policy says of a release: the more, the sooner a person should look."""
    against = [reason for reason in answer.reasons if reason.verdict is not Verdict.ALLOW]
    rules = {reason.rule for reason in against}
    is_mild = _is_mild(case)
    weight = sum(_weight(reason, is_mild=is_mild) for reason in against)
    weight += _KNOWN if "findings.known" in rules else 0
    weight += _worst(case) if "vulnerability" in rules else 0
    weight += _PARKED if is_parked else 0
    weight += _NEW_PROJECT if case.facts.get("is_approved_project") is False else 0
    return min(weight, _MOST)


def _weight(reason: Reason, *, is_mild: bool) -> int:
    if reason.rule == "malware":
        return _MALWARE
    if reason.verdict is Verdict.DENY:
        return _DENIED
    if reason.rule == "licence" and is_mild and reason.text.endswith(UNLISTED):
        return 0
    return _REVIEWS.get(reason.rule, _OTHER)


def _is_mild(case: Case) -> bool:
    """Whether its licence asks for nothing but notices: that no list names it is no news."""
    told = case.facts.get("licence_categories")
    return isinstance(told, list) and bool(told) and set(map(str, told)) <= _MILD


def _worst(case: Case) -> int:
    """Weigh the worst vulnerability that nobody waived, beside that there is one."""
    standing = [one for one in advisories(case) if waiver_of_advisory(case, one) is None]
    return max((_LEVELS.get(str(one.get("level")), 0) for one in standing), default=0)
