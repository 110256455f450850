"""Vetting: what it says of real files, and that nothing unlooked-at ever passes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from affineur.core.advisories import Advisory
from affineur.core.errors import Conflict, NotFound, Refused
from affineur.core.findings import Verdict
from affineur.core.names import ProjectName, Sha256
from affineur.core.permissions import OPERATOR
from affineur.core.policy_presets import MANUAL
from affineur.core.requests import Item, ItemState, RequestState
from affineur.services import blocks, policies, requests
from affineur.services.blocks import BlockOrder
from affineur.services.resolution import resolve_request
from affineur.services.vetting import vet_item, vetting_parked
from affineur.store import advisories
from support.approving import APPROVED, APPROVER, LENIENT, Office
from support.dists import Flaw, sdist, wheel
from support.upstream_server import Fault

EGGS = wheel("eggs", "2.0")
SPAM = wheel("spam", "1.0")
MALWARE = {
    "id": "MAL-2024-1",
    "summary": "steals tokens",
    "modified": "2024-01-02T00:00:00Z",
    "affected": [
        {
            "package": {"ecosystem": "PyPI", "name": "eggs"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}],
        }
    ],
}


def _know(office: Office, record: Mapping[str, Any]) -> None:  # Any: an OSV document
    modified = datetime(2024, 1, 2, tzinfo=UTC)
    known = Advisory(record["id"], ProjectName("eggs"), modified, record)
    with office.gear.db.writing() as conn:
        advisories.replace(conn, [(record["id"], [known])])


def _only(items: tuple[Item, ...]) -> Item:
    (item,) = items
    return item


def test_known_malware_is_denied_and_nobody_can_approve_it(office: Office) -> None:
    office.upstream.add(EGGS)
    office.policy(LENIENT)
    _know(office, MALWARE)
    asked = office.vetted(EGGS)

    item = _only(asked.items)
    assert (asked.state, item.verdict) == (RequestState.DENIED, Verdict.DENY)
    assert item.reasons[0] == "deny: known malware: MAL-2024-1 [malware]"
    with pytest.raises(Conflict, match="is denied, so there is nothing to decide"):
        requests.approve(office.gear, APPROVER, asked.id, "I insist")
    with pytest.raises(NotFound):
        office.fetch(EGGS)


def test_one_denied_release_denies_the_whole_request(office: Office) -> None:
    office.upstream.add(EGGS, SPAM)
    office.policy(LENIENT)
    _know(office, MALWARE)
    asked = office.vetted(SPAM, EGGS)

    assert asked.state is RequestState.DENIED
    assert {str(item.release.project): item.verdict for item in asked.items} == {
        "eggs": Verdict.DENY,
        "spam": Verdict.ALLOW,
    }
    with pytest.raises(Refused):
        office.fetch(SPAM)


def test_a_policy_that_allows_approves_by_itself(office: Office) -> None:
    office.upstream.add(EGGS)
    office.policy(LENIENT)
    asked = office.vetted(EGGS)

    assert asked.state is RequestState.APPROVED
    assert [(one.by, one.comment) for one in asked.decisions] == [
        ("policy", "Allowed by the policy.")
    ]
    assert office.fetch(EGGS) == EGGS.data


def test_one_release_that_needs_a_person_keeps_the_whole_request_for_him(office: Office) -> None:
    proprietary = wheel("spam", "1.0", licence="LicenseRef-Proprietary")
    office.upstream.add(EGGS, proprietary)
    office.policy(LENIENT)
    asked = office.vetted(EGGS, proprietary)

    assert asked.state is RequestState.REVIEW
    with pytest.raises(Refused):
        office.fetch(EGGS)


def test_the_shipped_policy_sends_everything_to_a_person(small_office: Office) -> None:
    small_office.upstream.add(EGGS)
    small_office.policy(MANUAL)
    asked = small_office.vetted(EGGS)

    assert asked.state is RequestState.REVIEW
    assert "review: the policy's answer for every release [otherwise]" in _only(asked.items).reasons


def test_what_is_young_by_an_unknown_upload_time_needs_a_person(small_office: Office) -> None:
    small_office.upstream.add(EGGS, uploaded_at=None)
    small_office.policy(LENIENT)
    asked = small_office.vetted(EGGS)

    assert asked.state is RequestState.REVIEW
    assert _only(asked.items).reasons[0].endswith("taken as brand new [age]")


# --- could not assess --------------------------------------------------------------------


def test_without_advisory_data_nothing_passes_as_free_of_advisories(office: Office) -> None:
    office.upstream.add(EGGS)
    policies.set_policy(office.gear, OPERATOR, APPROVED, LENIENT)
    asked = office.vetted(EGGS)

    assert asked.state is RequestState.REVIEW
    (assessment,) = _only(asked.items).assessments
    assert [check for check, _why in assessment.not_assessed] == ["vulnerabilities"]
    assert _only(asked.items).reasons[0].startswith("review: vulnerabilities could not be assessed")


@pytest.mark.parametrize("flaw", [Flaw.NOT_AN_ARCHIVE, Flaw.TRUNCATED])
def test_an_archive_that_cannot_be_read_never_passes(small_office: Office, flaw: Flaw) -> None:
    broken = wheel("eggs", "2.0", flaw=flaw)
    small_office.upstream.add(broken)
    small_office.policy(LENIENT)
    asked = small_office.vetted(broken)

    assert asked.state in {RequestState.REVIEW, RequestState.DENIED}
    assert _only(asked.items).verdict is not Verdict.ALLOW
    with pytest.raises(Refused):
        small_office.fetch(broken)


@pytest.mark.parametrize(
    "flaw",
    [Flaw.WRONG_RECORD_HASH, Flaw.TRAVERSAL, Flaw.WRONG_NAME, Flaw.SYMLINK],
)
def test_an_archive_that_is_not_what_it_claims_is_denied(small_office: Office, flaw: Flaw) -> None:
    evil = wheel("eggs", "2.0", flaw=flaw)
    small_office.upstream.add(evil)
    small_office.policy(LENIENT)

    assert small_office.vetted(evil).state is RequestState.DENIED


@pytest.mark.parametrize("flaw", [Flaw.UNRECORDED_FILE, Flaw.NO_RECORD])
def test_what_may_be_carelessness_is_for_a_person_to_see(small_office: Office, flaw: Flaw) -> None:
    sloppy = wheel("eggs", "2.0", flaw=flaw)
    small_office.upstream.add(sloppy)
    small_office.policy(LENIENT)

    assert small_office.vetted(sloppy).state is RequestState.REVIEW


def test_one_bad_file_of_a_release_spoils_the_release(small_office: Office) -> None:
    evil = sdist("eggs", "2.0", flaw=Flaw.TRAVERSAL)
    small_office.upstream.add(EGGS, evil)
    small_office.policy(LENIENT)

    assert small_office.vetted(EGGS, evil).state is RequestState.DENIED


# --- parked ------------------------------------------------------------------------------


def _until_parked(office: Office) -> None:
    for _ in range(4):
        office.work()
        office.clock.move(minutes=1)


def test_a_file_that_cannot_be_fetched_is_tried_again_and_then_parked(office: Office) -> None:
    office.upstream.add(EGGS)
    office.policy(LENIENT)
    office.upstream.misbehave(Fault.OTHER_BYTES, "/files/")
    asked = office.asked(EGGS)
    _until_parked(office)

    seen = office.show(asked.id)
    item = _only(seen.items)
    assert (seen.state, item.state, item.verdict) == (
        RequestState.REVIEW,
        ItemState.PARKED,
        Verdict.REVIEW,
    )
    assert item.note.startswith("Could not be assessed: ")
    assert office.upstream.downloads(EGGS.filename) == 3


def test_what_was_parked_without_bytes_cannot_be_approved(office: Office) -> None:
    office.upstream.add(EGGS)
    office.upstream.misbehave(Fault.OTHER_BYTES, "/files/")
    asked = office.asked(EGGS)
    _until_parked(office)
    office.upstream.heal()

    with pytest.raises(Conflict, match="is not on our disk"):
        office.run(requests.approve_whole(office.gear, APPROVER, asked.id, ""))
    assert office.show(asked.id).state is RequestState.REVIEW


def test_a_parked_item_is_never_allowed_by_the_policy(small_office: Office) -> None:
    small_office.upstream.add(EGGS)
    small_office.policy(LENIENT + '[not_assessed]\nverdict = "allow"\n')
    small_office.upstream.misbehave(Fault.OTHER_BYTES, "/files/")
    asked = small_office.asked(EGGS)
    _until_parked(small_office)

    assert small_office.show(asked.id).state is RequestState.REVIEW


def test_an_upstream_that_comes_back_in_time_is_no_reason_to_park(small_office: Office) -> None:
    small_office.upstream.add(EGGS)
    small_office.policy(LENIENT)
    small_office.upstream.misbehave(Fault.STATUS, "/files/")
    asked = small_office.asked(EGGS)
    small_office.work()
    assert small_office.show(asked.id).state is RequestState.VETTING
    small_office.upstream.heal()
    small_office.clock.move(minutes=1)
    small_office.work()

    assert small_office.show(asked.id).state is RequestState.APPROVED


def test_a_block_that_comes_before_the_policy_s_answer_keeps_it_from_approving(
    office: Office,
) -> None:
    office.upstream.add(EGGS)
    office.policy(LENIENT)
    asked = office.asked(EGGS)
    blocks.block(office.gear, OPERATOR, BlockOrder(ProjectName("eggs"), None, "bad news"))
    _until_parked(office)

    assert office.show(asked.id).state in {RequestState.REVIEW, RequestState.FAILED}
    assert office.page("eggs") == {"2.0": "blocked: bad news"}


def test_vetting_what_was_vetted_changes_nothing(small_office: Office) -> None:
    small_office.upstream.add(EGGS)
    asked = small_office.vetted(EGGS)
    key = str(_only(asked.items).id)
    small_office.run(vet_item(small_office.gear, key))
    vetting_parked(small_office.gear, key, "late news")

    assert small_office.show(asked.id) == asked


def test_bytes_that_changed_upstream_during_vetting_are_not_what_was_asked_for(
    small_office: Office,
) -> None:
    small_office.upstream.add(EGGS)
    small_office.policy(LENIENT)
    asked = small_office.asked(EGGS)
    other = wheel("eggs", "2.0", files={"eggs.py": b"import os"})

    async def resolved_then_changed() -> None:
        await resolve_request(small_office.gear, str(asked.id))
        small_office.upstream.add(other)

    small_office.run(resolved_then_changed())
    _until_parked(small_office)

    seen = small_office.show(asked.id)
    assert seen.state is RequestState.REVIEW
    assert _only(seen.items).state is ItemState.PARKED
    with pytest.raises(Conflict):
        requests.approve(small_office.gear, APPROVER, asked.id, "")
    assert not small_office.gear.blobs.has(Sha256(other.sha256))
