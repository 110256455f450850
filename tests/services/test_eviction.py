"""What nobody approved may go when there is too much of it; what is needed never does."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable

import pytest

from affineur.core.names import ProjectName
from affineur.core.permissions import OPERATOR
from affineur.services import blocks, eviction, fsck, requests
from affineur.services.blocks import BlockOrder
from affineur.services.eviction import Evicted
from affineur.store import jobs, listings
from support.approving import APPROVED, APPROVER, UNAPPROVED, Office
from support.dists import Dist, wheel
from support.gear import with_settings
from support.upstream_server import Fault


def _wheel(name: str, version: str = "1.0") -> Dist:
    noise = hashlib.shake_256(f"{name}{version}".encode()).digest(10_000)
    return wheel(name, version, files={f"{name}.bin": noise})


SPAM, EGGS, HAM = _wheel("spam"), _wheel("eggs"), _wheel("ham")
EVERYTHING = 1 << 40


def _fetch(office: Office, *dists: Dist) -> None:
    """Cache files, each a minute after the one before, and let a minute pass."""
    office.upstream.add(*dists)
    for dist in dists:
        office.fetch(dist, UNAPPROVED)
        office.clock.move(minutes=2)


async def _written_down(office: Office) -> None:
    """Wait until the uses that were noted are written down."""
    await asyncio.gather(*(t for name, t in office.gear.flights.items() if name == "uses"))


def _evict_all(office: Office) -> Evicted:
    office.clock.move(minutes=2)
    done = eviction.evict(office.gear, EVERYTHING)
    office.clock.move(seconds=11)
    eviction.delete_bytes(office.gear)
    return done


def _has(office: Office, *dists: Dist) -> list[bool]:
    return [office.gear.blobs.has(dist.sha256) for dist in dists]


def _is_recorded(office: Office, *dists: Dist) -> list[bool]:
    with office.gear.db.reading() as conn:
        return [listings.held_file(conn, dist.sha256) is not None for dist in dists]


# --- who goes ----------------------------------------------------------------------------


def test_what_was_not_used_for_longest_goes_first_and_no_more_than_is_needed(
    office: Office,
) -> None:
    _fetch(office, SPAM, EGGS, HAM)
    office.fetch(SPAM, UNAPPROVED)  # so that eggs was not used for longest
    office.run(_written_down(office))
    office.clock.move(minutes=2)

    done = eviction.evict(office.gear, 1)

    assert done == Evicted(1, len(EGGS.data))
    assert _is_recorded(office, SPAM, EGGS, HAM) == [True, False, True]


def _approve(office: Office) -> None:
    office.approved(SPAM)


def _let_stand_in_review(office: Office) -> None:
    office.vetted(SPAM)


def _block(office: Office) -> None:
    office.fetch(SPAM, UNAPPROVED)
    blocks.block(office.gear, OPERATOR, BlockOrder(ProjectName("spam"), None, "bad"))


def _approve_and_block(office: Office) -> None:
    office.approved(SPAM)
    blocks.block(office.gear, OPERATOR, BlockOrder(ProjectName("spam"), None, "bad"))


def _approve_and_end(office: Office) -> None:
    office.approved(SPAM)
    with office.gear.db.writing() as conn:
        ending = (SPAM.filename, "a test")
        assert listings.end(conn, office.clock.now(), "somebody", 2, ending)


@pytest.mark.parametrize(
    "need", [_approve, _let_stand_in_review, _block, _approve_and_block, _approve_and_end]
)
def test_what_somebody_needs_never_goes(
    small_office: Office, need: Callable[[Office], None]
) -> None:
    office = small_office
    office.upstream.add(SPAM)
    need(office)

    assert _evict_all(office) == Evicted()
    assert _has(office, SPAM) == [True]


def test_an_upload_never_goes(small_office: Office) -> None:
    small_office.publish(SPAM)

    assert _evict_all(small_office) == Evicted()
    assert _has(small_office, SPAM) == [True]


@pytest.mark.parametrize("state", ["rejected", "withdrawn"])
def test_what_was_asked_for_and_not_approved_goes(small_office: Office, state: str) -> None:
    office = small_office
    office.upstream.add(SPAM)
    asked = office.vetted(SPAM)
    end = {"rejected": requests.reject, "withdrawn": requests.withdraw}[state]
    end(office.gear, APPROVER, asked.id, "no")

    assert _evict_all(office).files == 1
    assert _has(office, SPAM) == [False]


def test_what_is_used_just_now_stays_for_a_minute(small_office: Office) -> None:
    office = small_office
    office.upstream.add(SPAM)
    office.fetch(SPAM, UNAPPROVED)

    assert eviction.evict(office.gear, EVERYTHING) == Evicted()
    assert _evict_all(office).files == 1


# --- how it goes -------------------------------------------------------------------------


def test_the_pages_count_as_changed_before_the_bytes_go(office: Office) -> None:
    _fetch(office, SPAM)
    before = office.change("spam")

    eviction.evict(office.gear, EVERYTHING)

    assert office.change("spam") > before
    assert (_is_recorded(office, SPAM), _has(office, SPAM)) == ([False], [True])
    assert eviction.delete_bytes(office.gear) == 0  # too early: somebody may be on the way
    office.clock.move(seconds=11)
    assert eviction.delete_bytes(office.gear) == 1
    assert _has(office, SPAM) == [False]


def test_what_went_is_fetched_again_when_somebody_wants_it(small_office: Office) -> None:
    _fetch(small_office, SPAM)
    _evict_all(small_office)

    assert small_office.fetch(SPAM, UNAPPROVED) == SPAM.data
    assert small_office.upstream.downloads(SPAM.filename) == 2
    assert _is_recorded(small_office, SPAM) == [True]


def test_what_is_wanted_before_its_bytes_went_is_taken_back(small_office: Office) -> None:
    office = small_office
    _fetch(office, SPAM)
    eviction.evict(office.gear, EVERYTHING)

    assert office.fetch(SPAM, UNAPPROVED) == SPAM.data
    office.clock.move(seconds=11)
    assert eviction.delete_bytes(office.gear) == 0
    assert (_has(office, SPAM), _is_recorded(office, SPAM)) == ([True], [True])
    assert office.upstream.downloads(SPAM.filename) == 1


def test_what_is_asked_for_before_its_bytes_went_is_approved_whole(small_office: Office) -> None:
    office = small_office
    _fetch(office, SPAM)
    eviction.evict(office.gear, EVERYTHING)

    assert office.approved(SPAM).state == "approved"
    _evict_all(office)
    assert office.fetch(SPAM, APPROVED) == SPAM.data
    assert fsck.fsck(office.gear).is_sound


def test_metadata_that_another_file_shares_stays(small_office: Office) -> None:
    office = small_office
    twin = wheel("spam", "1.0", files={"spam.py": b"other"}, build="1")
    office.upstream.add(SPAM, twin)
    office.approved(twin)
    asked = office.vetted(SPAM)
    requests.reject(office.gear, APPROVER, asked.id, "no")
    assert twin.metadata_sha256 == SPAM.metadata_sha256

    assert _evict_all(office).files == 1

    assert (_has(office, SPAM, twin), fsck.fsck(office.gear).is_sound) == ([False, True], True)
    assert office.gear.blobs.has(SPAM.metadata_sha256)


def test_a_download_that_has_begun_goes_on_to_its_end(small_office: Office) -> None:
    office = small_office
    _fetch(office, SPAM)
    path = office.gear.blobs.local_path(SPAM.sha256)
    assert path is not None

    with path.open("rb") as begun:
        _evict_all(office)
        assert begun.read() == SPAM.data


def test_what_was_let_go_is_neither_lost_nor_left_over(small_office: Office) -> None:
    office = small_office
    _fetch(office, SPAM, EGGS)
    eviction.evict(office.gear, 1)

    found = fsck.fsck(office.gear)

    assert (found.is_sound, found.files, found.orphans) == (True, 1, 0)


def test_what_belongs_to_a_file_and_is_lost_is_named_by_fsck(small_office: Office) -> None:
    office = small_office
    office.upstream.add(SPAM)
    office.approved(SPAM)
    office.gear.blobs.delete(SPAM.metadata_sha256)

    (damage,) = fsck.fsck(office.gear).damage

    assert (damage.kind, damage.sha256) == ("missing", SPAM.metadata_sha256)


# --- when it goes ------------------------------------------------------------------------


def test_the_limit_is_kept_by_a_job_that_a_download_calls(office: Office) -> None:
    office.gear = with_settings(office.gear, cache_bytes=2 * len(SPAM.data) + 100)
    _fetch(office, SPAM, EGGS, HAM)

    office.work()  # lets go
    office.clock.move(seconds=11)
    office.work()  # deletes

    assert _has(office, SPAM, EGGS, HAM) == [False, True, True]
    state = eviction.state(office.gear)
    assert (state.holdings.cached_files, state.excess_bytes) == (2, 0)
    assert state.holdings.discarded_bytes == 0


def test_what_was_used_too_lately_to_go_goes_soon_after(office: Office) -> None:
    office.gear = with_settings(office.gear, cache_bytes=1)
    office.upstream.add(SPAM)
    office.fetch(SPAM, UNAPPROVED)
    office.clock.move(minutes=1)
    office.work()
    assert _is_recorded(office, SPAM) == [True]

    office.clock.move(minutes=1)
    office.work()

    assert _is_recorded(office, SPAM) == [False]


def test_without_a_limit_nothing_goes(small_office: Office) -> None:
    office = small_office
    office.gear = with_settings(office.gear, cache_bytes=0, keep_free_bytes=0)
    _fetch(office, SPAM, EGGS, HAM)

    office.work()
    office.clock.move(hours=2)
    office.work()

    assert _has(office, SPAM, EGGS, HAM) == [True, True, True]


def test_the_cache_goes_while_the_disk_has_little_room(small_office: Office) -> None:
    office = small_office
    office.gear = with_settings(office.gear, cache_bytes=0, keep_free_bytes=1 << 60)
    _fetch(office, SPAM)
    office.upstream.add(EGGS)
    office.approved(EGGS)

    assert eviction.state(office.gear).excess_bytes > 1 << 59
    office.clock.move(minutes=2)
    eviction.at_once(office.gear)  # as a download does that finds no room
    office.work()
    office.clock.move(seconds=11)
    office.work()

    assert _has(office, SPAM, EGGS) == [False, True]


def test_deleting_that_was_interrupted_is_done_to_its_end(small_office: Office) -> None:
    office = small_office
    _fetch(office, SPAM, EGGS)
    eviction.evict(office.gear, EVERYTHING)
    office.clock.move(seconds=11)
    office.gear.blobs.delete(SPAM.sha256)  # and here the process died, nothing was committed

    eviction.delete_bytes(office.gear)

    assert _has(office, SPAM, EGGS) == [False, False]
    with office.gear.db.reading() as conn:
        assert jobs.counts(conn)["waiting"] >= 1


def test_a_fetch_that_fails_leaves_nothing_to_let_go(small_office: Office) -> None:
    office = small_office
    office.upstream.add(SPAM)
    office.page("spam", UNAPPROVED)
    office.upstream.misbehave(Fault.OTHER_BYTES, "/files/")
    with pytest.raises(Exception, match="sha256"):
        office.fetch(SPAM, UNAPPROVED)

    assert _evict_all(office) == Evicted()
    assert list(office.gear.blobs.digests()) == []
