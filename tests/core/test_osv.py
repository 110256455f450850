"""Whether an OSV record speaks of a version."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from affineur.core.names import ProjectName
from affineur.core.osv import Match, fixed_versions, last_affected, match, spans

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


def test_a_limit_of_everything_is_none_also_beside_others() -> None:
    assert said(record({"introduced": "0"}, {"limit": "*"}), "99") == [YES]
    assert said(record({"introduced": "0"}, {"limit": "2"}, {"limit": "*"}), "99") == [YES]


def test_of_several_limits_the_highest_counts() -> None:
    document = record({"introduced": "0"}, {"limit": "2"}, {"limit": "4"})

    assert said(document, "3", "4") == [YES, NO]


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
        ([{"introduced": "2"}, {"fixed": "2"}], [NO, YES, YES]),
        ([{"introduced": "1"}, {"introduced": "2"}, {"fixed": "2"}], [YES, YES, YES]),
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
        record({"introduced": "0"}, kind="CALENDAR"),
        record({"introduced": "0"}, {"fixed": "9" * 5000}),
        record(versions=["no version", "neither"]),
        record(versions="1.0"),
        record(),
    ],
)
def test_what_cannot_be_compared_is_uncertain(document: dict[str, Any]) -> None:
    assert said(document, "1.0") == [UNCERTAIN]


def test_before_all_that_could_begin_an_odd_range_says_nothing() -> None:
    document = record({"introduced": "2"}, {"fixed": "no version"})

    assert said(document, "1.9", "2", "3") == [NO, UNCERTAIN, UNCERTAIN]


def test_a_listed_version_of_an_odd_form_hides_nothing_else() -> None:
    assert said(record(versions=["2004d", "1.0"]), "1.0", "1.1") == [YES, NO]


def test_several_parts_about_the_same_package_are_all_looked_at() -> None:
    first, second = record({"introduced": "0"}, {"fixed": "1"}), record({"introduced": "2"})
    both = {"id": "PYSEC-1", "affected": first["affected"] + second["affected"]}

    assert said(both, "0.5", "1.5", "2.5") == [YES, NO, YES]


def test_an_ecosystem_with_a_suffix_is_the_same_one() -> None:
    package = {"ecosystem": "PyPI:https://index.example", "name": "S.P_am"}
    document = record({"introduced": "0"}, package=package)

    assert match(document, ProjectName("s-p-am"), Version("1")) is YES


def test_the_last_affected_version_is_told_of_the_run_that_holds_ours() -> None:
    document = record(
        {"introduced": "0"}, {"last_affected": "1.5"}, {"introduced": "2"}, {"fixed": "3"}
    )

    assert last_affected(document, SPAM, Version("1.1")) == Version("1.5")
    assert last_affected(document, SPAM, Version("2.1")) is None


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


def by_the_specification(steps: list[dict[str, str]], version: Version) -> bool:
    """Evaluate a range as the specification's pseudocode has it, `fixed` before `introduced`."""
    ranks = {"fixed": 0, "introduced": 1, "last_affected": 2, "limit": 3}
    told = [(Version(at), ranks[kind], kind) for step in steps for kind, at in step.items()]
    limits = [at for at, _, kind in told if kind == "limit"]
    vulnerable = False
    for at, _, kind in sorted(told):
        if kind == "introduced" and version >= at:
            vulnerable = True
        elif (kind == "fixed" and version >= at) or (kind == "last_affected" and version > at):
            vulnerable = False
    return vulnerable and (not limits or any(version < at for at in limits))


@given(
    st.lists(versions, min_size=1, max_size=8, unique=True),
    st.lists(st.sampled_from(["introduced", "fixed", "last_affected", "limit"]), min_size=8),
    st.sets(st.integers(0, 7)),
    versions,
)
def test_a_range_says_what_the_pseudocode_of_the_specification_says(
    places: list[str], kinds: list[str], reintroduced: set[int], version: str
) -> None:
    steps = [{kind: at} for at, kind in zip(places, kinds, strict=False)]
    steps += [
        {"introduced": at}
        for number, (at, kind) in enumerate(zip(places, kinds, strict=False))
        if kind == "fixed" and number in reintroduced
    ]
    steps.append({"introduced": "0.0.dev0"})

    answer = match(record(*steps), SPAM, Version(version))

    assert (answer is YES) == by_the_specification(steps, Version(version))
    assert answer is not UNCERTAIN


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


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | versions,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "affected",
                    "package",
                    "ecosystem",
                    "name",
                    "versions",
                    "ranges",
                    "type",
                    "events",
                    "introduced",
                    "fixed",
                    "severity",
                    "score",
                    "aliases",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=30,
)


@given(JSON, JSON, JSON)
def test_whatever_a_record_holds_nothing_is_raised(affected: Any, ranges: Any, listed: Any) -> None:
    package = {"ecosystem": "PyPI", "name": "spam"}
    part = {"package": package, "ranges": ranges, "versions": listed, "severity": affected}

    for document in ({"affected": affected}, {"affected": [part]}):
        match(document, SPAM, Version("1.0"))
        fixed_versions(document, SPAM)
        last_affected(document, SPAM, Version("1.0"))


@pytest.mark.parametrize(
    "fields",
    [
        {"ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}] * 100_000}]},
        {"versions": [f"{number}.0" for number in range(2, 100_002)]},
        {"versions": ["1" + ".0" * 400_000]},
    ],
)
def test_more_than_anybody_publishes_is_uncertain(fields: dict[str, Any]) -> None:
    assert said(record(**fields), "1.0") == [UNCERTAIN]
