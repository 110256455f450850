"""What an approval does: exact bytes, the whole closure or nothing, and a true log of it."""

from __future__ import annotations

import pytest
from packaging.version import Version
from sqlalchemy import func, insert, select

from affineur.core.blocks import Target
from affineur.core.errors import Conflict, FilenameTaken
from affineur.core.names import NamePattern, ProjectName
from affineur.core.permissions import OPERATOR, Grant
from affineur.core.requests import RequestState
from affineur.services import access, audit, blocks, connectors, feeds, promotion, requests
from affineur.services.access import TokenOrder
from affineur.services.blocks import BlockOrder
from affineur.services.connectors import NewFilter
from affineur.services.promotion import Promotion
from affineur.store import feeds as feed_store
from affineur.store.schema import claim, decision, listing
from support.approving import (
    APPROVED,
    APPROVER,
    DEV,
    INTERNAL,
    LENIENT,
    UNAPPROVED,
    Office,
)
from support.dists import wheel
from support.present import states

EGGS = wheel("eggs", "2.0")
SPAM = wheel("spam", "1.0")
OURS = wheel("acme-tools", "1.0")


def _count(office: Office) -> tuple[int, int]:
    """How many listings and decisions there are."""
    with office.gear.db.reading() as conn:
        return (
            conn.execute(select(func.count()).select_from(listing)).scalar_one(),
            conn.execute(select(func.count()).select_from(decision)).scalar_one(),
        )


def _claim(office: Office, filename: str, sha256: str) -> None:
    """Let a filename stand in `approved` with other bytes, and end."""
    with office.gear.db.writing() as conn:
        feed = feed_store.load(conn, APPROVED)
        assert feed is not None
        conn.execute(insert(claim).values(feed_id=feed.id, filename=filename, sha256=sha256))


def test_what_cannot_be_listed_whole_is_not_listed_at_all(office: Office) -> None:
    # given a closure of two, one of whose filenames once stood for other bytes
    office.upstream.add(EGGS, SPAM)
    asked = office.vetted(EGGS, SPAM)
    _claim(office, SPAM.filename, "0" * 64)
    before = _count(office), audit.verify(office.gear, OPERATOR).head_seq

    # when it is approved
    with pytest.raises(FilenameTaken):
        requests.approve(office.gear, APPROVER, asked.id, "")

    # then nothing at all has happened
    assert (_count(office), audit.verify(office.gear, OPERATOR).head_seq) == before
    assert office.show(asked.id) == asked


def test_a_blocked_release_is_not_approved_until_the_block_is_lifted(office: Office) -> None:
    office.upstream.add(EGGS)
    asked = office.vetted(EGGS)
    eggs = ProjectName("eggs")
    blocks.block(office.gear, OPERATOR, BlockOrder(eggs, Version("2.0"), "CVE-2026-1"))
    with pytest.raises(Conflict, match=r"blocked: CVE-2026-1; it cannot be approved"):
        requests.approve(office.gear, APPROVER, asked.id, "")
    blocks.unblock(office.gear, OPERATOR, Target(eggs, Version("2.0")), "false alarm")

    assert requests.approve(office.gear, APPROVER, asked.id, "").state == "approved"


def test_approving_the_same_bytes_on_two_requests_lists_them_once(office: Office) -> None:
    office.upstream.add(EGGS)
    first, second = office.asked(EGGS), office.asked(EGGS)
    office.work()
    requests.approve(office.gear, APPROVER, first.id, "")
    requests.approve(office.gear, APPROVER, second.id, "")

    assert _count(office) == (1, 2)


def test_the_event_of_an_approval_names_the_exact_bytes(office: Office) -> None:
    office.upstream.add(EGGS)
    done = office.approved(EGGS)
    (event,) = [
        one
        for one in audit.log(office.gear, OPERATOR, 0, 1000)
        if one.event.action == "request.approved"
    ]

    assert (event.actor, event.event.subject) == ("approver", f"request:{done.id}")
    assert event.event.digests == (EGGS.sha256,)
    assert event.event.before == {"state": "review"}
    assert event.event.after == {
        "state": "approved",
        "answer": "approved",
        "items": ["eggs==2.0"],
        "feed": "approved",
        "files": {EGGS.filename: EGGS.sha256},
        "decision": 1,
        "comment": "looked at",
    }


def test_the_log_alone_tells_what_is_current_after_a_whole_journey(office: Office) -> None:
    gear = office.gear
    office.upstream.add(EGGS, SPAM, wheel("bacon", "1.0"), wheel("ham", "1.0"))
    access.add_user(gear, OPERATOR, "dora", [Grant.parse("reader@internal")])
    access.create_token(gear, OPERATOR, TokenOrder("dora", "laptop"))
    feeds.reserve(gear, OPERATOR, INTERNAL, NamePattern("acme-*"))
    connectors.add_filter(gear, OPERATOR, UNAPPROVED, "upstream", NewFilter("deny", "no", ("x-*",)))
    office.approved(EGGS)
    office.policy(LENIENT)
    office.vetted(SPAM)
    office.vetted(EGGS, SPAM)
    rejected = office.vetted(wheel("bacon", "1.0", licence="LicenseRef-Unknown"))
    withdrawn = office.asked(wheel("ham", "1.0"))
    requests.withdraw(gear, DEV, withdrawn.id, "changed my mind")
    office.publish(OURS)
    office.run(
        promotion.promote(
            gear,
            OPERATOR,
            Promotion(ProjectName("eggs"), Version("2.0"), APPROVED, INTERNAL, "by hand"),
        )
    )
    blocks.block(gear, OPERATOR, BlockOrder(ProjectName("spam"), None, "bad"))
    blocks.block(gear, OPERATOR, BlockOrder(ProjectName("eggs"), Version("2.0"), "bad"))
    blocks.unblock(gear, OPERATOR, Target(ProjectName("eggs"), Version("2.0")), "good again")

    by_log, by_tables = states(gear)

    assert rejected.state is RequestState.FAILED
    assert (APPROVED, EGGS.filename) in by_tables.listings
    assert by_log == by_tables
    assert audit.verify(gear, OPERATOR).ok
