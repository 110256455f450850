"""The first page, which is another for each role."""

from __future__ import annotations

from affineur.core.names import FeedName
from affineur.core.permissions import OPERATOR
from affineur.services import feeds
from affineur.services.feeds import FeedChange
from support.browsing import Visitor
from support.dists import wheel
from support.house import House


def _asks(house: House, who: str, text: str) -> int:
    made = house.ask("POST", "/api/v1/requests", who, json={"requirements": [text]})
    return int(made.json()["id"])


def test_nobody_in_particular_reads_what_this_is_and_how_to_install(house: House) -> None:
    feeds.update(house.gear, OPERATOR, FeedName("internal"), FeedChange(reads_anonymous=True))
    seen = Visitor(house).get("/")

    assert seen.title == "affineur"
    assert seen.says(".lead").startswith("This server gives Python packages that were reviewed")
    assert seen.links("main .actions a") == {"Sign in": "/login"}
    assert seen.all("details summary strong") == ["pip", "uv", "poetry", "pdm", "pipenv", "twine"]
    index = "http://127.0.0.1:8080/pypi/internal/simple/"
    assert seen.says("#c-pip-1") == f"pip config set global.index-url {index}"
    assert seen.all("h2") == ["Install from here", "Newly available", "Keys on this page"]


def test_a_stranger_to_all_feeds_learns_of_none(house: House) -> None:
    seen = Visitor(house).get("/")

    assert "internal" not in seen.says()
    assert seen.all("main h2") == []


def test_a_developer_sees_their_own_requests_and_drafts_and_no_queue(house: House) -> None:
    mine = _asks(house, "dev", "flask>=3")
    _asks(house, "builder", "httpx")
    house.ask("POST", "/api/v1/drafts", "dev", json={"text": "rich"})

    seen = Visitor(house, "dev").get("/")

    assert seen.title == "Home"
    assert seen.all("#yours ~ .scroll tbody th") == [f"flask>=3 #{mine}"]
    assert seen.all("#yours ~ .scroll tbody .badge") == ["Resolving"]
    assert seen.links("#yours ~ .notice a") == {"rich": "/ask/3"}
    assert seen.all("#waiting") == []
    assert seen.all("#health") == []


def test_what_was_published_is_newly_available_until_it_is_blocked(house: House) -> None:
    house.publish(wheel("brie", "1.0"))
    house.publish(wheel("comte", "2.0"))
    dev = Visitor(house, "dev")

    before = dev.get("/").links(".home-latest a")
    house.ask("POST", "/api/v1/blocks", "admin", json={"name": "brie", "reason": "it smells"})
    after = dev.get("/").links(".home-latest a")

    brie, comte = (f"/feeds/internal/packages/{one}" for one in ("brie/1.0", "comte/2.0"))
    assert before == {"comte 2.0": comte, "brie 1.0": brie}
    assert after == {"comte 2.0": comte}


def test_an_approver_sees_the_queue_and_an_operator_the_health(house: House) -> None:
    approver = Visitor(house, "approver").get("/")
    admin = Visitor(house, "admin").get("/")

    assert approver.says("#waiting + .empty") == "Nothing waits for your answer."
    assert approver.all("#health") == []
    assert "1 of 1 answer" in admin.says("#health + dl")
    assert "There are no advisories" in admin.says("#attention + ul")


def test_a_feed_that_needs_a_token_says_where_it_goes_and_writes_none(house: House) -> None:
    seen = Visitor(house, "dev").get("/")

    assert seen.says("#c-pip-2") == "machine 127.0.0.1 login __token__ password"
    assert "export UV_INDEX_INTERNAL_USERNAME=__token__" in seen.says("#c-uv-2")
    assert seen.says("#c-poetry-2") == "poetry config http-basic.internal __token__"
    assert "aff_" not in seen.text


def test_another_feed_can_be_chosen_of_those_that_one_reads(house: House) -> None:
    admin = Visitor(house, "admin")

    chosen = admin.submit(admin.get("/"), {"feed": "approved"}, button="Show")

    assert "/pypi/approved/simple/" in chosen.says("#c-pip-1")
    assert "/pypi/internal/" in Visitor(house, "dev").get("/?feed=approved").says("#c-pip-1")


def test_programs_find_the_description_of_the_api(house: House) -> None:
    assert "/api/v1/openapi.json" in Visitor(house).get("/").links().values()
