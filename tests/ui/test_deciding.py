"""Deciding on the page of a request: every button, what it does, and what it does not."""

from __future__ import annotations

import pytest

from affineur.core.answers import Part
from affineur.core.permissions import OPERATOR
from affineur.core.requests import Request
from affineur.services import feeds, requests, waiving
from affineur.services.feeds import FeedChange
from support.browsing import Seen, Visitor
from support.dists import Flaw, wheel
from support.gear import somebody
from support.house import House
from support.racing import at_once
from support.reviewing import APPROVED, show, vetted

EGGS = wheel("eggs", "2.0")
SPAM = wheel("spam", "1.0", requires=["eggs>=2"])
APPROVER = somebody("approver", name="approver")


def _at(visitor: Visitor, request: Request) -> Seen:
    return visitor.get(f"/requests/{request.id}")


def _typed(page: Seen, field: str) -> str | None:
    """Give what stands in a field."""
    (found,) = page.html.css(field)
    return found.attributes["value"]


def _answers(house: House, request: Request) -> dict[str, str | None]:
    return {item.name: item.answer for item in show(house, request).items}


def _press(visitor: Visitor, request: Request, what: str, **fields: str | list[str]) -> Seen:
    """Send a form of the request's page by its action, or by the button that is pressed."""
    action, _, button = what.partition(": ")
    page = _at(visitor, request)
    return visitor.submit(page, fields, action=f"/requests/{request.id}/{action}", button=button)


def test_an_approver_approves_all_and_is_led_to_the_next(house: House) -> None:
    first, second = vetted(house, SPAM, EGGS), vetted(house, wheel("ham", "1.0"))
    visitor = Visitor(house, "approver")

    there = _press(visitor, first, "approve", comment="fine")
    end = _press(visitor, second, "approve")

    done = show(house, first)
    assert (there.path, end.path) == (f"/requests/{second.id}", f"/requests/{second.id}")
    assert there.says(".said") == f"Request {first.id} is approved. This one is next."
    assert end.says(".said") == f"Request {second.id} is approved. Nothing else waits for you."
    assert [(one.by, one.comment, one.is_exact) for one in done.decisions] == [
        ("approver", "fine", False)
    ]
    assert house.get("/pypi/internal/simple/spam/").status_code == 200


def test_these_versions_alone_is_ticked_with_an_approval(house: House) -> None:
    request = vetted(house, EGGS)
    _press(Visitor(house, "approver"), request, "approve", exact="approve")

    assert show(house, request).decisions[0].is_exact


def test_rejecting_needs_a_reason_and_loses_nothing_that_was_typed(house: House) -> None:
    request = vetted(house, EGGS)
    visitor = Visitor(house, "approver")

    refused = _press(visitor, request, "reject", reason="x" * 501)
    empty = _press(visitor, request, "reject", reason=" ")
    done = _press(visitor, request, "reject", reason="we have bacon")

    assert (refused.status, empty.status) == (400, 400)
    assert "Rejecting needs a reason" in refused.says(".panel .trouble")
    assert _typed(refused, "#f-reason") == "x" * 501
    assert refused.html.css_first("details.panel[open] #f-reason") is not None
    assert done.says(".said").startswith(f"Request {request.id} is rejected.")


def test_chosen_releases_are_answered_and_the_others_stay_open(house: House) -> None:
    request = vetted(house, SPAM, EGGS)
    visitor = Visitor(house, "approver")

    there = _press(visitor, request, "answer: Approve the chosen", item=["spam==1.0"])
    half = _answers(house, request)
    _press(visitor, request, "reject", reason="old")

    assert there.says(".said") == "1 release answered; the others are still open."
    assert half == {"eggs==2.0": None, "spam==1.0": "approved"}
    assert _answers(house, request) == {"eggs==2.0": "rejected", "spam==1.0": "approved"}
    assert show(house, request).state == "rejected"
    told = _at(Visitor(house, "dev"), request).all(".outcome p")
    assert told[:2] == [
        "Approved by approver just now, spam 1.0",
        "Rejected by approver just now, eggs 2.0: old",
    ]


def test_choosing_nothing_or_rejecting_without_a_reason_is_refused(house: House) -> None:
    request = vetted(house, SPAM, EGGS)
    visitor = Visitor(house, "approver")

    nothing = _press(visitor, request, "answer: Approve the chosen", words="some")
    reasonless = _press(visitor, request, "answer: Reject the chosen", item=["spam==1.0"])

    assert "No release was chosen." in nothing.says(".panel .trouble")
    assert _typed(nothing, "#f-words") == "some"
    assert "Rejecting needs a reason" in reasonless.says(".panel .trouble")
    ticked = reasonless.html.css("input[name=item][checked]")
    assert [one.attributes["value"] for one in ticked] == ["spam==1.0"]


def test_enter_in_the_words_for_chosen_releases_decides_nothing(house: House) -> None:
    request = vetted(house, SPAM, EGGS)
    page = _at(Visitor(house, "approver"), request)

    first, *_ = page.form(f"/requests/{request.id}/answer").css("button")
    assert "disabled" in first.attributes


def test_an_approver_asks_back_and_the_requester_answers(house: House) -> None:
    request = vetted(house, EGGS)

    said = _press(Visitor(house, "approver"), request, "comments: Ask dev", said="What for?")
    waits = show(house, request).awaits_requester
    _press(Visitor(house, "dev"), request, "comments: Answer", said="For the shop.\nReally.")

    assert said.says(".said") == "Asked. It waits for its requester now."
    assert (waits, show(house, request).awaits_requester) == (True, False)
    assert [one.kind for one in show(house, request).comments] == ["question", "answer"]


def test_a_comment_that_cannot_be_kept_is_shown_again(house: House) -> None:
    request = vetted(house, EGGS)
    refused = _press(Visitor(house, "dev"), request, "comments: Comment", said="bell \a!")

    assert refused.status == 400
    assert "plain text" in refused.says("#say .error")
    assert "bell" in refused.says("#f-said")


def test_a_finding_is_waived_for_a_while_and_weighs_nothing_at_once(house: House) -> None:
    request = vetted(house, wheel("eggs", "2.0", flaw=Flaw.UNRECORDED_FILE))
    page = _at(Visitor(house, "approver"), request)
    before = show(house, request).items[0].risk

    done = _press(Visitor(house, "approver"), request, "waive", reason="they are slow", days="30")

    (made,) = waiving.current(house.gear, OPERATOR, APPROVED, None)
    assert page.says("#look-title") == "Look at this"
    assert (made.reason, str(made.version), made.by) == ("they are slow", "2.0", "approver")
    assert "is waived until" in done.says(".said")
    assert "they are slow" in done.says(".releases")
    assert show(house, request).items[0].risk < before


@pytest.mark.parametrize(
    "lie",
    [{"days": "0"}, {"days": "400"}, {"days": "x"}, {"finding": "malware.MAL-1"}, {"item": "ham"}],
)
def test_a_waiver_that_cannot_be_is_refused(house: House, lie: dict[str, str]) -> None:
    request = vetted(house, wheel("eggs", "2.0", flaw=Flaw.UNRECORDED_FILE))
    fields = {"reason": "they are slow", "days": "30"} | lie

    refused = _press(Visitor(house, "approver"), request, "waive", **fields)

    assert refused.status == 400
    assert waiving.current(house.gear, OPERATOR, APPROVED, None) == ()


def test_the_requester_takes_a_request_back(house: House) -> None:
    request = vetted(house, EGGS)
    done = _press(Visitor(house, "dev"), request, "withdraw", why="found another")

    assert done.title.endswith("Withdrawn")
    assert show(house, request).notes == ("Withdrawn: found another",)


# --- who may not -------------------------------------------------------------------------

FIELDS = {
    "approve": {"comment": ""},
    "reject": {"reason": "no"},
    "answer": {"do": "approve", "item": "eggs==2.0"},
    "comments": {"do": "ask", "said": "why?"},
    "waive": {"item": "eggs==2.0", "finding": "contents.odd", "reason": "so", "days": "3"},
}


@pytest.mark.parametrize("action", FIELDS)
@pytest.mark.parametrize(("who", "status"), [("dev", 404), ("stranger", 404)])
def test_what_is_not_offered_is_not_done_either(
    house: House, who: str, status: int, action: str
) -> None:
    request = vetted(house, EGGS)
    visitor = Visitor(house, who)
    fields = {"csrf": visitor.csrf(visitor.get("/account/password")), **FIELDS[action]}

    answer = visitor.post(f"/requests/{request.id}/{action}", fields)

    assert answer.status == status
    assert show(house, request) == request


@pytest.mark.parametrize("action", [*FIELDS, "withdraw"])
def test_nothing_is_done_without_the_token_of_the_form(house: House, action: str) -> None:
    request = vetted(house, EGGS)
    answer = Visitor(house, "approver").post(
        f"/requests/{request.id}/{action}", FIELDS.get(action, {})
    )

    assert answer.status == 403
    assert show(house, request) == request


def test_nobody_approves_their_own_where_somebody_else_must(house: House) -> None:
    request = vetted(house, EGGS, by=APPROVER)
    visitor = Visitor(house, "approver")
    page = _at(visitor, request)
    feeds.update(house.gear, OPERATOR, APPROVED, FeedChange(requester_may_approve=False))

    refused = visitor.submit(page, action=f"/requests/{request.id}/approve")

    assert (refused.status, show(house, request).state) == (403, "review")
    assert "somebody else approves" in refused.says()


# --- two at once -------------------------------------------------------------------------


def test_of_two_approvers_one_wins_and_the_other_is_told(house: House) -> None:
    request = vetted(house, EGGS)
    slow, quick = Visitor(house, "approver"), Visitor(house, "admin")
    page = _at(slow, request)
    _press(quick, request, "reject", reason="too old")

    late = slow.submit(page, {"comment": "fine"}, action=f"/requests/{request.id}/approve")

    assert late.status == 409
    assert f"Request {request.id} is rejected, so there is nothing to decide." in late.says()
    assert [one.by for one in show(house, request).decisions] == ["admin"]


def test_an_answer_to_what_was_answered_meanwhile_changes_nothing(house: House) -> None:
    request = vetted(house, SPAM, EGGS)
    visitor = Visitor(house, "approver")
    page = _at(visitor, request)
    requests.approve(house.gear, OPERATOR, request.id, "", Part(("spam",)))

    late = visitor.submit(
        page,
        {"item": ["spam==1.0", "eggs==2.0"], "words": "no"},
        action=f"/requests/{request.id}/answer",
        button="Reject the chosen",
    )

    assert late.status == 409
    assert "spam==1.0 was approved before" in late.says(".panel .trouble")
    assert _answers(house, request) == {"eggs==2.0": None, "spam==1.0": "approved"}


def test_of_many_answers_at_once_exactly_one_counts(house: House) -> None:
    request = vetted(house, EGGS)

    def act() -> str:
        try:
            return requests.approve(house.gear, APPROVER, request.id, "").state
        except Exception as error:  # noqa: BLE001  # whatever it is, it is no approval
            return type(error).__name__

    assert sorted(at_once(8, act)) == ["Conflict"] * 7 + ["approved"]
