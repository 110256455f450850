"""docs/policy.md prints the facts and the presets as they are."""

from __future__ import annotations

import re
from pathlib import Path

from affineur.core.facts import KINDS
from affineur.core.policy_presets import PRESETS
from support.judging import policy

PAGE = (Path(__file__).parents[1] / "docs" / "policy.md").read_text("utf-8")


def test_every_fact_is_documented_with_its_form_its_check_and_its_meaning() -> None:
    section = PAGE.partition("## Facts")[2].partition("## Presets")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    assert rows == [
        f"| `{one.name}` | {one.form} | {one.check or '-'} | {one.says} |" for one in KINDS
    ]


def test_the_presets_that_are_printed_are_those_that_ship() -> None:
    printed = dict(re.findall(r"### (\w+)\n\n```toml\n(.*?)```", PAGE, re.DOTALL))
    assert printed == PRESETS


def test_the_example_of_a_policy_can_be_read() -> None:
    (example,) = re.findall(r"```toml\n(preset.*?)```", PAGE, re.DOTALL)
    assert [one.name for one in policy(example).rules] == [
        "no-gui",
        "popular-and-old",
        "patch-release",
    ]
