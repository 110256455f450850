"""Hunks: lines in pairs, long ones cut where they differ, side by side, and as they travel."""

from __future__ import annotations

from difflib import SequenceMatcher

import pytest
from hypothesis import given
from hypothesis import strategies as some

from affineur.core.colours import Colour
from affineur.core.hunks import LONGEST, Hunk, Row, Sign, from_wire, hunk, side_by_side, to_wire
from affineur.core.words import differing, pairs

TEXTS = some.lists(some.sampled_from(["a = 1", "b = 2", "a = 2", "", "c d e f"]), max_size=12)


def of(old: list[str], new: list[str], most: int = 500) -> Hunk:
    return hunk(old, new, SequenceMatcher(None, old, new).get_opcodes(), most)


def test_each_line_knows_its_numbers_its_pair_and_what_is_other_in_it() -> None:
    assert of(["a", "x = one(2)"], ["a", "x = two(2)"]).rows == (
        Row(Sign.SAME, "a", 1, 1),
        Row(Sign.OLD, "x = one(2)", 2, None, ((4, 7),)),
        Row(Sign.NEW, "x = two(2)", None, 2, ((4, 7),), pair=2),
    )


def test_lines_that_have_little_in_common_are_not_marked() -> None:
    assert differing("import os", "def greet(name: str) -> None:") == ((), ())


def test_a_change_of_unequal_size_pairs_what_is_alike() -> None:
    old = ["x = first(1)", "y = second(2)"]
    new = ["# a remark", "x = first(10)", "y = second(20)"]
    assert pairs(old, new) == {0: 1, 1: 2}
    assert pairs(["x"] * 100, ["y"] * 101) == {}


@given(some.text(max_size=60), some.text(max_size=60))
def test_marks_stand_in_the_line_in_order_and_apart(old: str, new: str) -> None:
    for line, marks in zip((old, new), differing(old, new), strict=True):
        edges = [edge for mark in marks for edge in mark]
        assert edges == sorted(set(edges))
        assert edges[-1:] <= [len(line)]


def test_of_long_lines_the_place_is_told_where_they_differ() -> None:
    old, new = "x" * 50_000 + "safe()" + "y" * 9000, "x" * 50_000 + "evil()" + "y" * 9000
    before, after = of([old], [new]).rows

    assert "safe()" in before.text
    assert "evil()" in after.text
    assert after.before + len(after.text) + after.after == len(new)
    assert len(after.text) == LONGEST


@given(TEXTS, TEXTS)
def test_side_by_side_nothing_is_lost_and_the_order_stays(old: list[str], new: list[str]) -> None:
    rows = side_by_side(of(["first", *old], ["first", *new]).rows)[1:]
    assert [left.text for left, _ in rows if left] == old
    assert [right.text for _, right in rows if right] == new


def test_paired_lines_stand_beside_each_other() -> None:
    found = of(["x = first(1)"], ["# a remark", "x = first(10)"])
    assert [
        (left and left.text, right and right.text) for left, right in side_by_side(found.rows)
    ] == [
        (None, "# a remark"),
        ("x = first(1)", "x = first(10)"),
    ]


def test_a_hunk_travels_with_the_colours_of_its_lines() -> None:
    found = of(["a", "import os"], ["a", "import re"])
    told = to_wire(found, ["", "6k"], ["1n", "6k"])
    assert [row.colours for row in from_wire(told).rows] == [
        ((1, Colour.NUMBER),),
        ((6, Colour.KEYWORD),),
        ((6, Colour.KEYWORD),),
    ]
    assert from_wire(to_wire(found, [], [])) == found


@pytest.mark.parametrize("told", [[], [1, 2], [1, 2, [["?"]]], ["a", 2, []], None])
def test_what_makes_no_sense_is_refused(told: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        from_wire(told)
