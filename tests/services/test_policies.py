"""Policies of feeds: versions, trying one out, explaining an answer, and judging again."""

from __future__ import annotations

from typing import Any

import pytest
from packaging.version import Version
from sqlalchemy import select, update

from affineur.core import case_json
from affineur.core.errors import BadInput, Conflict, Forbidden, NotFound
from affineur.core.findings import Verdict
from affineur.core.names import ProjectName
from affineur.core.permissions import OPERATOR
from affineur.core.policy import decide
from affineur.core.policy_presets import MANUAL
from affineur.core.policy_reading import read_document
from affineur.core.policy_values import Held
from affineur.core.requests import RequestState
from affineur.services import policies, promotion, requests
from affineur.services.promotion import Promotion
from affineur.store.schema import decision, feed
from support.approving import APPROVED, APPROVER, DEV, INTERNAL, LENIENT, Office
from support.dists import wheel

EGGS = wheel("eggs", "2.0")
SPAM = wheel("spam", "1.0")
OURS = wheel("spam", "1.0", licence="GPL-3.0-only")
NO_EGGS = """
preset = "balanced"
[[rule]]
name = "no-eggs"
projects = ["eggs"]
outcome = "deny"
reason = "nobody likes them"
"""


def _evidence(office: Office) -> list[dict[str, Any]]:  # Any: JSON
    with office.gear.db.reading() as conn:
        return list(conn.scalars(select(decision.c.evidence).order_by(decision.c.id)))


def test_every_version_of_a_policy_stays(office: Office) -> None:
    gear = office.gear
    assert policies.show(gear, APPROVER, APPROVED).number == 0
    policies.set_policy(gear, OPERATOR, APPROVED, LENIENT)
    policies.set_policy(gear, OPERATOR, APPROVED, LENIENT)
    policies.set_policy(gear, OPERATOR, APPROVED, None)

    told = policies.history(gear, APPROVER, APPROVED)

    assert [(one.number, one.toml, one.by) for one in told] == [
        (2, "", "operator"),
        (1, LENIENT, "operator"),
    ]
    assert policies.show(gear, APPROVER, APPROVED, 1).toml == LENIENT
    assert policies.show(gear, APPROVER, APPROVED, 2).toml == MANUAL
    assert policies.show(gear, APPROVER, APPROVED).number == 2
    with pytest.raises(NotFound, match="has no version 3"):
        policies.show(gear, APPROVER, APPROVED, 3)


def test_a_policy_from_before_versions_becomes_the_first(office: Office) -> None:
    with office.gear.db.writing() as conn:
        conn.execute(update(feed).where(feed.c.name == APPROVED).values(policy_toml=LENIENT))

    policies.set_policy(office.gear, OPERATOR, APPROVED, None)

    told = policies.history(office.gear, APPROVER, APPROVED)
    assert [(one.number, one.toml) for one in told] == [(2, ""), (1, LENIENT)]


def test_a_policy_that_cannot_be_read_changes_nothing(small_office: Office) -> None:
    with pytest.raises(BadInput, match="there is no fact 'agee'"):
        policies.set_policy(small_office.gear, OPERATOR, APPROVED, NO_EGGS + "when = 'agee > 3'\n")
    assert policies.history(small_office.gear, OPERATOR, APPROVED) == ()


def test_only_who_manages_a_feed_sets_its_policy(small_office: Office) -> None:
    with pytest.raises(Forbidden):
        policies.set_policy(small_office.gear, APPROVER, APPROVED, LENIENT)
    with pytest.raises(Forbidden):
        policies.try_out(small_office.gear, APPROVER, APPROVED, "")


# --- judging again -----------------------------------------------------------------------


def test_a_new_policy_is_asked_about_what_waits_for_a_person(office: Office) -> None:
    office.upstream.add(EGGS, SPAM)
    office.policy(MANUAL)
    first, second = office.vetted(EGGS), office.vetted(SPAM)

    office.policy(NO_EGGS)
    office.work()

    denied, waiting = office.show(first.id), office.show(second.id)
    assert (denied.state, waiting.state) == (RequestState.DENIED, RequestState.REVIEW)
    assert denied.items[0].reasons[0] == "deny: nobody likes them [no-eggs]"
    with pytest.raises(Conflict):
        requests.approve(office.gear, APPROVER, first.id, "I insist")


def test_what_a_new_policy_would_allow_stays_with_the_people_who_were_asked(
    small_office: Office,
) -> None:
    small_office.upstream.add(SPAM)
    small_office.policy(MANUAL)
    asked = small_office.vetted(SPAM)

    small_office.policy(LENIENT)
    small_office.work()

    shown = small_office.show(asked.id)
    assert (shown.state, shown.items[0].verdict) == (RequestState.REVIEW, Verdict.ALLOW)


# --- evidence ----------------------------------------------------------------------------


def test_a_decision_can_be_repeated_from_what_it_kept(office: Office) -> None:
    office.upstream.add(EGGS, SPAM)
    office.policy(LENIENT)
    office.vetted(EGGS)
    office.policy(NO_EGGS)
    office.approved(SPAM)

    kept = _evidence(office)

    assert [one["policy"]["version"] for one in kept] == [1, 2]
    assert [_again(office, one) for one in kept] == [
        [item["answer"] for item in one["items"].values()] for one in kept
    ]
    assert kept[0]["items"]["eggs==2.0"]["answer"]["verdict"] == "allow"


def _again(office: Office, evidence: dict[str, Any]) -> list[dict[str, Any]]:  # Any: JSON
    policy = read_document(evidence["policy"]["document"], office.gear.conditions)
    answers = [
        decide(policy, case_json.from_json(item["case"])) for item in evidence["items"].values()
    ]
    return [
        {"verdict": str(one.verdict), "reasons": [str(reason) for reason in one.reasons]}
        for one in answers
    ]


def test_a_promotion_keeps_its_evidence_too(small_office: Office) -> None:
    small_office.upstream.add(SPAM)
    small_office.policy(LENIENT)
    small_office.vetted(SPAM)
    order = Promotion(ProjectName("spam"), Version("1.0"), APPROVED, INTERNAL)
    small_office.run(promotion.promote(small_office.gear, OPERATOR, order))

    kept = _evidence(small_office)

    assert list(kept[0]["items"]) == ["spam==1.0"]


# --- trying out and explaining -----------------------------------------------------------


def test_a_trial_tells_which_approvals_a_policy_would_turn_and_why(office: Office) -> None:
    office.upstream.add(EGGS, SPAM)
    office.policy(LENIENT)
    office.vetted(EGGS, SPAM)

    stricter = LENIENT + NO_EGGS.replace('preset = "balanced"', "")

    trial = policies.try_out(office.gear, OPERATOR, APPROVED, stricter)

    assert (trial.releases, trial.milder, trial.unassessed) == (2, (), ())
    assert [
        (one.release.project, one.now, one.then.verdict, str(one.then.reasons[0]))
        for one in trial.stricter
    ] == [("eggs", Verdict.ALLOW, Verdict.DENY, "deny: nobody likes them [no-eggs]")]
    assert trial.verdicts == {Verdict.ALLOW: 1, Verdict.REVIEW: 0, Verdict.DENY: 1}
    assert office.page("eggs") == {"2.0": "served"}


def test_a_trial_names_what_was_never_vetted(small_office: Office) -> None:
    small_office.publish(wheel("ours", "1.0"))

    trial = policies.try_out(small_office.gear, OPERATOR, INTERNAL, MANUAL)

    assert trial.releases == 1
    assert [one.project for one in trial.unassessed] == ["ours"]
    assert trial.stricter == ()


def test_a_release_is_explained_step_by_step(office: Office) -> None:
    office.upstream.add(OURS)
    office.policy(LENIENT)
    office.vetted(OURS)

    told = policies.explain_release(
        office.gear, APPROVER, INTERNAL, ProjectName("spam"), Version("1.0")
    )

    assert (told.feed, told.number, told.answer.verdict) == (APPROVED, 1, Verdict.REVIEW)
    steps = {step.rule: step for step in told.steps}
    assert steps["licence"].held is Held.HOLDS
    assert steps["malware"].held is Held.NOT
    assert told.facts["licences"] == ["GPL-3.0-only"]


def test_what_was_never_vetted_cannot_be_explained(small_office: Office) -> None:
    with pytest.raises(NotFound, match="was never vetted"):
        policies.explain_release(
            small_office.gear, APPROVER, INTERNAL, ProjectName("spam"), Version("9")
        )
    with pytest.raises(NotFound, match="no feed 'approved'"):
        policies.explain_release(
            small_office.gear, DEV, INTERNAL, ProjectName("spam"), Version("9")
        )


def test_versions_are_compared(small_office: Office) -> None:
    gear = small_office.gear
    policies.set_policy(gear, OPERATOR, APPROVED, 'preset = "balanced"\n')
    policies.set_policy(gear, OPERATOR, APPROVED, 'preset = "strict"\n')

    told = policies.compare(gear, OPERATOR, APPROVED, 1)

    assert [(one.mark, one.text) for one in told[1:]] == [
        ("-", 'preset = "balanced"'),
        ("+", 'preset = "strict"'),
    ]
    assert policies.compare(gear, OPERATOR, APPROVED, 2) == ()


def test_a_policy_is_checked_without_being_set(small_office: Office) -> None:
    (flaw,) = policies.check(small_office.gear, OPERATOR, APPROVED, '\notherwise = "maybe"')

    assert flaw.line == 2
    assert policies.history(small_office.gear, OPERATOR, APPROVED) == ()
