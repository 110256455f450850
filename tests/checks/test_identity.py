from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from affineur.checks.identity import Identity
from affineur.core.archives import ArchiveReport, Member
from affineur.core.files import IndexFile
from affineur.core.findings import Outcome, Severity, Where
from affineur.core.known_names import KnownNames
from affineur.core.names import ProjectName
from affineur.core.subjects import NotAssessable, Subject
from support.values import NOW, index_file

Look = Callable[..., Subject]
HEAD = "Metadata-Version: 2.4\nName: spam\nVersion: 1.0\n"


def ids(outcome: Outcome) -> list[tuple[str, Severity]]:
    return [(finding.id, finding.severity) for finding in outcome.findings]


def test_an_honest_file_is_what_it_is_called(subject: Look) -> None:
    outcome = Identity().look(subject(metadata=HEAD, names=KnownNames()))

    assert (outcome.findings, outcome.not_assessed) == ((), None)
    assert outcome.facts == {
        "metadata_name": "spam",
        "metadata_version": "1.0",
        "modules": [],
        "downloads_rank": None,
        "resembles": [],
        "scripts": [],
    }


def test_an_archive_that_cannot_be_read_is_not_assessed(subject: Look) -> None:
    blind = subject(archive=NotAssessable("it hung"), names=KnownNames())

    assert (Identity().look(blind).findings, Identity().look(blind).not_assessed) == ((), "it hung")


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


# --- its name among other names ----------------------------------------------------------

POPULAR = tuple(ProjectName(one) for one in ("requests", "numpy", "pyyaml", "python-dateutil"))
LISTED = datetime(2026, 10, 1, tzinfo=UTC)
KNOWN = KnownNames(
    POPULAR,
    LISTED,
    approved=frozenset({ProjectName("quaint-widgets")}),
    own=frozenset({ProjectName("acme-billing")}),
    reserved=("acme-*",),
)


def of(subject: Look, project: str, names: KnownNames = KNOWN, **fields: object) -> Subject:
    head = HEAD.replace("spam", project)
    filename = f"{project.replace('-', '_')}-1.0-py3-none-any.whl"
    return subject(filename, metadata=head, names=names, **fields)


def from_outside(filename: str) -> IndexFile:
    return replace(index_file(filename), location="https://index.example/f")


@pytest.mark.parametrize("project", ["requests", "quaint-widgets", "something-else-altogether"])
def test_names_that_stand_for_themselves_have_no_finding(subject: Look, project: str) -> None:
    assert Identity().look(of(subject, project)).findings == ()


def test_a_squat_goes_to_a_person_with_its_target_and_the_rank(subject: Look) -> None:
    outcome = Identity().look(of(subject, "reqeusts"))

    (finding,) = outcome.findings
    assert (finding.id, finding.severity) == ("identity.typosquat", Severity.REVIEW)
    assert finding.what == (
        "Its name could be taken for requests (number 1 by downloads): two letters swapped."
    )
    assert outcome.facts["resembles"] == [
        {"name": "requests", "how": "two letters swapped", "rank": 1, "close": True}
    ]
    assert outcome.data_as_of == LISTED


@pytest.mark.parametrize(
    ("project", "said"),
    [
        ("quaint-widget", "quaint-widgets (approved here): an s more or less at its end"),
        ("acne-billing", "acme-billing (the organisation's own): "),
    ],
)
def test_approved_and_own_names_are_held_against_too(
    subject: Look, project: str, said: str
) -> None:
    (finding,) = Identity().look(of(subject, project)).findings

    assert finding.id == "identity.typosquat"
    assert said in finding.what


def test_a_project_that_has_stood_for_years_is_told_of_only(subject: Look) -> None:
    files = tuple(
        index_file(f"reqeusts-{n}.0-py3-none-any.whl", NOW - timedelta(days=800 - n))
        for n in range(1, 5)
    )

    (finding,) = Identity().look(of(subject, "reqeusts", project_files=files)).findings

    assert (finding.id, finding.severity) == ("identity.resembles", Severity.INFO)


def test_a_young_project_with_many_releases_is_not_established(subject: Look) -> None:
    files = tuple(
        index_file(f"reqeusts-{n}.0-py3-none-any.whl", NOW - timedelta(days=n))
        for n in range(1, 50)
    )

    (finding,) = Identity().look(of(subject, "reqeusts", project_files=files)).findings

    assert finding.severity is Severity.REVIEW


@pytest.mark.parametrize("project", ["acme-billing", "acme-anything"])
def test_a_name_of_the_house_from_outside_blocks(subject: Look, project: str) -> None:
    index = from_outside(f"{project.replace('-', '_')}-1.0-py3-none-any.whl")

    (finding,) = Identity().look(of(subject, project, index=index)).findings

    assert (finding.id, finding.severity) == ("identity.own-name", Severity.BLOCK)


def test_the_house_own_file_may_have_its_own_name(subject: Look) -> None:
    index = index_file("acme_billing-1.0-py3-none-any.whl")

    assert Identity().look(of(subject, "acme-billing", index=index)).findings == ()


def test_a_name_of_the_house_of_unknown_origin_goes_to_a_person(subject: Look) -> None:
    (finding,) = Identity().look(of(subject, "acme-billing")).findings

    assert (finding.id, finding.severity) == ("identity.own-name", Severity.REVIEW)


def test_an_old_list_is_told_and_still_used(subject: Look) -> None:
    old = replace(KNOWN, popular_as_of=NOW - timedelta(days=401))

    outcome = Identity().look(of(subject, "reqeusts", old))

    assert [one.id for one in outcome.findings] == ["identity.typosquat", "identity.old-names"]


def test_without_names_the_check_says_that_it_could_not_look(subject: Look) -> None:
    blind = subject(metadata=HEAD, names=NotAssessable("no names are known"))

    assert Identity().look(blind).not_assessed == "no names are known"


# --- characters that are not what they seem ----------------------------------------------


@pytest.mark.parametrize(
    "line", ["Requires-Dist: r\u0435quests", "Project-URL: Home, https://ex\u0430mple.org"]
)
def test_letters_of_two_scripts_in_one_word_go_to_a_person(subject: Look, line: str) -> None:
    outcome = Identity().look(subject(metadata=f"{HEAD}{line}\n", names=KNOWN))

    assert ids(outcome) == [("identity.hidden-characters", Severity.REVIEW)]


def test_a_summary_in_another_script_is_fine(subject: Look) -> None:
    metadata = f"{HEAD}Summary: Обработка данных 🧑\u200d💻\n"

    assert Identity().look(subject(metadata=metadata, names=KNOWN)).findings == ()


def test_a_member_whose_name_mixes_scripts_is_named(subject: Look) -> None:
    archive = ArchiveReport({"spam/r\u0435quests.py": Member(1, "00")}, HEAD.encode())

    (finding,) = Identity().look(subject(archive=archive, names=KNOWN)).findings

    assert (finding.id, finding.where) == (
        "identity.hidden-characters",
        Where("spam/r\u0435quests.py"),
    )
