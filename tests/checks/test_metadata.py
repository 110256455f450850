from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from affineur.checks.metadata import MetadataCheck
from affineur.core.findings import Outcome, Severity
from affineur.core.subjects import NotAssessable, Subject
from support.values import index_file

Look = Callable[..., Subject]
HEAD = "Metadata-Version: 2.4\nName: spam\nVersion: 1.0\n"
WHEEL = "spam-1.0-py3-none-any.whl"


def ids(outcome: Outcome) -> list[tuple[str, Severity]]:
    return [(finding.id, finding.severity) for finding in outcome.findings]


def test_an_honest_file_gives_its_metadata_as_facts(subject: Look) -> None:
    metadata = HEAD + "Summary: Eggs\nRequires-Python: >=3.9\nRequires-Dist: eggs>=2\n\nText"

    outcome = MetadataCheck().look(subject(metadata=metadata))

    assert (outcome.findings, outcome.not_assessed) == ((), None)
    assert outcome.facts == {
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
    assert MetadataCheck().look(subject(metadata=metadata)).findings == ()


def test_what_is_fetched_past_every_index_blocks(subject: Look) -> None:
    metadata = HEAD + "Requires-Dist: eggs @ https://example.org/e.whl\n"

    outcome = MetadataCheck().look(subject(metadata=metadata))

    assert ids(outcome) == [("metadata.direct-url", Severity.BLOCK)]


@pytest.mark.parametrize("line", ["Requires-Dist: eggs (>=", "Requires-Python: three"])
def test_fields_that_installers_cannot_read_go_to_a_person(subject: Look, line: str) -> None:
    outcome = MetadataCheck().look(subject(metadata=f"{HEAD}{line}\n"))

    assert ids(outcome) == [("metadata.field", Severity.REVIEW)]


def test_another_requires_python_at_the_source_goes_to_a_person(subject: Look) -> None:
    other = replace(index_file(WHEEL), requires_python=">=3.8")

    outcome = MetadataCheck().look(subject(metadata=HEAD + "Requires-Python: >=3.9\n", index=other))

    assert ids(outcome) == [("metadata.requires-python-differs", Severity.REVIEW)]


def test_the_same_requires_python_may_be_spelled_otherwise(subject: Look) -> None:
    index = replace(index_file(WHEEL), requires_python="!=3.9.0,>=3.9")
    metadata = HEAD + "Requires-Python: >=3.9, !=3.9.0\n"

    assert MetadataCheck().look(subject(metadata=metadata, index=index)).findings == ()


def test_facts_hold_nothing_that_a_database_refuses(subject: Look) -> None:
    outcome = MetadataCheck().look(subject(metadata=HEAD + "Summary: a\x00b\x1b[31m\n"))

    assert outcome.facts["summary"] == "a b [31m"
