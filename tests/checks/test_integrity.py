from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from affineur.checks.integrity import Integrity
from affineur.core.archives import ArchiveReport, Defect
from affineur.core.findings import Outcome, Severity, Where
from affineur.core.subjects import NotAssessable, Subject
from support.values import digest, index_file

Look = Callable[..., Subject]
HEAD = "Metadata-Version: 2.4\nName: spam\nVersion: 1.0\n"
WHEEL = "spam-1.0-py3-none-any.whl"


def ids(outcome: Outcome) -> list[tuple[str, Severity]]:
    return [(finding.id, finding.severity) for finding in outcome.findings]


def test_an_honest_file_has_no_finding(subject: Look) -> None:
    outcome = Integrity().look(subject(metadata=HEAD))

    assert (outcome.findings, outcome.not_assessed) == ((), None)


def test_an_archive_that_cannot_be_read_is_not_assessed(subject: Look) -> None:
    outcome = Integrity().look(subject(archive=NotAssessable("it hung")))

    assert outcome.not_assessed == "it hung"
    assert outcome.findings == ()


@pytest.mark.parametrize(
    ("defect", "severity"),
    [
        ("traversal", Severity.BLOCK),
        ("record-hash", Severity.BLOCK),
        ("link-outside", Severity.BLOCK),
        ("bomb", Severity.BLOCK),
        ("no-metadata", Severity.BLOCK),
        ("a-defect-of-tomorrow", Severity.BLOCK),
        ("record-extra", Severity.REVIEW),
        ("case-collision", Severity.REVIEW),
        ("link", Severity.REVIEW),
    ],
)
def test_dishonest_defects_block_and_sloppy_ones_go_to_a_person(
    subject: Look, defect: str, severity: Severity
) -> None:
    report = ArchiveReport(metadata=HEAD.encode(), defects=(Defect(defect, "It is odd.", "a.py"),))

    (finding,) = Integrity().look(subject(archive=report)).findings

    assert (finding.id, finding.severity) == (f"integrity.{defect}", severity)
    assert (finding.what, finding.where) == ("It is odd.", Where("a.py"))


def test_other_bytes_at_the_source_block_even_when_the_archive_cannot_be_read(
    subject: Look,
) -> None:
    changed = replace(index_file(WHEEL), sha256=digest("other bytes"))

    outcome = Integrity().look(subject(archive=NotAssessable("it hung"), index=changed))

    assert ids(outcome) == [("integrity.digest", Severity.BLOCK)]
    assert outcome.not_assessed == "it hung"


def test_another_size_at_the_source_goes_to_a_person(subject: Look) -> None:
    other = replace(index_file(WHEEL), size_bytes=11)

    outcome = Integrity().look(subject(metadata=HEAD, index=other))

    assert ids(outcome) == [("integrity.size", Severity.REVIEW)]
