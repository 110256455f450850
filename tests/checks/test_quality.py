"""Quality: one finding at most, for information, and facts; what is not known says so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from affineur.checks.quality import Quality
from affineur.core.archives import ArchiveReport, Member
from affineur.core.files import IndexFile
from affineur.core.findings import Outcome, Severity
from affineur.core.subjects import House, NotAssessable, Subject
from support.values import NOW, digest, index_file

Look = Callable[..., Subject]
HEAD = "Metadata-Version: 2.4\nName: spam\nVersion: 1.0\n"
OURS = House(("3.12", "3.13"), ("any", "manylinux*_x86_64"))
CP312 = "cp312-cp312-manylinux_2_28_x86_64"


def of(version: str, days_ago: float, tag: str = "py3-none-any") -> IndexFile:
    name = f"spam-{version}-{tag}.whl" if tag else f"spam-{version}.tar.gz"
    return index_file(name, NOW - timedelta(days=days_ago))


PAGE = (of("0.8", 300), of("0.9", 200), of("1.0", 100), of("1.0", 100, ""), of("1.1rc1", 1))


def whats(outcome: Outcome) -> list[str]:
    assert all(one.severity is Severity.INFO for one in outcome.findings)
    return [one.what for one in outcome.findings]


def test_a_project_that_is_kept_well_has_no_finding_and_all_facts(subject: Look) -> None:
    metadata = (
        f"{HEAD}Classifier: Development Status :: 5 - Production/Stable\n"
        "Classifier: Typing :: Typed\n"
        "Requires-Dist: eggs>=2\n"
        'Requires-Dist: ham; python_version < "3.9"\n'
        'Requires-Dist: tests; extra == "test"\n'
        "Requires-Dist: (unreadable\n"
    )

    outcome = Quality().look(subject(metadata=metadata, project_files=PAGE, house=OURS))

    assert (outcome.findings, outcome.not_assessed) == ((), None)
    assert outcome.facts == {
        "last_release_days": 100,
        "releases_last_year": 3,
        "cadence_days": 100,
        "has_sdist": True,
        "has_wheel": True,
        "pythons_without_wheel": [],
        "development_status": "5 - Production/Stable",
        "typed": True,
        "dependency_count": 3,
        "in_debian": None,
        "scorecard": None,
    }


def test_what_is_not_known_is_none(subject: Look) -> None:
    outcome = Quality().look(subject())

    assert outcome.findings == ()
    assert outcome.facts == {
        "last_release_days": None,
        "releases_last_year": None,
        "cadence_days": None,
        "has_sdist": None,
        "has_wheel": None,
        "pythons_without_wheel": None,
        "development_status": None,
        "typed": False,
        "dependency_count": 0,
        "in_debian": None,
        "scorecard": None,
    }


def test_everything_that_is_worth_a_word_is_one_finding(subject: Look) -> None:
    metadata = f"{HEAD}Classifier: Development Status :: 7 - Inactive\n"

    outcome = Quality().look(
        subject("spam-1.0.tar.gz", metadata, project_files=(of("1.0", 1500, ""),), house=OURS)
    )

    assert whats(outcome) == [
        (
            "Of its project's upkeep: its last release is 4.1 years old; it calls itself inactive; "
            "this release has no wheel."
        )
    ]


def test_the_finding_stays_the_same_while_its_remarks_do(subject: Look) -> None:
    one = Quality().look(subject(metadata=HEAD, project_files=(of("1.0", 1500),)))
    older = Quality().look(subject(metadata=HEAD, project_files=(of("1.0", 2500),)))
    other = Quality().look(subject("spam-1.0.tar.gz", HEAD, project_files=(of("1.0", 1500, ""),)))

    assert one.findings[0].key == older.findings[0].key
    assert one.findings[0].key != other.findings[0].key


@pytest.mark.parametrize(
    ("tags", "missing"),
    [
        (("py3-none-any",), []),
        (("cp312-abi3-manylinux_2_28_x86_64",), []),
        ((CP312,), ["3.13"]),
        ((CP312, "cp313-cp313-manylinux_2_28_x86_64"), []),
        ((CP312, "cp313-cp313-win_amd64"), ["3.13"]),
        (("cp313-cp313t-manylinux_2_28_x86_64",), ["3.12", "3.13"]),
    ],
)
def test_pythons_of_the_house_that_no_wheel_fits_are_named(
    subject: Look, tags: tuple[str, ...], missing: list[str]
) -> None:
    page = tuple(of("1.0", 10, tag) for tag in tags)

    outcome = Quality().look(subject(project_files=page, house=OURS))

    assert outcome.facts["pythons_without_wheel"] == missing
    assert bool(outcome.findings) is bool(missing)


def test_a_house_that_names_no_platforms_misses_nothing(subject: Look) -> None:
    outcome = Quality().look(subject(project_files=(of("1.0", 10, CP312),)))

    assert (outcome.findings, outcome.facts["pythons_without_wheel"]) == ((), None)


@pytest.mark.parametrize(
    ("member", "typed"),
    [("spam/py.typed", True), ("spam/sub/py.typed", True), ("spam/happy.typed", False)],
)
def test_types_are_told_by_their_marker(subject: Look, member: str, *, typed: bool) -> None:
    archive = ArchiveReport({member: Member(0, digest(member))}, HEAD.encode())

    assert Quality().look(subject(archive=archive)).facts["typed"] is typed


@pytest.mark.parametrize("metadata", [None, "", "\x00\x01", "Classifier: \n", HEAD])
def test_no_metadata_keeps_it_from_looking(subject: Look, metadata: str | None) -> None:
    outcome = Quality().look(subject(metadata=metadata, project_files=PAGE))

    assert (outcome.findings, outcome.not_assessed) == ((), None)


def test_an_archive_that_cannot_be_read_is_not_assessed(subject: Look) -> None:
    outcome = Quality().look(subject(archive=NotAssessable("it hung")))

    assert (outcome.findings, outcome.not_assessed, outcome.facts) == ((), "it hung", {})
