from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from affineur.checks.vulnerabilities import Vulnerabilities
from affineur.core.advisories import Advisories, Advisory
from affineur.core.findings import Assessment, Fact, Outcome, Severity, Verdict
from affineur.core.names import ProjectName
from affineur.core.subjects import Subject
from affineur.services.osv_record import parse_record
from support.judging import verdict
from support.values import NOW, digest

Look = Callable[..., Subject]
V3 = "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H"


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

    facts: dict[str, Fact] = {
        "advisories": [],
        "known_malware": False,
        "worst_advisory": None,
        "unaffected_version": None,
    }
    as_of = NOW - timedelta(days=1)
    assert outcome == Outcome("vulnerabilities", 2, data_as_of=as_of, facts=facts)


def test_an_advisory_is_told_with_its_level_and_the_version_that_fixes_it(subject: Look) -> None:
    outcome = look(
        subject,
        advisory("PYSEC-1", "1.3", published="2026-01-02T03:04:05Z", aliases=["CVE-1"]),
        advisory("GHSA-1", "1.3", severity=[{"type": "CVSS_V3", "score": V3}], aliases=["CVE-1"]),
    )

    (finding,) = outcome.findings
    assert (finding.id, finding.severity) == ("vulnerability.PYSEC-1", Severity.REVIEW)
    assert finding.what == (
        "spam 1.0 is affected by PYSEC-1 (GHSA-1, CVE-1), level high (CVSS 7.8)."
    )
    assert finding.why == "About GHSA-1 [published 2026-01-02]"
    assert finding.todo == "Take 1.3 or later."
    assert outcome.facts == {
        "advisories": [
            {
                "id": "PYSEC-1",
                "aliases": ["GHSA-1", "CVE-1"],
                "records": ["GHSA-1", "PYSEC-1"],
                "level": "high",
                "score": 7.8,
                "vector": V3,
                "is_malware": False,
                "is_certain": True,
                "fixed": "1.3",
                "is_same_branch": True,
                "last_affected": None,
                "published": "2026-01-02T03:04:05Z",
                "modified": NOW.isoformat(),
            }
        ],
        "known_malware": False,
        "worst_advisory": "high",
        "unaffected_version": "1.3",
    }


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

    assert [finding.todo for finding in outcome.findings] == ["Take 1.5 or later."]


def ranged(advisory_id: str, *events: dict[str, str], **fields: Any) -> Advisory:
    ranges = [{"type": "ECOSYSTEM", "events": list(events)}]
    package = {"ecosystem": "PyPI", "name": "spam"}
    return advisory(advisory_id, affected=[{"package": package, "ranges": ranges}], **fields)


def test_the_fix_is_told_with_its_branch_and_with_the_first_version_free_of_all(
    subject: Look,
) -> None:
    known = [
        ranged("PYSEC-1", {"introduced": "1"}, {"fixed": "1.4"}),
        ranged("PYSEC-2", {"introduced": "0"}, {"fixed": "2.1"}),
        ranged("PYSEC-3", {"introduced": "2"}, {"fixed": "2.2"}),
        ranged("PYSEC-4", {"introduced": "0"}, {"last_affected": "1.5"}),
        ranged("PYSEC-5", {"introduced": "0"}),
    ]

    assert [one.todo for one in look(subject, *known[:4]).findings] == [
        "Take 1.4 or later. 2.2 is the first of which no known advisory speaks.",
        (
            "Take 2.1 or later; no fix is known on the branch 1.x. "
            "2.2 is the first of which no known advisory speaks."
        ),
        "Take a version after 1.5, the last that is known to be affected.",
    ]
    assert look(subject, known[4]).findings[0].todo == "No fixed version is known."


def test_aliases_join_by_way_of_others_and_in_circles(subject: Look) -> None:
    outcome = look(
        subject,
        advisory("A-1", aliases=["A-2"]),
        advisory("A-2", aliases=["A-3", "A-2", 7, None]),
        advisory("A-4", aliases=["A-5"]),
        advisory("A-5", aliases=["A-3", "A-1"]),
        advisory("B-1", related=["A-1"], upstream=["A-2"]),
    )

    assert [one.id for one in outcome.findings] == ["vulnerability.A-1", "vulnerability.B-1"]


def test_a_withdrawn_record_joins_nothing(subject: Look) -> None:
    gone = advisory("A-2", aliases=["A-1", "A-3"], withdrawn="2026-05-26T00:00:00Z")

    outcome = look(subject, advisory("A-1"), gone, advisory("A-3"))

    assert [one.id for one in outcome.findings] == ["vulnerability.A-1", "vulnerability.A-3"]


def test_what_was_accepted_stays_accepted_in_other_versions(subject: Look) -> None:
    known = Advisories((advisory("PYSEC-1", aliases=["CVE-1"]),), NOW)

    keys = {
        finding.key
        for filename in ("spam-1.0-py3-none-any.whl", "spam-1.1.tar.gz")
        for finding in Vulnerabilities().look(subject(filename, advisories=known)).findings
    }

    assert len(keys) == 1


def test_thousands_of_records_in_one_circle_of_aliases_are_one_finding(subject: Look) -> None:
    many = [advisory(f"A-{number}", aliases=[f"A-{number + 1}"]) for number in range(3000)]

    assert len(look(subject, *many).findings) == 1


def real(advisory_id: str) -> Advisory:
    text = (Path(__file__).parent / "advisories" / f"{advisory_id}.json").read_bytes()
    record = parse_record(advisory_id, text)
    assert record is not None
    (project,) = record.projects
    return record.row(project)


@pytest.mark.parametrize(
    ("advisory_id", "version", "expected"),
    [
        ("PYSEC-2023-74", "2.30.0", ["Take 2.31.0 or later."]),
        ("PYSEC-2023-74", "2.31.0", []),
        ("PYSEC-2023-74", "2.2.1", []),
        ("PYSEC-2023-212", "1.26.17", ["Take 1.26.18 or later."]),
        ("PYSEC-2023-212", "1.26.18", []),
        ("PYSEC-2023-212", "2.0.6", ["Take 2.0.7 or later."]),
        (
            "PYSEC-2022-42969",
            "1.11.0",
            ["Take a version after 1.11.0, the last that is known to be affected."],
        ),
        ("PYSEC-2022-42969", "1.11.1", []),
        ("PYSEC-2022-43059", "3.8.1", []),  # withdrawn
        (
            "PYSEC-2021-371",  # it was fixed in "0.2.0-n653"
            "0.1.0",
            ["Read the advisory; it could not be decided by program."],
        ),
    ],
)
def test_real_records_say_what_they_are_known_to_say(
    subject: Look, advisory_id: str, version: str, expected: list[str]
) -> None:
    known = real(advisory_id)
    filename = f"{known.project}-{version}.tar.gz"

    outcome = Vulnerabilities().look(subject(filename, advisories=Advisories((known,), NOW)))

    assert [finding.todo for finding in outcome.findings] == expected


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

    assert verdict(None, Assessment(digest("spam"), NOW, (outcome,))) is Verdict.DENY


def test_records_of_odd_forms_are_no_error(subject: Look) -> None:
    odd = [
        advisory("PYSEC-1", affected="all"),
        advisory("PYSEC-2", affected=[{"package": "spam"}, 7]),
        advisory("PYSEC-3", aliases="CVE-1", severity={"score": 9}, summary=None, details=7),
    ]

    assert [one.id for one in look(subject, *odd).findings] == ["vulnerability.PYSEC-3"]
