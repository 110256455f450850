"""How much of a release a person should look at."""

from __future__ import annotations

from affineur.core.findings import Fact, Outcome, Severity
from affineur.core.policy import decide
from affineur.core.risk import HIGH, LOOK, risk_of
from support.judging import (
    ALLOWING,
    against,
    assessed,
    case,
    finding,
    found,
    measured,
    policy,
    waiver,
)

ADVISORY: dict[str, Fact] = {
    "id": "CVE-2026-1",
    "aliases": [],
    "level": "critical",
    "score": 9.8,
    "is_malware": False,
    "is_certain": True,
    "fixed": None,
}


def _risk(*assessments: object, toml: str = ALLOWING, **more: object) -> int:
    asked = case(*assessments, **more)  # type: ignore[arg-type]  # passed on
    return risk_of(decide(policy(toml), asked), asked)


def test_a_clean_release_of_an_approved_project_has_no_risk() -> None:
    assert _risk(against(measured(), "1.0")) == 0


def test_a_clean_release_of_a_new_project_needs_no_look() -> None:
    assert 0 < _risk(measured()) < LOOK


def test_that_people_answer_everything_here_is_no_risk() -> None:
    assert (
        _risk(against(measured(), "1.0"), toml='otherwise = "review"\n[licence]\nallow = ["MIT"]')
        == 0
    )


def test_what_the_approved_version_had_too_needs_no_look_however_much_it_is() -> None:
    many = [finding(what=f"odd {letter}") for letter in "abcdefghijkl"]
    assert 0 < _risk(against(found(*many), "1.0", *many)) < LOOK


def test_a_new_finding_weighs_more_than_one_that_was_there_before() -> None:
    odd = finding()
    assert _risk(against(found(odd), "1.0")) >= LOOK > _risk(against(found(odd), "1.0", odd))


def test_two_findings_weigh_more_than_one() -> None:
    assert _risk(found(finding(what="a"), finding(what="b"))) > _risk(found(finding(what="a")))


def test_a_permissive_licence_that_no_list_names_is_no_risk_but_a_stricter_one_is() -> None:
    no_lists = 'otherwise = "allow"\n'
    strict = measured(licence="GPL-3.0-only", licence_alternatives=[["GPL-3.0-only"]])
    assert _risk(against(measured(), "1.0"), toml=no_lists) == 0
    assert _risk(against(strict, "1.0"), toml=no_lists) >= LOOK


def test_what_could_not_be_assessed_needs_a_look() -> None:
    blind = assessed(Outcome("contents", 1, not_assessed="timed out"))
    assert LOOK <= _risk(against(blind, "1.0")) < HIGH


def test_a_waived_finding_weighs_nothing() -> None:
    odd = finding()
    assert _risk(against(found(odd), "1.0"), waivers=[waiver(odd.key)]) == 0


def test_a_critical_vulnerability_is_a_high_risk_until_it_is_waived() -> None:
    bad = against(measured(advisories=[ADVISORY]), "1.0")
    lenient = ALLOWING + '[vulnerability]\ncritical = "review"\n'
    assert _risk(bad, toml=lenient) >= HIGH
    assert _risk(bad, toml=lenient, waivers=[waiver("vulnerability.CVE-2026-1")]) < LOOK


def test_malware_is_worse_than_what_is_blocked_and_that_worse_than_what_is_odd() -> None:
    malware = measured(advisories=[ADVISORY | {"is_malware": True}])
    blocked = found(finding("archive.bad", Severity.BLOCK))
    assert _risk(malware) > _risk(blocked) > HIGH > _risk(found(finding()))


def test_a_release_that_kept_failing_needs_a_look() -> None:
    asked = case(against(measured(), "1.0"))
    assert risk_of(decide(policy(ALLOWING), asked), asked, is_parked=True) >= LOOK
