"""Conditions: what they may name, what they cost at most, and what happens without a fact."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affineur.conditions import CelConditions
from affineur.core.errors import BadInput
from affineur.core.facts import EXAMPLE, KINDS
from affineur.core.ports import CannotTell

READ = CelConditions().read


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("age_days >= 30", True),
        ("age_days < 30.5 && age_days > 29", True),
        ('project == "flask" || false', True),
        ('project.startsWith("fla") && version.endsWith(".1")', True),
        ('project.matches("^fl[a-z]+$")', True),
        ('findings.exists(f, f.severity == "review" && f.is_new)', True),
        ("new_findings.all(f, f.severity == 'info')", False),
        ("vulnerabilities.filter(v, v.level in ['critical', 'high']).size() == 1", True),
        ("licence_categories == ['permissive'] ? age_days > 3 : false", True),
        ("age_days - 3 > 20 // a remark\n&& !yanked", True),
        ("dependencies[0] == 'click'", True),
        ("vulnerabilities.exists(v, has(v.fixed) && v.fixed != '')", True),
    ],
)
def test_a_condition_says_whether_it_holds(text: str, expected: bool) -> None:  # noqa: FBT001
    assert READ(text).holds(EXAMPLE) is expected


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_fact_can_be_asked_for(kind: object) -> None:
    name = getattr(kind, "name", "")
    condition = READ(f"{name} == {name}")

    assert (condition.names, condition.holds(EXAMPLE)) == (frozenset({name}), True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("age_days >", "line 1, column 11: Syntax error"),
        ("true\n  && nosuch", "line 2, column 6: there is no fact 'nosuch'"),
        ("findings.exists(f, f.sevrity == 'x')", "tried on an example it fails: 'sevrity'"),
        ("findings.exists(f, true) && f.id == 'x'", "column 29: there is no fact 'f'"),
        ("age_days", "it gives no yes or no"),
        ("age_days > 'x'", "tried on an example it fails"),
        ("project.matches('(')", "tried on an example it fails"),
        ("project.lower() == 'x'", "there is no function 'lower'"),
        ("exists(findings, f, true)", "there is no function 'exists'"),
        ("findings.exists(findings, true)", "needs the name of a variable"),
        ("findings.all(f, findings.exists(g, g == f))", "column 26: exists() stands within"),
        ("findings.all(f, f.id.matches('a'))", "matches() stands at most"),
        (" && ".join(["project.matches('a')"] * 9), "matches() stands at most"),
        (" && ".join(["findings.all(f, true)"] * 9), "more than 8 comprehensions"),
        ("findings.map(f, dependencies) == []", "there is no function 'map'"),
        (" && ".join(["yanked"] * 41), "names facts more than 40 times"),
        ("findings.all(f, " + " && ".join(["f.id in licences"] * 5) + ")", "more than 4 times"),
        ("(findings + findings).size() > 3", "column 11: '+' is not taken here"),
        ("r'a' == project", "only plain texts in quotes"),
        ("'''a''' == project", "only plain texts in quotes"),
        ("project == 'a", 'column 12: "\'" is not taken here'),
        (".age_days > 3", "tried on an example it fails"),
        ("`age_days` > 3", "column 1: '`' is not taken here"),
        ("cel.bind(x, 1, x == 1)", "there is no fact 'cel'"),
        ("flask{a: 1} == 3", "there is no fact 'flask'"),
        ("(" * 900 + "true" + ")" * 900, "Recursion limit"),
        ("true && " * 300 + "true", "longer than 2000 characters"),
        (" \n", "is empty"),
    ],
    ids=lambda text: text[:40],
)
def test_what_cannot_be_read_or_would_cost_too_much_is_refused_with_its_place(
    text: str, message: str
) -> None:
    with pytest.raises(BadInput) as refused:
        READ(text)

    assert message in refused.value.message


@pytest.mark.parametrize(
    ("text", "facts", "message"),
    [
        ("age_days > 3", {}, "age_days is not known"),
        ("age_days > 3 || yanked", {"yanked": False}, "age_days is not known"),
        ("age_days > 3", {"age_days": None}, "its condition fails"),
        ("dependencies[0] == 'x'", {"dependencies": []}, "its condition fails"),
        ("age_days / file_count > 3", {"age_days": 3, "file_count": 0}, "its condition fails"),
        ("findings.all(f, f.id == 'x')", {"findings": [3]}, "its condition fails"),
    ],
)
def test_without_a_fact_that_decides_there_is_no_answer(
    text: str, facts: dict[str, None], message: str
) -> None:
    with pytest.raises(CannotTell, match=message):
        READ(text).holds(facts)


def test_a_fact_that_does_not_decide_may_be_missing() -> None:
    assert READ("age_days > 3 || yanked").holds({"yanked": True})
    assert not READ("age_days > 3 && yanked").holds({"yanked": False})


PIECES = st.sampled_from([*"()[]{}.,!&|<>=-*/%?:'\"\\ \n\t09fx", *EXAMPLE, "&&", "||", ".all(f,"])


@given(st.lists(PIECES, max_size=30).map("".join))
def test_whatever_is_written_is_read_or_refused(text: str) -> None:
    try:
        answer = READ(text).holds(EXAMPLE)
    except (BadInput, CannotTell):
        return
    assert isinstance(answer, bool)
