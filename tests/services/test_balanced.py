"""The preset `balanced` with all shipped checks: what it approves by itself, what it does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from affineur.core.advisories import Advisory
from affineur.core.names import ProjectName
from affineur.core.requests import Request, RequestState
from affineur.store import advisories
from support.approving import Office
from support.dists import Dist, Flaw, wheel

OLD = wheel("eggs", "2.0.0")
PATCH = wheel("eggs", "2.0.1")
BALANCED = 'preset = "balanced"'


def _asked(office: Office, new: Dist, days: int = 30) -> Request:
    """Ask for a release when the one before is approved."""
    office.upstream.add(OLD, uploaded_at=office.clock.now() - timedelta(days=90))
    office.approved(OLD)
    office.upstream.add(new, uploaded_at=office.clock.now() - timedelta(days=days))
    office.clock.move(hours=1)
    office.policy(BALANCED)
    return office.vetted(new)


def _know(office: Office, introduced: str, fixed: str) -> None:
    events = [{"introduced": introduced}, {"fixed": fixed}]
    record = {
        "id": "PYSEC-2026-1",
        "modified": "2026-01-02T00:00:00Z",
        "affected": [
            {
                "package": {"ecosystem": "PyPI", "name": "eggs"},
                "ranges": [{"type": "ECOSYSTEM", "events": events}],
            }
        ],
    }
    modified = datetime(2026, 1, 2, tzinfo=UTC)
    known = Advisory("PYSEC-2026-1", ProjectName("eggs"), modified, record)
    with office.gear.db.writing() as conn:
        advisories.replace(conn, [("PYSEC-2026-1", [known])])


def test_a_patch_release_that_brings_nothing_new_is_approved_by_itself(office: Office) -> None:
    asked = _asked(office, PATCH)

    assert asked.items[0].reasons == (
        "allow: a patch release of an approved project that brings nothing new [patch-release]",
        "allow: licence MIT is in no list of the policy [licence]",
    )
    assert asked.state is RequestState.APPROVED
    assert office.fetch(PATCH) == PATCH.data


CALLS_OUT = b"import urllib.request\nurllib.request.urlopen('https://example.org')\n"


@pytest.mark.parametrize(
    ("new", "days"),
    [
        (PATCH, 3),
        (wheel("eggs", "2.1.0"), 30),
        (wheel("eggs", "2.0.1rc1"), 30),
        (wheel("eggs", "2.0.1", requires=("click",)), 30),
        (wheel("eggs", "2.0.1", licence="Apache-2.0"), 30),
        (wheel("eggs", "2.0.1", files={"eggs/more.py": CALLS_OUT}), 30),
        (wheel("eggs", "2.0.1", flaw=Flaw.UNRECORDED_FILE), 30),
    ],
    ids=["young", "minor", "candidate", "dependency", "licence", "capability", "finding"],
)
def test_anything_else_goes_to_a_person(small_office: Office, new: Dist, days: int) -> None:
    asked = _asked(small_office, new, days)

    assert asked.state is RequestState.REVIEW


def test_a_patch_release_with_a_known_vulnerability_goes_to_a_person(small_office: Office) -> None:
    _know(small_office, "2.0.1", "2.0.2")

    assert _asked(small_office, PATCH).state is RequestState.REVIEW


def test_a_patch_release_that_fixes_the_approved_one_need_not_be_old(small_office: Office) -> None:
    _know(small_office, "1.0", "2.0.1")

    asked = _asked(small_office, PATCH, days=1)

    assert asked.state is RequestState.APPROVED


def test_a_project_that_nobody_approved_goes_to_a_person(small_office: Office) -> None:
    small_office.upstream.add(PATCH)
    small_office.policy(BALANCED)

    assert small_office.vetted(PATCH).state is RequestState.REVIEW
