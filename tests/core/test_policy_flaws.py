"""What is wrong with a policy is told with its line."""

from __future__ import annotations

import pytest

from affineur.conditions import CelConditions
from affineur.core.policy_flaws import Flaw, Line, difference, flaws

RULES = """\
preset = "balanced"

[[rule]]
name = "ours"
outcome = "allow"
reason = "it is ours"
projects = ["acme-*"]

[[rule]]
name = "no-gpl"
outcome = "deny"
reason = "no copyleft"
when = "licence == 'GPL-3.0-only'"
"""


def line(toml: str) -> int | None:
    (flaw,) = flaws(toml, CelConditions())
    return flaw.line


@pytest.mark.parametrize(
    ("toml", "at"),
    [
        ('preset = "balanced"\n\notherwise = ', 3),
        ('preset = "balanced"\nx y\n', 2),
        ('\n\npreset = "none"\n', 3),
        ('preset = "strict"\notherwise = "maybe"\n', 2),
        ("\n[age]\nmin_days = -1\n", 3),
        ("\n[age]\nmax_days = 1\n", 2),
        ('\n[wishes]\nallow = "all"\n', 2),
        ('\n[licence]\nallow_categories = ["free"]\n', 3),
        (RULES.replace("it is ours", ""), 6),
        (RULES.replace('"deny"', '"never"'), 11),
        (RULES.replace("acme-*", "acme/*"), 4),
        (RULES.replace('name = "no-gpl"', 'name = "ours"'), 10),
        (RULES.replace('name = "no-gpl"\n', ""), 9),
        (RULES.replace("licence ==", "colour =="), 13),
        (RULES.replace("== 'GPL-3.0-only'", "=="), 13),
    ],
)
def test_the_line_of_what_is_wrong_is_found(toml: str, at: int) -> None:
    assert line(toml) == at


def test_a_flaw_says_what_is_wrong_and_what_to_do() -> None:
    assert flaws('preset = "none"', CelConditions()) == (
        Flaw(1, "The policy's preset = 'none' is none.", "Presets: manual, balanced, strict."),
    )


def test_a_policy_without_a_flaw_has_none() -> None:
    assert flaws('preset = "balanced"', CelConditions()) == ()


def test_a_difference_has_the_lines_that_changed_with_some_around() -> None:
    after = RULES.replace("balanced", "strict")

    assert difference(RULES, after) == (
        Line("@", "-1,4 +1,4"),
        Line("-", 'preset = "balanced"'),
        Line("+", 'preset = "strict"'),
        Line(" ", ""),
        Line(" ", "[[rule]]"),
        Line(" ", 'name = "ours"'),
    )


def test_policies_that_are_the_same_do_not_differ() -> None:
    assert difference(RULES, RULES) == ()
