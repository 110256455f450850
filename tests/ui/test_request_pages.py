"""The page of a request: what each person reads and is offered there."""

from __future__ import annotations

import pytest

from affineur.core.permissions import OPERATOR
from affineur.services import feeds, requests, talk
from affineur.services.feeds import FeedChange
from support.browsing import Seen, Visitor
from support.dists import Flaw, wheel
from support.gear import somebody
from support.house import House
from support.reviewing import APPROVED, DEV, approved, asked, vetted, work

EGGS = wheel("eggs", "2.0")
SPAM = wheel("spam", "1.0", requires=["eggs>=2"])
SLOPPY = wheel("eggs", "2.0", flaw=Flaw.UNRECORDED_FILE)
APPROVER = somebody("approver", name="approver")


def _open(house: House, who: str, number: int, query: str = "") -> Seen:
    return Visitor(house, who).get(f"/requests/{number}{query}")


def _buttons(page: Seen) -> set[str]:
    return {text for text in page.all("main button") if text and not text.startswith("Copy")}


def test_an_approver_reads_what_is_asked_by_whom_why_and_for_what(house: House) -> None:
    request = vetted(house, SPAM, EGGS, used_in="the shop")

    page = _open(house, "approver", request.id)

    assert page.title == "the file pylock.toml Waits for review"
    assert "made by dev just now for the shop, into approved" in page.says(".request-head")
    assert page.says(".why") == "the app needs it"
    assert page.says(".summary").startswith("2 releases, 2 files, ")
    assert page.all(".releases tbody th") == ["eggs 2.0", "spam 1.0"]


def test_what_was_approved_before_is_told_and_leads_to_the_change(house: House) -> None:
    newer = wheel("eggs", "2.1")
    house.upstream.add(newer)
    approved(house, EGGS)
    request = vetted(house, newer)

    page = _open(house, "approver", request.id)

    change = f"/feeds/approved/packages/eggs/2.1/change?from=2.0&request={request.id}"
    assert page.links(".releases a")["2.0"] == change


def test_the_closure_is_shown_as_a_tree_too(house: House) -> None:
    request = vetted(house, SPAM, EGGS)

    page = _open(house, "approver", request.id, "?view=tree")

    assert page.links(".tabs a")["Tree"] == f"/requests/{request.id}?view=tree"
    assert page.says(".tree > ul > li a") == "spam 1.0"
    assert page.says(".tree ul ul a") == "eggs 2.0"


def test_a_finding_stands_with_its_place_and_a_form_to_waive_it(house: House) -> None:
    request = vetted(house, wheel("eggs", "2.0", flaw=Flaw.UNRECORDED_FILE))

    approver = _open(house, "approver", request.id)
    developer = _open(house, "dev", request.id)

    assert approver.says("#look-title") == "Look at this"
    assert "RECORD" in approver.says(".look .finding")
    assert approver.offers(f"/requests/{request.id}/waive")
    assert not developer.offers(f"/requests/{request.id}/waive")


def test_people_are_offered_what_they_may_do(house: House) -> None:
    request = vetted(house, SPAM, EGGS)

    assert _buttons(_open(house, "approver", request.id)) == {
        "Approve 2 releases",
        "Reject 2 releases",
        "Approve the chosen",
        "Reject the chosen",
        "Ask dev",
        "Comment",
    }
    assert _buttons(_open(house, "dev", request.id)) == {"Comment", "Take it back"}


def test_whoever_made_a_request_is_told_that_somebody_else_approves(house: House) -> None:
    request = vetted(house, EGGS, by=APPROVER)
    feeds.update(house.gear, OPERATOR, APPROVED, FeedChange(requester_may_approve=False))

    page = _open(house, "approver", request.id)

    assert "In approved somebody else approves" in page.says("#decide")
    assert "Approve 1 release" not in _buttons(page)


def test_a_request_on_its_way_shows_how_far_it_is(house: House) -> None:
    house.upstream.add(EGGS)
    request = asked(house, EGGS)
    visitor = Visitor(house, "dev")

    page = visitor.get(f"/requests/{request.id}")
    part = visitor.part(f"/requests/{request.id}/progress")
    work(house)
    then = visitor.part(f"/requests/{request.id}/progress")

    assert "Finding everything that is needed." in page.says("#progress")
    assert page.links("#progress a") == {"Look again": f"/requests/{request.id}"}
    assert (part.status, part.headers.get("hx-refresh")) == (200, None)
    assert (then.status, then.headers["hx-refresh"]) == (200, "true")


def test_the_requester_reads_the_answer_and_its_reason_first(house: House) -> None:
    request = vetted(house, EGGS)
    requests.reject(house.gear, APPROVER, request.id, "we have bacon already")

    page = _open(house, "dev", request.id)

    assert "Rejected by approver" in page.says(".outcome")
    assert "we have bacon already" in page.says(".outcome")
    assert page.title.endswith("Rejected")


def test_the_requester_is_told_that_an_approver_asked(house: House) -> None:
    request = vetted(house, EGGS)
    talk.say(house.gear, APPROVER, request.id, "What is it for?", is_question=True)

    page = _open(house, "dev", request.id)

    assert "An approver asked you something." in page.says(".notice")
    assert page.all(".talk .words") == ["What is it for?"]
    assert "Answer" in _buttons(page)


@pytest.mark.parametrize("number", ["0", "999", "x", "1e3", "-1", "99999999999"])
def test_what_is_no_request_is_not_found(shared_house: House, number: str) -> None:
    assert Visitor(shared_house, "admin").get(f"/requests/{number}").status == 404


def test_somebody_else_s_request_looks_like_none(house: House) -> None:
    request = vetted(house, EGGS)

    hidden = _open(house, "stranger", request.id)
    absent = _open(house, "stranger", 999)

    assert (hidden.status, absent.status) == (404, 404)
    assert hidden.says().replace(str(request.id), "N") == absent.says().replace("999", "N")


def test_what_people_write_is_text_on_the_page(house: House) -> None:
    request = vetted(house, EGGS, used_in="<b>shop</b>")
    talk.say(house.gear, DEV, request.id, "<script>alert(1)</script>\n<img src=x onerror=y>")

    page = _open(house, "approver", request.id)

    assert "<script>alert(1)</script>" in page.says(".talk .words")
    assert page.html.css_first(".talk script, .talk img, .request-head b") is None
