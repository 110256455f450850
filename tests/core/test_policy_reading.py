"""Reading policies: presets and what stands over them, and everything that is refused."""

import pytest

from affineur.conditions import CelConditions
from affineur.core.errors import BadInput
from affineur.core.findings import Verdict
from affineur.core.policy_presets import PRESETS
from affineur.core.policy_reading import document_of, read_document
from support.judging import policy

RULE = '[[rule]]\nname = "mine"\noutcome = "deny"\nreason = "because"\n'


@pytest.mark.parametrize(
    "toml",
    [
        "otherwise = 'perhaps'",
        "no toml at all [",
        "[unknown]\nx = 1",
        "[age]\nmin_days = -1",
        "[age]\nmin_days = true",
        "[age]\nmin_days = 2026-01-01",
        "[age]\nyears = 1",
        "[age]\nexcept_fixes = 1",
        "[licence]\nallow = 'MIT'",
        "[licence]\nallow = [1]",
        "[licence]\ndeny_categories = ['nice']",
        "licence = 3",
        "[malware]\nverdict = []",
        "[integrity]\nother = 'deny'",
        "[not_assessed]\nchecks = 3",
        "[not_assessed]\nchecks = { provenance = 'maybe' }",
        "preset = 'lenient'",
        "preset = 3",
        "rule = 3",
        "rule = [3]",
        "[rule]\nname = 'x'",
        "otherwise = 2026-01-01",
        "x = " + "[" * 5_000,
        "x = " + "9" * 5_000,
        "# " + "x" * 70_000,
        RULE + RULE,
        RULE.replace('"mine"', '"Mine!"'),
        RULE.replace('"mine"', "3"),
        RULE.replace("deny", "refuse"),
        RULE.replace('"because"', '""'),
        RULE.replace('"because"', '"a\\u001b[31m"'),
        RULE.replace('"because"', f'"{"x" * 501}"'),
        RULE.replace("reason", "why"),
        RULE + "projects = 'spam'",
        RULE + "projects = ['a b']",
        RULE + "projects = [" + "'a'," * 1_001 + "]",
        RULE + "when = 3",
        RULE + "when = ''",
        RULE + "when = 'age_days >'",
        RULE + "final = 'yes'",
        "\n".join(RULE.replace("mine", f"rule-{at}") for at in range(101)),
    ],
    ids=lambda toml: toml[:40],
)
def test_a_policy_that_cannot_be_read_is_refused(toml: str) -> None:
    with pytest.raises(BadInput):
        policy(toml)


def test_a_slip_in_a_condition_is_told_with_its_rule_and_its_place() -> None:
    with pytest.raises(BadInput) as refused:
        policy(RULE + "when = '''\nage_days > 3\n&& findngs.size() == 0\n'''")

    assert refused.value.message == (
        "Rule 'mine': its condition, line 2, column 4: there is no fact 'findngs'."
    )


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_read_by_its_name_as_by_its_text(name: str) -> None:
    assert policy(f'preset = "{name}"') == policy(PRESETS[name])


def test_what_stands_in_a_policy_counts_over_its_preset() -> None:
    own = policy('preset = "balanced"\notherwise = "deny"\n[age]\nmin_days = 1\n' + RULE)

    assert (own.otherwise, own.min_age_days, own.younger) == (Verdict.DENY, 1, Verdict.REVIEW)
    assert [one.name for one in own.rules] == ["mine", "patch-release"]


def test_the_former_name_of_findings_block_is_understood() -> None:
    assert policy('[integrity]\nverdict = "review"') == policy('[findings]\nblock = "review"')


def test_a_policy_is_read_again_from_its_document() -> None:
    first = policy('preset = "strict"\n' + RULE + "when = 'age_days > 3'\nfinal = true")

    assert read_document(first.document, CelConditions()) == first
    assert document_of(None)["preset"] == "manual"
