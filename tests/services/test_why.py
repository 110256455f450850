"""Why: the answer for every file that one may know of, and for none that one may not."""

from __future__ import annotations

import pytest
from packaging.version import Version

from affineur.core.errors import NotFound
from affineur.core.names import FeedName, ProjectName
from affineur.core.pages import Rule
from affineur.core.permissions import OPERATOR
from affineur.services import blocks, connectors
from affineur.services.blocks import BlockOrder
from affineur.services.connectors import NewFilter
from affineur.services.why import FileAnswer, why
from support.approving import DEV, INTERNAL, UNAPPROVED, Office
from support.dists import wheel
from support.gear import somebody

SPAM = wheel("spam", "1.0")
SPAM_2 = wheel("spam", "2.0")
OURS = wheel("acme-tools", "1.0")
PROJECT = ProjectName("spam")


def _why(office: Office, feed: FeedName = INTERNAL, version: str | None = None) -> list[FileAnswer]:
    number = Version(version) if version else None
    return list(
        office.run(why(office.gear, DEV if feed == INTERNAL else OPERATOR, feed, PROJECT, number))
    )


def test_it_says_who_approved_what_when_and_on_which_request(office: Office) -> None:
    office.upstream.add(SPAM, SPAM_2)
    done = office.approved(SPAM)
    ask = "not approved in 'approved'; ask for it with: affineur request spam"

    assert _why(office) == [
        FileAnswer(
            filename=SPAM_2.filename,
            version="2.0",
            sha256=SPAM_2.sha256,
            served=False,
            rule=Rule.NOT_APPROVED,
            reason=ask,
        ),
        FileAnswer(
            filename=SPAM.filename,
            version="1.0",
            sha256=SPAM.sha256,
            served=True,
            rule=None,
            reason="looked at",
            approved_by="approver",
            approved_at=office.clock.now(),
            request_id=done.id,
        ),
    ]
    assert [one.version for one in _why(office, version="1.0")] == ["1.0"]
    assert _why(office, version="9.9") == []


def test_it_says_which_rule_keeps_a_file_back(small_office: Office) -> None:
    office = small_office
    office.upstream.add(SPAM, SPAM_2)
    office.approved(SPAM, SPAM_2)
    rule = NewFilter("deny", "too new for us", versions=">=2")
    connectors.add_filter(office.gear, OPERATOR, INTERNAL, "approved", rule)
    blocks.block(office.gear, OPERATOR, BlockOrder(PROJECT, Version("1.0"), "CVE-1"))

    assert [(one.served, one.rule, one.reason) for one in _why(office)] == [
        (False, Rule.FILTER, "too new for us"),
        (False, Rule.BLOCK, "blocked: CVE-1"),
    ]


def test_it_says_that_a_file_comes_from_outside(small_office: Office) -> None:
    small_office.upstream.add(SPAM)

    (answer,) = _why(small_office, UNAPPROVED)
    assert (answer.served, answer.reason) == (True, "comes through a connector of 'unapproved'")


def test_it_says_that_a_file_is_our_own(small_office: Office) -> None:
    small_office.publish(OURS)
    (answer,) = small_office.run(
        why(small_office.gear, DEV, INTERNAL, ProjectName("acme-tools"), None)
    )
    assert (answer.served, answer.approved_by, answer.reason) == (
        True,
        "builder",
        "listed in 'internal'",
    )


def test_it_keeps_silent_about_what_is_hidden(small_office: Office) -> None:
    office = small_office
    office.upstream.add(SPAM, SPAM_2)
    order = BlockOrder(PROJECT, Version("2.0"), "steals", is_malware=True)
    blocks.block(office.gear, OPERATOR, order)

    assert [one.version for one in _why(office)] == ["1.0"]


def test_it_says_nothing_to_who_may_not_read_the_feed(small_office: Office) -> None:
    small_office.upstream.add(SPAM)
    stranger = somebody("reader@elsewhere")
    with pytest.raises(NotFound, match="There is no feed"):
        small_office.run(why(small_office.gear, stranger, INTERNAL, PROJECT, None))
    with pytest.raises(NotFound, match="There is no feed"):
        small_office.run(why(small_office.gear, DEV, UNAPPROVED, PROJECT, None))
