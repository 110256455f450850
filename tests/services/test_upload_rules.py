"""Uploads: whose name it is, and that a filename keeps its bytes for ever."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from affineur.core.errors import (
    BadInput,
    Conflict,
    FilenameTaken,
    Forbidden,
    NotFound,
    Unavailable,
)
from affineur.core.names import FeedName, NamePattern, ProjectName
from affineur.core.permissions import OPERATOR
from affineur.services import blocks, feeds
from affineur.services.blocks import BlockOrder
from affineur.services.feeds import NewFeed
from affineur.services.fsck import fsck
from affineur.store import audit, listings
from affineur.store import feeds as feed_store
from support.approving import APPROVED, BUILDER, INTERNAL, UNAPPROVED, Office
from support.attestations import attestation, provenance
from support.dists import Dist, Flaw, sdist, wheel
from support.gear import somebody
from support.racing import at_once

OURS = wheel("acme-tools", "1.0")
OTHER = wheel("acme-tools", "1.0", files={"acme.py": b"other"})
TEAM = FeedName("team")


def _end(office: Office, dist: Dist) -> None:
    with office.gear.db.writing() as conn:
        internal = feed_store.load(conn, INTERNAL)
        assert internal is not None
        ending = (dist.filename, "wrong")
        assert listings.end(conn, office.clock.now(), "builder", internal.id, ending)


def test_what_is_published_is_served_at_once(office: Office) -> None:
    answer = office.publish(OURS)

    assert (answer.created, answer.sha256) == (True, OURS.sha256)
    assert office.fetch(OURS) == OURS.data
    assert office.upstream.requests == ()


def test_the_same_bytes_again_change_nothing(office: Office) -> None:
    office.publish(OURS)
    before = office.change("acme-tools")

    assert office.publish(OURS).created is False
    assert office.change("acme-tools") == before


def test_other_bytes_under_a_used_filename_are_refused_for_ever(office: Office) -> None:
    office.publish(OURS)
    with pytest.raises(FilenameTaken, match="File already exists"):
        office.publish(OTHER)
    _end(office, OURS)
    with pytest.raises(FilenameTaken, match="stood"):
        office.publish(OTHER)
    assert office.publish(OURS).created is True
    assert office.fetch(OURS) == OURS.data


def test_the_same_bytes_under_another_filename_are_another_file(office: Office) -> None:
    again = Dist("acme_tools-1.0-1-py3-none-any.whl", OURS.data, OURS.metadata)
    office.publish(OURS)

    assert office.publish(again).created is True
    assert office.fetch(again) == OURS.data


def test_of_many_uploads_of_one_filename_at_once_one_wins(office: Office) -> None:
    dists = [wheel("acme-tools", "1.0", files={"acme.py": bytes([n])}) for n in range(8)]
    waiting = list(dists)

    def publish() -> str:
        dist = waiting.pop()
        try:
            return office.publish(dist).sha256
        except FilenameTaken:
            return "taken"

    answers = at_once(8, publish)

    assert answers.count("taken") == 7
    (winner,) = [dist for dist in dists if dist.sha256 in answers]
    assert office.fetch(winner) == winner.data


def test_a_name_that_another_feed_owns_is_not_published(office: Office) -> None:
    feeds.create(office.gear, OPERATOR, NewFeed(TEAM))
    office.publish(OURS)
    with pytest.raises(Conflict, match="belongs to feed 'internal'"):
        office.publish(wheel("acme_tools", "2.0"), OPERATOR, TEAM)


def test_a_name_that_another_feed_reserves_is_not_published(office: Office) -> None:
    feeds.create(office.gear, OPERATOR, NewFeed(TEAM))
    feeds.reserve(office.gear, OPERATOR, TEAM, NamePattern("acme-*"))
    with pytest.raises(Conflict, match="belongs to feed 'team'"):
        office.publish(OURS)
    assert office.publish(OURS, OPERATOR, TEAM).created


def test_a_name_that_was_approved_from_outside_is_not_taken_over_by_an_upload(
    office: Office,
) -> None:
    office.upstream.add(OURS)
    office.approved(OURS)
    shadow = wheel("acme-tools", "2.0")
    with pytest.raises(Conflict, match="is a third-party project approved in 'approved'"):
        office.publish(shadow)
    feeds.reserve(office.gear, OPERATOR, INTERNAL, NamePattern("acme-tools"))

    assert office.publish(shadow).created
    assert office.page("acme-tools") == {"2.0": "served"}


def test_a_blocked_project_takes_no_uploads(office: Office) -> None:
    blocks.block(office.gear, OPERATOR, BlockOrder(ProjectName("acme-tools"), None, "no"))
    with pytest.raises(Conflict, match="'acme-tools' is blocked"):
        office.publish(OURS)


@pytest.mark.parametrize("feed", [UNAPPROVED, APPROVED])
def test_nothing_is_published_past_review(small_office: Office, feed: FeedName) -> None:
    with pytest.raises(Conflict, match="takes reviewed files only"):
        small_office.publish(OURS, OPERATOR, feed)


def test_publishing_needs_the_right_to(small_office: Office) -> None:
    with pytest.raises(Forbidden):
        small_office.publish(OURS, somebody("reader@internal"))
    with pytest.raises(NotFound):
        small_office.publish(OURS, somebody("publisher@elsewhere"))
    assert list(small_office.gear.blobs.digests()) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "another"},
        {"version": "1.1"},
        {"filetype": "sdist"},
        {"sha256": "0" * 64},
        {"md5": "0" * 32},
        {"blake2_256": "0" * 64},
        {"filename": "../acme_tools-1.0-py3-none-any.whl"},
        {"filename": "acme_tools-1.0.exe"},
    ],
)
def test_a_form_that_does_not_fit_its_file_changes_nothing(
    small_office: Office,
    fields: Any,  # Any: strings by name, which mypy cannot tell from the other arguments
) -> None:
    with pytest.raises(BadInput):
        small_office.publish(OURS, **fields)
    assert list(small_office.gear.blobs.digests()) == []
    assert list((small_office.gear.settings.blobs / "staging").iterdir()) == []


@pytest.mark.parametrize(
    "flaw",
    [
        Flaw.NOT_AN_ARCHIVE,
        Flaw.TRUNCATED,
        Flaw.TRAVERSAL,
        Flaw.WRONG_NAME,
        Flaw.WRONG_VERSION,
        Flaw.NO_METADATA,
        Flaw.WRONG_RECORD_HASH,
    ],
)
def test_an_archive_that_is_broken_is_refused_and_its_name_stays_free(
    small_office: Office, flaw: Flaw
) -> None:
    with pytest.raises(BadInput):
        small_office.publish(wheel("acme-tools", "1.0", flaw=flaw))
    assert small_office.publish(OURS).created


def test_an_sdist_is_published_beside_its_wheel(small_office: Office) -> None:
    source = sdist("acme-tools", "1.0")
    small_office.publish(OURS)
    small_office.publish(source)

    assert small_office.fetch(source) == source.data


def test_a_disk_that_is_full_is_told_and_nothing_is_listed(small_office: Office) -> None:
    in_the_way = small_office.gear.settings.blobs / "kept" / OURS.sha256[:2]
    in_the_way.write_bytes(b"")  # no folder can be made here, as on a full disk
    with pytest.raises(Unavailable):
        small_office.publish(OURS)
    with pytest.raises(NotFound):
        small_office.page("acme-tools")
    in_the_way.unlink()

    assert small_office.publish(OURS, BUILDER).created


def _provenance(office: Office, dist: Dist) -> bytes | None:
    with office.gear.db.reading() as conn:
        held = listings.held_file(conn, dist.sha256)
    if held is None or held.provenance_sha256 is None:
        return None
    return office.gear.blobs.read(held.provenance_sha256)


def _logged(office: Office) -> list[object]:
    with office.gear.db.reading() as conn:
        events = audit.events(conn, 0, 100)
    return [one.event.after for one in events if one.event.action == "listing.added"]


def test_attestations_are_kept_with_their_file(office: Office) -> None:
    given = [attestation(OURS)]

    answer = office.publish(OURS, attestations=json.dumps(given), comment="by hand")

    kept = _provenance(office, OURS)
    assert kept is not None
    assert json.loads(kept) == provenance(*given)
    digest = hashlib.sha256(kept).hexdigest()
    files = {OURS.filename: OURS.sha256}
    assert answer.keeps_attestations
    assert _logged(office) == [{"files": files, "comment": "by hand", "provenance": digest}]


def test_what_is_kept_of_attestations_is_no_orphan(office: Office) -> None:
    office.publish(OURS, attestations=json.dumps([attestation(OURS)]))

    assert fsck(office.gear).orphans == 0


def test_a_file_without_attestations_has_no_provenance(office: Office) -> None:
    answer = office.publish(OURS)

    assert (answer.keeps_attestations, _provenance(office, OURS)) == (False, None)


def test_an_upload_that_changes_nothing_adds_no_attestations(office: Office) -> None:
    office.publish(OURS)

    again = office.publish(OURS, attestations=json.dumps([attestation(OURS)]))

    assert (again.created, again.keeps_attestations) == (False, False)
    assert _provenance(office, OURS) is None


def test_the_first_provenance_of_a_file_stays(office: Office) -> None:
    office.publish(OURS, attestations=json.dumps([attestation(OURS)]))
    first = _provenance(office, OURS)
    _end(office, OURS)

    again = office.publish(OURS, attestations=json.dumps([attestation(OURS), attestation(OURS)]))

    assert (again.created, again.keeps_attestations) == (True, False)
    assert _provenance(office, OURS) == first


def test_an_upload_with_malformed_attestations_changes_nothing(office: Office) -> None:
    with pytest.raises(BadInput, match="is about another file"):
        office.publish(OURS, attestations=json.dumps([attestation(OTHER)]))

    assert _logged(office) == []
    assert _provenance(office, OURS) is None
