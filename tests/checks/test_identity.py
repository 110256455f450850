from __future__ import annotations

from collections.abc import Callable

import pytest

from affineur.checks.identity import Identity
from affineur.core.findings import Outcome, Severity
from affineur.core.subjects import NotAssessable, Subject

Look = Callable[..., Subject]
HEAD = "Metadata-Version: 2.4\nName: spam\nVersion: 1.0\n"


def ids(outcome: Outcome) -> list[tuple[str, Severity]]:
    return [(finding.id, finding.severity) for finding in outcome.findings]


def test_an_honest_file_is_what_it_is_called(subject: Look) -> None:
    outcome = Identity().look(subject(metadata=HEAD))

    assert (outcome.findings, outcome.not_assessed) == ((), None)
    assert outcome.facts == {"metadata_name": "spam", "metadata_version": "1.0"}


def test_an_archive_that_cannot_be_read_is_not_assessed(subject: Look) -> None:
    outcome = Identity().look(subject(archive=NotAssessable("it hung")))

    assert (outcome.findings, outcome.not_assessed) == ((), "it hung")


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        (HEAD.replace("spam", "eggs"), "identity.name-mismatch"),
        (HEAD.replace("1.0", "1.1"), "identity.version-mismatch"),
        (HEAD.replace("Name: spam\n", ""), "identity.name-mismatch"),
        (HEAD + "Name: spam\n", "identity.name-mismatch"),
        (HEAD.replace("1.0", "one"), "identity.version-mismatch"),
    ],
)
def test_another_name_or_version_within_blocks(subject: Look, metadata: str, expected: str) -> None:
    outcome = Identity().look(subject(metadata=metadata))

    assert ids(outcome) == [(expected, Severity.BLOCK)]


def test_other_spellings_are_the_same_name_and_version(subject: Look) -> None:
    metadata = HEAD.replace("spam", "Spam").replace("1.0", "1.0.0")

    assert Identity().look(subject(metadata=metadata)).findings == ()
