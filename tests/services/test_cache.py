"""First downloads: one fetch for everybody, and nothing wrong is ever kept or ended cleanly."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest

from affineur.core.errors import NotFound, Unavailable, UpstreamChanged, UpstreamTrouble
from affineur.core.names import ProjectName
from affineur.core.permissions import OPERATOR
from affineur.services import blocks, cache, serve
from affineur.services.blocks import BlockOrder
from affineur.store import listings
from support.approving import UNAPPROVED, Office
from support.dists import Dist, wheel
from support.upstream_server import Fault

SPAM = ProjectName("spam")
SMALL = wheel("spam", "1.0")
LARGE = wheel("spam", "2.0", files={"spam.bin": hashlib.shake_256(b"spam").digest(900_000)})
BOTH = pytest.mark.parametrize("dist", [SMALL, LARGE], ids=["small", "large"])
SPOILT = pytest.mark.parametrize("fault", [Fault.TRUNCATED, Fault.CUT_SHORT, Fault.OTHER_BYTES])


def _staged(office: Office) -> list[Path]:
    return list((office.gear.settings.data / "blobs" / "staging").iterdir())


async def _all(office: Office, dist: Dist, times: int) -> list[bytes]:
    return await asyncio.gather(*(office.fetching(dist, UNAPPROVED) for _ in range(times)))


@BOTH
def test_the_first_download_fetches_and_the_second_does_not(office: Office, dist: Dist) -> None:
    office.upstream.add(dist)

    assert office.fetch(dist, UNAPPROVED) == dist.data
    assert office.fetch(dist, UNAPPROVED) == dist.data
    assert office.upstream.downloads(dist.filename) == 1
    with office.gear.db.reading() as conn:
        held = listings.held_file(conn, dist.sha256)
    assert held is not None
    assert held.size_bytes == len(dist.data)


@BOTH
@pytest.mark.parametrize("fault", [Fault.WAIT, Fault.STALL])
def test_fifty_first_downloads_at_once_are_one_fetch(
    small_office: Office, dist: Dist, fault: Fault
) -> None:
    office = small_office
    office.upstream.add(dist)
    office.page("spam", UNAPPROVED)
    office.upstream.misbehave(fault, "/files/")

    async def downloading() -> list[bytes]:
        under_way = asyncio.create_task(_all(office, dist, 50))
        await asyncio.to_thread(office.upstream.wait_for, f"/files/{dist.filename}")
        office.upstream.heal()
        return await under_way

    got = office.run(downloading())

    assert [hashlib.sha256(one).hexdigest() for one in got] == [dist.sha256] * 50
    assert office.upstream.downloads(dist.filename) == 1
    assert _staged(office) == []


def test_who_joins_late_gets_everything(small_office: Office) -> None:
    office = small_office
    office.upstream.add(LARGE)
    office.page("spam", UNAPPROVED)
    office.upstream.misbehave(Fault.STALL, "/files/")

    async def downloading() -> list[bytes]:
        first = await serve.file(office.gear, OPERATOR, UNAPPROVED, LARGE.sha256, LARGE.filename)
        assert first.chunks is not None
        begun = await anext(first.chunks)
        second = asyncio.create_task(office.fetching(LARGE, UNAPPROVED))
        await asyncio.sleep(0)
        office.upstream.heal()
        rest = b"".join([piece async for piece in first.chunks])
        return [begun + rest, await second]

    assert office.run(downloading()) == [LARGE.data, LARGE.data]
    assert office.upstream.downloads(LARGE.filename) == 1


def test_a_follower_who_begins_to_read_after_the_landing_gets_everything(
    small_office: Office,
) -> None:
    office = small_office
    office.upstream.add(LARGE)

    async def downloading() -> bytes:
        first = await serve.file(office.gear, OPERATOR, UNAPPROVED, LARGE.sha256, LARGE.filename)
        await office.gear.flights[f"file/{LARGE.sha256}"].task
        assert office.gear.blobs.has(LARGE.sha256)
        assert first.chunks is not None
        return b"".join([piece async for piece in first.chunks])

    assert office.run(downloading()) == LARGE.data


def test_a_follower_who_leaves_spoils_nothing_for_others(small_office: Office) -> None:
    office = small_office
    office.upstream.add(LARGE)
    office.page("spam", UNAPPROVED)
    office.upstream.misbehave(Fault.STALL, "/files/")

    async def downloading() -> bytes:
        leaving = asyncio.create_task(office.fetching(LARGE, UNAPPROVED))
        staying = asyncio.create_task(office.fetching(LARGE, UNAPPROVED))
        await asyncio.to_thread(office.upstream.wait_for, f"/files/{LARGE.filename}")
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        office.upstream.heal()
        return await staying

    assert office.run(downloading()) == LARGE.data
    assert office.upstream.downloads(LARGE.filename) == 1


@BOTH
@SPOILT
def test_what_comes_wrong_never_ends_cleanly_and_is_never_kept(
    small_office: Office, dist: Dist, fault: Fault
) -> None:
    office = small_office
    office.upstream.add(dist)
    office.page("spam", UNAPPROVED)
    office.upstream.misbehave(fault, "/files/")

    async def downloading() -> list[bytes | BaseException]:
        tasks = [office.fetching(dist, UNAPPROVED) for _ in range(5)]
        return await asyncio.gather(*tasks, return_exceptions=True)

    got = office.run(downloading())

    assert [isinstance(one, UpstreamTrouble) for one in got] == [True] * 5
    assert not office.gear.blobs.has(dist.sha256)
    assert list(office.gear.blobs.digests()) == []
    assert _staged(office) == []
    office.upstream.heal()
    assert office.fetch(dist, UNAPPROVED) == dist.data


def test_nobody_is_sent_the_whole_of_a_wrong_file(small_office: Office) -> None:
    office = small_office
    office.upstream.add(LARGE)
    office.upstream.misbehave(Fault.OTHER_BYTES, "/files/")
    got = bytearray()

    async def downloading() -> None:
        served = await serve.file(office.gear, OPERATOR, UNAPPROVED, LARGE.sha256, LARGE.filename)
        assert served.chunks is not None
        async for piece in served.chunks:
            got.extend(piece)

    with pytest.raises(UpstreamChanged):
        office.run(downloading())
    assert 0 < len(got) < len(LARGE.data)


def test_a_disk_that_is_full_is_told_to_everybody_who_waits(small_office: Office) -> None:
    office = small_office
    office.upstream.add(SMALL)
    office.page("spam", UNAPPROVED)
    kept = office.gear.settings.data / "blobs" / "kept" / SMALL.sha256[:2]
    kept.write_bytes(b"in the way")  # no folder can be made here, as on a full disk

    with pytest.raises(Unavailable, match="The disk does not take the file"):
        office.fetch(SMALL, UNAPPROVED)
    assert _staged(office) == []
    kept.unlink()
    assert office.fetch(SMALL, UNAPPROVED) == SMALL.data


def test_bytes_that_a_crash_left_unrecorded_are_served(small_office: Office) -> None:
    office = small_office
    office.upstream.add(SMALL)
    staged = office.gear.blobs.stage()
    staged.write(SMALL.data)
    staged.commit()  # and here the process died

    assert office.fetch(SMALL, UNAPPROVED) == SMALL.data
    assert office.approved(SMALL).state == "approved"


def test_a_file_that_is_blocked_while_it_is_held_is_refused(small_office: Office) -> None:
    office = small_office
    office.upstream.add(SMALL)
    office.fetch(SMALL, UNAPPROVED)
    blocks.block(office.gear, OPERATOR, BlockOrder(SPAM, None, "bad", is_malware=True))

    with pytest.raises(NotFound):
        office.fetch(SMALL, UNAPPROVED)


def test_a_fetch_that_begins_when_another_has_just_landed_asks_nobody(
    small_office: Office,
) -> None:
    office = small_office
    office.upstream.add(LARGE)
    office.fetch(LARGE, UNAPPROVED)
    entry = office.run(serve.page(office.gear, OPERATOR, UNAPPROVED, SPAM)).entries[0]

    async def fetching() -> bytes:
        flight = await cache.fetch(office.gear, entry.origin.connector_id or 0, entry.file)
        return b"".join([piece async for piece in cache.follow(flight)])

    assert office.run(fetching()) == LARGE.data
    assert office.upstream.downloads(LARGE.filename) == 1
    assert _staged(office) == []


def test_a_fetch_that_the_server_s_end_interrupts_is_no_clean_end(small_office: Office) -> None:
    office = small_office
    office.upstream.add(LARGE)
    office.page("spam", UNAPPROVED)
    office.upstream.misbehave(Fault.STALL, "/files/")

    async def downloading() -> bytes:
        waiting = asyncio.create_task(office.fetching(LARGE, UNAPPROVED))
        await asyncio.to_thread(office.upstream.wait_for, f"/files/{LARGE.filename}")
        office.gear.flights[f"file/{LARGE.sha256}"].task.cancel()
        return await waiting

    with pytest.raises(UpstreamTrouble, match="was interrupted"):
        office.run(downloading())
    assert _staged(office) == []
