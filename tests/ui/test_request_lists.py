"""The queue of whoever decides, and the lists in which people find requests."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from affineur.services import requests, talk
from affineur.store.schema import request_item
from support.browsing import Seen, Visitor
from support.dists import wheel
from support.gear import somebody
from support.house import House
from support.reviewing import asked, vetted

EGGS = wheel("eggs", "2.0")
SPAM = wheel("spam", "1.0")
APPROVER = somebody("approver", name="approver")


def _leads(page: Seen) -> list[str | None]:
    """Give where the rows lead."""
    return [one.attributes["href"] for one in page.html.css("tbody th a")]


def test_an_approver_finds_the_riskiest_request_first(house: House) -> None:
    calm, risky = vetted(house, EGGS, used_in="shop"), vetted(house, SPAM)
    with house.gear.db.writing() as conn:
        of_risky = request_item.c.request_id == risky.id
        conn.execute(update(request_item).values(risk=0))
        conn.execute(update(request_item).where(of_risky).values(risk=700))
    talk.say(house.gear, APPROVER, calm.id, "Why?", is_question=True)

    page = Visitor(house, "approver").get("/requests")

    assert page.says("caption") == (
        "2 requests wait for you, the riskiest first; 1 of them for their requester to answer"
    )
    assert [row.split(" dev ")[0] for row in page.all("tbody tr")] == [
        f"the file pylock.toml #{risky.id}the app needs it 1 of 1 to look at",
        f"the file pylock.toml #{calm.id}the app needs it Clean Asked back",
    ]


def test_a_developer_sees_no_queue_but_their_own_requests(house: House) -> None:
    mine = vetted(house, EGGS)
    asked(house, SPAM, by=somebody("reader@internal", name="other"))
    visitor = Visitor(house, "dev")

    page, forced = visitor.get("/requests"), visitor.get("/requests?show=waiting")

    assert page.all(".tabs li") == ["Mine", "All"]
    assert _leads(page) == [f"/requests/{mine.id}"]
    assert _leads(forced) == [f"/requests/{mine.id}"]


def test_requests_are_found_by_package_state_and_maker(house: House) -> None:
    eggs, spam = vetted(house, EGGS), vetted(house, SPAM)
    requests.reject(house.gear, APPROVER, spam.id, "no")
    visitor = Visitor(house, "approver")
    page = visitor.get("/requests?show=all")

    def found(**fields: str) -> list[str | None]:
        return _leads(visitor.submit(page, fields, action="/requests"))

    assert found(q="eggs") == [f"/requests/{eggs.id}"]
    assert found(state="rejected") == [f"/requests/{spam.id}"]
    assert found(by="dev") == [f"/requests/{spam.id}", f"/requests/{eggs.id}"]
    assert found(by="nobody") == []
    assert visitor.submit(page, {"q": "bacon"}, action="/requests").says(".empty") == (
        "No request that you may see fits this."
    )


def test_long_lists_are_read_page_by_page(house: House) -> None:
    made = [asked(house, EGGS).id for _ in range(53)]
    visitor = Visitor(house, "dev")

    first = visitor.get("/requests?show=mine&q=")
    second = visitor.get(first.links(".pager a")["Next page"])

    assert len(first.all("tbody tr")) == 50
    assert _leads(second) == [f"/requests/{n}" for n in reversed(made[:3])]
    assert list(second.links(".pager a")) == ["Back to the first"]


@pytest.mark.parametrize("query", ["state=odd", "before=x", "after=x", "feed=../x", "q=%00"])
def test_odd_queries_break_nothing(shared_house: House, query: str) -> None:
    assert Visitor(shared_house, "approver").get(f"/requests?{query}").status in {200, 400, 422}


def test_nobody_in_particular_signs_in_first(shared_house: House) -> None:
    page = Visitor(shared_house).get("/requests")
    assert page.path.startswith("/login")
