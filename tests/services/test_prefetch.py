"""Whatever is approved is on our disk, whole, at the moment when the approval counts."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from itertools import count

import pytest
from packaging.version import Version

from affineur.core.errors import Conflict, NotFound
from affineur.core.files import Filename
from affineur.core.names import FeedName, ProjectName, Sha256
from affineur.core.permissions import OPERATOR
from affineur.core.requests import Ask, RequestState
from affineur.services import cache, eviction, feeds, fsck, prefetch, promotion, requests
from affineur.services.feeds import NewFeed
from affineur.services.promotion import Promotion
from affineur.store import listings
from affineur.store.listings import HeldFile, NewListing
from support.approving import APPROVED, APPROVER, DEV, INTERNAL, LENIENT, UNAPPROVED, Office
from support.attestations import attestation, provenance
from support.dists import Dist, sdist, wheel
from support.gear import with_settings
from support.racing import at_once

SPAM, EGGS = wheel("spam", "1.0"), wheel("eggs", "2.0")
ARM = wheel("spam", "1.0", tag="cp312-cp312-manylinux_2_28_aarch64")
LINUX = wheel("spam", "1.0", tag="cp312-cp312-manylinux_2_28_x86_64")
OLD = wheel("spam", "1.0", tag="cp38-cp38-manylinux_2_28_x86_64")
SOURCE = sdist("spam", "1.0")
RELEASES = FeedName("releases")


def _held(office: Office, dist: Dist) -> HeldFile | None:
    with office.gear.db.reading() as conn:
        return listings.held_file(conn, dist.sha256)


def _damage(office: Office, dist: Dist) -> None:
    """Cut a file short on the disk, behind everybody's back."""
    path = office.gear.blobs.local_path(dist.sha256)
    assert path is not None
    path.chmod(0o600)
    os.truncate(path, 10)


# --- what an approval rests on -----------------------------------------------------------


def test_every_file_of_a_decision_is_held_with_its_metadata_when_it_counts(
    office: Office,
) -> None:
    office.upstream.add(SPAM, SOURCE, EGGS)

    done = office.approved(SPAM, EGGS)

    assert done.state is RequestState.APPROVED
    assert [_held(office, one) for one in (SPAM, EGGS)] == [
        HeldFile(one.sha256, len(one.data), one.metadata_sha256) for one in (SPAM, EGGS)
    ]
    assert [office.gear.blobs.read(one.sha256) for one in (SPAM, EGGS)] == [SPAM.data, EGGS.data]
    assert office.gear.blobs.read(SPAM.metadata_sha256) == SPAM.metadata
    with office.upstream.being_down():
        assert office.fetch(SPAM) == SPAM.data


def test_what_was_lost_since_vetting_is_fetched_again_before_the_approval(office: Office) -> None:
    office.upstream.add(SPAM, EGGS)
    asked = office.vetted(SPAM, EGGS)
    office.gear.blobs.delete(SPAM.sha256)
    office.gear.blobs.delete(EGGS.metadata_sha256)

    done = office.run(requests.approve_whole(office.gear, APPROVER, asked.id, "fine"))

    assert done.state is RequestState.APPROVED
    assert office.fetch(SPAM) == SPAM.data
    assert office.gear.blobs.read(EGGS.metadata_sha256) == EGGS.metadata
    assert (office.upstream.downloads(SPAM.filename), office.upstream.downloads(EGGS.filename)) == (
        2,
        1,
    )


def test_a_provenance_that_was_lost_since_vetting_is_fetched_again_before_the_approval(
    small_office: Office,
) -> None:
    office = small_office
    office.upstream.add(SPAM)
    office.upstream.prove(SPAM, json.dumps(provenance(attestation(SPAM))).encode())
    asked = office.vetted(SPAM)
    before = _held(office, SPAM)
    assert before is not None
    assert before.provenance_sha256 is not None
    office.gear.blobs.delete(before.provenance_sha256)
    with pytest.raises(Conflict, match="not on our disk"):
        requests.approve(office.gear, APPROVER, asked.id, "fine")

    office.run(requests.approve_whole(office.gear, APPROVER, asked.id, "fine"))

    assert _held(office, SPAM) == before
    assert office.gear.blobs.has(before.provenance_sha256)


def test_what_was_damaged_since_vetting_is_fetched_again_before_the_approval(
    small_office: Office,
) -> None:
    small_office.upstream.add(SPAM)
    asked = small_office.vetted(SPAM)
    _damage(small_office, SPAM)

    small_office.run(requests.approve_whole(small_office.gear, APPROVER, asked.id, "fine"))

    assert small_office.fetch(SPAM) == SPAM.data


@pytest.mark.parametrize("lost", [SPAM.sha256, SPAM.metadata_sha256], ids=["bytes", "metadata"])
def test_an_approval_of_what_is_lost_is_refused_and_nothing_is_done(
    office: Office, lost: str
) -> None:
    office.upstream.add(SPAM, EGGS)
    asked = office.vetted(SPAM, EGGS)
    office.gear.blobs.delete(Sha256(lost))

    with pytest.raises(Conflict, match=f"{SPAM.filename} is not on our disk"):
        requests.approve(office.gear, APPROVER, asked.id, "fine")

    assert office.show(asked.id) == asked
    assert set(office.page("eggs", APPROVED)) == {"2.0"}
    assert office.page("eggs", APPROVED)["2.0"] != "served"


def test_what_cannot_be_fetched_again_is_refused_with_the_reason(small_office: Office) -> None:
    office = small_office
    office.upstream.add(SPAM)
    asked = office.vetted(SPAM)
    office.gear.blobs.delete(SPAM.sha256)
    office.upstream.remove(SPAM.filename)

    with pytest.raises(Conflict, match=r"could not be fetched again: .+404"):
        office.run(requests.approve_whole(office.gear, APPROVER, asked.id, "fine"))

    assert office.show(asked.id).state is RequestState.REVIEW


def test_who_may_not_approve_has_nothing_fetched(small_office: Office) -> None:
    office = small_office
    office.upstream.add(SPAM)
    asked = office.vetted(SPAM)
    office.gear.blobs.delete(SPAM.sha256)
    office.upstream.forget_requests()

    with pytest.raises(NotFound):
        office.run(requests.approve_whole(office.gear, DEV, asked.id, "fine"))

    assert office.upstream.paths() == ()


def test_the_policy_approves_nothing_that_is_lost(small_office: Office) -> None:
    # given a closure of two, the first of which is lost while the second is vetted
    office = small_office
    office.policy(LENIENT)
    office.upstream.add(EGGS)
    asked = office.vetted(EGGS, SPAM)  # spam is not to be had: it is tried again
    office.gear.blobs.delete(EGGS.sha256)
    office.upstream.add(SPAM)
    office.clock.move(minutes=20)

    office.work()
    office.clock.move(minutes=20)
    office.work()

    assert office.show(asked.id).state in {RequestState.REVIEW, RequestState.FAILED}
    assert office.page("eggs").get("2.0") != "served"


def test_who_approves_while_the_cache_goes_has_the_bytes_or_is_refused(office: Office) -> None:
    # given many files in the cache, none of them used lately
    gear, numbers = office.gear, range(40)
    held = [_cached(office, number) for number in numbers]
    office.clock.move(minutes=2)

    # when all are approved by some, one by one, while others make room
    def approve(number: int) -> None:
        new = NewListing(Filename.parse(f"many-{number}-py3-none-any.whl"), held[number], None)
        with suppress(Conflict), gear.db.writing() as conn:
            prefetch.require(conn, gear, [(new.filename, new.sha256)])
            listings.add(conn, office.clock.now(), "approver", 2, [new])

    def make_room(number: int) -> None:
        eviction.evict(gear, number * 100)

    acts = count()
    ways = [approve, make_room]
    at_once(8, lambda: [ways[next(acts) % 2](number) for number in numbers])
    office.clock.move(seconds=11)
    eviction.delete_bytes(gear)

    # then what stands in the feed is there, and nothing else is
    with gear.db.reading() as conn:
        files = listings.files_of(conn, ProjectName("many")).get(APPROVED, ())
    standing = {file.sha256 for file in files}
    assert standing == set(held) & set(gear.blobs.digests())
    assert fsck.fsck(gear).is_sound


def _cached(office: Office, number: int) -> Sha256:
    staged = office.gear.blobs.stage()
    staged.write(b"%d" % number * 100)
    sha256 = staged.commit()
    with office.gear.db.writing() as conn:
        cache.record(conn, office.gear, HeldFile(sha256, staged.size_bytes))
    return sha256


# --- promotions --------------------------------------------------------------------------


def _promote(office: Office, project: str, way: tuple[FeedName, FeedName]) -> None:
    order = Promotion(ProjectName(project), Version("1.0"), *way, "")
    office.run(promotion.promote(office.gear, OPERATOR, order))


def test_a_promotion_holds_what_was_never_held_with_its_metadata(small_office: Office) -> None:
    office = small_office
    feeds.create(office.gear, OPERATOR, NewFeed(RELEASES))
    office.upstream.add(SPAM, SOURCE)

    _promote(office, "spam", (UNAPPROVED, RELEASES))

    assert _held(office, SPAM) == HeldFile(SPAM.sha256, len(SPAM.data), SPAM.metadata_sha256)
    assert _held(office, SOURCE) == HeldFile(
        SOURCE.sha256, len(SOURCE.data), SOURCE.metadata_sha256
    )


def test_a_promotion_brings_back_what_was_evicted_since_it_was_vetted(
    small_office: Office,
) -> None:
    office = small_office
    office.upstream.add(SPAM)
    asked = office.vetted(SPAM)
    requests.reject(office.gear, APPROVER, asked.id, "not now")
    office.clock.move(minutes=2)
    eviction.evict(office.gear, 1)
    office.clock.move(seconds=11)
    eviction.delete_bytes(office.gear)

    _promote(office, "spam", (UNAPPROVED, APPROVED))

    assert office.fetch(SPAM) == SPAM.data
    assert _held(office, SPAM) == HeldFile(SPAM.sha256, len(SPAM.data), SPAM.metadata_sha256)


def test_own_files_whose_bytes_are_lost_are_not_promoted(small_office: Office) -> None:
    office = small_office
    feeds.create(office.gear, OPERATOR, NewFeed(RELEASES))
    office.publish(SPAM)
    office.gear.blobs.delete(SPAM.sha256)

    with pytest.raises(Conflict, match="not on our disk"):
        _promote(office, "spam", (INTERNAL, RELEASES))

    with office.gear.db.reading() as conn:
        assert RELEASES not in listings.files_of(conn, ProjectName("spam"))


# --- the other files of a release --------------------------------------------------------


def _asked_for(office: Office) -> list[str]:
    """What is asked for when somebody asks for spam 1.0."""
    asked = requests.create(office.gear, DEV, INTERNAL, Ask(("spam==1.0",)), "the app needs it")
    office.work_with_index()
    items = office.show(asked.id).items
    return sorted(file.filename.text for item in items for file in item.release.files)


@pytest.mark.slow
def test_only_files_for_our_pythons_and_platforms_are_asked_for(small_office: Office) -> None:
    small_office.upstream.add(LINUX, ARM, OLD, SOURCE)

    assert _asked_for(small_office) == [LINUX.filename, SOURCE.filename]


@pytest.mark.slow
def test_all_files_are_asked_for_where_the_setting_says_so(small_office: Office) -> None:
    office = small_office
    office.gear = with_settings(office.gear, all_files=True)
    office.upstream.add(LINUX, ARM, OLD, SOURCE)

    every = [LINUX, ARM, OLD, SOURCE]
    assert _asked_for(office) == sorted(dist.filename for dist in every)
    assert [office.gear.blobs.has(dist.sha256) for dist in every] == [True] * 4


def test_another_file_of_an_approved_release_is_approved_only_when_it_is_asked_for(
    small_office: Office,
) -> None:
    office = small_office
    office.upstream.add(LINUX, ARM)
    office.approved(LINUX)
    with pytest.raises(Exception, match="not approved"):
        office.fetch(ARM)

    office.approved(ARM)

    assert office.fetch(ARM) == ARM.data
