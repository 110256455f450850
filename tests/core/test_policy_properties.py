"""What holds of every policy and every release: drawn at random, within what can be written."""

from __future__ import annotations

import json
import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from affineur.conditions import CelConditions
from affineur.core import case_json
from affineur.core.cases import Case
from affineur.core.findings import Assessment, Fact, Finding, Outcome, Severity, Verdict
from affineur.core.policy import decide
from affineur.core.policy_reading import read_document
from support.judging import CLEAN, against, case, finding, policy, waiver
from support.values import NOW, digest

VERDICTS = st.sampled_from(["allow", "review", "deny"])
EXACT = ((), (Version("1.9"),), (Version("1.9"), Version("2.0.1")))
FINDINGS = st.builds(
    finding,
    st.sampled_from(["contents.a", "archive.b", "licence.unknown", "malware.MAL-1"]),
    st.sampled_from(Severity),
    st.sampled_from(["one", "two", "three"]),
)
ADVISORIES = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["PYSEC-1", "CVE-2"]),
        "level": st.sampled_from(["critical", "high", "medium", "low", "unknown", "odd"]),
        "is_malware": st.booleans(),
    }
)
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "uploaded_at": st.sampled_from([NOW.isoformat(), None]),
        "yanked": st.just("broken"),
        "licence_alternatives": st.sampled_from([[], [["GPL-3.0-only"], ["MIT"]]]),
        "advisories": st.lists(ADVISORIES, max_size=2),
        "new_dependencies": st.just(["evil"]),
        "licence_changed": st.sampled_from([True, None]),
        "fixes_approved": st.just(["PYSEC-1"]),
    },
)
MONOTONE_RULES = [
    ("allow", "new_findings.all(f, f.severity == 'info')"),
    ("allow", "findings.size() == 0 && age_days > 3"),
    ("deny", "findings.exists(f, f.check == 'archive')"),
    ("review", "vulnerabilities.size() > 0"),
]


@st.composite
def policies(draw: st.DrawFn) -> str:
    tables = [f'preset = "{draw(st.sampled_from(["manual", "balanced", "strict"]))}"']
    tables += ["[findings]", *(f'{one} = "{draw(VERDICTS)}"' for one in ("block", "review"))]
    tables += ["[vulnerability]", *(f'{one} = "{draw(VERDICTS)}"' for one in ("high", "unknown"))]
    tables += ["[not_assessed]", f'verdict = "{draw(VERDICTS)}"']
    for at, (outcome, when) in enumerate(draw(st.lists(st.sampled_from(MONOTONE_RULES)))):
        tables += ["[[rule]]", f'name = "own-{at}"', f'outcome = "{outcome}"', 'reason = "so"']
        tables.append(f'when = "{when}"')
    return "\n".join(tables)


@st.composite
def assessments(draw: st.DrawFn) -> list[Assessment]:
    files = draw(st.lists(st.sampled_from("abc"), max_size=3, unique=True))
    return [_one(draw, file) for file in files]


def _one(draw: st.DrawFn, file: str) -> Assessment:
    facts: dict[str, Fact] = {**CLEAN}
    facts.update(draw(CHANGES))  # type: ignore[arg-type]  # hypothesis knows less of them
    seen = tuple(draw(st.lists(FINDINGS, max_size=3)))
    blind = draw(st.sampled_from([None, None, "it crashed"]))
    outcomes = (Outcome("a-check", 1, facts=facts), Outcome("contents", 1, seen, blind))
    assessed = Assessment(digest(file), NOW, outcomes)
    return against(assessed, "2.0.0", *seen[:1]) if draw(st.booleans()) else assessed


@given(policies(), assessments(), FINDINGS, st.randoms(use_true_random=False))
def test_one_more_finding_never_makes_a_verdict_milder(
    toml: str, known: list[Assessment], more: object, rng: random.Random
) -> None:
    added = [_with(one, more) for one in known]
    rules = policy(toml.replace('otherwise = "allow"', ""))

    before, after = (decide(rules, case(*these)).verdict for these in (known, added))

    assert after.rank >= before.rank
    rng.shuffle(added)
    assert decide(rules, case(*added)).verdict is after


def _with(one: Assessment, more: object) -> Assessment:
    return replace(one, outcomes=(*one.outcomes, Outcome("more", 1, (more,))))  # type: ignore[arg-type]  # a finding


@given(policies(), assessments())
def test_the_order_of_files_and_of_checks_does_not_matter(
    toml: str, known: list[Assessment]
) -> None:
    turned = [replace(one, outcomes=one.outcomes[::-1]) for one in reversed(known)]
    rules = policy(toml)

    first, second = decide(rules, case(*known)), decide(rules, case(*turned))

    assert first.verdict is second.verdict
    assert {str(one) for one in first.reasons} == {str(one) for one in second.reasons}


@given(policies(), assessments(), FINDINGS)
def test_a_waiver_never_makes_a_verdict_stricter_and_never_frees_malware(
    toml: str, known: list[Assessment], seen: object
) -> None:
    rules, plain = policy(toml), case(*known)
    accepted: Case = replace(plain, waivers=(waiver(getattr(seen, "id", "")),))

    before, after = decide(rules, plain), decide(rules, accepted)

    assert after.verdict.rank <= before.verdict.rank
    malware = [one for one in before.reasons if one.rule == "malware"]
    assert [one for one in after.reasons if one.rule == "malware"] == malware


@given(policies(), assessments())
def test_nothing_unassessed_is_allowed_unless_the_policy_says_so(
    toml: str, known: list[Assessment]
) -> None:
    rules = replace(policy(toml), not_assessed=Verdict.REVIEW)
    blind = [_with_blind(one) for one in known]

    assert decide(rules, case(*blind)).verdict is not Verdict.ALLOW


@given(policies(), assessments())
def test_no_policy_allows_another_version_than_the_one_that_was_approved_exactly(
    toml: str, known: list[Assessment]
) -> None:
    other = replace(case(*known), exact=(Version("1.9"),))

    assert decide(policy(toml), other).verdict is not Verdict.ALLOW


@given(policies(), assessments(), st.lists(FINDINGS, max_size=2), st.sampled_from(EXACT))
def test_what_was_written_down_gets_the_same_answer_again(
    toml: str, known: list[Assessment], accepted: list[Finding], exact: tuple[Version, ...]
) -> None:
    rules = policy(toml)
    waivers = [waiver(one.id) for one in accepted]
    first = replace(case(*known, waivers=waivers), exact=exact)
    written = json.dumps({"policy": rules.document, "case": case_json.to_json(first)})

    read = json.loads(written)
    again = case_json.from_json(read["case"])

    assert again == first
    assert decide(read_document(read["policy"], CelConditions()), again) == decide(rules, first)


def _with_blind(one: Assessment) -> Assessment:
    return replace(one, outcomes=(*one.outcomes, Outcome("more", 1, not_assessed="no")))
