"""Waivers: what they accept, how far they reach, and that they end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from packaging.version import Version

from affineur.core.errors import BadInput
from affineur.core.findings import Fact, Outcome, Severity, Verdict
from affineur.core.names import ProjectName
from affineur.core.waivers import Scope, Waiver, check_expiry, parse_finding
from support.judging import ALLOWING, answer, assessed, finding, found, measured, verdict, waiver
from support.values import NOW, digest

ODD = finding("contents.hidden")


def test_a_waived_finding_weighs_nothing_and_is_told_with_its_waiver() -> None:
    told = answer(ALLOWING, found(ODD), waivers=[waiver("contents.hidden")])

    assert told.verdict is Verdict.ALLOW
    assert "allow: contents: odd (waived by eva until 2026-12-01: we looked) [findings.review]" in [
        str(one) for one in told.reasons
    ]


@pytest.mark.parametrize(
    ("accepts", "expected"),
    [
        (ODD.id, Verdict.ALLOW),
        (ODD.key, Verdict.ALLOW),
        ("contents", Verdict.REVIEW),
        ("contents.other", Verdict.REVIEW),
        (finding(what="another").key, Verdict.REVIEW),
    ],
)
def test_a_waiver_names_a_finding_by_its_key_or_all_of_its_kind_by_their_id(
    accepts: str, expected: Verdict
) -> None:
    assert verdict(ALLOWING, found(ODD), waivers=[waiver(accepts)]) is expected


@pytest.mark.parametrize(
    "reach",
    [
        waiver(ODD.id, project=ProjectName("eggs")),
        waiver(ODD.id, Scope.RELEASE, version=Version("2.0.2")),
        waiver(ODD.id, Scope.FILE, sha256=digest("other")),
        waiver(ODD.id, expires_at=NOW),
        waiver(ODD.id, at=NOW + timedelta(seconds=1)),
        waiver(ODD.id, ended_at=NOW, ended_by="eva"),
    ],
    ids=["project", "release", "file", "expired", "not yet", "ended"],
)
def test_a_waiver_counts_only_where_and_while_it_holds(reach: Waiver) -> None:
    assert verdict(ALLOWING, found(ODD), waivers=[reach]) is Verdict.REVIEW


@pytest.mark.parametrize("scope", Scope)
def test_a_waiver_counts_within_its_scope(scope: Scope) -> None:
    assert verdict(ALLOWING, found(ODD), waivers=[waiver(ODD.id, scope)]) is Verdict.ALLOW


def test_a_waiver_for_one_file_leaves_the_same_finding_in_another() -> None:
    both = (found(ODD), found(ODD, file="other"))

    assert verdict(ALLOWING, *both, waivers=[waiver(ODD.id, Scope.FILE)]) is Verdict.REVIEW
    assert verdict(ALLOWING, *both, waivers=[waiver(ODD.id)]) is Verdict.ALLOW


@pytest.mark.parametrize("accepts", ["vulnerability.PYSEC-1", "vulnerability.CVE-1"])
def test_a_vulnerability_is_waived_under_any_of_its_ids(accepts: str) -> None:
    affected = measured(advisories=[{"id": "PYSEC-1", "aliases": ["CVE-1"], "level": "high"}])

    told = answer(ALLOWING, affected, waivers=[waiver(accepts)])

    assert told.verdict is Verdict.ALLOW
    assert "allow: PYSEC-1 (high) (waived by eva" in "\n".join(str(one) for one in told.reasons)


ALLOWING_RULE = """
[licence]
allow = ["MIT"]
[[rule]]
name = "clean"
when = "vulnerabilities.size() == 0 && findings.size() == 0"
outcome = "allow"
reason = "nothing is known against it"
"""


def test_what_is_waived_is_no_fact_for_a_condition() -> None:
    affected = measured(advisories=[{"id": "PYSEC-1", "level": "high"}])
    accepted = [waiver("vulnerability.PYSEC-1")]

    assert verdict(ALLOWING_RULE, affected) is Verdict.REVIEW
    assert verdict(ALLOWING_RULE, affected, waivers=accepted) is Verdict.ALLOW


@pytest.mark.parametrize(
    ("finding_id", "facts"),
    [
        ("licence.unknown", {"licence": "", "licence_alternatives": []}),
        ("history.yanked", {"yanked": "broken"}),
        ("history.unknown-upload-time", {"uploaded_at": None}),
    ],
)
def test_a_threshold_with_a_finding_of_its_own_is_waived_by_it(
    finding_id: str, facts: dict[str, Fact]
) -> None:
    seen = measured(**facts)  # type: ignore[arg-type]  # facts by their keys

    assert verdict(ALLOWING, seen) is Verdict.REVIEW
    assert verdict(ALLOWING, seen, waivers=[waiver(finding_id)]) is Verdict.ALLOW


def test_a_check_that_could_not_look_is_waived_by_its_name() -> None:
    blind = assessed(Outcome("provenance", 1, not_assessed="no key"))
    accepted = waiver("not-assessed.provenance")

    told = answer(ALLOWING, blind, waivers=[accepted])

    assert told.verdict is Verdict.ALLOW
    assert verdict(ALLOWING, blind, waivers=[waiver("not-assessed.archive")]) is Verdict.REVIEW


@pytest.mark.parametrize("accepts", ["malware.MAL-1", "vulnerability.MAL-1"])
def test_malware_is_never_waived(accepts: str) -> None:
    bad = measured(advisories=[{"id": "MAL-1", "is_malware": True}])
    seen = found(finding("malware.MAL-1", Severity.BLOCK))
    accepted = [waiver(accepts), waiver(finding("malware.MAL-1", Severity.BLOCK).key)]

    assert verdict(ALLOWING, bad, waivers=accepted) is Verdict.DENY
    assert verdict(ALLOWING, seen, waivers=accepted) is Verdict.DENY


@pytest.mark.parametrize("text", ["malware.MAL-1", "", "x", "a b", "a\0b", ".a", "a" * 129])
def test_what_names_no_finding_or_malware_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        parse_finding(text)


@pytest.mark.parametrize("days", [-1, 0, 367])
def test_a_waiver_must_expire_within_a_year(days: int) -> None:
    with pytest.raises(BadInput):
        check_expiry(NOW, NOW + timedelta(days=days))


def test_a_waiver_may_last_a_year() -> None:
    assert check_expiry(NOW, NOW + timedelta(days=366)) == NOW + timedelta(days=366)


def test_only_waivers_that_reach_the_release_are_part_of_its_case() -> None:
    here, there = waiver("a.b"), waiver("a.b", project=ProjectName("eggs"))
    told = answer(ALLOWING, measured(), waivers=[here, replace(there)])

    assert told.verdict is Verdict.ALLOW
