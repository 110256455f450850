from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from affineur.checks.metadata import MetadataCheck
from affineur.core.archives import ArchiveReport
from affineur.core.files import Filename
from affineur.core.findings import Outcome, Severity
from affineur.core.requests import RequestFile
from affineur.core.subjects import House, NotAssessable, Sibling, Subject
from support.values import NOW, digest, index_file

Look = Callable[..., Subject]
HEAD = (
    "Metadata-Version: 2.4\nName: spam\nVersion: 1.0\nSummary: Eggs\n"
    "Project-URL: Source, https://example.org/spam\n"
)
PYTHON = "Requires-Python: >=3.9\n"
WHEEL = "spam-1.0-py3-none-any.whl"


def ids(outcome: Outcome) -> list[tuple[str, Severity]]:
    return [(finding.id, finding.severity) for finding in outcome.findings]


def test_an_honest_file_gives_its_metadata_as_facts(subject: Look) -> None:
    metadata = HEAD + PYTHON + "Requires-Dist: eggs>=2\n\nText"

    outcome = MetadataCheck().look(subject(metadata=metadata, house=House(("3.8", "3.12"))))

    assert (ids(outcome), outcome.not_assessed) == (
        [("metadata.not-all-pythons", Severity.INFO)],
        None,
    )
    assert outcome.facts == {
        "dynamic": [],
        "links": 1,
        "pythons": ["3.12"],
        "requires_dist": ["eggs>=2"],
        "requires_python": ">=3.9",
        "summary": "Eggs",
    }


def test_an_archive_that_cannot_be_read_is_not_assessed(subject: Look) -> None:
    outcome = MetadataCheck().look(subject(archive=NotAssessable("it hung")))

    assert (outcome.findings, outcome.not_assessed) == ((), "it hung")


@pytest.mark.parametrize(
    "metadata",
    [
        HEAD.replace("2.4", "9.9"),
        HEAD + "Field-Of-Tomorrow: yes\n",
        HEAD.replace("2.4", "2.1") + "License-File: LICENSE\nLicense-Expression: MIT\n",
        HEAD + "Home-page: UNKNOWN\nAuthor-email: nobody\n",
    ],
)
def test_newer_metadata_and_odd_authors_are_fine(subject: Look, metadata: str) -> None:
    outcome = MetadataCheck().look(subject(metadata=metadata + PYTHON))

    assert [one for one in outcome.findings if one.severity is not Severity.INFO] == []


def test_what_is_fetched_past_every_index_blocks(subject: Look) -> None:
    metadata = HEAD + PYTHON + "Requires-Dist: eggs @ https://example.org/e.whl\n"

    outcome = MetadataCheck().look(subject(metadata=metadata))

    assert ids(outcome) == [("metadata.direct-url", Severity.BLOCK)]


@pytest.mark.parametrize(
    "line", ["Requires-Dist: eggs (>=", "Requires-Python: three", PYTHON + "Requires-Python: >=2"]
)
def test_fields_that_installers_cannot_read_go_to_a_person(subject: Look, line: str) -> None:
    outcome = MetadataCheck().look(subject(metadata=f"{HEAD}{line}\n"))

    assert ("metadata.field", Severity.REVIEW) in ids(outcome)


def test_another_requires_python_at_the_source_goes_to_a_person(subject: Look) -> None:
    other = replace(index_file(WHEEL), requires_python=">=3.8")

    outcome = MetadataCheck().look(subject(metadata=HEAD + "Requires-Python: >=3.9\n", index=other))

    assert ids(outcome) == [("metadata.requires-python-differs", Severity.REVIEW)]


def test_the_same_requires_python_may_be_spelled_otherwise(subject: Look) -> None:
    index = replace(index_file(WHEEL), requires_python="!=3.9.0,>=3.9")
    metadata = HEAD + "Requires-Python: >=3.9, !=3.9.0\n"

    assert MetadataCheck().look(subject(metadata=metadata, index=index)).findings == ()


def test_facts_hold_nothing_that_a_database_refuses(subject: Look) -> None:
    outcome = MetadataCheck().look(subject(metadata=HEAD.replace("Eggs", "a\x00b\x1b[31m")))

    assert outcome.facts["summary"] == "a b [31m"


def test_careless_fields_that_no_installer_reads_are_told_together(subject: Look) -> None:
    metadata = HEAD + PYTHON + "Description-Content-Type: UNKNOWN\nLicense-Expression: my own\n"

    (finding,) = MetadataCheck().look(subject(metadata=metadata)).findings

    assert (finding.id, finding.severity) == ("metadata.careless", Severity.INFO)
    assert "license-expression" in finding.what
    assert "description-content-type" in finding.what


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", [("metadata.requires-python-missing", Severity.INFO)]),
        (">=3.11", []),
        (">=3.11.4", []),
        (">=3.12", [("metadata.not-all-pythons", Severity.INFO)]),
        ("<3", [("metadata.not-our-pythons", Severity.REVIEW)]),
    ],
)
def test_requires_python_is_held_against_the_house(
    subject: Look, line: str, expected: list[tuple[str, Severity]]
) -> None:
    metadata = HEAD + (f"Requires-Python: {line}\n" if line else "")

    outcome = MetadataCheck().look(subject(metadata=metadata, house=House(("3.11", "3.12"))))

    assert ids(outcome) == expected


def test_other_metadata_than_announced_goes_to_a_person(subject: Look) -> None:
    announced = replace(index_file(WHEEL), metadata_sha256=digest("other"))

    outcome = MetadataCheck().look(subject(metadata=HEAD + PYTHON, index=announced))

    assert ids(outcome) == [("metadata.announced-differs", Severity.REVIEW)]


def sibling(filename: str, metadata: str) -> Sibling:
    file = RequestFile(Filename.parse(filename), digest(filename))
    return Sibling(file, ArchiveReport(metadata=metadata.encode()))


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ("Requires-Dist: eggs >= 2\n", []),
        ("Requires-Dist: eggs>=3\n", [("metadata.release-differs", Severity.INFO)]),
        ("Requires-Dist: bacon\n", [("metadata.release-differs", Severity.REVIEW)]),
        ("", [("metadata.release-differs", Severity.REVIEW)]),
    ],
)
def test_files_of_one_release_should_require_the_same(
    subject: Look, other: str, expected: list[tuple[str, Severity]]
) -> None:
    beside = sibling("spam-1.0-cp312-cp312-win_amd64.whl", HEAD + other)
    metadata = HEAD + PYTHON + "Requires-Dist: eggs>=2\n"

    assert ids(MetadataCheck().look(subject(metadata=metadata, release=(beside,)))) == expected


def test_a_dynamic_sdist_disagrees_with_nobody_and_says_so(subject: Look) -> None:
    metadata = HEAD + PYTHON + "Dynamic: Requires-Dist\n"
    beside = sibling(WHEEL, HEAD + "Requires-Dist: eggs\n")

    outcome = MetadataCheck().look(subject("spam-1.0.tar.gz", metadata, release=(beside,)))

    assert ids(outcome) == [("metadata.dynamic", Severity.INFO)]


@pytest.mark.parametrize("version", ["1.2", "2.1", "", "x.y"])
def test_an_sdist_of_old_metadata_tells_its_requirements_when_built(
    subject: Look, version: str
) -> None:
    metadata = HEAD.replace("2.4", version) + PYTHON

    outcome = MetadataCheck().look(subject("spam-1.0.tar.gz", metadata))

    assert ("metadata.dynamic", Severity.INFO) in ids(outcome)


BARE = "Metadata-Version: 2.4\nName: spam\nVersion: 1.0\nSummary: UNKNOWN\n" + PYTHON


@pytest.mark.parametrize(
    ("age_days", "metadata", "expected"),
    [
        (3, BARE, [("metadata.meagre", Severity.REVIEW)]),
        (3, BARE + "Home-page: https://example.org\n", [("metadata.meagre", Severity.INFO)]),
        (300, BARE, [("metadata.meagre", Severity.INFO)]),
        (300, BARE + "Home-page: https://example.org\n", []),
    ],
)
def test_a_new_project_that_says_nothing_of_itself_goes_to_a_person(
    subject: Look, age_days: int, metadata: str, expected: list[tuple[str, Severity]]
) -> None:
    files = (index_file(WHEEL, NOW - timedelta(days=age_days)),)

    outcome = MetadataCheck().look(subject(metadata=metadata, project_files=files))

    assert ids(outcome) == expected
