"""Publishers: lost, found, changed since the approved version, unknown to the metadata."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from affineur.checks.attesting import Attested, Holds
from affineur.checks.provenance import Provenance
from affineur.core.archives import ArchiveReport
from affineur.core.files import Filename, IndexFile
from affineur.core.findings import Fact, Outcome, Severity
from affineur.core.names import Sha256
from affineur.core.requests import RequestFile
from affineur.core.subjects import NotAssessable, Previous, Subject
from support.signed import HEAD, PUBLISHER
from support.values import NOW, digest, index_file

Look = Callable[..., Subject]
ATTESTED = Attested(
    {"kind": "GitHub", "repository": "trailofbits/pypi-attestations", "workflow": "release.yml"},
    Holds.YES,
    predicate="https://slsa.dev/provenance/v1",
    claims={"repository_id": "772247423", "owner_id": "2314423"},
)


def vouched(_filename: str, _sha256: Sha256, _provenance: bytes) -> tuple[Attested, ...]:
    """A verifier that believes; what a real one says of the file is tested below."""
    return (ATTESTED,)


def ids(outcome: Outcome) -> list[tuple[str, Severity]]:
    return [(finding.id, finding.severity) for finding in outcome.findings]


# --- nothing there -----------------------------------------------------------------------

WHEEL = "spam-1.3-py3-none-any.whl"
PROVEN = "https://index.example/spam.provenance"


def listed(filename: str, *, proven: bool = False) -> IndexFile:
    return replace(index_file(filename), provenance_location=PROVEN if proven else None)


def releases(*versions: str, proven: bool) -> tuple[IndexFile, ...]:
    return tuple(listed(f"spam-{one}-py3-none-any.whl", proven=proven) for one in versions)


def approved(facts: dict[str, Fact] | None, filename: str = "spam-1.2.tar.gz") -> Previous:
    """The last approved version with what this check said of it."""
    file = RequestFile(Filename.parse(filename), digest(filename))
    told = {"provenance": facts} if facts is not None else {}
    return Previous(file, NOW - timedelta(days=30), ArchiveReport(), facts=told)


def test_a_file_without_attestations_is_told_of_and_no_more(subject: Look) -> None:
    outcome = Provenance().look(subject(WHEEL, index=index_file(WHEEL)))

    assert ids(outcome) == [("provenance.absent", Severity.INFO)]
    assert outcome.not_assessed is None
    assert outcome.facts == {
        "attested": False,
        "verified": None,
        "publisher": None,
        "publisher_change": "first",
        "repository_in_metadata": None,
    }


def test_a_file_that_its_source_does_not_list_is_not_assessed(subject: Look) -> None:
    outcome = Provenance().look(subject(WHEEL))

    assert outcome.findings == ()
    assert "does not list this file" in str(outcome.not_assessed)


def test_attestations_that_are_lost_since_the_approved_version_need_a_person(
    subject: Look,
) -> None:
    before = approved({"attested": True, "verified": True, "publisher": PUBLISHER})
    page = (listed("spam-1.2.tar.gz", proven=True), listed(WHEEL))

    outcome = Provenance().look(
        subject(WHEEL, index=index_file(WHEEL), previous=before, project_files=page)
    )

    assert ids(outcome) == [("provenance.lost", Severity.REVIEW)]
    told = "It has no attestation; 1.2, which is approved, has one."
    assert outcome.findings[0].what == told
    assert outcome.facts["publisher_change"] == "lost"


def test_an_index_that_became_silent_is_no_fault_of_the_project(subject: Look) -> None:
    before = approved({"attested": True, "verified": True, "publisher": PUBLISHER})
    page = (listed("spam-1.2.tar.gz"), listed(WHEEL))

    outcome = Provenance().look(
        subject(WHEEL, index=index_file(WHEEL), previous=before, project_files=page)
    )

    assert outcome.findings == ()
    assert str(outcome.not_assessed).startswith("its source tells no attestations any more")


@pytest.mark.parametrize(
    ("facts", "expected"), [({"attested": False}, "none"), ({}, "unknown"), (None, "unknown")]
)
def test_what_had_none_before_has_lost_nothing(
    subject: Look, facts: dict[str, Fact] | None, expected: str
) -> None:
    outcome = Provenance().look(subject(WHEEL, index=index_file(WHEEL), previous=approved(facts)))

    assert ids(outcome) == [("provenance.absent", Severity.INFO)]
    assert outcome.facts["publisher_change"] == expected


def test_a_file_that_came_past_the_build_of_its_release_needs_a_person(subject: Look) -> None:
    page = (listed("spam-1.3.tar.gz", proven=True), listed(WHEEL))

    outcome = Provenance().look(subject(WHEEL, index=index_file(WHEEL), project_files=page))

    assert ids(outcome) == [("provenance.not-as-its-release", Severity.REVIEW)]


@pytest.mark.parametrize(
    ("proven", "expected"),
    [
        (("1.0", "1.1", "1.2"), "provenance.not-as-before"),
        (("1.1", "1.2"), "provenance.absent"),
        (("1.0", "1.1", "1.2", "1.4"), "provenance.not-as-before"),
        (("1.4", "1.5", "1.6"), "provenance.absent"),
    ],
)
def test_three_releases_in_a_row_are_a_habit(
    subject: Look, proven: tuple[str, ...], expected: str
) -> None:
    page = (*releases(*proven, proven=True), listed(WHEEL), listed("spam-0.9.tar.gz"))

    outcome = Provenance().look(subject(WHEEL, index=index_file(WHEEL), project_files=page))

    assert [one.id for one in outcome.findings] == [expected]


# --- who it was before -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "change", "expected"),
    [
        ({}, "none", []),
        ({"environment": "release"}, "environment", [("environment-changed", Severity.INFO)]),
        ({"workflow": "ci.yml"}, "workflow", [("workflow-changed", Severity.REVIEW)]),
        (
            {"repository": "github.com/tob/attestations"},
            "renamed",
            [("repository-renamed", Severity.INFO)],
        ),
        (
            {"repository": "github.com/tob/attestations", "repository_id": "7"},
            "repository",
            [("repository-changed", Severity.REVIEW)],
        ),
        (
            {"repository": "github.com/tob/attestations", "repository_id": None},
            "repository",
            [("repository-changed", Severity.REVIEW)],
        ),
        ({"repository_id": "7"}, "repository", [("repository-changed", Severity.REVIEW)]),
        ({"kind": "GitLab"}, "repository", [("repository-changed", Severity.REVIEW)]),
    ],
)
def test_a_publisher_that_changed_since_the_approved_version_is_told_of(
    signed: Look, before: dict[str, Fact], change: str, expected: list[tuple[str, Severity]]
) -> None:
    facts: dict[str, Fact] = {"attested": True, "verified": True, "publisher": PUBLISHER | before}

    outcome = Provenance(vouched).look(signed(previous=approved(facts)))

    assert ids(outcome) == [(f"provenance.{name}", severity) for name, severity in expected]
    assert outcome.facts["publisher_change"] == change


def test_a_repository_that_took_over_an_old_name_is_told_from_the_old_one(signed: Look) -> None:
    facts: dict[str, Fact] = {"publisher": PUBLISHER | {"repository_id": "7"}}

    (finding,) = Provenance(vouched).look(signed(previous=approved(facts))).findings

    assert "the repository of that name is a new one" in finding.what


@pytest.mark.parametrize(
    ("facts", "expected"), [({"attested": False}, "gained"), ({"attested": True}, "unknown")]
)
def test_a_first_publisher_is_no_finding(
    signed: Look, facts: dict[str, Fact], expected: str
) -> None:
    outcome = Provenance(vouched).look(signed(previous=approved(facts)))

    assert (outcome.findings, outcome.facts["publisher_change"]) == ((), expected)


def test_a_second_publisher_beside_the_known_one_is_told_of(signed: Look) -> None:
    known = Attested({"kind": "Google", "email": "ci@example.org"}, Holds.YES)
    other = Attested({"kind": "Google", "email": "eve@example.org"}, Holds.YES)
    facts: dict[str, Fact] = {"publisher": {"kind": "Google", "account": "ci@example.org"}}

    def verifier(_filename: str, _sha256: Sha256, _body: bytes) -> tuple[Attested, ...]:
        return known, other

    outcome = Provenance(verifier).look(signed(previous=approved(facts)))

    assert ids(outcome) == [("provenance.repository-changed", Severity.REVIEW)]
    assert "eve@example.org" in outcome.findings[0].what


# --- the metadata ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "relation", "expected"),
    [
        ("Home-page: http://www.GitHub.com/TrailOfBits/PyPI-Attestations/", "same", []),
        ("Download-URL: git@github.com:trailofbits/pypi-attestations.git", "same", []),
        ("Project-URL: Docs, https://trailofbits.github.io/pypi-attestations/api", "same", []),
        ("Project-URL: Docs, https://docs.example.org/", "none", []),
        (
            "Project-URL: Source, https://github.com/trailofbits/monorepo",
            "owner",
            [("provenance.sibling-repository", Severity.INFO)],
        ),
        (
            "Project-URL: Source, https://github.com/psf/requests",
            "other",
            [("provenance.other-repository", Severity.REVIEW)],
        ),
        (
            "Project-URL: Source, https://gitlab.com/trailofbits/pypi-attestations",
            "other",
            [("provenance.other-repository", Severity.REVIEW)],
        ),
    ],
)
def test_the_publisher_is_held_against_the_repositories_that_the_metadata_names(
    signed: Look, line: str, relation: str, expected: list[tuple[str, Severity]]
) -> None:
    outcome = Provenance(vouched).look(signed(f"{HEAD}{line}\n"))

    assert outcome.facts["repository_in_metadata"] == relation
    assert ids(outcome) == expected


def test_an_archive_that_cannot_be_read_leaves_the_attestations_as_they_are(signed: Look) -> None:
    outcome = Provenance(vouched).look(signed(archive=NotAssessable("it hung")))

    assert (outcome.findings, outcome.not_assessed) == ((), None)
    assert outcome.facts["repository_in_metadata"] is None
