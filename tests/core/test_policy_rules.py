"""Rules of a policy: their order, their names, final ones, and what cannot be told."""

import pytest

from affineur.core.findings import Assessment, Outcome, Severity, Verdict
from affineur.core.policy import explain
from affineur.core.policy_values import Held, Reason
from support.judging import (
    ALLOWING,
    CLEAN,
    against,
    answer,
    assessed,
    case,
    finding,
    found,
    measured,
    policy,
    verdict,
)
from support.values import NOW, digest


def rule(outcome: str, when: str = "", name: str = "mine", **more: str) -> str:
    """Write a rule; further keys are given as TOML."""
    lines = ["[[rule]]", f'name = "{name}"', f'outcome = "{outcome}"', 'reason = "because"']
    lines += [f"when = '''{when}'''"] * bool(when) + [f"{key} = {more[key]}" for key in more]
    return "\n".join([*lines, ""])


def test_a_rule_that_holds_speaks_instead_of_otherwise() -> None:
    told = answer('[licence]\nallow = ["MIT"]\n' + rule("allow", 'project == "spam"'), measured())

    assert told.verdict is Verdict.ALLOW
    assert "allow: because [mine]" in [str(one) for one in told.reasons]


def test_an_allowing_rule_does_not_silence_a_threshold() -> None:
    young = measured(uploaded_at=NOW.isoformat())

    assert verdict(ALLOWING + rule("allow", "true"), young) is Verdict.REVIEW


@pytest.mark.parametrize("first", ["allow", "review", "deny"])
@pytest.mark.parametrize("second", ["allow", "review", "deny"])
def test_of_rules_that_hold_the_strictest_counts_in_whatever_order(first: str, second: str) -> None:
    toml = ALLOWING + rule(first, "true", "one") + rule(second, "true", "two")

    assert verdict(toml, measured()) is max(Verdict(first), Verdict(second), key=lambda v: v.rank)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [("spam", Verdict.DENY), ("sp*", Verdict.DENY), ("eggs", Verdict.ALLOW)],
)
def test_a_rule_speaks_of_the_projects_that_it_names(pattern: str, expected: Verdict) -> None:
    toml = ALLOWING + rule("deny", projects=f'["{pattern}"]')

    assert verdict(toml, measured()) is expected


def test_a_final_rule_that_holds_speaks_alone() -> None:
    toml = rule("allow", final="true") + rule("deny", name="later")
    young = measured(uploaded_at=None, yanked="broken")

    told = answer(toml, young)

    assert told.verdict is Verdict.ALLOW
    assert [str(one) for one in told.reasons] == ["allow: because [mine]"]


def test_of_final_rules_the_first_counts() -> None:
    toml = rule("deny", final="true") + rule("allow", name="later", final="true")

    assert verdict(toml, measured()) is Verdict.DENY


def test_no_final_rule_lets_malware_through() -> None:
    bad = measured(advisories=[{"id": "MAL-1", "is_malware": True}])

    told = answer(rule("allow", final="true"), bad)

    assert [str(one) for one in told.reasons] == [
        "deny: known malware: MAL-1 [malware]",
        "allow: because [mine]",
    ]


def test_no_final_rule_lets_through_what_was_never_assessed() -> None:
    assert verdict(ALLOWING + rule("allow", final="true")) is Verdict.REVIEW


# --- what cannot be told -----------------------------------------------------------------

UNKNOWN = Assessment(
    digest("file"),
    NOW,
    (Outcome("a-check", 1, facts={k: v for k, v in CLEAN.items() if k != "new_capabilities"}),),
)


def test_a_rule_that_allows_does_not_hold_for_want_of_a_fact() -> None:
    toml = ALLOWING.replace("allow", "review", 1) + rule("allow", "new_capabilities.size() == 0")

    told = answer(toml, UNKNOWN)

    assert told.verdict is Verdict.REVIEW
    assert "allow: because [mine]" not in [str(one) for one in told.reasons]


@pytest.mark.parametrize("outcome", ["review", "deny"])
def test_any_other_rule_holds_as_review_for_want_of_a_fact(outcome: str) -> None:
    told = answer(ALLOWING + rule(outcome, "new_capabilities.size() > 3"), UNKNOWN)

    assert str(told.reasons[0]) == (
        "review: because: new_capabilities is not known; that is not passed [mine]"
    )


def test_a_fact_that_does_not_matter_need_not_be_known() -> None:
    toml = ALLOWING + rule("deny", 'project == "spam" || new_capabilities.size() > 3')

    assert verdict(toml, UNKNOWN) is Verdict.DENY


def test_a_final_rule_that_cannot_be_told_does_not_silence_the_others() -> None:
    toml = rule("review", "new_capabilities.size() > 3", final="true")

    assert verdict(toml + rule("deny", name="later"), UNKNOWN) is Verdict.DENY


def test_while_a_check_could_not_look_nobody_knows_all_findings() -> None:
    toml = ALLOWING + '[not_assessed]\nverdict = "allow"\n'
    blind = assessed(Outcome("contents", 1, not_assessed="it crashed"))
    allowing = toml.replace("allow", "review", 1) + rule("allow", "findings.size() == 0")
    denying = toml + rule("deny", 'findings.exists(f, f.id == "contents.hidden")')

    assert verdict(allowing, blind) is Verdict.REVIEW
    assert verdict(denying, blind) is Verdict.REVIEW


def test_what_a_half_blind_check_did_see_holds_against_a_release() -> None:
    half = Outcome("contents", 1, (finding(),), not_assessed="too large")
    toml = ALLOWING + rule("deny", 'findings.exists(f, f.id == "contents.hidden")')

    assert verdict(toml, assessed(half)) is Verdict.DENY


def test_an_excused_check_leaves_nothing_open() -> None:
    toml = '[licence]\nallow = ["MIT"]\n[not_assessed]\nchecks = { contents = "allow" }\n' + rule(
        "allow", "findings.size() == 0 && not_assessed.size() == 0"
    )
    blind = assessed(Outcome("contents", 1, not_assessed="it crashed"))

    assert verdict(toml, blind) is Verdict.ALLOW


def test_of_too_many_findings_no_condition_is_told() -> None:
    many = found(*(finding(f"a.b{at}", Severity.INFO) for at in range(501)))

    assert verdict(ALLOWING + rule("deny", "findings.size() > 900"), many) is Verdict.REVIEW


def test_a_fact_that_one_file_lacks_is_known_in_part() -> None:
    whole = measured("one", new_capabilities=[])
    toml = ALLOWING.replace("allow", "review", 1) + rule("allow", "new_capabilities.size() == 0")

    assert verdict(toml, whole) is Verdict.ALLOW
    assert verdict(toml, whole, UNKNOWN) is Verdict.REVIEW


# --- the shipped presets -----------------------------------------------------------------

BALANCED = 'preset = "balanced"'


def patch(**facts: object) -> Assessment:
    return against(measured(**facts), "2.0.0")  # type: ignore[arg-type]  # facts by their keys


def test_balanced_approves_a_patch_release_that_brings_nothing_new() -> None:
    told = answer(BALANCED, patch())

    assert [str(one) for one in told.reasons if one.rule == "patch-release"] == [
        "allow: a patch release of an approved project that brings nothing new [patch-release]"
    ]
    assert told.verdict is Verdict.ALLOW


@pytest.mark.parametrize(
    "facts",
    [
        {"uploaded_at": NOW.isoformat()},
        {"uploaded_at": None},
        {"new_dependencies": ["evil"]},
        {"new_capabilities": ["network"]},
        {"licence_changed": True},
        {"publisher_change": "repository"},
        {"publisher_change": "lost"},
        {"licence_changed": None},
        {"publisher_change": "unknown"},
        {"yanked": "broken"},
        {"advisories": [{"id": "PYSEC-1", "level": "low", "is_malware": False}]},
        {"licence": "", "licence_alternatives": []},
    ],
    ids=str,
)
def test_balanced_shows_anything_else_to_a_person(facts: dict[str, object]) -> None:
    assert verdict(BALANCED, patch(**facts)) is Verdict.REVIEW


@pytest.mark.parametrize("missing", sorted(set(CLEAN) - {"requires_dist", "fixes_approved"}))
def test_balanced_approves_nothing_for_want_of_a_fact(missing: str) -> None:
    facts = {key: value for key, value in CLEAN.items() if key != missing}
    known = Assessment(digest("file"), NOW, (Outcome("a-check", 1, facts=facts),))

    assert verdict(BALANCED, against(known, "2.0.0")) is Verdict.REVIEW


@pytest.mark.parametrize(
    ("approved", "version", "expected"),
    [
        ("2.0.0", "2.0.1", Verdict.ALLOW),
        ("2.0", "2.0.1", Verdict.ALLOW),
        ("2.0.0", "2.0.0.post1", Verdict.ALLOW),
        ("1.9.9", "2.0.0", Verdict.REVIEW),
        ("2.0.0", "2.1.0", Verdict.REVIEW),
        ("2.0.1", "2.0.0", Verdict.REVIEW),
        ("2.0.1", "2.0.1", Verdict.REVIEW),
        ("2.0.0", "2.0.1rc1", Verdict.REVIEW),
        ("2.0.0", "1!2.0.1", Verdict.REVIEW),
    ],
)
def test_balanced_knows_a_patch_release(approved: str, version: str, expected: Verdict) -> None:
    assert verdict(BALANCED, against(measured(), approved), version=version) is expected


def test_balanced_approves_no_first_version() -> None:
    assert verdict(BALANCED, measured()) is Verdict.REVIEW


def test_balanced_lets_a_fix_through_at_once() -> None:
    young = patch(uploaded_at=NOW.isoformat(), fixes_approved=["PYSEC-1"])

    assert verdict(BALANCED, young) is Verdict.ALLOW


def test_balanced_accepts_what_was_there_before_and_nothing_new() -> None:
    odd = finding()

    assert verdict(BALANCED, against(found(odd), "2.0.0", odd)) is Verdict.ALLOW
    assert verdict(BALANCED, against(found(odd), "2.0.0")) is Verdict.REVIEW


def test_balanced_approves_nothing_that_the_scan_could_not_follow_whole() -> None:
    partly = against(measured(unread_files=["spam/tables.py"]), "2.0.0")

    assert verdict(BALANCED, partly) is Verdict.REVIEW


def test_balanced_needs_every_check_to_have_looked() -> None:
    blind = assessed(Outcome("provenance", 1, not_assessed="no key"))

    assert verdict(BALANCED, against(blind, "2.0.0")) is Verdict.REVIEW


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, Verdict.REVIEW),
        ({"advisories": [{"id": "PYSEC-1", "level": "high"}]}, Verdict.DENY),
        ({"advisories": [{"id": "PYSEC-1", "level": "medium"}]}, Verdict.REVIEW),
        ({"licence": "GPL-3.0-only", "licence_alternatives": [["GPL-3.0-only"]]}, Verdict.DENY),
        ({"licence": "LicenseRef-X", "licence_alternatives": [["LicenseRef-X"]]}, Verdict.DENY),
        ({"licence": "", "licence_alternatives": []}, Verdict.REVIEW),
        ({"uploaded_at": NOW.isoformat()}, Verdict.DENY),
        ({"yanked": ""}, Verdict.DENY),
        ({"publisher_change": "workflow", "new_capabilities": ["network"]}, Verdict.DENY),
    ],
    ids=str,
)
def test_strict_says_no_by_itself(facts: dict[str, object], expected: Verdict) -> None:
    assert verdict('preset = "strict"', patch(**facts)) is expected


def test_explaining_names_every_rule_with_what_became_of_it() -> None:
    toml = ALLOWING + rule("deny", "new_capabilities.size() > 0")

    told = explain(policy(toml), case(found(finding())))

    assert [(one.rule, one.outcome, one.held) for one in told] == [
        ("mine", Verdict.DENY, Held.NOT),
        ("malware", Verdict.DENY, Held.NOT),
        ("findings.review", Verdict.REVIEW, Held.HOLDS),
        ("vulnerability", Verdict.REVIEW, Held.NOT),
        ("licence", Verdict.ALLOW, Held.HOLDS),
        ("age", Verdict.REVIEW, Held.NOT),
        ("yanked", Verdict.REVIEW, Held.NOT),
        ("not_assessed", Verdict.REVIEW, Held.NOT),
        ("otherwise", Verdict.ALLOW, Held.HOLDS),
    ]


@pytest.mark.parametrize(
    "reason",
    [
        Reason("licence", Verdict.REVIEW, "licence MIT is in no list [of ours]: a person looks"),
        Reason("otherwise", Verdict.ALLOW, ""),
    ],
)
def test_a_reason_is_read_as_it_was_written(reason: Reason) -> None:
    assert Reason.parse(str(reason)) == reason


@pytest.mark.parametrize("told", ["", "words", "maybe: this [rule]", "review: no rule"])
def test_a_reason_of_another_form_is_kept_as_a_text(told: str) -> None:
    assert Reason.parse(told) == Reason("", Verdict.REVIEW, told)
