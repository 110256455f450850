"""Blocks: at once, everywhere, before every other word; and lifted only with a reason."""

from __future__ import annotations

import pytest
from packaging.version import Version

from affineur.core.blocks import Target
from affineur.core.errors import (
    BadInput,
    Conflict,
    DomainError,
    Forbidden,
    NotFound,
    Refused,
)
from affineur.core.names import ProjectName
from affineur.core.permissions import ANONYMOUS, OPERATOR
from affineur.services import blocks, requests, serve
from affineur.services.blocks import BlockOrder
from support.approving import APPROVED, APPROVER, BUILDER, INTERNAL, UNAPPROVED, Office
from support.dists import wheel
from support.gear import somebody
from support.racing import at_once

EGGS = wheel("eggs", "2.0")
NEW_EGGS = wheel("eggs", "3.0")
PROJECT = ProjectName("eggs")


def _block(office: Office, version: str | None = None, *, is_malware: bool = False) -> None:
    number = Version(version) if version else None
    order = BlockOrder(PROJECT, number, "steals tokens", is_malware=is_malware)
    blocks.block(office.gear, OPERATOR, order)


def test_a_blocked_release_is_refused_everywhere_at_once(office: Office) -> None:
    office.upstream.add(EGGS, NEW_EGGS)
    office.approved(EGGS, NEW_EGGS)
    before = office.change("eggs")
    _block(office, "2.0")

    told = {"2.0": "blocked: steals tokens", "3.0": "served"}
    pages = [office.page("eggs", feed) for feed in (INTERNAL, APPROVED, UNAPPROVED)]
    assert pages == [told, told, told]
    assert office.change("eggs") > before
    for feed in (INTERNAL, APPROVED, UNAPPROVED):
        with pytest.raises(Refused, match="blocked: steals tokens"):
            office.fetch(EGGS, feed)
    assert office.fetch(NEW_EGGS) == NEW_EGGS.data


def test_known_malware_does_not_exist_in_any_way(office: Office) -> None:
    office.upstream.add(EGGS)
    office.approved(EGGS)
    _block(office, is_malware=True)

    assert office.page("eggs") == {}
    with pytest.raises(NotFound):
        office.fetch(EGGS)
    with pytest.raises(NotFound):
        office.run(serve.core_metadata(office.gear, OPERATOR, INTERNAL, EGGS.sha256, EGGS.filename))


def test_a_block_covers_files_that_appear_later(office: Office) -> None:
    office.upstream.add(EGGS)
    _block(office)
    office.page("eggs")
    office.upstream.add(NEW_EGGS)
    office.clock.move(hours=1)

    assert office.news("eggs", UNAPPROVED) == {
        "2.0": "blocked: steals tokens",
        "3.0": "blocked: steals tokens",
    }


def test_a_blocked_name_keeps_its_owner(small_office: Office) -> None:
    small_office.upstream.add(NEW_EGGS)
    small_office.publish(EGGS)
    _block(small_office)

    assert small_office.page("eggs") == {"2.0": "blocked: steals tokens"}
    assert small_office.upstream.requests == ()
    with pytest.raises(Conflict, match="is blocked"):
        small_office.publish(wheel("eggs", "2.1"), BUILDER)


def test_a_lifted_block_serves_again_what_was_approved(office: Office) -> None:
    office.upstream.add(EGGS)
    office.approved(EGGS)
    _block(office)
    _block(office, "2.0")
    assert blocks.unblock(office.gear, OPERATOR, Target(PROJECT), "false alarm") == 1
    assert office.page("eggs") == {"2.0": "blocked: steals tokens"}
    assert (
        blocks.unblock(office.gear, OPERATOR, Target(PROJECT, Version("2.0")), "false alarm") == 1
    )

    assert office.fetch(EGGS) == EGGS.data
    assert blocks.current(office.gear, OPERATOR) == ()
    with pytest.raises(NotFound):
        blocks.unblock(office.gear, OPERATOR, Target(PROJECT), "again")


@pytest.mark.parametrize("reason", ["", " \t", "a\x1b[31mb", "x" * 501])
def test_a_block_and_its_end_need_a_reason_that_can_be_read(
    small_office: Office, reason: str
) -> None:
    with pytest.raises(BadInput):
        blocks.block(small_office.gear, OPERATOR, BlockOrder(PROJECT, None, reason))
    _block(small_office)
    with pytest.raises(BadInput):
        blocks.unblock(small_office.gear, OPERATOR, Target(PROJECT), reason)


def test_only_who_approves_everywhere_may_block(small_office: Office) -> None:
    order = BlockOrder(PROJECT, None, "I say so")
    with pytest.raises(Forbidden):
        blocks.block(small_office.gear, somebody("approver@approved"), order)
    with pytest.raises(DomainError):
        blocks.block(small_office.gear, ANONYMOUS, order)
    with pytest.raises(Forbidden):
        blocks.unblock(small_office.gear, somebody("approver@approved"), Target(PROJECT), "no")
    assert blocks.block(small_office.gear, APPROVER, order).by == "approver"


def test_of_an_approval_and_a_block_at_once_the_block_wins(office: Office) -> None:
    office.upstream.add(EGGS)
    asked = office.vetted(EGGS)

    def approve() -> object:
        return requests.approve(office.gear, APPROVER, asked.id, "").state

    def block() -> object:
        return blocks.block(office.gear, OPERATOR, BlockOrder(PROJECT, None, "bad")).reason

    acts = [approve, block] * 4

    def act() -> object:
        try:
            return acts.pop()()
        except Conflict:
            return "conflict"

    answers = at_once(8, act)

    assert answers.count("bad") == 4
    assert set(office.page("eggs").values()) == {"blocked: bad"}
    with pytest.raises(Refused):
        office.fetch(EGGS)
