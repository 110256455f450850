"""Whether an OSV record speaks of a version."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from affineur.checks.cvss import base_score, level_of_score
from affineur.checks.osv import Match, fixed_versions, level, match, spans
from affineur.core.names import ProjectName

SPAM = ProjectName("spam")


def record(*events: dict[str, str], kind: str = "ECOSYSTEM", **fields: Any) -> dict[str, Any]:
    affected = {
        "package": {"ecosystem": "PyPI", "name": "Spam"},
        "ranges": [{"type": kind, "events": list(events)}] if events else [],
    }
    return {"id": "PYSEC-1", "affected": [affected | fields]}


def said(document: dict[str, Any], *versions: str) -> list[Match]:
    return [match(document, SPAM, Version(version)) for version in versions]


NO, YES, UNCERTAIN = Match.NO, Match.YES, Match.UNCERTAIN


def test_a_range_goes_from_introduced_up_to_without_fixed() -> None:
    document = record({"introduced": "1.2"}, {"fixed": "1.10"})

    assert said(document, "1.1", "1.2", "1.9", "1.10rc1", "1.10", "2") == [
        NO, YES, YES, YES, NO, NO,
    ]  # fmt: skip


def test_zero_is_the_beginning_before_every_version() -> None:
    assert said(record({"introduced": "0"}, {"fixed": "1"}), "0.dev0", "0.0.1", "1") == [
        YES, YES, NO,
    ]  # fmt: skip


def test_last_affected_is_the_last_one_that_is() -> None:
    document = record({"introduced": "0"}, {"last_affected": "1.5"})

    assert said(document, "1.5", "1.5.post1", "1.6") == [YES, NO, NO]


def test_a_range_without_end_goes_on() -> None:
    assert said(record({"introduced": "2"}), "1.9", "2", "99") == [NO, YES, YES]


def test_a_limit_cuts_a_range_off() -> None:
    document = record({"introduced": "0"}, {"limit": "2"})

    assert said(document, "1.9", "2", "3") == [YES, NO, NO]


def test_a_limit_of_everything_is_none() -> None:
    assert said(record({"introduced": "0"}, {"limit": "*"}), "99") == [YES]


def test_several_runs_in_one_range_leave_gaps() -> None:
    document = record(
        {"fixed": "2.3"}, {"introduced": "2.0"}, {"introduced": "0"}, {"fixed": "1.4"}
    )

    assert said(document, "1.3", "1.4", "1.9", "2.0", "2.2", "2.3") == [
        YES, NO, NO, YES, YES, NO,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (
            [{"introduced": "1"}, {"fixed": "2"}, {"introduced": "2"}, {"fixed": "3"}],
            [YES, YES, NO],
        ),
        ([{"introduced": "2"}, {"last_affected": "2"}], [NO, YES, NO]),
        ([{"introduced": "2"}, {"fixed": "2"}], [NO, NO, NO]),
        ([{"introduced": "1"}, {"last_affected": "2"}, {"introduced": "2"}], [YES, YES, YES]),
    ],
)
def test_events_at_one_version_are_taken_in_the_order_that_hides_nothing(
    events: list[dict[str, str]], expected: list[Match]
) -> None:
    assert said(record(*events), "1.5", "2", "3") == expected
    assert said(record(*reversed(events)), "1.5", "2", "3") == expected


def test_a_list_of_versions_counts_beside_the_ranges_and_in_any_spelling() -> None:
    document = record({"introduced": "5"}, versions=["1.0", "2.0-beta.1", "2004-1"])

    assert said(document, "1", "1.0.0", "2.0b1", "3", "5") == [YES, YES, YES, NO, YES]


def test_a_local_version_does_not_escape() -> None:
    in_range = record({"introduced": "0"}, {"last_affected": "1.0"})
    in_list = record(versions=["1.0"])
    fixed_locally = record({"introduced": "0"}, {"fixed": "1.0+patched.2"})

    assert said(in_range, "1.0+ours") == [YES]
    assert said(in_list, "1.0+ours", "1.1+ours") == [YES, NO]
    assert said(fixed_locally, "1.0", "1.0+patched.1", "1.0+patched.2") == [YES, YES, NO]


@pytest.mark.parametrize(
    "document",
    [
        record({"introduced": "0"}, {"fixed": "2019-09-12"}),
        record({"introduced": "a"}),
        record({"fixed": "2"}),
        record({"introduced": "0"}, {"repaired": "2"}),
        record({"introduced": "0"}, kind="GIT"),
        record(),
    ],
)
def test_what_cannot_be_compared_is_uncertain(document: dict[str, Any]) -> None:
    assert said(document, "1.0") == [UNCERTAIN]


def test_a_surer_part_of_the_record_outweighs_an_uncertain_one() -> None:
    document = record({"introduced": "0"}, {"fixed": "no version"}, versions=["1.0"])

    assert said(document, "1.0", "1.1") == [YES, UNCERTAIN]


def test_commits_are_ignored_beside_versions_and_semver_is_read_like_pep_440() -> None:
    commits = record({"introduced": "abc"}, kind="GIT", versions=["1.0"])
    semver = record({"introduced": "1.0.0-alpha.1"}, {"fixed": "1.0.0"}, kind="SEMVER")

    assert said(commits, "1.0", "2.0") == [YES, NO]
    assert said(semver, "1.0.0a2", "1.0.0") == [YES, NO]


@pytest.mark.parametrize(
    "package",
    [
        {"ecosystem": "npm", "name": "spam"},
        {"ecosystem": "PyPI", "name": "eggs"},
        {},
    ],
)
def test_what_affects_another_package_says_nothing(package: dict[str, str]) -> None:
    assert said(record({"introduced": "0"}, package=package), "1.0") == [NO]


def test_fixed_versions_are_those_of_version_ranges() -> None:
    document = record({"introduced": "0"}, {"fixed": "1.4"}, {"introduced": "2"}, {"fixed": "2.1"})

    assert fixed_versions(document, SPAM) == {Version("1.4"), Version("2.1")}
    assert fixed_versions(record({"fixed": "1.0"}, kind="GIT"), SPAM) == set()


versions = st.sampled_from([f"{n}.{m}" for n in range(3) for m in range(4)])
events = st.lists(
    st.builds(
        lambda kind, at: {kind: at},
        st.sampled_from(["introduced", "fixed", "last_affected"]),
        versions,
    ),
    min_size=1,
    max_size=8,
)


@given(events, st.randoms(use_true_random=False))
def test_the_order_of_events_never_matters(steps: list[dict[str, str]], random: Any) -> None:
    shuffled = list(steps)
    random.shuffle(shuffled)

    assert spans(shuffled) == spans(steps)


@given(st.lists(versions, min_size=2, max_size=6, unique=True), versions)
def test_runs_that_follow_each_other_hold_what_lies_in_one_of_them(
    ends: list[str], version: str
) -> None:
    ordered = sorted(map(Version, ends))
    pairs = list(zip(ordered[::2], ordered[1::2], strict=False))
    steps = [
        step for low, high in pairs for step in ({"introduced": str(low)}, {"fixed": str(high)})
    ]

    runs = spans(steps) or ()

    inside = any(low <= Version(version) < high for low, high in pairs)
    assert any(run.holds(Version(version)) for run in runs) == inside


@pytest.mark.parametrize(
    ("vector", "score", "word"),
    [
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8, "critical"),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 10.0, "critical"),
        ("CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1, "medium"),
        ("CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:C/C:L/I:L/A:N", 4.7, "medium"),
        ("CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", 7.8, "high"),
        ("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N", 6.4, "medium"),
        ("CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N", 1.6, "low"),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0.0, "low"),
    ],
)
def test_cvss_3_vectors_give_the_score_of_the_specifications_calculator(
    vector: str, score: float, word: str
) -> None:
    assert base_score(vector) == score
    assert level_of_score(score) == word


@pytest.mark.parametrize(
    "vector", ["", "7.5", "CVSS:4.0/AV:N", "CVSS:3.1/AV:N", "CVSS:3.1/AV:X/AC:L"]
)
def test_what_is_no_cvss_3_vector_has_no_score(vector: str) -> None:
    assert base_score(vector) is None


HIGH = {"type": "CVSS_V3", "score": "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H"}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"severity": [HIGH], "database_specific": {"severity": "LOW"}}, "high"),
        ({"database_specific": {"severity": "MODERATE"}}, "medium"),
        ({"severity": [{"type": "CVSS_V4", "score": "CVSS:4.0/AV:N"}]}, "unknown"),
        ({"severity": "bad"}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_the_level_is_that_of_the_vector_else_that_of_the_database(
    fields: dict[str, Any], expected: str
) -> None:
    assert level(record({"introduced": "0"}) | fields, SPAM) == expected


def test_a_part_of_the_record_may_rate_itself() -> None:
    assert level(record({"introduced": "0"}, severity=[HIGH]), SPAM) == "high"
