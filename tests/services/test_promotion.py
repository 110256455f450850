"""Promotion by hand: exact bytes, and no way round vetting or an owner."""

from __future__ import annotations

import pytest
from packaging.version import Version

from affineur.core.errors import Conflict, Forbidden, NotFound
from affineur.core.names import FeedName, NamePattern, ProjectName
from affineur.core.permissions import OPERATOR, Actor
from affineur.core.requests import Decision
from affineur.services import blocks, feeds, promotion, requests
from affineur.services.blocks import BlockOrder
from affineur.services.feeds import NewFeed
from affineur.services.promotion import Promotion
from support.approving import APPROVED, APPROVER, INTERNAL, UNAPPROVED, Office
from support.dists import Flaw, wheel
from support.gear import somebody

EGGS = wheel("eggs", "2.0")
OURS = wheel("acme-tools", "1.0")
RELEASES = FeedName("releases")


def _promote(
    office: Office,
    project: str,
    way: tuple[FeedName, FeedName],
    version: str = "2.0",
    by: Actor = OPERATOR,
) -> Decision:
    order = Promotion(ProjectName(project), Version(version), *way, "well tried")
    return office.run(promotion.promote(office.gear, by, order))


def test_our_own_release_goes_from_feed_to_feed_as_exact_bytes(office: Office) -> None:
    feeds.create(office.gear, OPERATOR, NewFeed(RELEASES))
    office.publish(OURS)
    before = office.change("acme-tools")
    done = _promote(office, "acme-tools", (INTERNAL, RELEASES), "1.0")

    assert (done.digests, done.comment) == ((OURS.sha256,), "well tried")
    assert office.page("acme-tools", RELEASES) == {"1.0": "served"}
    assert office.fetch(OURS, RELEASES) == OURS.data
    assert office.change("acme-tools") > before


def test_what_was_never_vetted_is_not_promoted_past_vetting(office: Office) -> None:
    office.upstream.add(EGGS)

    with pytest.raises(Conflict, match="was never vetted"):
        _promote(office, "eggs", (UNAPPROVED, APPROVED))
    assert "not approved" in office.page("eggs")["2.0"]


def test_what_was_vetted_may_be_promoted_by_who_may(office: Office) -> None:
    office.upstream.add(EGGS)
    asked = office.vetted(EGGS)
    requests.reject(office.gear, APPROVER, asked.id, "not now")
    _promote(office, "eggs", (UNAPPROVED, APPROVED), by=APPROVER)

    assert office.fetch(EGGS) == EGGS.data


def test_what_the_policy_denies_is_not_promoted(office: Office) -> None:
    evil = wheel("eggs", "2.0", flaw=Flaw.TRAVERSAL)
    office.upstream.add(evil)
    office.vetted(evil)

    with pytest.raises(Conflict, match="is denied by the policy"):
        _promote(office, "eggs", (UNAPPROVED, APPROVED))


def test_one_unvetted_file_keeps_the_whole_release_back(office: Office) -> None:
    office.upstream.add(EGGS)
    office.vetted(EGGS)
    office.upstream.add(wheel("eggs", "2.0", tag="cp312-cp312-win_amd64"))
    office.clock.move(hours=1)

    with pytest.raises(Conflict, match="was never vetted"):
        _promote(office, "eggs", (UNAPPROVED, APPROVED))


def test_what_is_blocked_or_absent_is_not_promoted(office: Office) -> None:
    office.upstream.add(EGGS)
    office.vetted(EGGS)
    blocks.block(office.gear, OPERATOR, BlockOrder(ProjectName("eggs"), None, "bad"))
    with pytest.raises(NotFound):
        _promote(office, "eggs", (UNAPPROVED, APPROVED), "2.0")
    with pytest.raises(NotFound):
        _promote(office, "eggs", (UNAPPROVED, APPROVED), "9.9")


def test_a_name_is_taken_only_from_the_feed_that_owns_it(office: Office) -> None:
    feeds.create(office.gear, OPERATOR, NewFeed(RELEASES))
    office.upstream.add(EGGS)
    office.approved(EGGS)
    office.publish(wheel("acme-tools", "1.0"))
    feeds.reserve(office.gear, OPERATOR, INTERNAL, NamePattern("eggs"))

    with pytest.raises(Conflict, match="belongs to feed 'internal'"):
        _promote(office, "eggs", (APPROVED, RELEASES))


def test_promoting_needs_the_right_on_the_target_and_sight_of_the_source(
    small_office: Office,
) -> None:
    feeds.create(small_office.gear, OPERATOR, NewFeed(RELEASES))
    small_office.publish(OURS)
    way = (INTERNAL, RELEASES)

    with pytest.raises(Forbidden):
        _promote(
            small_office,
            "acme-tools",
            way,
            "1.0",
            somebody("approver@internal", "reader@releases"),
        )
    with pytest.raises(NotFound):
        _promote(small_office, "acme-tools", way, "1.0", somebody("approver@releases"))


def test_bytes_that_a_crash_left_unrecorded_are_promoted(small_office: Office) -> None:
    office = small_office
    feeds.create(office.gear, OPERATOR, NewFeed(RELEASES))
    office.upstream.add(EGGS)
    staged = office.gear.blobs.stage()
    staged.write(EGGS.data)
    staged.commit()  # and here the process died

    _promote(office, "eggs", (UNAPPROVED, RELEASES))
    assert office.fetch(EGGS, RELEASES) == EGGS.data
