"""What the index notes: downloads, traffic by kind, and what was wanted in vain."""

from __future__ import annotations

from affineur.core.names import FeedName, ProjectName
from affineur.core.permissions import OPERATOR
from affineur.services import access, blocks, connectors
from affineur.services.blocks import BlockOrder
from affineur.services.connectors import NewFilter
from support.counts import downloads, traffic_of, wishers, wishes
from support.dists import wheel
from support.house import House

DEMO = wheel("demo", "1.0")
PAGE = "/pypi/internal/simple/demo/"
FILE = f"/pypi/internal/files/{DEMO.sha256}/{DEMO.filename}"
OUTSIDE = wheel("outside", "1.0")
OUTSIDE_FILE = f"/pypi/internal/files/{OUTSIDE.sha256}/{OUTSIDE.filename}"


def test_answers_are_counted_by_kind_with_their_bytes(house: House) -> None:
    house.publish(DEMO)
    page = house.get(PAGE, accept_encoding="identity")
    house.get(PAGE, accept_encoding="identity", if_none_match=page.headers["etag"])
    house.get(FILE)
    house.get(FILE + ".metadata")
    house.get("/pypi/internal/simple/nobody/")

    assert traffic_of(house.gear) == {
        ("internal", "page"): (1, len(page.content)),
        ("internal", "unchanged"): (1, 0),
        ("internal", "file"): (1, len(DEMO.data)),
        ("internal", "metadata"): (1, len(DEMO.metadata)),
        ("internal", "unknown"): (1, 0),
    }


def test_a_download_is_counted_for_its_taker_and_day(house: House) -> None:
    house.publish(DEMO)
    day = house.clock.now().date().isoformat()
    house.get(FILE)
    house.get(FILE)
    house.get(FILE, "builder")
    assert downloads(house.gear) == [
        (day, DEMO.filename, "builder", 1),
        (day, DEMO.filename, "dev", 2),
    ]


def test_head_an_unchanged_file_and_its_end_are_no_downloads(house: House) -> None:
    house.publish(DEMO)
    house.ask("HEAD", FILE, "dev")
    house.get(FILE, if_none_match=f'"{DEMO.sha256}"')
    house.get(FILE, range="bytes=-100")
    house.get(FILE, range="bytes=100-200")
    assert downloads(house.gear) == []
    assert traffic_of(house.gear) == {
        ("internal", "unchanged"): (1, 0),
        ("internal", "file"): (2, 201),
    }


def test_a_file_that_is_fetched_in_parts_is_one_download(house: House) -> None:
    house.publish(DEMO)
    house.get(FILE, range="bytes=0-99")
    house.get(FILE, range="bytes=100-")
    (found,) = downloads(house.gear)
    assert found[1:] == (DEMO.filename, "dev", 1)


def test_the_servers_own_resolver_is_not_counted(house: House) -> None:
    house.publish(DEMO)
    secret = access.issue_resolver_token(house.gear, FeedName("internal"), 60)
    headers = {"authorization": f"Bearer {secret}"}
    assert house.ask("GET", PAGE, headers=headers).status_code == 200
    assert house.ask("GET", FILE, headers=headers).status_code == 200
    house.ask("GET", "/pypi/internal/simple/nobody/", headers=headers)
    assert (traffic_of(house.gear), downloads(house.gear), wishes(house.gear)) == ({}, [], [])


def test_what_nobody_has_is_wanted(house: House) -> None:
    house.get("/pypi/internal/simple/nobody/")
    assert wishes(house.gear) == [("nobody", "", "unknown", 1)]
    assert wishers(house.gear) == [("nobody", "dev", 1)]


def test_a_page_on_which_everything_is_withheld_is_wanted_by_each_who_asks(house: House) -> None:
    house.upstream.add(OUTSIDE)
    house.get("/pypi/internal/simple/outside/")
    house.get("/pypi/internal/simple/outside/", "builder")
    assert wishes(house.gear) == [("outside", "", "not-approved", 2)]
    assert wishers(house.gear) == [("outside", "builder", 1), ("outside", "dev", 1)]


def test_who_wants_a_version_is_counted_for_it_alone(house: House) -> None:
    house.upstream.add(OUTSIDE)
    house.get("/pypi/internal/simple/outside/")
    house.get(OUTSIDE_FILE + ".metadata")
    assert house.get(OUTSIDE_FILE).status_code == 403
    house.get("/pypi/internal/simple/outside/")
    house.get(OUTSIDE_FILE)
    assert wishes(house.gear) == [("outside", "1.0", "not-approved", 1)]


def test_who_asks_for_the_metadata_of_a_withheld_file_wants_that_version(house: House) -> None:
    house.upstream.add(OUTSIDE)
    house.get("/pypi/internal/simple/outside/")
    assert house.get(OUTSIDE_FILE + ".metadata").status_code == 200
    assert wishes(house.gear) == [("outside", "1.0", "not-approved", 1)]
    house.clock.move(minutes=2)
    house.get(OUTSIDE_FILE + ".metadata", "builder")
    assert wishes(house.gear) == [("outside", "1.0", "not-approved", 2)]


def test_a_wish_that_was_written_down_already_is_taken_back_for_its_version(house: House) -> None:
    house.upstream.add(OUTSIDE)
    house.get("/pypi/internal/simple/outside/")
    assert wishes(house.gear) == [("outside", "", "not-approved", 1)]
    house.get(OUTSIDE_FILE)
    assert wishes(house.gear) == [("outside", "1.0", "not-approved", 1)]
    assert wishers(house.gear) == [("outside", "dev", 1)]


def test_another_minute_is_another_wish(house: House) -> None:
    house.upstream.add(OUTSIDE)
    house.get(OUTSIDE_FILE)
    house.clock.move(seconds=61)
    house.get(OUTSIDE_FILE)
    assert wishes(house.gear) == [("outside", "1.0", "not-approved", 2)]


def test_a_file_of_a_block_is_wanted_with_its_rule(house: House) -> None:
    house.publish(DEMO)
    blocks.block(house.gear, OPERATOR, BlockOrder(ProjectName("demo"), None, "it steals"))
    house.get(FILE)
    assert wishes(house.gear) == [("demo", "1.0", "block", 1)]
    assert traffic_of(house.gear) == {("internal", "block"): (1, 0)}


def test_what_is_hidden_is_wanted_under_a_rule_that_is_not_told_to_all(house: House) -> None:
    house.upstream.add(OUTSIDE)
    rule = NewFilter("deny", "no", ("outside",), show="hide", versions="<2")
    (connector,) = connectors.connectors(house.gear, OPERATOR, FeedName("unapproved"))
    name = connector.connector.name
    connectors.add_filter(house.gear, OPERATOR, FeedName("unapproved"), name, rule)
    path = OUTSIDE_FILE.replace("internal", "unapproved")
    assert house.get(path, "approver").status_code == 404
    assert wishes(house.gear) == [("outside", "1.0", "hidden:filter", 1)]


def test_what_may_not_be_read_leaves_no_trace(house: House) -> None:
    house.upstream.add(OUTSIDE)
    house.get("/pypi/internal/simple/outside/", "stranger")
    house.get("/pypi/internal/simple/outside/", None)
    house.get("/pypi/nowhere/simple/outside/")
    house.get("/pypi/internal/simple/not%20a%20name/")
    assert (traffic_of(house.gear), wishes(house.gear)) == ({}, [])


def test_what_a_view_of_the_past_lacks_is_not_wanted(house: House) -> None:
    house.upstream.add(OUTSIDE)
    house.clock.move(days=3)
    day = (house.clock.now().date()).isoformat()
    house.clock.move(days=3)
    house.get(f"/pypi/internal@{day}/simple/outside/")
    assert wishes(house.gear) == []
