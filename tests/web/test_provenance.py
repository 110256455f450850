"""Provenance through the front door: announced, passed on, kept with what was taken in."""

from __future__ import annotations

import asyncio
import json
import logging

import httpx2
import pytest
from packaging.version import Version

from affineur.core.names import FeedName, ProjectName
from affineur.core.permissions import OPERATOR
from affineur.services import blocks, feeds, promotion
from affineur.services.blocks import BlockOrder
from affineur.services.feeds import NewFeed
from affineur.services.promotion import Promotion
from support.attestations import attestation, provenance, statement
from support.dists import Dist, wheel
from support.house import House
from support.upstream_server import Fault

SPAM = wheel("spam", "1.0")
OTHER = wheel("spam", "2.0")
OURS = wheel("acme-tools", "1.0")
SHELF = FeedName("shelf")
JSON = "application/vnd.pypi.simple.v1+json"
PROVEN = json.dumps(provenance(attestation(SPAM)), indent=1).encode()


@pytest.fixture
def stocked(house: House) -> House:
    """A house whose upstream has a file with a provenance, and one without."""
    house.upstream.add(SPAM, OTHER)
    house.upstream.prove(SPAM, PROVEN)
    feeds.create(house.gear, OPERATOR, NewFeed(SHELF, reads_anonymous=True))
    return house


def take_in(house: House, dist: Dist = SPAM) -> None:
    """List a file of the upstream in a feed of its own."""
    version = Version(dist.filename.split("-")[1])
    order = Promotion(ProjectName(dist.project), version, FeedName("unapproved"), SHELF)
    house.run(promotion.promote(house.gear, OPERATOR, order))


def announced(house: House, feed: str, project: str = "spam") -> dict[str, str | None]:
    page = house.get(f"/pypi/{feed}/simple/{project}/", "admin", accept=JSON).json()
    return {one["filename"]: one.get("provenance") for one in page["files"]}


def url(dist: Dist = SPAM, feed: str = "unapproved") -> str:
    return f"/pypi/{feed}/files/{dist.sha256}/{dist.filename}.provenance"


def asked(house: House, dist: Dist = SPAM) -> int:
    """How often the upstream was asked for a provenance."""
    return house.upstream.downloads(f"{dist.filename}.provenance")


@pytest.mark.parametrize("feed", ["unapproved", "internal"])
def test_a_provenance_is_announced_and_passed_on_as_it_is(stocked: House, feed: str) -> None:
    told = announced(stocked, feed)
    given = stocked.get(url(feed=feed), "admin")

    assert told == {
        SPAM.filename: f"{stocked.gear.public_url}{url(feed=feed)}",
        OTHER.filename: None,
    }
    assert (given.status_code, given.content) == (200, PROVEN)
    assert given.headers["content-type"] == "application/vnd.pypi.integrity.v1+json"


def test_a_file_without_a_provenance_has_none(stocked: House) -> None:
    assert stocked.get(url(OTHER), "admin").status_code == 404
    assert stocked.get(url(), "stranger").status_code == 404
    assert stocked.get(url(), None).status_code == 401


def test_many_clients_are_one_question_and_so_are_those_who_come_later(stocked: House) -> None:
    async def crowd() -> list[httpx2.Response]:
        return await asyncio.gather(*(stocked.asking("GET", url(), "admin") for _ in range(5)))

    together = stocked.run(crowd())
    later = stocked.get(url(), "admin")

    assert {(one.status_code, one.content) for one in [*together, later]} == {(200, PROVEN)}
    assert asked(stocked) == 1


def test_what_is_passed_on_is_asked_for_again_after_a_while(stocked: House) -> None:
    stocked.get(url(), "admin")
    newer = json.dumps(provenance(attestation(SPAM), attestation(SPAM))).encode()
    stocked.upstream.prove(SPAM, newer)
    stocked.clock.move(minutes=11)

    assert stocked.get(url(), "admin").content == newer


def test_what_was_taken_in_keeps_its_provenance_when_the_origin_is_gone(stocked: House) -> None:
    take_in(stocked)
    stocked.upstream.go_down()
    stocked.clock.move(days=100)

    kept = stocked.get(url(feed=SHELF), None)
    again = stocked.get(url(feed=SHELF), None, if_none_match=kept.headers["etag"])

    assert announced(stocked, SHELF) == {
        SPAM.filename: f"{stocked.gear.public_url}{url(feed=SHELF)}"
    }
    assert (kept.status_code, kept.content) == (200, PROVEN)
    assert again.status_code == 304


def test_what_was_taken_in_keeps_the_provenance_that_it_had(stocked: House) -> None:
    take_in(stocked)
    take_in(stocked, OTHER)
    for dist in (SPAM, OTHER):
        newer = json.dumps(provenance(attestation(dist), attestation(dist))).encode()
        stocked.upstream.prove(dist, newer)
    stocked.clock.move(hours=1)
    stocked.get(url(OTHER), "admin")
    take_in(stocked, OTHER)

    assert stocked.get(url(feed=SHELF), None).content == PROVEN
    assert stocked.get(url(OTHER, SHELF), None).status_code == 404


def test_a_provenance_that_cannot_be_had_keeps_no_file_away(
    stocked: House, caplog: pytest.LogCaptureFixture
) -> None:
    stocked.upstream.misbehave(Fault.STATUS, f"/files/{SPAM.filename}.provenance", status=404)
    with caplog.at_level(logging.WARNING):
        take_in(stocked)

    assert announced(stocked, SHELF) == {SPAM.filename: None}
    assert f"The provenance of {SPAM.filename} is not kept" in caplog.text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<!doctype html>",
        b"\xff",
        b"[]",
        b"{}",
        b'{"version": 1, "version": 1, "attestation_bundles": []}',
        json.dumps(provenance() | {"version": 2}).encode(),
        json.dumps({"version": 1, "attestation_bundles": []}).encode(),
        json.dumps({"version": 1, "attestation_bundles": {}}).encode(),
        json.dumps({"version": 1, "attestation_bundles": [1]}).encode(),
        json.dumps(provenance()).encode(),
        json.dumps(provenance(*[attestation(SPAM)] * 33)).encode(),
        json.dumps(provenance(attestation(SPAM, version=2))).encode(),
        json.dumps(provenance(attestation(OTHER))).encode(),
        json.dumps(provenance(attestation(SPAM), attestation(OTHER))).encode(),
        json.dumps(provenance(attestation(SPAM, statement(SPAM, subject=[])))).encode(),
        b'{"version": 1, "attestation_bundles":' + b"[" * 100_000,
    ],
)
def test_what_is_no_provenance_of_this_file_is_neither_passed_on_nor_kept(
    stocked: House, body: bytes
) -> None:
    stocked.upstream.prove(SPAM, body)

    given = stocked.get(url(), "admin")
    take_in(stocked)

    assert given.status_code == 502
    assert given.headers["content-type"] == "application/problem+json"
    assert announced(stocked, SHELF) == {SPAM.filename: None}


def test_a_provenance_that_is_too_large_is_not_read(stocked: House) -> None:
    stocked.upstream.prove(SPAM, PROVEN + b" " * 3 * 1024 * 1024)

    assert stocked.get(url(), "admin").status_code == 503


def test_a_publisher_must_be_of_some_kind(stocked: House) -> None:
    told = provenance(attestation(SPAM))
    told["attestation_bundles"][0]["publisher"] = {"claims": None}
    stocked.upstream.prove(SPAM, json.dumps(told).encode())

    assert stocked.get(url(), "admin").status_code == 502


def test_a_provenance_follows_the_rule_of_its_file(stocked: House) -> None:
    """What is explained is given with its reason on the page, what is hidden does not exist."""
    take_in(stocked)
    blocks.block(stocked.gear, OPERATOR, BlockOrder(ProjectName("spam"), Version("1.0"), "no good"))
    explained = stocked.get(url(feed=SHELF), None)
    blocks.block(
        stocked.gear,
        OPERATOR,
        BlockOrder(ProjectName("spam"), Version("1.0"), "no good", is_malware=True),
    )
    hidden = stocked.get(url(feed=SHELF), None)
    revalidated = stocked.get(url(feed=SHELF), None, if_none_match=explained.headers["etag"])

    assert (explained.status_code, explained.content) == (200, PROVEN)
    assert (hidden.status_code, revalidated.status_code) == (404, 404)


def test_the_provenance_of_an_upload_is_announced_and_given(house: House) -> None:
    given = [attestation(OURS)]
    house.publish(OURS, attestations=json.dumps(given))

    told = announced(house, "internal", "acme-tools")
    answer = house.get(url(OURS, "internal"))

    assert told == {OURS.filename: f"{house.gear.public_url}{url(OURS, 'internal')}"}
    assert answer.json() == provenance(*given)


def test_no_name_of_the_house_is_asked_outside_for_a_provenance(house: House) -> None:
    house.upstream.add(OURS)
    house.upstream.prove(OURS, json.dumps(provenance(attestation(OURS))).encode())
    house.publish(OURS)

    assert house.get(url(OURS, "internal")).status_code == 404
    assert house.get(url(OURS, "unapproved"), "admin").status_code == 404
    assert asked(house, OURS) == 0
