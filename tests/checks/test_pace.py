"""Releases out of step: told while they are fresh, and never of what honest projects do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from affineur.checks.history import History
from affineur.core.files import IndexFile
from affineur.core.findings import Outcome, Severity
from affineur.core.subjects import House, Subject
from support.values import NOW, index_file

Look = Callable[..., Subject]
OURS = House(("3.12",), ("manylinux*_x86_64", "any"))


def ids(outcome: Outcome) -> list[tuple[str, Severity]]:
    return [(finding.id.removeprefix("history."), finding.severity) for finding in outcome.findings]


def of(version: str, days_ago: float, tag: str = "py3-none-any") -> IndexFile:
    """A wheel of a version, or its sdist when the tag is empty."""
    name = f"spam-{version}-{tag}.whl" if tag else f"spam-{version}.tar.gz"
    return index_file(name, NOW - timedelta(days=days_ago))


@pytest.fixture
def told(subject: Look) -> Callable[..., Outcome]:
    """What is said of the first of some files, which are the project's."""

    def look(file: IndexFile, *others: IndexFile, **fields: object) -> Outcome:
        page = (file, *others)
        return History().look(subject(file.filename.text, index=file, project_files=page, **fields))

    return look


Told = Callable[..., Outcome]
OLD = (of("0.8", 1000), of("0.9", 500), of("1.0", 400))


def test_a_release_in_step_is_told_with_its_place_as_facts(told: Told) -> None:
    outcome = told(of("1.1", 20), *OLD)

    assert outcome.findings == ()
    facts = ("age_days", "project_age_days", "releases", "silence_days", "late_days")
    assert {key: outcome.facts[key] for key in facts} == {
        "age_days": 20,
        "project_age_days": 1000,
        "releases": 4,
        "silence_days": 380,
        "late_days": 0,
    }


# --- the project -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (20, [("new-project", Severity.REVIEW)]),
        (89, [("new-project", Severity.REVIEW)]),
        (91, [("few-releases", Severity.INFO)]),
    ],
)
def test_a_new_project_needs_a_person_and_one_of_few_releases_is_told_of(
    told: Told, days: int, expected: list[tuple[str, Severity]]
) -> None:
    assert ids(told(of("1.0", 20), of("0.9", days))) == expected


def test_a_new_project_stays_the_same_finding_in_its_next_version(told: Told) -> None:
    one, other = told(of("1.0", 20)), told(of("1.1", 15), of("1.0", 20))

    assert one.findings[0].key == other.findings[0].key


# --- a sleeping project ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("last_days", "expected"),
    [(700, []), (760, [("long-sleep", Severity.REVIEW)])],
)
def test_a_release_after_a_long_sleep_needs_a_person(
    told: Told, last_days: int, expected: list[tuple[str, Severity]]
) -> None:
    others = (of("0.8", 2000), of("0.9", 1500), of("1.0", last_days))

    assert ids(told(of("1.1", 20), *others)) == expected


def test_a_wheel_that_came_later_for_an_old_release_is_no_sleep(told: Told) -> None:
    others = (of("0.8", 2000), of("0.9", 1500), of("1.0", 1400), of("1.0", 300, "cp312-abi3-any"))

    assert ids(told(of("1.1", 20), *others)) == []


def test_what_was_out_for_a_quarter_of_a_year_is_not_told_of_any_more(told: Told) -> None:
    others = (of("0.8", 3000), of("0.9", 2900), of("1.0", 2800))

    assert ids(told(of("99.9.9", 91), *others)) == []
    assert ids(told(of("99.9.9", 89), *others)) == [
        ("long-sleep", Severity.REVIEW),
        ("odd-version", Severity.REVIEW),
    ]


# --- versions ----------------------------------------------------------------------------


def test_an_odd_version_is_another_finding_in_another_version(told: Told) -> None:
    one = told(of("99.9.9", 20), *OLD)
    other = told(of("999.9.9", 20), *OLD)

    assert ids(one) == ids(other) == [("odd-version", Severity.REVIEW)]
    assert one.findings[0].key != other.findings[0].key


def test_a_version_is_judged_by_what_was_uploaded_before_it(told: Told) -> None:
    assert ids(told(of("1.1", 20), *OLD, of("99.9.9", 10))) == []


@pytest.mark.parametrize(
    ("version", "expected"),
    [("1.1", []), ("99.9.9", [("odd-version", Severity.REVIEW)])],
)
def test_a_file_that_nobody_dates_is_judged_as_a_new_one(
    told: Told, version: str, expected: list[tuple[str, Severity]]
) -> None:
    undated = tuple(replace(one, uploaded_at=None) for one in OLD)

    outcome = told(replace(of(version, 0), uploaded_at=None), *undated)

    assert ids(outcome) == [("unknown-upload-time", Severity.REVIEW), *expected]


# --- wheels ------------------------------------------------------------------------------


def test_a_release_without_the_wheels_that_there_were_needs_a_person(told: Told) -> None:
    outcome = told(of("1.1", 20, ""), *OLD)

    assert ids(outcome) == [("wheels-dropped", Severity.REVIEW)]


@pytest.mark.parametrize(
    "others",
    [
        (of("1.1", 19), *OLD),
        (of("0.9", 500), of("1.0", 400, ""), of("0.8", 900)),
        (of("0.9", 500, ""), of("1.0", 400, ""), of("0.8", 900, "")),
    ],
)
def test_an_sdist_beside_a_wheel_or_after_sdists_is_in_step(
    told: Told, others: tuple[IndexFile, ...]
) -> None:
    assert ids(told(of("1.1", 20, ""), *others)) == []


def test_wheels_that_are_for_others_only_are_told_of(told: Told) -> None:
    linux, windows = "cp312-cp312-manylinux_2_28_x86_64", "cp312-cp312-win_amd64"
    others = [of(one.filename.version.public, 400, linux) for one in OLD]

    outcome = told(of("1.1", 20, ""), of("1.1", 20, windows), *others, house=OURS)

    assert ("our-wheels-dropped", Severity.INFO) in ids(outcome)


def test_a_prerelease_without_wheels_is_no_habit_that_breaks(told: Told) -> None:
    assert ids(told(of("1.1", 20), of("1.1rc1", 30, ""), *OLD)) == []


# --- late files and bursts ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("days_ago", "expected"),
    [(394, []), (20, [("late-file", Severity.REVIEW)]), (100, [])],
)
def test_a_file_that_is_added_late_to_an_old_release_needs_a_person(
    told: Told, days_ago: int, expected: list[tuple[str, Severity]]
) -> None:
    late = of("1.0", days_ago, "cp312-cp312-win_amd64")

    assert ids(told(late, *OLD)) == expected


def test_each_late_file_is_a_finding_of_its_own(told: Told) -> None:
    one = told(of("1.0", 20, "cp312-cp312-win_amd64"), *OLD)
    other = told(of("1.0", 20, "cp313-cp313-win_amd64"), *OLD)

    assert one.findings[0].key != other.findings[0].key


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        (("1.1.1", "1.1.2"), [("burst", Severity.INFO)]),
        (("1.1.1",), []),
        (("1.1rc1", "1.1rc2"), []),
        (("2.0", "3.0"), []),
    ],
)
def test_releases_of_one_series_within_an_hour_are_told_of(
    told: Told, versions: tuple[str, ...], expected: list[tuple[str, Severity]]
) -> None:
    others = [of(one, 20.02) for one in versions]

    assert ids(told(of("1.1", 20), *others, *OLD)) == expected


def test_a_project_of_thousands_of_files_is_no_trouble(told: Told) -> None:
    many = [of(f"0.{minor}.{micro}", 900) for minor in range(40) for micro in range(50)]

    assert ids(told(of("1.1", 20), of("1.0", 30), *many)) == []
