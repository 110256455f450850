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


def test_an_honest_file_has_no_finding_and_gives_its_metadata_as_facts(subject: Look) -> None:
    metadata = HEAD + "Summary: Eggs\nRequires-Python: >=3.9\nRequires-Dist: eggs>=2\n\nText"

    outcome = Integrity().look(subject(metadata=metadata))

    assert outcome.findings == ()
    assert outcome.not_assessed is None
    assert outcome.facts == {
        "metadata_name": "spam",
        "metadata_version": "1.0",
        "requires_dist": ["eggs>=2"],
        "requires_python": ">=3.9",
        "summary": "Eggs",
    }


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


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        (HEAD.replace("spam", "eggs"), "integrity.name-mismatch"),
        (HEAD.replace("1.0", "1.1"), "integrity.version-mismatch"),
        (HEAD.replace("Name: spam\n", ""), "integrity.name-mismatch"),
        (HEAD + "Name: spam\n", "integrity.name-mismatch"),
        (HEAD.replace("1.0", "one"), "integrity.version-mismatch"),
        (HEAD + "Requires-Dist: eggs @ https://example.org/e.whl\n", "integrity.direct-url"),
    ],
)
def test_metadata_that_contradicts_the_file_blocks(
    subject: Look, metadata: str, expected: str
) -> None:
    outcome = Integrity().look(subject(metadata=metadata))

    assert ids(outcome) == [(expected, Severity.BLOCK)]


@pytest.mark.parametrize(
    "metadata",
    [
        HEAD.replace("spam", "Spam").replace("1.0", "1.0.0"),
        HEAD.replace("2.4", "9.9"),
        HEAD + "Field-Of-Tomorrow: yes\n",
        HEAD.replace("2.4", "2.1") + "License-File: LICENSE\nLicense-Expression: MIT\n",
        HEAD + "Home-page: UNKNOWN\nAuthor-email: nobody\n",
    ],
)
def test_other_spellings_and_newer_metadata_are_fine(subject: Look, metadata: str) -> None:
    assert Integrity().look(subject(metadata=metadata)).findings == ()


@pytest.mark.parametrize("line", ["Requires-Dist: eggs (>=", "Requires-Python: three"])
def test_fields_that_installers_cannot_read_go_to_a_person(subject: Look, line: str) -> None:
    outcome = Integrity().look(subject(metadata=f"{HEAD}{line}\n"))

    assert ids(outcome) == [("integrity.metadata-field", Severity.REVIEW)]


def test_other_bytes_at_the_source_block_even_when_the_archive_cannot_be_read(
    subject: Look,
) -> None:
    changed = replace(index_file(WHEEL), sha256=digest("other bytes"))

    outcome = Integrity().look(subject(archive=NotAssessable("it hung"), index=changed))

    assert ids(outcome) == [("integrity.digest", Severity.BLOCK)]
    assert outcome.not_assessed == "it hung"


def test_what_the_source_says_otherwise_goes_to_a_person(subject: Look) -> None:
    other = replace(index_file(WHEEL), size_bytes=11, requires_python=">=3.8")

    outcome = Integrity().look(subject(metadata=HEAD + "Requires-Python: >=3.9\n", index=other))

    assert ids(outcome) == [
        ("integrity.size", Severity.REVIEW),
        ("integrity.requires-python", Severity.REVIEW),
    ]


def test_the_same_requires_python_may_be_spelled_otherwise(subject: Look) -> None:
    index = replace(index_file(WHEEL), requires_python="!=3.9.0,>=3.9")
    metadata = HEAD + "Requires-Python: >=3.9, !=3.9.0\n"

    assert Integrity().look(subject(metadata=metadata, index=index)).findings == ()


def test_facts_hold_nothing_that_a_database_refuses(subject: Look) -> None:
    outcome = Integrity().look(subject(metadata=HEAD + "Summary: a\x00b\x1b[31m\n"))

    assert outcome.facts["summary"] == "a b [31m"
