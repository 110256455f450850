"""What a release shows: everything known of it, to whoever may know it, and to nobody else."""

from __future__ import annotations

import pytest
from packaging.version import Version

from affineur.core.errors import NotFound, Unauthenticated
from affineur.core.findings import Verdict
from affineur.core.names import FeedName, parse_project
from affineur.core.permissions import ANONYMOUS, Actor
from affineur.services import blocks, releases
from affineur.services.blocks import BlockOrder
from affineur.services.release_values import ShownProject, ShownRelease
from support.approving import APPROVED, APPROVER, DEV, INTERNAL, LENIENT, UNAPPROVED, Office
from support.dists import sdist, wheel
from support.gear import somebody

SPAM = wheel(
    "spam",
    "1.0",
    requires=["eggs>=2", "ham; extra == 'more'"],
    requires_python=">=3.9",
    metadata_extra="Project-URL: Source, https://spam.example/\n",
)
SOURCE = sdist("spam", "1.0")
NEWER = wheel("spam", "1.1", files={"spam.py": b"import os\nos.system('id')\n"})
STRANGER = somebody("reader@elsewhere", name="stranger")


def shown(
    office: Office, who: Actor = DEV, feed: FeedName = INTERNAL, version: str = "1.0"
) -> ShownRelease:
    asked = releases.show(office.gear, who, feed, parse_project("spam"), Version(version))
    return office.run(asked)


def project(office: Office, who: Actor = DEV, feed: FeedName = INTERNAL) -> ShownProject:
    return office.run(releases.show_project(office.gear, who, feed, parse_project("spam")))


def test_a_release_says_where_it_stands_since_when_and_by_whose_decision(
    small_office: Office,
) -> None:
    small_office.upstream.add(SPAM)
    request = small_office.approved(SPAM)
    found = shown(small_office, APPROVER)
    (stay,) = found.standing
    assert (stay.feed, stay.by, stay.request_id) == (APPROVED, "approver", request.id)
    assert (stay.comment, stay.since) == ("looked at", small_office.clock.now())
    assert [one.request_id for one in found.asked] == [request.id]


def test_feeds_that_one_may_not_read_are_left_out(small_office: Office) -> None:
    small_office.upstream.add(SPAM)
    small_office.approved(SPAM)
    found = shown(small_office, DEV)
    assert found.standing == ()
    assert len(found.served) == 1


def test_the_verdict_comes_with_its_steps_and_the_checks(small_office: Office) -> None:
    small_office.upstream.add(SPAM, SOURCE)
    small_office.approved(SPAM, SOURCE)
    small_office.policy(LENIENT)
    judged = shown(small_office).judged
    assert judged is not None
    assert (judged.feed, judged.answer.verdict) == (APPROVED, Verdict.REVIEW)
    assert {one.rule for one in judged.steps} >= {"malware", "otherwise"}
    assert {one.check for one in judged.not_assessed} >= {"vulnerabilities"}
    assert judged.unassessed == ()


def test_a_file_that_nobody_vetted_is_named(small_office: Office) -> None:
    small_office.upstream.add(SPAM, SOURCE)
    small_office.approved(SPAM)
    judged = shown(small_office, APPROVER, UNAPPROVED).judged
    assert judged is not None
    assert [one.file.filename.text for one in judged.unassessed] == [SOURCE.filename]


def test_what_is_new_against_the_last_approved_version_is_told(small_office: Office) -> None:
    small_office.upstream.add(SPAM, NEWER)
    small_office.approved(SPAM)
    small_office.vetted(NEWER)
    judged = shown(small_office, APPROVER, version="1.1").judged
    assert judged is not None
    assert judged.against == "1.0"
    assert any(one.finding.check == "change" for one in judged.new_findings)


def test_a_release_that_is_not_approved_says_so_and_where_to_ask(small_office: Office) -> None:
    small_office.upstream.add(SPAM)
    found = shown(small_office, DEV)
    assert found.withheld is not None
    assert found.withheld.reason.startswith("not approved in 'approved'; ask for it with")
    assert (found.ask_at, found.judged, found.described) == (INTERNAL, None, None)


def test_it_says_of_itself_what_stands_in_its_metadata(small_office: Office) -> None:
    small_office.upstream.add(SPAM)
    small_office.approved(SPAM)
    described = shown(small_office).described
    assert described is not None
    assert (described.summary, described.requires_python) == (
        "A package made for a test of spam",
        ">=3.9",
    )
    assert described.links == (("Source", "https://spam.example/"),)
    assert [(one.project, one.is_optional) for one in described.requires] == [
        ("eggs", False),
        ("ham", True),
    ]


def test_a_blocked_release_shows_the_block_and_why(small_office: Office) -> None:
    small_office.upstream.add(SPAM)
    small_office.approved(SPAM)
    blocks.block(small_office.gear, APPROVER, BlockOrder(parse_project("spam"), None, "it steals"))
    found = shown(small_office)
    assert [one.reason for one in found.blocks] == ["it steals"]
    assert found.served == ()


def test_known_malware_is_as_if_it_were_not_there(small_office: Office) -> None:
    small_office.upstream.add(SPAM)
    small_office.approved(SPAM)
    order = BlockOrder(parse_project("spam"), None, "it steals", is_malware=True)
    blocks.block(small_office.gear, APPROVER, order)
    with pytest.raises(NotFound):
        shown(small_office)
    with pytest.raises(NotFound):
        project(small_office)


def test_hidden_and_absent_look_alike(small_office: Office) -> None:
    small_office.upstream.add(SPAM)
    small_office.approved(SPAM)
    with pytest.raises(NotFound, match="There is no feed 'internal'"):
        shown(small_office, STRANGER)
    with pytest.raises(NotFound, match="There is no feed 'unapproved'"):
        shown(small_office, DEV, UNAPPROVED)
    with pytest.raises(NotFound, match="Nobody knows a release spam 9"):
        shown(small_office, DEV, version="9")
    with pytest.raises(Unauthenticated):
        shown(small_office, ANONYMOUS, APPROVED)


def test_who_took_it_is_told_to_whoever_may_read_the_log(small_office: Office) -> None:
    small_office.upstream.add(SPAM)
    small_office.approved(SPAM)
    assert shown(small_office, DEV).use.takers is None
    assert shown(small_office, APPROVER).use.takers == ()


def test_a_project_lists_its_versions_newest_first_with_where_each_stands(
    small_office: Office,
) -> None:
    small_office.upstream.add(SPAM, NEWER)
    small_office.approved(SPAM)
    small_office.clock.move(days=1)
    small_office.vetted(NEWER)
    found = project(small_office, APPROVER)
    assert [str(one.version) for one in found.versions] == ["1.1", "1.0"]
    assert [one.verdict for one in found.versions] == [Verdict.REVIEW, Verdict.REVIEW]
    assert [[stay.feed for stay in one.stays] for one in found.versions] == [[], [APPROVED]]
    assert found.newest_served is not None
    assert str(found.newest_served.version) == "1.0"
    assert found.described is not None


def test_a_name_of_ours_says_which_feed_owns_it(small_office: Office) -> None:
    small_office.publish(SPAM)
    found = project(small_office)
    assert (found.owners, found.asked) == ((INTERNAL,), ())
    (row,) = found.versions
    assert [one.is_upload for one in row.stays] == [True]
