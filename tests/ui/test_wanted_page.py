"""The page of what was wanted: who sees what on it, one click to ask, and taking it off."""

from __future__ import annotations

import pytest

from affineur.core.names import FeedName, ProjectName
from affineur.core.usage import UNKNOWN, Lack, Wish
from support.browsing import Visitor
from support.house import House

NOT_APPROVED = Lack("not-approved", "not approved; ask for it with: affineur request spam")
HOSTILE = '<img src=x onerror="alert(1)">'


def want(
    house: House,
    project: str,
    version: str = "",
    who: str = "dev",
    lack: Lack = NOT_APPROVED,
) -> None:
    wish = Wish(FeedName("internal"), ProjectName(project), version, who, 0, lack)
    house.gear.usage.want(house.clock.now(), wish)


def test_a_refused_install_stands_on_the_page_and_one_click_asks_for_it(house: House) -> None:
    want(house, "spam", "1.0")

    seen = Visitor(house, "dev").get("/wanted")

    assert seen.all("tbody th") == ["spam 1.0 in internal"]
    assert "Not approved" in seen.says("tbody .why")
    assert seen.all("tbody .person") == ["dev"]
    assert seen.links()["Ask for it: spam==1.0"] == "/ask?requirement=spam%3D%3D1.0&feed=internal"
    assert not seen.offers(button="Dismiss spam==1.0")


def test_developers_see_their_own_and_approvers_all(house: House) -> None:
    want(house, "spam")
    want(house, "eggs", who="builder")
    assert Visitor(house, "dev").get("/wanted").all("tbody th code, tbody th a") == ["spam"]
    assert len(Visitor(house, "approver").get("/wanted").all("tbody tr")) == 2


def test_an_approver_takes_something_off_the_list_and_stays_where_they_were(house: House) -> None:
    want(house, "spam", "1.0")
    want(house, "eggs")
    visitor = Visitor(house, "approver")
    listed = visitor.get("/wanted?search=spam")

    seen = visitor.submit(listed, button="Dismiss spam==1.0")

    assert seen.path == "/wanted?search=spam"
    assert seen.says(".said") == "spam==1.0 is off the list until somebody tries it again."
    assert seen.says(".empty").startswith("Nothing that was wanted fits this.")
    assert visitor.get("/wanted").all("tbody th code, tbody th a") == ["eggs"]


@pytest.mark.parametrize(
    ("who", "path", "status"),
    [
        ("dev", "/wanted/1/dismiss", 404),
        ("approver", "/wanted/99/dismiss", 404),
        ("approver", "/wanted/x/dismiss", 404),
        ("approver", f"/wanted/{9 * '9'}9/dismiss", 404),
    ],
)
def test_what_may_not_be_dismissed_looks_absent(
    house: House, who: str, path: str, status: int
) -> None:
    want(house, "spam", who="builder")
    visitor = Visitor(house, who)
    token = visitor.csrf(visitor.get("/wanted"))
    assert visitor.post(path, {"csrf": token}).status == status
    assert len(Visitor(house, "approver").get("/wanted").all("tbody tr")) == 1


def test_the_list_is_filtered_and_paged(house: House) -> None:
    for number in range(60):
        want(house, f"spam-{number:02}")
    want(house, "nobody-has-it", lack=Lack(UNKNOWN, "Nobody knows a project."))
    visitor = Visitor(house, "approver")

    first = visitor.get("/wanted?order=count")
    rest = visitor.get(first.links(".pager a")["Next page"])
    unknown = visitor.submit(visitor.get("/wanted"), {"rule": "unknown"}, action="/wanted")

    assert (len(first.all("tbody tr")), len(rest.all("tbody tr"))) == (50, 11)
    assert rest.links(".pager a") == {"Back to the first": "/wanted?order=count"}
    assert unknown.all("tbody th code") == ["nobody-has-it"]
    assert "Check the spelling." in unknown.says("tbody")


def test_what_was_wanted_is_text_and_nothing_else(house: House) -> None:
    want(house, "spam", lack=Lack("quarantined", HOSTILE))
    seen = Visitor(house, "approver").get("/wanted")
    assert HOSTILE in seen.says("tbody .why")
    assert seen.html.css("tbody img") == []


def test_an_empty_list_says_so(house: House) -> None:
    assert Visitor(house, "dev").get("/wanted").says(".empty").startswith("Nothing was wanted")


@pytest.mark.parametrize("query", ["after=x", "feed=../x", "order=count&after=2026"])
def test_a_query_that_cannot_be_is_refused(house: House, query: str) -> None:
    assert Visitor(house, "approver").get(f"/wanted?{query}").status in {400, 404}


def test_nobody_in_particular_is_asked_to_sign_in(house: House) -> None:
    assert Visitor(house).get("/wanted").path == "/login?next=%2Fwanted"
