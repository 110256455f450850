from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from affineur.checks.history import History
from affineur.core.findings import Outcome, Severity
from affineur.core.subjects import Subject
from support.values import NOW, index_file

Look = Callable[..., Subject]
LISTED = index_file("spam-1.0-py3-none-any.whl", NOW - timedelta(days=400))


def ids(outcome: Outcome) -> list[tuple[str, Severity]]:
    return [(finding.id, finding.severity) for finding in outcome.findings]


def test_an_old_release_has_no_finding_and_gives_its_times_as_facts(subject: Look) -> None:
    seen = NOW - timedelta(days=30)

    outcome = History().look(subject(index=LISTED, first_seen_at=seen, project_status="active"))

    assert outcome.findings == ()
    assert outcome.facts == {
        "uploaded_at": "2025-09-27T12:00:00+00:00",
        "age_days": 400,
        "first_seen_at": "2026-10-02T12:00:00+00:00",
        "yanked": None,
        "project_status": "active",
        "project_age_days": None,
        "releases": 0,
        "silence_days": None,
        "late_days": None,
        "fixes_approved": [],
    }


@pytest.mark.parametrize(
    ("age_hours", "expected", "told"),
    [
        (1, ("history.young", Severity.INFO), "It was uploaded today."),
        (30, ("history.young", Severity.INFO), "It was uploaded yesterday."),
        (24 * 13, ("history.young", Severity.INFO), "It was uploaded 13 days ago."),
        (-48, ("history.future-upload-time", Severity.REVIEW), "lies in the future"),
    ],
)
def test_the_age_of_a_release_is_told(
    subject: Look, age_hours: int, expected: tuple[str, Severity], told: str
) -> None:
    listed = replace(LISTED, uploaded_at=NOW - timedelta(hours=age_hours))

    outcome = History().look(subject(index=listed))

    assert ids(outcome) == [expected]
    assert told in outcome.findings[0].what


def test_an_unknown_upload_time_goes_to_a_person(subject: Look) -> None:
    outcome = History().look(subject(index=replace(LISTED, uploaded_at=None)))

    assert ids(outcome) == [("history.unknown-upload-time", Severity.REVIEW)]
    assert outcome.facts["uploaded_at"] is None


@pytest.mark.parametrize(
    ("yanked", "told"),
    [
        ("breaks eggs", "Its project yanked it: breaks eggs."),
        ("", "Its project yanked it, without a reason."),
    ],
)
def test_a_yank_goes_to_a_person_with_its_reason(subject: Look, yanked: str, told: str) -> None:
    outcome = History().look(subject(index=replace(LISTED, yanked=yanked)))

    assert ids(outcome) == [("history.yanked", Severity.REVIEW)]
    assert outcome.findings[0].what == told
    assert outcome.facts["yanked"] == yanked


@pytest.mark.parametrize(
    ("status", "severity"),
    [
        ("quarantined", Severity.BLOCK),
        ("deprecated", Severity.INFO),
        ("archived", Severity.INFO),
    ],
)
def test_the_status_of_the_project_is_told(subject: Look, status: str, severity: Severity) -> None:
    outcome = History().look(subject(index=LISTED, project_status=status))

    assert ids(outcome) == [(f"history.{status}", severity)]


def test_a_file_that_its_source_does_not_list_is_not_assessed_but_a_quarantine_blocks(
    subject: Look,
) -> None:
    outcome = History().look(subject(index=None, project_status="quarantined"))

    assert outcome.not_assessed == "its source does not list this file now, or could not be asked"
    assert ids(outcome) == [("history.quarantined", Severity.BLOCK)]
    assert outcome.facts == {}


def test_a_file_that_vanished_from_its_project_s_page_goes_to_a_person(subject: Look) -> None:
    others = (index_file("spam-0.9-py3-none-any.whl", NOW - timedelta(days=500)),)

    outcome = History().look(subject(index=None, project_files=others))

    assert ids(outcome) == [("history.vanished", Severity.REVIEW)]
    assert outcome.not_assessed is not None


def test_a_yank_that_was_accepted_is_not_accepted_of_another_version(subject: Look) -> None:
    yanked = replace(LISTED, yanked="breaks eggs")
    other = replace(
        index_file("spam-1.1-py3-none-any.whl", LISTED.uploaded_at), yanked="breaks eggs"
    )

    one = History().look(subject(index=yanked))
    two = History().look(subject("spam-1.1-py3-none-any.whl", index=other))

    assert one.findings[0].key != two.findings[0].key


def test_a_file_that_was_seen_before_its_upload_goes_to_a_person(subject: Look) -> None:
    seen = NOW - timedelta(days=500)

    outcome = History().look(subject(index=LISTED, first_seen_at=seen))

    assert ids(outcome) == [("history.seen-before-upload", Severity.REVIEW)]
