"""Views of a feed at a date, through the front door."""

from __future__ import annotations

from dataclasses import replace

import pytest
from packaging.version import Version

from affineur.core.names import FeedName, NamePattern, ProjectName
from affineur.core.permissions import OPERATOR
from affineur.services import blocks, connectors, feeds
from affineur.services.blocks import BlockOrder
from affineur.services.connectors import NewConnector, NewFilter
from affineur.services.feeds import FeedChange, NewFeed
from affineur.services.outside import Outside
from affineur.services.promotion import Promotion, promote
from affineur.web.app import build_app
from support.clocks import NOON
from support.dists import wheel
from support.gear import settled
from support.house import House

SIMPLE = "application/vnd.pypi.simple.v1+json"
DEMO = wheel("demo", "1.0")
DEMO_2 = wheel("demo", "2.0")
SPAM = wheel("spam", "1.0")
SPAM_2 = wheel("spam", "2.0")
UNAPPROVED = FeedName("unapproved")
THEN = "2026-11-01T12:30:00Z"
"""Half an hour after a house is opened."""


def _versions(house: House, feed: str, project: str = "demo", who: str = "approver") -> list[str]:
    answer = house.get(f"/pypi/{feed}/simple/{project}/", who, accept=SIMPLE)
    assert answer.status_code in {200, 404}, answer.text
    return [] if answer.status_code == 404 else answer.json()["versions"]


def _later(house: House) -> None:
    house.clock.move(hours=1)


def test_what_was_published_later_is_not_there(house: House) -> None:
    house.publish(DEMO)
    _later(house)
    house.publish(DEMO_2)
    _later(house)

    assert _versions(house, f"internal@{THEN}") == ["1.0"]
    assert _versions(house, "internal@2026-11-01T13:00:00Z") == ["1.0", "2.0"]
    assert _versions(house, "internal@2026-10-31") == []


def test_files_are_led_to_and_served_in_the_same_view(house: House) -> None:
    house.publish(DEMO)
    _later(house)
    page = f"/pypi/internal@{THEN}/simple/demo/"
    url = house.get(page, accept=SIMPLE).json()["files"][0]["url"]

    path = f"/pypi/internal@{THEN}/{url.removeprefix('../../')}"

    assert house.get(path).content == DEMO.data
    assert house.get(f"{path}.metadata").content == DEMO.metadata


def test_a_file_is_not_served_in_a_view_that_has_not_got_it(house: House) -> None:
    _later(house)
    house.publish(DEMO)
    _later(house)

    answer = house.get(f"/pypi/internal@{THEN}/files/{DEMO.sha256}/{DEMO.filename}")

    assert answer.status_code == 404


def test_what_is_not_approved_is_not_there_at_all(house: House) -> None:
    house.upstream.add(SPAM)
    _later(house)

    assert _versions(house, "internal", "spam") == ["1.0"]
    assert _versions(house, f"internal@{THEN}", "spam") == []


def test_a_block_of_today_holds_in_every_view(house: House) -> None:
    house.publish(DEMO)
    _later(house)
    page = f"/pypi/internal@{THEN}/simple/demo/"
    file = f"/pypi/internal@{THEN}/files/{DEMO.sha256}/{DEMO.filename}"
    first, kept = house.get(page, accept=SIMPLE), house.get(file)
    blocks.block(house.gear, OPERATOR, BlockOrder(ProjectName("demo"), Version("1.0"), "bad"))

    again = house.get(page, accept=SIMPLE, if_none_match=first.headers["etag"])
    refused = house.get(file, if_none_match=kept.headers["etag"])

    assert again.json()["files"][0]["yanked"] == "blocked: bad"
    assert (refused.status_code, refused.json()["code"]) == (403, "block")


def test_permissions_of_today_hold_in_every_view(house: House) -> None:
    house.publish(DEMO)
    _later(house)
    page = f"/pypi/internal@{THEN}/simple/demo/"

    assert house.get(page, None).status_code == 401
    assert house.get(page, "stranger").status_code == 404


def test_what_an_index_got_later_is_not_there(house: House) -> None:
    house.upstream.add(SPAM)
    _later(house)
    house.upstream.add(SPAM_2, uploaded_at=house.clock.now())
    _later(house)

    assert _versions(house, f"unapproved@{THEN}", "spam") == ["1.0"]
    assert _versions(house, "unapproved@2026-11-01T13:00:00Z", "spam") == ["1.0", "2.0"]


def test_a_file_that_came_later_with_an_earlier_time_is_not_there(house: House) -> None:
    house.upstream.add(SPAM)
    _later(house)
    before = _versions(house, f"unapproved@{THEN}", "spam")
    house.upstream.add(SPAM_2)  # which says that it was uploaded long ago
    _later(house)
    _versions(house, "unapproved", "spam")
    house.run(settled(house.gear))
    now = _versions(house, "unapproved", "spam")

    after = _versions(house, f"unapproved@{THEN}", "spam")

    assert (before, now, after) == (["1.0"], ["1.0", "2.0"], ["1.0"])


def test_a_project_that_was_not_there_stays_away_after_a_restart_too(house: House) -> None:
    _later(house)
    live = house.get("/pypi/unapproved/simple/spam/", "approver")
    before = house.get(f"/pypi/unapproved@{THEN}/simple/spam/", "approver")
    restarted = replace(house, gear=replace(house.gear, outside=Outside()))
    restarted.app = build_app(restarted.gear)
    house.upstream.add(SPAM)  # which says that it was uploaded long ago
    _later(house)
    now = _versions(restarted, "unapproved", "spam")

    after = restarted.get(f"/pypi/unapproved@{THEN}/simple/spam/", "approver")

    assert (live.status_code, before.status_code, now) == (404, 404, ["1.0"])
    assert (after.status_code, after.content) == (before.status_code, before.content)


def test_what_an_index_yanked_or_lost_is_as_it_was(house: House) -> None:
    house.upstream.add(SPAM, SPAM_2)
    _later(house)
    page = f"/pypi/unapproved@{THEN}/simple/spam/"
    before = house.get(page, "approver", accept=SIMPLE)
    house.upstream.remove(SPAM_2.filename)
    house.upstream.add(SPAM, yanked="broken")
    _later(house)
    _versions(house, "unapproved", "spam")
    house.run(settled(house.gear))
    live = house.get("/pypi/unapproved/simple/spam/", "approver", accept=SIMPLE)

    after = house.get(page, "approver", accept=SIMPLE)

    assert live.json()["files"][0]["yanked"] == "broken"
    assert after.content == before.content


def test_an_index_is_asked_anew_when_it_was_not_asked_since(house: House) -> None:
    house.upstream.add(SPAM)
    _versions(house, "unapproved", "spam")
    house.upstream.add(SPAM_2, uploaded_at=NOON)
    house.clock.move(minutes=5)

    assert _versions(house, "unapproved@2026-11-01T12:02:00Z", "spam") == ["1.0", "2.0"]


def test_nothing_is_guessed_while_an_index_is_away(house: House) -> None:
    house.upstream.add(SPAM)
    _versions(house, "unapproved", "spam")
    _later(house)

    with house.upstream.being_down():
        answer = house.get(f"/pypi/unapproved@{THEN}/simple/spam/", "approver")

    assert answer.status_code in {502, 503}


def test_a_name_that_became_ours_is_as_it_was_and_not_asked_for_any_more(house: House) -> None:
    house.upstream.add(SPAM)
    _later(house)
    before = _versions(house, f"unapproved@{THEN}", "spam")
    feeds.reserve(house.gear, OPERATOR, FeedName("internal"), NamePattern("spam"))
    house.upstream.forget_requests()
    path = f"/pypi/unapproved@{THEN}/files/{SPAM.sha256}/{SPAM.filename}"

    after = _versions(house, f"unapproved@{THEN}", "spam")
    unknown = _versions(house, "unapproved@2026-11-01T12:58:00Z", "spam-x")
    refused = house.get(path, "approver")

    assert (before, after, unknown) == (["1.0"], ["1.0"], [])
    assert refused.status_code == 404
    assert house.get(f"{path}.metadata", "approver").status_code == 404
    assert not [one for one in house.upstream.paths() if "/spam/" in one or SPAM.filename in one]


def test_connectors_and_filters_are_as_they_were(house: House) -> None:
    gear = house.gear
    house.upstream.add(SPAM, SPAM_2)
    _later(house)
    page = f"/pypi/unapproved@{THEN}/simple/spam/"
    before = house.get(page, "approver")
    deny = NewFilter("deny", "no", names=("spam",), show="hide")
    connectors.add_filter(gear, OPERATOR, UNAPPROVED, "upstream", deny)
    filtered = house.get(page, "approver")
    connectors.end_connector(gear, OPERATOR, UNAPPROVED, "upstream")
    _later(house)

    ended = house.get(page, "approver")

    assert before.status_code == 200
    assert (filtered.content, ended.content) == (before.content, before.content)
    assert _versions(house, "unapproved@2026-11-01T13:00:00Z", "spam") == []


def test_an_age_is_judged_at_the_moment_of_the_view(house: House) -> None:
    young = NewFilter("deny", "too young", min_age_days=1)
    connectors.add_filter(house.gear, OPERATOR, UNAPPROVED, "upstream", young)
    house.upstream.add(SPAM, uploaded_at=house.clock.now())
    house.clock.move(days=3)

    assert _versions(house, f"unapproved@{THEN}", "spam") == []
    assert _versions(house, "unapproved@2026-11-02", "spam") == ["1.0"]


def test_a_feed_merges_as_it_did(house: House) -> None:
    gear, both, elsewhere = house.gear, FeedName("both"), FeedName("elsewhere")
    feeds.create(gear, OPERATOR, NewFeed(both, merge=True))
    for name in (elsewhere, UNAPPROVED):
        connectors.add_connector(gear, OPERATOR, both, NewConnector(name, target=name))
    house.upstream.add(SPAM, SPAM_2)
    order = Promotion(ProjectName("spam"), Version("1.0"), UNAPPROVED, elsewhere)
    house.run(promote(gear, OPERATOR, order))
    _later(house)
    feeds.update(gear, OPERATOR, both, FeedChange(merge=False))
    _later(house)

    assert _versions(house, "both", "spam", "admin") == ["1.0"]
    assert _versions(house, f"both@{THEN}", "spam", "admin") == ["1.0", "2.0"]


def test_a_feed_was_not_there_before_it_was_made(house: House) -> None:
    house.publish(DEMO)
    house.clock.move(days=1)

    assert _versions(house, "internal@2026-10-30") == []


def test_the_list_of_projects_is_as_it_was(house: House) -> None:
    house.publish(DEMO)
    _later(house)
    house.publish(SPAM)
    _later(house)

    document = house.get(f"/pypi/internal@{THEN}/simple/", accept=SIMPLE).json()

    assert document["projects"] == [{"name": "demo"}]


def test_the_json_api_tells_the_files_of_the_view(house: House) -> None:
    house.publish(DEMO)
    _later(house)
    house.publish(DEMO_2)
    _later(house)

    told = house.get(f"/pypi/internal@{THEN}/pypi/demo/json").json()

    assert (told["info"]["version"], told["last_serial"]) == ("1.0", 0)
    [file] = told["urls"]
    assert f"/pypi/internal@{THEN}/files/" in file["url"]
    assert house.get(file["url"].removeprefix("http://127.0.0.1:8080")).content == DEMO.data


def test_the_past_takes_no_uploads(house: House) -> None:
    _later(house)

    answer = house.publish(DEMO, feed=f"internal@{THEN}")

    assert (answer.status_code, "takes no uploads" in answer.json()["detail"]) == (404, True)


@pytest.mark.parametrize(
    "when", ["2026-11-01", "2026-11-02", "2026-11-01T12:00:00Z", "yesterday", "", "2026-02-30"]
)
def test_what_is_not_past_or_no_date_is_400(shared_house: House, when: str) -> None:
    assert shared_house.get(f"/pypi/internal@{when}/simple/").status_code == 400


def test_a_view_is_not_sent_again_to_who_has_it(house: House) -> None:
    house.publish(DEMO)
    _later(house)
    page = f"/pypi/internal@{THEN}/simple/demo/"
    first = house.get(page)
    house.publish(DEMO_2)

    again = house.get(page, if_none_match=first.headers["etag"])

    assert (again.status_code, again.content) == (304, b"")
