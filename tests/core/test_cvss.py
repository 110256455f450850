"""CVSS scores, against the examples that FIRST publishes and its calculators' answers."""

from __future__ import annotations

from typing import Any

import pytest

from affineur.core.cvss import base_score, level_of_score
from affineur.core.names import ProjectName
from affineur.core.ratings import Rating, rate


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
        ("AV:N/AC:L/Au:N/C:N/I:N/A:C", 7.8, "high"),  # CVE-2002-0392
        ("AV:N/AC:L/Au:N/C:C/I:C/A:C", 10.0, "critical"),  # CVE-2003-0818
        ("AV:L/AC:H/Au:N/C:C/I:C/A:C", 6.2, "medium"),  # CVE-2003-0062
        ("AV:N/AC:L/Au:N/C:N/I:N/A:N", 0.0, "low"),
    ],
)
def test_vectors_of_the_older_versions_give_the_score_of_the_specifications_calculators(
    vector: str, score: float, word: str
) -> None:
    assert base_score(vector) == score
    assert level_of_score(score) == word


@pytest.mark.parametrize(
    ("vector", "score"),
    [
        ("AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", 10.0),
        ("AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 9.3),
        ("AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 7.3),  # CVE-2022-41741
        ("AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 7.7),  # CVE-2020-3549
        ("AV:N/AC:L/AT:N/PR:N/UI:P/VC:N/VI:L/VA:N/SC:N/SI:N/SA:N", 5.3),
        ("AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:L/SI:L/SA:N", 6.9),
        ("AV:P/AC:H/AT:P/PR:H/UI:A/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N", 1.0),
        ("AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N", 0.0),
        ("AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H/E:U", 9.1),
        ("AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:L/VA:L/SC:N/SI:N/SA:N/MSI:S/E:P/CR:M", 9.0),
    ],
)
def test_vectors_of_version_4_give_the_score_of_the_specifications_calculator(
    vector: str, score: float
) -> None:
    assert base_score(f"CVSS:4.0/{vector}") == score


@pytest.mark.parametrize(
    "vector",
    [
        "",
        "7.5",
        "CVSS:4.0/AV:N",
        "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:S/SI:H/SA:H",
        "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:S/SA:H",
        "CVSS:4.0/AV:N/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H",
        "CVSS:4.0/AV:X/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H",
        "CVSS:4.0/AV:NA/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H",
        "CVSS:3.1/AV:N",
        "CVSS:3.1/AV:X/AC:L",
        "CVSS:3.1/" + "AV:N/" * 1000,
    ],
)
def test_what_is_no_whole_vector_has_no_score(vector: str) -> None:
    assert base_score(vector) is None


SPAM = ProjectName("spam")
V3 = "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H"
V4 = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"


def rated(*vectors: str, **fields: Any) -> dict[str, Any]:
    return {"severity": [{"type": "CVSS", "score": one} for one in vectors]} | fields


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([rated(V3, database_specific={"severity": "LOW"})], Rating("high", 7.8, V3)),
        ([rated(V3, V4)], Rating("critical", 9.3, V4)),
        ([rated(), rated(V3)], Rating("high", 7.8, V3)),
        ([rated(), rated(database_specific={"severity": "MODERATE"})], Rating("medium")),
        ([rated("CVSS:4.0/AV:N", database_specific={"severity": "HIGH"})], Rating("high")),
        ([{"severity": "bad", "database_specific": []}], Rating("unknown")),
        ([rated()], Rating("unknown")),
        ([], Rating("unknown")),
    ],
)
def test_records_are_rated_by_their_highest_vector_else_by_the_worst_word(
    records: list[dict[str, Any]], expected: Rating
) -> None:
    assert rate(records, SPAM) == expected


def test_a_part_of_the_record_may_rate_itself() -> None:
    package = {"ecosystem": "PyPI", "name": "spam"}
    other = {"ecosystem": "PyPI", "name": "eggs"}
    record = {
        "affected": [
            {"package": package, "severity": [{"type": "CVSS_V3", "score": V3}]},
            {"package": other, "severity": [{"type": "CVSS_V4", "score": V4}]},
        ]
    }

    assert rate([record], SPAM) == Rating("high", 7.8, V3)
