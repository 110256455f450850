"""Before and after a block: what it withdraws, and who took that."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from packaging.version import Version

from affineur.core.blocks import Target
from affineur.core.errors import BadInput, Forbidden, NotFound
from affineur.core.names import FeedName, ProjectName, Sha256
from affineur.core.permissions import OPERATOR, Actor
from affineur.core.usage import Count, Kind, Use
from affineur.services import blocks, takers
from affineur.services.blocks import BlockOrder
from affineur.store import usage
from support.approving import APPROVED, APPROVER, DEV, INTERNAL, Office
from support.dists import Dist, wheel
from support.gear import somebody

EGGS = wheel("eggs", "2.0")
NEW_EGGS = wheel("eggs", "3.0")
PROJECT = ProjectName("eggs")
OLD = Target(PROJECT, Version("2.0"))
MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)
TUESDAY = datetime(2026, 11, 17, 9, tzinfo=UTC)


def _took(office: Office, who: str, dist: Dist, at: datetime, times: int = 1) -> None:
    use = Use(INTERNAL, Kind.FILE, who, 0, PROJECT, dist.filename, dist.sha256)
    with office.gear.db.writing() as conn:
        usage.add_downloads(conn, {(at.date().isoformat(), use): Count(times, 0, at, at)})


def _approved(office: Office) -> None:
    office.upstream.add(EGGS, NEW_EGGS)
    office.approved(EGGS, NEW_EGGS)


def test_a_preview_names_what_a_block_withdraws_and_changes_nothing(office: Office) -> None:
    _approved(office)

    found = takers.preview(office.gear, APPROVER, OLD)

    told = [(one.feed, one.filename, one.sha256, one.decided_by) for one in found.files]
    assert told == [(APPROVED, EGGS.filename, EGGS.sha256, "approver")]
    assert found.feeds == {APPROVED: 1}
    assert [(one.requester, one.version) for one in found.asked] == [("dev", "2.0")]
    assert office.page("eggs") == {"2.0": "served", "3.0": "served"}


def test_a_preview_of_a_project_names_all_of_its_releases(office: Office) -> None:
    _approved(office)

    found = takers.preview(office.gear, APPROVER, Target(PROJECT))

    assert found.versions == (Version("3.0"), Version("2.0"))


def test_a_preview_of_what_was_only_looked_at_counts_what_is_held(office: Office) -> None:
    office.upstream.add(EGGS)
    office.vetted(EGGS)

    found = takers.preview(office.gear, APPROVER, OLD)

    assert (found.files, found.cached) == ((), 1)


def test_takers_are_told_with_versions_times_and_the_last_time(office: Office) -> None:
    _took(office, "dev", EGGS, MONDAY, 2)
    _took(office, "dev", NEW_EGGS, TUESDAY)
    _took(office, "builder", NEW_EGGS, MONDAY)

    found = takers.takers(office.gear, APPROVER, Target(PROJECT))

    told = [(one.name, [str(v) for v in one.versions], one.count, one.last_at) for one in found]
    assert told == [("dev", ["3.0", "2.0"], 3, TUESDAY), ("builder", ["3.0"], 1, MONDAY)]
    assert [one.first_day for one in found] == ["2026-11-16", "2026-11-16"]


def test_takers_of_a_release_are_those_of_its_files_alone(office: Office) -> None:
    _took(office, "dev", EGGS, MONDAY)
    _took(office, "builder", NEW_EGGS, MONDAY)

    found = takers.takers(office.gear, APPROVER, OLD)
    by_digest = takers.takers(office.gear, APPROVER, Target(PROJECT, sha256=NEW_EGGS.sha256))

    assert [one.name for one in found] == ["dev"]
    assert [one.name for one in by_digest] == ["builder"]


@pytest.mark.parametrize("who", [DEV, somebody("approver@approved")])
def test_who_may_not_read_the_log_learns_of_no_taker(small_office: Office, who: Actor) -> None:
    with pytest.raises(Forbidden):
        takers.takers(small_office.gear, who, Target(PROJECT))
    with pytest.raises(Forbidden):
        takers.preview(small_office.gear, who, Target(PROJECT))
    with pytest.raises(Forbidden):
        takers.find_target(small_office.gear, who, "eggs")


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("Eggs", Target(PROJECT)),
        (" eggs == 2.0 ", OLD),
        (EGGS.filename, OLD),
        ("eggs-2.0.tar.gz", OLD),
        (EGGS.sha256.upper(), Target(PROJECT, Version("2.0"), EGGS.sha256)),
        (f"sha256:{EGGS.sha256}", Target(PROJECT, Version("2.0"), EGGS.sha256)),
    ],
)
def test_what_was_heard_of_is_found_by_name_filename_or_digest(
    small_office: Office, heard: str, meant: Target
) -> None:
    _approved(small_office)

    assert takers.find_target(small_office.gear, APPROVER, heard) == meant


def test_a_digest_that_nobody_knows_is_told_so(small_office: Office) -> None:
    with pytest.raises(NotFound, match="No file with sha256 a"):
        takers.find_target(small_office.gear, APPROVER, "a" * 64)
    with pytest.raises(BadInput, match="Nothing was named"):
        takers.find_target(small_office.gear, APPROVER, " ")


def test_a_digest_of_another_project_is_refused(small_office: Office) -> None:
    _approved(small_office)

    with pytest.raises(NotFound, match="No file of spam with sha256"):
        takers.target_of(small_office.gear, APPROVER, "spam", None, EGGS.sha256)


def test_one_file_alone_can_be_blocked_and_lifted_again(office: Office) -> None:
    _approved(office)
    target = takers.target_of(office.gear, APPROVER, "eggs", None, EGGS.sha256)
    order = BlockOrder(PROJECT, target.version, "odd bytes", sha256=Sha256(EGGS.sha256))

    made = blocks.block(office.gear, OPERATOR, order)

    assert office.page("eggs") == {"2.0": "blocked: odd bytes", "3.0": "served"}
    with pytest.raises(NotFound, match="There is no block on eggs"):
        blocks.unblock(office.gear, OPERATOR, OLD, "not this one")
    lifted = blocks.lift(office.gear, OPERATOR, made.id, "looked at")
    assert lifted == made
    assert office.page("eggs", FeedName("internal")) == {"2.0": "served", "3.0": "served"}


def test_a_block_is_lifted_once(small_office: Office) -> None:
    made = blocks.block(small_office.gear, OPERATOR, BlockOrder(PROJECT, None, "no"))
    blocks.lift(small_office.gear, OPERATOR, made.id, "looked at")

    with pytest.raises(NotFound, match=f"There is no block {made.id} that holds"):
        blocks.lift(small_office.gear, OPERATOR, made.id, "again")


def test_lifted_blocks_stay_in_the_list(small_office: Office) -> None:
    gear = small_office.gear
    first = blocks.block(gear, OPERATOR, BlockOrder(PROJECT, None, "one"))
    second = blocks.block(gear, OPERATOR, BlockOrder(PROJECT, Version("2.0"), "two"))
    blocks.lift(gear, OPERATOR, first.id, "looked at")

    both = blocks.listed(gear, OPERATOR, None, only_holding=False)
    holding = blocks.listed(gear, OPERATOR, None, only_holding=True)
    older = blocks.listed(gear, OPERATOR, second.id, only_holding=False)

    assert [(one.block.id, one.ended_why) for one in both] == [
        (second.id, None),
        (first.id, "looked at"),
    ]
    assert [one.block.id for one in holding] == [second.id]
    assert [one.block.id for one in older] == [first.id]
