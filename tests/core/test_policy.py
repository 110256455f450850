"""The named thresholds of a policy: each table's answer, and what is not measured never passes."""

from datetime import timedelta

import pytest

from affineur.core.findings import Assessment, Fact, Outcome, Severity, Verdict
from affineur.core.policy_presets import MANUAL
from support.judging import (
    ALLOWING,
    CLEAN,
    OLD,
    against,
    answer,
    assessed,
    finding,
    found,
    measured,
    policy,
    verdict,
)
from support.values import NOW, digest


def test_the_shipped_policy_sends_every_new_release_to_a_person() -> None:
    told = answer(None, measured())

    assert told.verdict is Verdict.REVIEW
    assert str(told.reasons[0]) == ("review: licence MIT is in no list of the policy [licence]")


def test_the_shipped_policy_denies_known_malware() -> None:
    bad = measured(advisories=[{"id": "MAL-2026-1", "is_malware": True, "level": None}])

    told = answer(None, bad)

    assert told.verdict is Verdict.DENY
    assert str(told.reasons[0]) == "deny: known malware: MAL-2026-1 [malware]"


def test_malware_is_denied_by_its_finding_alone() -> None:
    bad = found(finding("malware.MAL-2026-1", Severity.BLOCK))

    assert str(answer(None, bad).reasons[0]) == "deny: known malware: MAL-2026-1 [malware]"


def test_a_policy_may_allow_what_is_clean() -> None:
    assert verdict(ALLOWING, measured()) is Verdict.ALLOW


def test_nothing_assessed_is_never_passed() -> None:
    told = answer(ALLOWING)

    assert told.verdict is Verdict.REVIEW
    assert str(told.reasons[0]) == "review: nothing was assessed [not_assessed]"


def test_a_check_that_could_not_look_is_never_passed() -> None:
    told = answer(ALLOWING, assessed(Outcome("provenance", 1, not_assessed="no key")))

    assert told.verdict is Verdict.REVIEW
    assert str(told.reasons[0]) == (
        "review: provenance could not be assessed: no key [not_assessed]"
    )


def test_what_no_check_spoke_of_at_all_is_never_passed() -> None:
    told = answer(ALLOWING, Assessment(digest("file"), NOW, (Outcome("other", 1),)))

    assert told.verdict is Verdict.REVIEW
    assert [str(one) for one in told.reasons[:3]] == [
        "review: vulnerability: no check measured it [not_assessed]",
        "review: licence: no check measured it [not_assessed]",
        "review: age: no check measured it [not_assessed]",
    ]


def test_a_policy_may_excuse_single_checks() -> None:
    toml = ALLOWING + '[not_assessed]\nverdict = "deny"\nchecks = { provenance = "allow" }'
    blind = assessed(Outcome("provenance", 1, not_assessed="no key"))

    assert verdict(toml, blind) is Verdict.ALLOW
    assert verdict(toml, assessed(Outcome("archive", 1, not_assessed="crash"))) is Verdict.DENY


def test_what_a_blind_check_claims_to_have_measured_does_not_count() -> None:
    toml = ALLOWING + '[not_assessed]\nverdict = "deny"'
    blind = Outcome("licence", 1, not_assessed="it crashed", facts=CLEAN)

    assert verdict(toml, Assessment(digest("file"), NOW, (blind,))) is Verdict.DENY


@pytest.mark.parametrize(
    ("alternatives", "expected"),
    [
        ([["MIT"]], Verdict.ALLOW),
        ([["GPL-3.0-only"]], Verdict.DENY),
        ([["MIT", "GPL-3.0-only"]], Verdict.DENY),
        ([["MIT"], ["GPL-3.0-only"]], Verdict.ALLOW),
        ([["MPL-2.0"]], Verdict.REVIEW),
        ([["Zlib"]], Verdict.REVIEW),
        ([], Verdict.REVIEW),
    ],
)
def test_and_takes_the_strictest_licence_and_or_the_mildest(
    alternatives: list[Fact], expected: Verdict
) -> None:
    toml = ALLOWING + 'review = ["MPL-2.0"]\ndeny = ["GPL-3.0-only"]'

    assert verdict(toml, measured(licence="x", licence_alternatives=alternatives)) is expected


@pytest.mark.parametrize(
    ("spdx_id", "expected"),
    [
        ("MIT", Verdict.ALLOW),
        ("MPL-2.0", Verdict.REVIEW),
        ("GPL-3.0-only", Verdict.DENY),
        ("GPL-2.0-only WITH Classpath-exception-2.0", Verdict.REVIEW),
        ("LGPL-3.0-only", Verdict.ALLOW),
        ("LicenseRef-Ours", Verdict.DENY),
    ],
)
def test_a_category_counts_for_its_licences_unless_they_are_listed_themselves(
    spdx_id: str, expected: Verdict
) -> None:
    toml = (
        'otherwise = "allow"\n[licence]\nallow = ["LGPL-3.0-only"]\nunlisted = "deny"\n'
        'allow_categories = ["permissive"]\nreview_categories = ["weak-copyleft"]\n'
        'deny_categories = ["strong-copyleft"]'
    )

    licensed = measured(licence=spdx_id, licence_alternatives=[[spdx_id]])

    assert verdict(toml, licensed) is expected


@pytest.mark.parametrize(
    ("uploaded_at", "expected"),
    [
        (OLD, Verdict.ALLOW),
        ((NOW - timedelta(days=3)).isoformat(), Verdict.ALLOW),
        ((NOW - timedelta(days=2, hours=23)).isoformat(), Verdict.DENY),
        ((NOW + timedelta(days=9)).isoformat(), Verdict.DENY),
        (None, Verdict.DENY),
    ],
)
def test_a_release_must_have_an_age(uploaded_at: str | None, expected: Verdict) -> None:
    toml = ALLOWING + '[age]\nmin_days = 3\nyounger = "deny"'

    assert verdict(toml, measured(uploaded_at=uploaded_at)) is expected


def test_the_youngest_file_is_the_age_of_a_release() -> None:
    young = measured("other", uploaded_at=(NOW - timedelta(days=1)).isoformat())

    assert str(answer(ALLOWING, measured(), young).reasons[0]) == (
        "review: uploaded 1 days ago, younger than 3 days [age]"
    )


@pytest.mark.parametrize(
    ("fixes", "excepted", "expected"),
    [
        (["PYSEC-1"], "true", Verdict.ALLOW),
        (["PYSEC-1"], "false", Verdict.REVIEW),
        ([], "true", Verdict.REVIEW),
        (None, "true", Verdict.REVIEW),
    ],
)
def test_what_fixes_the_approved_version_need_not_be_old(
    fixes: list[Fact] | None, excepted: str, expected: Verdict
) -> None:
    young = measured(uploaded_at=(NOW - timedelta(days=1)).isoformat(), fixes_approved=fixes)

    assert verdict(f"{ALLOWING}[age]\nexcept_fixes = {excepted}", young) is expected


@pytest.mark.parametrize("level", ["critical", "high", "medium", "low", "unknown"])
def test_each_level_of_vulnerability_has_its_answer(level: str) -> None:
    affected = measured(
        advisories=[{"id": "PYSEC-1", "level": level, "is_malware": False, "fixed": "2.1"}]
    )

    told = answer(f'{ALLOWING}[vulnerability]\n{level} = "deny"', affected)

    assert str(told.reasons[0]) == f"deny: PYSEC-1 ({level}, fixed in 2.1) [vulnerability]"


def test_a_level_that_nobody_knows_counts_as_unknown() -> None:
    odd = measured(advisories=[{"id": "PYSEC-1", "level": "dreadful"}])

    assert verdict(ALLOWING + '[vulnerability]\nunknown = "deny"', odd) is Verdict.DENY


@pytest.mark.parametrize(
    ("table", "severity", "expected"),
    [
        ("", Severity.BLOCK, "deny: contents: it climbs out [findings.block]"),
        ('[integrity]\nverdict = "review"', Severity.BLOCK, "review: contents: it climbs out "),
        ('[findings]\nblock = "review"', Severity.BLOCK, "review: contents: it climbs out "),
        ("", Severity.REVIEW, "review: contents: it climbs out [findings.review]"),
        ('[findings]\nreview = "deny"', Severity.REVIEW, "deny: contents: it climbs out "),
        ("", Severity.INFO, "allow: licence MIT [licence]"),
    ],
)
def test_each_severity_of_finding_has_its_answer(
    table: str, severity: Severity, expected: str
) -> None:
    seen = found(finding("contents.climbs", severity, "it climbs out"))

    assert str(answer(ALLOWING + table, seen).reasons[0]).startswith(expected)


def test_what_the_approved_version_had_has_an_answer_of_its_own() -> None:
    odd = finding()
    toml = ALLOWING + '[findings]\nknown = "allow"'

    assert verdict(toml, against(found(odd), "2.0", odd)) is Verdict.ALLOW
    assert verdict(toml, against(found(odd), "2.0")) is Verdict.REVIEW
    assert verdict(toml, found(odd)) is Verdict.REVIEW


def test_what_blocks_is_not_accepted_because_it_was_there_before() -> None:
    bad = finding(severity=Severity.BLOCK)
    toml = ALLOWING + '[findings]\nknown = "allow"'

    assert verdict(toml, against(found(bad), "2.0", bad)) is Verdict.DENY


def test_the_shipped_policy_is_what_its_text_says() -> None:
    assert policy(MANUAL) == policy(None) == policy('preset = "manual"')


@pytest.mark.parametrize(
    ("finding_id", "facts", "expected"),
    [
        ("licence.conflict", {}, Verdict.REVIEW),
        ("archive.unrecorded", {}, Verdict.REVIEW),
        ("malware.MAL-2026-1", {}, Verdict.REVIEW),
        ("history.seen-before-upload", {}, Verdict.REVIEW),
        ("vulnerability.CVE-1", {}, Verdict.REVIEW),
        ("licence.unknown", {}, Verdict.REVIEW),
        ("history.yanked", {}, Verdict.REVIEW),
        ("vulnerability.CVE-1", {"advisories": [{"id": "CVE-1", "level": "low"}]}, Verdict.ALLOW),
        ("licence.unknown", {"licence": "", "licence_alternatives": []}, Verdict.ALLOW),
        ("history.yanked", {"yanked": "broken"}, Verdict.ALLOW),
        ("history.unknown-upload-time", {"uploaded_at": None}, Verdict.ALLOW),
    ],
)
def test_what_is_for_a_person_to_see_goes_to_one_unless_a_threshold_speaks_of_just_that(
    finding_id: str, facts: dict[str, Fact], expected: Verdict
) -> None:
    toml = (
        'otherwise = "allow"\n[vulnerability]\nlow = "allow"\n[age]\nyounger = "allow"\n'
        '[licence]\nunlisted = "allow"\nunknown = "allow"\n[yanked]\nverdict = "allow"'
    )
    outcome = Outcome("a-check", 1, (finding(finding_id),), facts=CLEAN | facts)

    assert verdict(toml, Assessment(digest("file"), NOW, (outcome,))) is expected


def test_reasons_are_told_strictest_first_and_each_once() -> None:
    bad = finding(severity=Severity.BLOCK, what="it is bad")
    odd = finding("archive.odd", what="it is odd")

    told = answer(ALLOWING, found(odd, bad), found(odd, bad, file="other"))

    assert [str(one) for one in told.reasons] == [
        "deny: contents: it is bad [findings.block]",
        "review: archive: it is odd [findings.review]",
        "allow: licence MIT [licence]",
        "allow: the policy's answer for every release [otherwise]",
    ]
