"""Core metadata before the wheel is held: for few bytes, as a claim, and once for everybody."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace

import pytest

from affineur.core.errors import NotFound, UpstreamTrouble
from affineur.core.permissions import OPERATOR
from affineur.services import audit, incidents, serve
from affineur.services.serve import ServedMetadata
from affineur.services.told import Told
from support.approving import APPROVED, INTERNAL, UNAPPROVED, Office
from support.dists import Dist, Flaw, wheel
from support.upstream_server import Fault

CODE = {"spam.bin": hashlib.shake_256(b"spam").digest(300_000)}
LARGE = wheel("spam", "1.0", requires=["eggs"], files=CODE)
NEXT = wheel("spam", "2.0", files=CODE)
SMALL = wheel("spam", "3.0")
LIES = (wheel("spam", "1.0", requires=[f"e{number:03}"], files=CODE) for number in range(1000))
LIE = next(lie for lie in LIES if len(lie.data) == len(LARGE.data))
"""Another wheel of that name and size."""
TWICE = wheel("spam", "4.0", files={**CODE, "eggs-1.0.dist-info/METADATA": b"Name: eggs\n"})
BARE = wheel("spam", "5.0", files=CODE, flaw=Flaw.NO_METADATA)


@pytest.fixture
def office(small_office: Office) -> Office:
    """An office whose upstream has no core metadata."""
    small_office.upstream.has_metadata = False
    return small_office


async def asking(office: Office, dist: Dist) -> ServedMetadata:
    return await serve.core_metadata(office.gear, OPERATOR, UNAPPROVED, dist.sha256, dist.filename)


def ask(office: Office, dist: Dist) -> bytes:
    return office.run(asking(office, dist)).body


def settle(office: Office) -> None:
    """Wait until what was told is written down."""
    office.run(asyncio.wait_for(office.gear.flights["told"], 10))


def forget(office: Office) -> Office:
    """Forget what only the process remembers, as a restart does."""
    return replace(office, gear=replace(office.gear, told=Told(), flights={}))


def hold(office: Office, dist: Dist) -> None:
    """Download a wheel, and read in it."""
    office.fetch(dist, UNAPPROVED)
    assert ask(office, dist) == dist.metadata


def test_only_the_end_of_a_large_wheel_is_read(office: Office) -> None:
    office.upstream.add(LARGE)

    found = office.run(asking(office, LARGE))

    assert (found.body, found.is_final) == (LARGE.metadata, False)
    assert office.upstream.ranges(LARGE.filename) == ("bytes=-65536",)
    assert office.upstream.downloads(LARGE.filename) == 0
    assert list(office.gear.blobs.digests()) == []


def test_a_second_client_costs_the_origin_nothing(office: Office) -> None:
    office.upstream.add(LARGE)
    ask(office, LARGE)
    office.upstream.forget_requests()

    assert ask(office, LARGE) == LARGE.metadata
    assert office.upstream.requests == ()


def test_twenty_clients_at_once_are_one_read(office: Office) -> None:
    office.upstream.add(LARGE)
    office.page("spam", UNAPPROVED)
    office.upstream.misbehave(Fault.WAIT, "/files/")

    async def everybody() -> list[ServedMetadata]:
        under_way = asyncio.gather(*(asking(office, LARGE) for _ in range(20)))
        await asyncio.to_thread(office.upstream.wait_for, f"/files/{LARGE.filename}")
        office.upstream.heal()
        return await under_way

    assert {found.body for found in office.run(everybody())} == {LARGE.metadata}
    assert office.upstream.ranges(LARGE.filename) == ("bytes=-65536",)
    assert office.upstream.downloads(LARGE.filename) == 0


def test_twenty_clients_at_once_are_one_download_where_there_are_no_ranges(
    office: Office,
) -> None:
    office.upstream.add(LARGE)
    office.upstream.gives_ranges = False

    async def everybody() -> list[ServedMetadata]:
        return await asyncio.gather(*(asking(office, LARGE) for _ in range(20)))

    assert {found.body for found in office.run(everybody())} == {LARGE.metadata}
    assert office.upstream.ranges(LARGE.filename) == ("bytes=-65536",)
    assert office.upstream.downloads(LARGE.filename) == 1


def test_a_client_who_leaves_spoils_nothing_for_others(office: Office) -> None:
    office.upstream.add(LARGE)
    office.page("spam", UNAPPROVED)
    office.upstream.misbehave(Fault.WAIT, "/files/")

    async def leaving() -> ServedMetadata:
        first = asyncio.create_task(asking(office, LARGE))
        second = asyncio.create_task(asking(office, LARGE))
        await asyncio.to_thread(office.upstream.wait_for, f"/files/{LARGE.filename}")
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        office.upstream.heal()
        return await second

    assert office.run(leaving()).body == LARGE.metadata
    assert office.upstream.ranges(LARGE.filename) == ("bytes=-65536",)


def test_a_small_wheel_that_comes_whole_must_have_its_digest(office: Office) -> None:
    office.upstream.add(SMALL)
    office.page("spam", UNAPPROVED)
    office.upstream.misbehave(Fault.OTHER_BYTES, "/files/")

    with pytest.raises(UpstreamTrouble, match="its index says"):
        ask(office, SMALL)
    office.upstream.heal()
    assert ask(office, SMALL) == SMALL.metadata


def test_a_wheel_whose_size_is_not_as_its_index_says_is_not_believed(office: Office) -> None:
    office.upstream.add(LARGE)
    office.page("spam", UNAPPROVED)
    office.upstream.add(wheel("spam", "1.0", files={"spam.bin": CODE["spam.bin"] + b"more"}))

    with pytest.raises(UpstreamTrouble, match="its index says"):
        ask(office, LARGE)


def test_announced_metadata_is_preferred(office: Office) -> None:
    office.upstream.has_metadata = True
    office.upstream.add(LARGE)

    assert ask(office, LARGE) == LARGE.metadata
    assert office.upstream.paths()[-1] == f"/files/{LARGE.filename}.metadata"
    assert office.upstream.ranges(LARGE.filename) == ()


def test_where_announced_metadata_does_not_come_the_wheel_itself_is_read(office: Office) -> None:
    office.upstream.has_metadata = True
    office.upstream.add(LARGE)
    office.page("spam", UNAPPROVED)
    office.upstream.misbehave(Fault.STATUS, f"/files/{LARGE.filename}.metadata", status=404)

    assert ask(office, LARGE) == LARGE.metadata
    assert office.upstream.ranges(LARGE.filename) == ("bytes=-65536",)


def test_what_does_not_fit_the_announced_digest_is_not_told(office: Office) -> None:
    # given an index that announces the metadata of a lie, and a file that is as it says
    announced = Dist(LARGE.filename, LARGE.data, LIE.metadata)
    office.upstream.has_metadata = True
    office.upstream.add(announced)
    office.page("spam", UNAPPROVED)
    office.upstream.misbehave(Fault.STATUS, f"/files/{LARGE.filename}.metadata", status=404)

    # then only the wheel can tell
    found = office.run(asking(office, LARGE))
    assert (found.body, found.is_final) == (LARGE.metadata, True)
    assert office.upstream.downloads(LARGE.filename) == 1


def test_unannounced_metadata_is_tried_where_there_are_no_ranges(office: Office) -> None:
    office.upstream.add(LARGE)
    office.upstream.gives_ranges = False
    office.upstream.announces_metadata = False
    office.upstream.has_metadata = True

    found = office.run(asking(office, LARGE))

    assert (found.body, found.is_final) == (LARGE.metadata, False)
    assert office.upstream.downloads(LARGE.filename) == 0


@pytest.mark.parametrize("about", [NEXT, wheel("eggs", "1.0"), Dist("", b"", b"\xff<html>")])
def test_unannounced_metadata_of_something_else_is_not_believed(
    office: Office, about: Dist
) -> None:
    office.upstream.announces_metadata = False
    office.upstream.has_metadata = True
    office.upstream.gives_ranges = False
    office.upstream.add(Dist(LARGE.filename, LARGE.data, about.metadata))

    assert ask(office, LARGE) == LARGE.metadata
    assert office.upstream.downloads(LARGE.filename) == 1


def test_what_an_origin_lacks_is_asked_once_for_all_wheels_and_again_later(
    office: Office,
) -> None:
    office.upstream.gives_ranges = False
    office.upstream.add(LARGE, NEXT)

    assert ask(office, LARGE) == LARGE.metadata
    assert ask(office, NEXT) == NEXT.metadata
    asked = [path for path in office.upstream.paths() if path.endswith(".metadata")]
    assert asked == [f"/files/{LARGE.filename}.metadata"]
    assert office.upstream.ranges(NEXT.filename) == ()

    office.upstream.gives_ranges = True
    office.clock.move(minutes=11)
    third = wheel("spam", "2.1", files=CODE)
    office.upstream.add(third)
    assert ask(office, third) == third.metadata
    assert office.upstream.downloads(third.filename) == 0


def test_a_wheel_that_could_be_read_in_two_ways_is_fetched_whole(office: Office) -> None:
    office.upstream.add(TWICE)

    found = office.run(asking(office, TWICE))

    assert (found.body, found.is_final) == (TWICE.metadata, True)
    assert office.upstream.downloads(TWICE.filename) == 1


def test_a_wheel_without_metadata_has_none(office: Office) -> None:
    office.upstream.add(BARE)
    with pytest.raises(NotFound, match="no core metadata"):
        ask(office, BARE)


@pytest.mark.parametrize("fault", [Fault.OTHER_RANGE, Fault.PLACELESS_RANGE])
def test_an_origin_that_gives_wrong_pieces_is_asked_for_the_whole(
    office: Office, fault: Fault
) -> None:
    office.upstream.add(LARGE)
    office.page("spam", UNAPPROVED)
    office.upstream.misbehave(fault, "/files/")

    assert ask(office, LARGE) == LARGE.metadata
    assert office.upstream.downloads(LARGE.filename) == 1


@pytest.mark.parametrize("fault", [Fault.TRUNCATED, Fault.STATUS])
def test_an_origin_in_trouble_is_told_when_it_does_not_give_the_whole_either(
    office: Office, fault: Fault
) -> None:
    office.upstream.add(LARGE)
    office.page("spam", UNAPPROVED)
    office.upstream.misbehave(fault, "/files/")

    with pytest.raises(UpstreamTrouble):
        ask(office, LARGE)


def test_what_is_held_is_read_in_the_wheel_and_not_asked_of_anybody(office: Office) -> None:
    office.upstream.add(LARGE)
    office.fetch(LARGE, UNAPPROVED)
    office.upstream.go_down()

    found = office.run(asking(office, LARGE))

    assert (found.body, found.is_final) == (LARGE.metadata, True)


def _misled(office: Office) -> None:
    """Let the origin tell metadata out of another wheel than it then gives."""
    office.upstream.add(LARGE)
    office.page("spam", UNAPPROVED)
    office.upstream.add(LIE)
    assert ask(office, LARGE) == LIE.metadata
    settle(office)
    office.upstream.add(LARGE)


def test_metadata_that_the_wheel_proves_wrong_is_an_incident_once(office: Office) -> None:
    _misled(office)

    hold(office, LARGE)
    office.approved(LARGE)

    (incident,) = incidents.recent(office.gear, OPERATOR)
    assert (incident.kind, incident.project) == ("changed-metadata", "spam")
    assert str(LIE.metadata_sha256) in incident.what
    events = audit.log(office.gear, OPERATOR, after=0, limit=100)
    assert [one.event.action for one in events].count("incident.changed-metadata") == 1


def test_what_was_told_plays_no_part_in_what_is_approved(office: Office) -> None:
    _misled(office)

    asked = office.approved(LARGE)

    assert asked.state == "approved"
    found = office.run(
        serve.core_metadata(office.gear, OPERATOR, APPROVED, LARGE.sha256, LARGE.filename)
    )
    assert (found.body, found.is_final) == (LARGE.metadata, True)
    assert len(incidents.recent(office.gear, OPERATOR)) == 1


def test_metadata_that_was_right_is_no_incident(office: Office) -> None:
    office.upstream.add(LARGE)
    ask(office, LARGE)
    settle(office)

    hold(office, LARGE)

    assert incidents.recent(office.gear, OPERATOR) == ()


def test_an_origin_that_tells_something_else_than_before_is_not_believed(office: Office) -> None:
    # given an origin that told a lie before a restart, and the truth after it
    _misled(office)
    restarted = forget(office)

    # then nobody but the wheel is believed
    found = restarted.run(asking(restarted, LARGE))
    assert (found.body, found.is_final) == (LARGE.metadata, True)
    assert len(incidents.recent(restarted.gear, OPERATOR)) == 1


def test_what_is_withheld_and_explained_is_told_for_few_bytes_too(office: Office) -> None:
    office.upstream.add(LARGE)
    office.page("spam")

    found = office.run(
        serve.core_metadata(office.gear, OPERATOR, INTERNAL, LARGE.sha256, LARGE.filename)
    )

    assert found.body == LARGE.metadata
    assert office.upstream.downloads(LARGE.filename) == 0


def test_only_so_many_wheels_of_an_index_are_read_at_the_same_time(office: Office) -> None:
    many = [wheel("spam", f"9.{number}") for number in range(40)]
    office.upstream.add(*many)
    office.page("spam", UNAPPROVED)
    office.upstream.misbehave(Fault.WAIT, "/files/")

    async def everybody() -> tuple[int, list[ServedMetadata]]:
        office.upstream.forget_requests()
        under_way = asyncio.gather(*(asking(office, dist) for dist in many))
        await asyncio.to_thread(office.upstream.wait_for_requests, 32)
        await asyncio.sleep(0.2)  # in which further ones would come
        seen = len(office.upstream.requests)
        office.upstream.heal()
        return seen, await under_way

    seen, found = office.run(everybody())
    assert seen == 32
    assert [one.body for one in found] == [dist.metadata for dist in many]
