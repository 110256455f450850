"""Answers to single releases of a request: what each does, what all come to, who wins."""

from __future__ import annotations

import pytest

from affineur.core.answers import Part
from affineur.core.errors import BadInput, Conflict, DomainError, Forbidden
from affineur.core.findings import Verdict
from affineur.core.permissions import OPERATOR
from affineur.core.requests import ItemAnswer, Request, RequestState
from affineur.services import audit, feeds, requests
from affineur.services.feeds import FeedChange
from support.approving import APPROVED, APPROVER, LENIENT, Office
from support.dists import wheel
from support.gear import somebody
from support.present import states
from support.racing import at_once

SPAM = wheel("spam", "1.0")
EGGS = wheel("eggs", "2.0")
HAM = wheel("ham", "1.0")


def _asked(office: Office) -> Request:
    office.upstream.add(SPAM, EGGS, HAM)
    return office.vetted(SPAM, EGGS, HAM)


def _answers(request: Request) -> dict[str, str | None]:
    return {item.name: item.answer for item in request.items}


def _served(office: Office) -> list[bool]:
    return ["served" in office.page(name).values() for name in ("spam", "eggs", "ham")]


def test_one_release_is_approved_at_once_and_the_request_stays_open(office: Office) -> None:
    asked = _asked(office)

    seen = requests.approve(office.gear, APPROVER, asked.id, "fine", Part(("Spam",)))

    assert seen.state is RequestState.REVIEW
    assert _answers(seen) == {"eggs==2.0": None, "ham==1.0": None, "spam==1.0": "approved"}
    assert [(one.verdict, one.digests) for one in seen.decisions] == [("approved", (SPAM.sha256,))]
    assert [item.decision_id for item in seen.items] == [None, None, seen.decisions[0].id]
    assert _served(office) == [True, False, False]


def test_a_request_of_which_one_release_is_rejected_ends_rejected_and_keeps_the_others(
    office: Office,
) -> None:
    asked = _asked(office)
    requests.reject(office.gear, APPROVER, asked.id, "we have bacon", Part(("eggs==2.0",)))

    done = requests.approve(office.gear, APPROVER, asked.id, "the others are fine")

    assert done.state is RequestState.REJECTED
    assert _answers(done) == {
        "eggs==2.0": "rejected",
        "ham==1.0": "approved",
        "spam==1.0": "approved",
    }
    assert [(one.verdict, one.comment) for one in done.decisions] == [
        ("rejected", "we have bacon"),
        ("approved", "the others are fine"),
    ]
    assert _served(office) == [True, False, True]


def test_a_request_ends_approved_when_its_last_release_is(small_office: Office) -> None:
    office = small_office
    asked = _asked(office)
    requests.approve(office.gear, APPROVER, asked.id, "", Part(("spam", "ham")))

    done = requests.approve(office.gear, APPROVER, asked.id, "", Part(("eggs",)))

    assert done.state is RequestState.APPROVED
    assert _served(office) == [True, True, True]


def test_rejecting_the_rest_leaves_what_was_approved(small_office: Office) -> None:
    office = small_office
    asked = _asked(office)
    requests.approve(office.gear, APPROVER, asked.id, "", Part(("spam",)))

    done = requests.reject(office.gear, APPROVER, asked.id, "not these")

    assert (done.state, set(done.decisions[1].digests)) == (
        RequestState.REJECTED,
        {EGGS.sha256, HAM.sha256},
    )
    assert _served(office) == [True, False, False]


def test_a_release_is_answered_once(small_office: Office) -> None:
    office = small_office
    asked = _asked(office)
    requests.approve(office.gear, APPROVER, asked.id, "", Part(("spam",)))

    with pytest.raises(Conflict, match=r"spam==1.0 was approved before in request 1"):
        requests.reject(office.gear, APPROVER, asked.id, "no", Part(("spam",)))
    with pytest.raises(Conflict, match="was approved before"):
        requests.approve(office.gear, APPROVER, asked.id, "", Part(("eggs", "spam")))
    assert _served(office) == [True, False, False]


@pytest.mark.parametrize("name", ["bacon", "spam==2.0", "spam==x", "", "==1.0"])
def test_only_what_is_on_a_request_can_be_answered(small_office: Office, name: str) -> None:
    asked = _asked(small_office)
    with pytest.raises(BadInput, match="is not on request"):
        requests.approve(small_office.gear, APPROVER, asked.id, "", Part((name,)))


def test_nobody_decides_before_everything_is_vetted(small_office: Office) -> None:
    office = small_office
    office.upstream.add(EGGS)
    asked = office.asked(EGGS)
    with pytest.raises(Conflict, match="is resolving, so there is nothing to decide"):
        requests.approve(office.gear, APPROVER, asked.id, "")
    assert office.show(asked.id).state is RequestState.RESOLVING


def test_whoever_may_not_decide_a_request_may_not_decide_a_part_of_it(
    small_office: Office,
) -> None:
    office = small_office
    office.upstream.add(EGGS, SPAM)
    asked = office.vetted(EGGS, SPAM, by=APPROVER)
    part = Part(("eggs",))
    feeds.update(office.gear, OPERATOR, APPROVED, FeedChange(requester_may_approve=False))

    with pytest.raises(Forbidden, match="somebody else approves"):
        requests.approve(office.gear, APPROVER, asked.id, "", part)
    with pytest.raises(Forbidden):
        requests.reject(office.gear, somebody("reader@approved"), asked.id, "no", part)
    with pytest.raises(DomainError):
        requests.approve(office.gear, somebody("approver@unapproved"), asked.id, "", part)
    assert set(_answers(office.show(asked.id)).values()) == {None}


# --- races and the log -------------------------------------------------------------------


def test_of_many_answers_to_one_release_exactly_one_wins(office: Office) -> None:
    asked = _asked(office)
    acts = [
        lambda: requests.approve(office.gear, APPROVER, asked.id, "", Part(("eggs",))),
        lambda: requests.reject(office.gear, APPROVER, asked.id, "no", Part(("eggs",))),
    ] * 5

    def act() -> str:
        try:
            return _answers(acts.pop()())["eggs==2.0"] or "open"
        except Conflict:
            return "conflict"

    answers = at_once(10, act)

    seen = office.show(asked.id)
    mine = _answers(seen)["eggs==2.0"]
    assert sorted(answers, key="conflict".__eq__) == [mine] + 9 * ["conflict"]
    assert len(seen.decisions) == 1
    assert _served(office) == [False, mine == "approved", False]


def test_answers_to_different_releases_at_once_all_count_and_one_ends_the_request(
    office: Office,
) -> None:
    asked = _asked(office)
    names = ["spam", "eggs", "ham"]

    def act() -> str:
        part = Part((names.pop(),))
        return requests.approve(office.gear, APPROVER, asked.id, "", part).state

    answers = at_once(3, act)

    assert sorted(answers) == ["approved", "review", "review"]
    assert _served(office) == [True, True, True]


def test_the_log_alone_tells_what_was_answered_item_by_item(office: Office) -> None:
    asked = _asked(office)
    requests.approve(office.gear, APPROVER, asked.id, "", Part(("spam",), is_exact=True))
    requests.reject(office.gear, APPROVER, asked.id, "no", Part(("ham",)))
    half = states(office.gear)
    requests.approve(office.gear, APPROVER, asked.id, "")
    by_log, by_tables = states(office.gear)

    assert half[0] == half[1]
    assert by_log == by_tables
    assert by_log.answers == {
        (asked.id, "spam==1.0"): ItemAnswer.APPROVED,
        (asked.id, "ham==1.0"): ItemAnswer.REJECTED,
        (asked.id, "eggs==2.0"): ItemAnswer.APPROVED,
    }
    assert by_log.requests == {asked.id: RequestState.REJECTED}
    assert audit.verify(office.gear, OPERATOR).ok


def test_the_event_of_an_answer_names_the_exact_bytes(small_office: Office) -> None:
    office = small_office
    asked = _asked(office)
    requests.approve(office.gear, APPROVER, asked.id, "ok", Part(("spam",), is_exact=True))
    event = audit.log(office.gear, OPERATOR, 0, 1000)[-1].event

    assert (event.action, event.subject, event.digests) == (
        "request.answered",
        f"request:{asked.id}",
        (SPAM.sha256,),
    )
    assert event.after == {
        "answer": "approved",
        "items": ["spam==1.0"],
        "decision": 1,
        "comment": "ok",
        "is_exact": True,
        "feed": "approved",
        "files": {SPAM.filename: SPAM.sha256},
    }


# --- this exact version only -------------------------------------------------------------

NEWER = wheel("spam", "1.1")
ALONE = "review: the last approval of spam speaks of 1.0 alone [exact]"


def test_after_an_exact_approval_the_policy_allows_no_other_version(office: Office) -> None:
    office.upstream.add(SPAM, NEWER)
    first = office.vetted(SPAM)
    requests.approve(office.gear, APPROVER, first.id, "", Part(is_exact=True))
    office.policy(LENIENT)

    asked = office.vetted(NEWER)

    assert asked.state is RequestState.REVIEW
    assert asked.items[0].verdict is Verdict.REVIEW
    assert ALONE in asked.items[0].reasons
    assert office.show(first.id).decisions[0].is_exact


def test_a_later_approval_of_another_version_ends_what_an_exact_one_said(office: Office) -> None:
    office.upstream.add(SPAM, NEWER, wheel("spam", "1.2"))
    first = office.vetted(SPAM)
    requests.approve(office.gear, APPROVER, first.id, "", Part(is_exact=True))
    office.policy(LENIENT)
    requests.approve(office.gear, APPROVER, office.vetted(NEWER).id, "any from here")

    assert office.vetted(wheel("spam", "1.2")).state is RequestState.APPROVED


def test_an_exact_approval_says_nothing_of_other_files_of_its_version(office: Office) -> None:
    later = wheel("spam", "1.0", build="1")
    office.upstream.add(SPAM, later)
    first = office.vetted(SPAM)
    requests.approve(office.gear, APPROVER, first.id, "", Part(is_exact=True))
    office.policy(LENIENT)

    assert office.vetted(later).state is RequestState.APPROVED


def test_a_rule_that_speaks_alone_does_not_silence_an_exact_approval(small_office: Office) -> None:
    office = small_office
    office.upstream.add(SPAM, NEWER)
    first = office.vetted(SPAM)
    requests.approve(office.gear, APPROVER, first.id, "", Part(is_exact=True))
    office.policy(
        LENIENT + '[[rule]]\nname = "all"\noutcome = "allow"\nreason = "ours"\nfinal = true\n'
    )

    assert ALONE in office.vetted(NEWER).items[0].reasons
