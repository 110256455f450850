"""The list of all projects of a feed with external indexes behind it, through the front door."""

from __future__ import annotations

import asyncio
import gzip
import shutil
from pathlib import Path
from typing import Any

import pytest
from backports import zstd
from selectolax.lexbor import LexborHTMLParser

from affineur.core.names import FeedName, NamePattern, ProjectName
from affineur.core.permissions import OPERATOR
from affineur.services import blocks, connectors, feeds
from affineur.services.blocks import BlockOrder
from affineur.services.connectors import NewConnector, NewFilter
from affineur.services.feeds import NewFeed
from affineur.web.app import build_app
from affineur.web.index import roots, simple_html, simple_json
from support.dists import wheel
from support.gear import with_settings
from support.house import House
from support.raw_asgi import raw_ask
from support.upstream_server import Fault

SIMPLE = "application/vnd.pypi.simple.v1+json"
ROOT = "/pypi/unapproved/simple/"
MANY = tuple(f"project-{number:05}" for number in range(50_000))
UNAPPROVED = FeedName("unapproved")


def _names(house: House, path: str = ROOT, who: str = "admin") -> list[str]:
    answer = house.get(path, who, accept=SIMPLE)
    assert answer.status_code == 200, answer.text
    return [one["name"] for one in answer.json()["projects"]]


def _soon(house: House, *expected: str) -> None:
    """Wait until the list is this: what changed is written behind."""
    house.run(asyncio.wait_for(_until_listed(house, list(expected)), 30))


async def _until_listed(house: House, expected: list[str]) -> None:
    listed: object = None
    while listed != expected:
        answer = await house.asking("GET", ROOT, "admin", headers={"accept": SIMPLE})
        projects = answer.json().get("projects")
        listed = projects and [one["name"] for one in projects]
        await asyncio.sleep(0.05)


@pytest.fixture(autouse=True)
def restless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a list be written again at once."""
    monkeypatch.setattr(roots, "_REST_S", 0.0)


def test_a_feed_lists_what_its_upstream_lists(house: House) -> None:
    house.upstream.further_names = MANY

    answer = house.get(ROOT, "admin", accept=SIMPLE)

    assert answer.content == simple_json.root([ProjectName(name) for name in MANY])
    assert answer.headers["content-type"] == SIMPLE
    assert answer.headers["cache-control"] == "private, max-age=0, must-revalidate"


def test_it_is_the_same_in_html(house: House) -> None:
    house.upstream.further_names = ("a", "b-c")

    answer = house.get(ROOT, "admin", accept="text/html")

    assert answer.content == simple_html.root([ProjectName("a"), ProjectName("b-c")])
    anchors = LexborHTMLParser(answer.text).css("a")
    assert [(one.attributes["href"], one.text()) for one in anchors] == [
        ("a/", "a"),
        ("b-c/", "b-c"),
    ]


def test_an_empty_list_is_one(house: House) -> None:
    assert _names(house) == []


@pytest.mark.parametrize(
    ("accepted", "encoding", "unpack"),
    [("gzip", "gzip", gzip.decompress), ("zstd, gzip", "zstd", zstd.decompress)],
)
def test_it_is_sent_in_the_encoding_that_was_prepared(
    house: House, accepted: str, encoding: str, unpack: Any
) -> None:
    house.upstream.further_names = MANY
    plain = house.get(ROOT, "admin", accept=SIMPLE, accept_encoding="identity")

    headers = {
        "authorization": f"Bearer {house.tokens['admin']}",
        "accept": SIMPLE,
        "accept-encoding": accepted,
    }
    asking = raw_ask(house.app, "GET", ROOT.encode(), headers, sends_paths=True)
    reply = house.run(asking)

    assert (reply.status, reply.headers["content-encoding"]) == (200, encoding)
    assert reply.sent_path is not None
    assert unpack(Path(reply.sent_path).read_bytes()) == plain.content


def test_it_is_not_sent_again_to_who_has_it(house: House) -> None:
    house.upstream.further_names = ("a",)
    first = house.get(ROOT, "admin", accept=SIMPLE)

    again = house.get(ROOT, "admin", accept=SIMPLE, if_none_match=first.headers["etag"])

    assert (again.status_code, again.content) == (304, b"")


def test_head_answers_as_get_without_the_body(house: House) -> None:
    house.upstream.further_names = ("a",)
    got = house.get(ROOT, "admin")

    head = house.ask("HEAD", ROOT, "admin")

    assert (head.status_code, head.content) == (200, b"")
    assert dict(head.headers) == dict(got.headers)


def test_only_who_may_read_the_feed_sees_it(house: House) -> None:
    etag = house.get(ROOT, "admin").headers["etag"]

    assert house.get(ROOT, None, if_none_match=etag).status_code == 401
    assert house.get(ROOT, "dev", if_none_match=etag).status_code == 404


def test_the_upstream_is_asked_once_for_all(house: House) -> None:
    house.upstream.further_names = ("a",)
    _names(house)
    _names(house)
    house.get(ROOT, "admin", accept="text/html")

    assert house.upstream.paths().count("/simple/") == 1


def test_an_old_list_is_given_while_a_newer_one_is_fetched_behind(house: House) -> None:
    house.upstream.further_names = ("a",)
    _names(house)
    house.upstream.further_names = ("a", "b")
    house.clock.move(hours=2)

    assert _names(house) == ["a"]
    _soon(house, "a", "b")


def test_an_old_list_is_given_while_the_upstream_is_down(house: House) -> None:
    house.upstream.further_names = ("a",)
    _names(house)
    house.clock.move(hours=2)

    with house.upstream.being_down():
        assert _names(house) == ["a"]
        assert _names(house) == ["a"]


def test_without_any_list_the_first_who_asks_is_told_when_to_come_back(house: House) -> None:
    house.upstream.misbehave(Fault.STATUS, at="/simple/", status=500)

    answer = house.get(ROOT, "admin")

    assert answer.status_code in {502, 503}
    assert house.get("/pypi/internal/simple/", "admin").status_code == 200


def test_who_comes_first_waits_no_longer_than_the_limit(house: House) -> None:
    gear = with_settings(house.gear, unknown_wait_s=0.05)
    house.upstream.further_names = ("a",)
    house.upstream.misbehave(Fault.WAIT, at="/simple/")
    house.app = build_app(gear)

    answer = house.get(ROOT, "admin")
    house.upstream.heal()

    assert (answer.status_code, int(answer.headers["retry-after"]) > 0) == (503, True)
    _soon(house, "a")


def test_an_index_that_has_no_list_lists_nothing(house: House) -> None:
    house.upstream.misbehave(Fault.STATUS, at="/simple/", status=404)

    assert _names(house) == []


def test_own_names_and_names_behind_are_listed_together(house: House) -> None:
    gear, team = house.gear, FeedName("team")
    feeds.create(gear, OPERATOR, NewFeed(team))
    for target in (UNAPPROVED, FeedName("internal")):
        connectors.add_connector(gear, OPERATOR, team, NewConnector(target, target=target))
    house.upstream.further_names = ("aa", "zz")
    house.publish(wheel("demo", "1.0"))

    assert _names(house, "/pypi/team/simple/") == ["aa", "demo", "zz"]


def test_a_name_that_the_house_owns_is_not_taken_from_outside(house: House) -> None:
    house.upstream.further_names = ("demo", "our-tools", "other")
    house.publish(wheel("demo", "1.0"))
    feeds.reserve(house.gear, OPERATOR, FeedName("internal"), NamePattern("our-*"))

    assert _names(house) == ["other"]


def test_filters_of_every_hop_hide_names(house: House) -> None:
    gear, team = house.gear, FeedName("team")
    feeds.create(gear, OPERATOR, NewFeed(team))
    connectors.add_connector(gear, OPERATOR, team, NewConnector("x", target=UNAPPROVED))
    near = NewFilter("allow", "b only", names=("b*",), show="hide")
    far = NewFilter("deny", "bad", names=("*-bad",), show="hide")
    connectors.add_filter(gear, OPERATOR, team, "x", near)
    connectors.add_filter(gear, OPERATOR, UNAPPROVED, "upstream", far)
    house.upstream.further_names = ("a", "b", "b-bad", "bc")

    assert _names(house, "/pypi/team/simple/") == ["b", "bc"]
    assert _names(house) == ["a", "b", "bc"]


def test_what_is_explained_is_listed_as_it_has_a_page(house: House) -> None:
    deny = NewFilter("deny", "ask us", names=("a",), show="explain")
    connectors.add_filter(house.gear, OPERATOR, UNAPPROVED, "upstream", deny)
    house.upstream.further_names = ("a", "b")

    assert _names(house) == ["a", "b"]


def test_known_malware_is_not_listed(house: House) -> None:
    house.upstream.further_names = ("a", "bad")
    blocks.block(house.gear, OPERATOR, BlockOrder(ProjectName("bad"), None, "bad", is_malware=True))

    assert _names(house) == ["a"]


def test_a_change_shows_soon_and_the_list_before_meanwhile(house: House) -> None:
    house.upstream.further_names = ("a", "bad")
    first = _names(house)
    blocks.block(house.gear, OPERATOR, BlockOrder(ProjectName("bad"), None, "bad", is_malware=True))

    meanwhile = _names(house)

    assert first == ["a", "bad"]
    assert meanwhile in (["a", "bad"], ["a"])
    _soon(house, "a")


def test_a_list_that_was_written_is_found_by_the_next_process(house: House) -> None:
    house.upstream.further_names = ("a",)
    _names(house)
    house.app = build_app(house.gear)

    with house.upstream.being_down():
        assert _names(house) == ["a"]


def test_lists_that_nobody_needs_do_not_pile_up(house: House) -> None:
    home = house.gear.settings.data / "lists" / "unapproved"
    _names(house)
    [first] = home.iterdir()
    shutil.copytree(first, home / "older")
    shutil.copytree(first, home / "oldest")
    house.upstream.further_names = ("a",)
    house.clock.move(hours=2)
    _soon(house, "a")

    assert len(list(home.iterdir())) == 2


def test_who_deletes_the_files_loses_nothing(house: House) -> None:
    house.upstream.further_names = ("a",)
    _names(house)
    shutil.rmtree(house.gear.settings.data / "lists")

    assert _names(house) == ["a"]
