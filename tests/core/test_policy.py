from datetime import timedelta

import pytest

from affineur.core.errors import BadInput
from affineur.core.findings import Assessment, Fact, Finding, Outcome, Severity, Verdict
from affineur.core.policy import DEFAULT_TOML, decide, parse_policy
from support.values import NOW, digest

OLD = (NOW - timedelta(days=400)).isoformat()


def assessed(*outcomes: Outcome) -> Assessment:
    return Assessment(digest("file"), NOW, outcomes)


def measured(**facts: Fact) -> Assessment:
    return assessed(Outcome("a-check", 1, facts=facts))


def licensed(expression: str, *alternatives: list[Fact]) -> Assessment:
    return measured(licence=expression, licence_alternatives=list(alternatives))


def verdict(toml: str, *assessments: Assessment) -> Verdict:
    return decide(parse_policy(toml), assessments, NOW).verdict


def test_the_shipped_policy_sends_every_new_release_to_a_person() -> None:
    clean = licensed("MIT", ["MIT"])

    assert verdict("", clean) is Verdict.REVIEW


def test_the_shipped_policy_denies_known_malware() -> None:
    bad = measured(advisories=[{"id": "MAL-2026-1", "is_malware": True, "level": None}])

    answer = decide(parse_policy(None), [bad], NOW)

    assert answer.verdict is Verdict.DENY
    assert str(answer.reasons[0]) == "deny: known malware: MAL-2026-1 [malware]"


def test_a_policy_may_allow_what_is_clean() -> None:
    toml = 'otherwise = "allow"\n[licence]\nallow = ["MIT"]'

    assert verdict(toml, licensed("MIT", ["MIT"])) is Verdict.ALLOW


def test_nothing_assessed_is_never_passed() -> None:
    answer = decide(parse_policy('otherwise = "allow"'), [], NOW)

    assert answer.verdict is Verdict.REVIEW
    assert "nothing was assessed" in str(answer.reasons[0])


def test_a_check_that_could_not_look_is_never_passed() -> None:
    blind = assessed(Outcome("vulnerabilities", 1, not_assessed="no advisory data"))

    answer = decide(parse_policy('otherwise = "allow"'), [blind], NOW)

    assert answer.verdict is Verdict.REVIEW
    assert "vulnerabilities could not be assessed: no advisory data" in str(answer.reasons[0])


def test_what_a_blind_check_claims_to_have_measured_does_not_count() -> None:
    toml = 'otherwise = "allow"\n[not_assessed]\nverdict = "deny"\n[licence]\nallow = ["MIT"]'
    facts: dict[str, Fact] = {"licence": "MIT", "licence_alternatives": [["MIT"]]}
    blind = assessed(Outcome("licence", 1, not_assessed="it crashed", facts=facts))

    assert verdict(toml, blind) is Verdict.DENY


@pytest.mark.parametrize(
    ("alternatives", "expected"),
    [
        ([["MIT"]], Verdict.ALLOW),
        ([["GPL-3.0-only"]], Verdict.DENY),
        ([["MIT", "GPL-3.0-only"]], Verdict.DENY),
        ([["MIT"], ["GPL-3.0-only"]], Verdict.ALLOW),
        ([["MPL-2.0"]], Verdict.REVIEW),
        ([["Zlib"]], Verdict.REVIEW),
    ],
)
def test_and_takes_the_strictest_licence_and_or_the_mildest(
    alternatives: list[Fact], expected: Verdict
) -> None:
    toml = (
        'otherwise = "allow"\n[licence]\nallow = ["MIT"]\nreview = ["MPL-2.0"]\n'
        'deny = ["GPL-3.0-only"]'
    )

    assert verdict(toml, measured(licence="x", licence_alternatives=alternatives)) is expected


@pytest.mark.parametrize(
    ("uploaded_at", "expected"),
    [
        (OLD, Verdict.ALLOW),
        ((NOW - timedelta(days=2)).isoformat(), Verdict.DENY),
        (None, Verdict.DENY),
    ],
)
def test_a_release_must_have_an_age(uploaded_at: str | None, expected: Verdict) -> None:
    toml = 'otherwise = "allow"\n[age]\nmin_days = 3\nyounger = "deny"'

    assert verdict(toml, measured(uploaded_at=uploaded_at)) is expected


@pytest.mark.parametrize("level", ["critical", "high", "medium", "low", "unknown"])
def test_each_level_of_vulnerability_has_its_answer(level: str) -> None:
    toml = f'otherwise = "allow"\n[vulnerability]\n{level} = "deny"'
    found = measured(advisories=[{"id": "PYSEC-1", "level": level, "is_malware": False}])

    assert verdict(toml, found) is Verdict.DENY


def test_a_blocking_finding_of_any_check_meets_the_integrity_rule() -> None:
    finding = Finding("integrity.traversal", "integrity", Severity.BLOCK, "it climbs out")

    answer = decide(
        parse_policy('otherwise = "allow"'), [assessed(Outcome("integrity", 1, (finding,)))], NOW
    )

    assert (answer.verdict, answer.reasons[0].text) == (Verdict.DENY, "it climbs out")


@pytest.mark.parametrize(
    "toml",
    [
        "otherwise = 'perhaps'",
        "no toml at all [",
        "[unknown]\nx = 1",
        "[age]\nmin_days = -1",
        "[age]\nmin_days = true",
        "[age]\nyears = 1",
        "[licence]\nallow = 'MIT'",
        "[licence]\nallow = [1]",
        "licence = 3",
        "[malware]\nverdict = []",
    ],
)
def test_a_policy_that_cannot_be_read_is_refused(toml: str) -> None:
    with pytest.raises(BadInput):
        parse_policy(toml)


def test_the_shipped_policy_is_what_its_text_says() -> None:
    assert parse_policy(DEFAULT_TOML) == parse_policy(None)


@pytest.mark.parametrize(
    ("finding_id", "severity", "expected"),
    [
        ("licence.conflict", Severity.REVIEW, Verdict.REVIEW),
        ("integrity.unrecorded", Severity.REVIEW, Verdict.REVIEW),
        ("malware.MAL-2026-1", Severity.REVIEW, Verdict.REVIEW),
        ("history.seen-before-upload", Severity.REVIEW, Verdict.REVIEW),
        ("history.young", Severity.INFO, Verdict.ALLOW),
        ("vulnerability.CVE-2026-1", Severity.REVIEW, Verdict.ALLOW),
        ("licence.unknown", Severity.REVIEW, Verdict.ALLOW),
        ("history.yanked", Severity.REVIEW, Verdict.ALLOW),
    ],
)
def test_what_is_for_a_person_to_see_goes_to_one_unless_a_rule_speaks_of_just_that(
    finding_id: str, severity: Severity, expected: Verdict
) -> None:
    check = finding_id.partition(".")[0]
    seen = Finding(finding_id, check, severity, "something odd")

    assert verdict('otherwise = "allow"', assessed(Outcome(check, 1, (seen,)))) is expected
