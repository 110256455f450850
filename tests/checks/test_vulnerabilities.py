from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from affineur.checks.vulnerabilities import Vulnerabilities
from affineur.core.advisories import Advisories, Advisory
from affineur.core.findings import Assessment, Outcome, Severity, Verdict
from affineur.core.names import ProjectName
from affineur.core.policy import decide, parse_policy
from affineur.core.subjects import Subject
from support.values import NOW, digest

Look = Callable[..., Subject]


def advisory(advisory_id: str, *fixed: str, **fields: Any) -> Advisory:
    events = [{"introduced": "0"}, *({"fixed": version} for version in fixed)]
    document = {
        "id": advisory_id,
        "summary": f"About {advisory_id}",
        "affected": [
            {
                "package": {"ecosystem": "PyPI", "name": "spam"},
                "ranges": [{"type": "ECOSYSTEM", "events": events}],
            }
        ],
    } | fields
    return Advisory(advisory_id, ProjectName("spam"), NOW, document)


def look(subject: Look, *known: Advisory, age_days: float = 1) -> Outcome:
    advisories = Advisories(known, NOW - timedelta(days=age_days))
    return Vulnerabilities().look(subject(advisories=advisories))


def test_a_release_that_no_advisory_speaks_of_has_no_finding(subject: Look) -> None:
    outcome = look(subject, advisory("PYSEC-1", "0.9"))

    assert outcome == Outcome(
        "vulnerabilities", 1, data_as_of=NOW - timedelta(days=1), facts={"advisories": []}
    )


def test_an_advisory_is_told_with_its_level_and_the_version_that_fixes_it(subject: Look) -> None:
    outcome = look(
        subject,
        advisory("PYSEC-1", "1.3", database_specific={"severity": "HIGH"}, aliases=["CVE-1"]),
    )

    (finding,) = outcome.findings
    assert (finding.id, finding.severity) == ("vulnerability.PYSEC-1", Severity.REVIEW)
    assert finding.what == "spam 1.0 is affected by PYSEC-1 (CVE-1), level high."
    assert (finding.why, finding.todo) == ("About PYSEC-1", "It is fixed in 1.3.")
    assert outcome.facts["advisories"] == [
        {
            "id": "PYSEC-1",
            "aliases": ["CVE-1"],
            "level": "high",
            "is_malware": False,
            "is_certain": True,
            "fixed": "1.3",
        }
    ]


def test_aliases_are_one_finding_with_the_highest_level(subject: Look) -> None:
    outcome = look(
        subject,
        advisory("PYSEC-1", aliases=["CVE-1"]),
        advisory("GHSA-1", aliases=["CVE-1"], database_specific={"severity": "CRITICAL"}),
        advisory("CVE-1"),
        advisory("PYSEC-2"),
    )

    told = [(finding.id, finding.what) for finding in outcome.findings]
    assert told == [
        (
            "vulnerability.PYSEC-1",
            "spam 1.0 is affected by PYSEC-1 (GHSA-1, CVE-1), level critical.",
        ),
        ("vulnerability.PYSEC-2", "spam 1.0 is affected by PYSEC-2, level unknown."),
    ]


def test_a_version_that_another_record_still_speaks_of_is_no_fix(subject: Look) -> None:
    outcome = look(
        subject,
        advisory("PYSEC-1", "1.3", aliases=["CVE-1"]),
        advisory("GHSA-1", "1.5", aliases=["CVE-1"]),
    )

    assert [finding.todo for finding in outcome.findings] == ["It is fixed in 1.5."]


def test_a_withdrawn_record_says_nothing(subject: Look) -> None:
    gone = advisory("MAL-1", withdrawn="2026-05-26T00:00:00Z")

    assert look(subject, gone).findings == ()


def test_known_malware_blocks(subject: Look) -> None:
    outcome = look(subject, advisory("MAL-2026-1", aliases=["GHSA-9"]), advisory("GHSA-9"))

    (finding,) = outcome.findings
    assert (finding.id, finding.severity) == ("malware.MAL-2026-1", Severity.BLOCK)
    assert "is known malware" in finding.what
    facts = outcome.facts["advisories"]
    assert isinstance(facts, list)
    assert isinstance(facts[0], dict)
    assert facts[0]["is_malware"] is True


def test_what_may_be_malware_goes_to_a_person(subject: Look) -> None:
    outcome = look(subject, advisory("MAL-1", "no version"))

    (finding,) = outcome.findings
    assert (finding.id, finding.severity) == ("malware.MAL-1", Severity.REVIEW)
    assert "may be known malware" in finding.what


def test_an_advisory_that_cannot_be_compared_goes_to_a_person(subject: Look) -> None:
    outcome = look(subject, advisory("PYSEC-1", "2019-09-12"))

    (finding,) = outcome.findings
    assert (finding.id, finding.severity) == ("vulnerability.PYSEC-1", Severity.REVIEW)
    assert "may be affected" in finding.what


def test_without_data_nothing_is_assessed(subject: Look) -> None:
    outcome = Vulnerabilities().look(subject())

    assert outcome.not_assessed == "no advisory data: run affineur advisories sync"


def test_old_data_is_not_assessed_and_still_tells_what_it_knows(subject: Look) -> None:
    outcome = look(subject, advisory("PYSEC-1"), age_days=30)

    assert outcome.not_assessed == "advisory data is 30 days old: run affineur advisories sync"
    assert [finding.id for finding in outcome.findings] == ["vulnerability.PYSEC-1"]


def test_malware_is_denied_by_old_data_too(subject: Look) -> None:
    outcome = look(subject, advisory("MAL-1"), age_days=30)

    answer = decide(parse_policy(None), [Assessment(digest("spam"), NOW, (outcome,))], NOW)

    assert answer.verdict is Verdict.DENY


def test_records_of_odd_forms_are_no_error(subject: Look) -> None:
    odd = [
        advisory("PYSEC-1", affected="all"),
        advisory("PYSEC-2", affected=[{"package": "spam"}, 7]),
        advisory("PYSEC-3", aliases="CVE-1", severity={"score": 9}, summary=None, details=7),
    ]

    assert [one.id for one in look(subject, *odd).findings] == ["vulnerability.PYSEC-3"]
