"""Reading in files: whoever may download one may read in it, and nobody else."""

from __future__ import annotations

import pytest
from packaging.version import Version

from affineur.core.errors import NotFound, Refused, Unauthenticated
from affineur.core.member_views import MemberText, Window
from affineur.core.names import FeedName, parse_project
from affineur.core.permissions import ANONYMOUS, Actor
from affineur.services import blocks, reading_files
from affineur.services.blocks import BlockOrder
from affineur.services.reading_files import NotHeld, Opened, ReadMember, Wanted
from support.approving import APPROVER, DEV, INTERNAL, UNAPPROVED, Office
from support.dists import Dist, wheel
from support.gear import somebody

SPAM = wheel("spam", "1.0", files={"spam/__init__.py": b"import os\nos.system('id')\n"})
STRANGER = somebody("reader@elsewhere", name="stranger")


def wanted(dist: Dist, feed: FeedName = INTERNAL, version: str = "1.0") -> Wanted:
    return Wanted(feed, parse_project(dist.project), Version(version), dist.sha256)


def opened(office: Office, who: Actor, dist: Dist, feed: FeedName = INTERNAL) -> Opened:
    return office.run(reading_files.open_file(office.gear, who, wanted(dist, feed)))


def read(office: Office, who: Actor, path: str, window: Window | None = None) -> ReadMember:
    return office.run(reading_files.read(office.gear, who, wanted(SPAM), path, window))


def test_who_may_download_a_file_reads_its_members(small_office: Office) -> None:
    small_office.upstream.add(SPAM)
    small_office.approved(SPAM)
    found = read(small_office, DEV, "spam/__init__.py")
    assert isinstance(found.view, MemberText)
    assert found.view.lines[0] == "import os"
    assert found.member.size_bytes == 26
    assert set(found.file.report.members) >= {"spam/__init__.py", "spam-1.0.dist-info/METADATA"}


def test_findings_stand_at_their_lines(small_office: Office) -> None:
    small_office.upstream.add(SPAM)
    small_office.approved(SPAM)
    found = read(small_office, DEV, "spam/__init__.py")
    assert {one.where.file for one in found.findings if one.where} <= {"spam/__init__.py"}
    assert found.file.assessment is not None


def test_what_is_not_approved_is_read_by_who_may_read_its_source_alone(
    small_office: Office,
) -> None:
    small_office.upstream.add(SPAM)
    small_office.vetted(SPAM)
    assert opened(small_office, APPROVER, SPAM).filename.text == SPAM.filename
    assert opened(small_office, APPROVER, SPAM, UNAPPROVED).filename.text == SPAM.filename
    with pytest.raises(Refused, match="not approved"):
        opened(small_office, DEV, SPAM)


def test_a_blocked_file_is_read_by_those_who_block_alone(small_office: Office) -> None:
    small_office.upstream.add(SPAM)
    small_office.approved(SPAM)
    order = BlockOrder(parse_project("spam"), None, "it steals")
    blocks.block(small_office.gear, APPROVER, order)
    with pytest.raises(Refused, match="it steals"):
        opened(small_office, DEV, SPAM)
    assert opened(small_office, APPROVER, SPAM).filename.text == SPAM.filename


def test_known_malware_is_as_if_it_were_not_there(small_office: Office) -> None:
    small_office.upstream.add(SPAM)
    small_office.approved(SPAM)
    order = BlockOrder(parse_project("spam"), None, "it steals", is_malware=True)
    blocks.block(small_office.gear, APPROVER, order)
    with pytest.raises(NotFound):
        opened(small_office, DEV, SPAM)
    assert opened(small_office, APPROVER, SPAM).filename.text == SPAM.filename


def test_a_feed_that_is_hidden_is_as_if_it_were_not_there(small_office: Office) -> None:
    small_office.upstream.add(SPAM)
    small_office.approved(SPAM)
    with pytest.raises(NotFound, match="There is no feed 'internal'"):
        opened(small_office, STRANGER, SPAM)
    with pytest.raises(Unauthenticated):
        opened(small_office, ANONYMOUS, SPAM)


def test_the_file_must_be_one_of_that_release(small_office: Office) -> None:
    small_office.upstream.add(SPAM)
    small_office.approved(SPAM)
    other = wanted(SPAM, version="2.0")
    with pytest.raises(NotFound, match=r"of spam 2.0 in 'internal'"):
        small_office.run(reading_files.open_file(small_office.gear, DEV, other))


def test_a_member_is_named_exactly(small_office: Office) -> None:
    small_office.upstream.add(SPAM)
    small_office.approved(SPAM)
    with pytest.raises(NotFound, match="holds no file"):
        read(small_office, DEV, "spam/../spam/__init__.py")
    with pytest.raises(NotFound, match="holds no file"):
        read(small_office, DEV, "/etc/passwd")


def test_what_is_not_here_yet_is_read_once_it_was_fetched(small_office: Office) -> None:
    small_office.upstream.add(SPAM)
    with pytest.raises(NotHeld, match="was not fetched yet"):
        opened(small_office, APPROVER, SPAM)
    asked = wanted(SPAM)
    small_office.run(reading_files.fetch(small_office.gear, APPROVER, asked))
    assert opened(small_office, APPROVER, SPAM).size_bytes == len(SPAM.data)


def test_who_may_not_download_a_file_has_nothing_fetched(small_office: Office) -> None:
    small_office.upstream.add(SPAM)
    with pytest.raises(Refused, match="not approved"):
        small_office.run(reading_files.fetch(small_office.gear, DEV, wanted(SPAM)))
