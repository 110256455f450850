"""Unified differences for a person's eyes: exact, within limits, with nothing that can hide."""

from __future__ import annotations

from dataclasses import replace
from difflib import unified_diff

import pytest
from hypothesis import given
from hypothesis import strategies as some

from affineur.checks.line_diff import compared
from affineur.core.hunks import shown
from affineur.core.lines import DiffCaps, Lines

CAPS = DiffCaps()
CAPS_TO_COUNT = DiffCaps(shown_per_file=0)
TEXTS = some.lists(some.sampled_from(["a", "b", "c", "d = 1", ""]), max_size=30)


@given(TEXTS, TEXTS)
def test_the_difference_is_the_one_that_diff_makes(old: list[str], new: list[str]) -> None:
    before, after = ("".join(f"{line}\n" for line in one).encode() for one in (old, new))
    ours = compared(before, after, CAPS)
    applied = [line for line in ours.lines if line[0] == "+"]
    undone = [line for line in ours.lines if line[0] == "-"]

    assert ours.cut == ""
    assert bool(ours.lines) == (old != new)
    assert len(new) - len(old) == len(applied) - len(undone)


def test_hunks_are_written_as_diff_writes_them() -> None:
    old = [f"line {number}" for number in range(40)]
    new = [*old[:5], "new", *old[5:30], "other", *old[31:]]
    expected = list(unified_diff(old, new, lineterm=""))[2:]

    assert list(compared("\n".join(old).encode(), "\n".join(new).encode(), CAPS).lines) == expected


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        (None, b"a\nb\n", ("@@ -0,0 +1,2 @@", "+a", "+b")),
        (b"a\n", None, ("@@ -1 +0,0 @@", "-a")),
        (b"a\n", b"a\n", ()),
        (None, b"", ()),
    ],
)
def test_a_file_that_is_new_or_gone_is_shown_whole(
    old: bytes | None, new: bytes | None, lines: tuple[str, ...]
) -> None:
    assert compared(old, new, CAPS).lines == lines


def test_a_difference_that_no_line_shows_is_told() -> None:
    told = Lines(cut="nothing but the end of its last line is other")
    assert compared(b"a", b"a\n", CAPS) == told


def test_what_is_too_large_is_said_to_be_so() -> None:
    caps = DiffCaps(file_bytes=2048, file_lines=100, shown_per_file=2)

    assert compared(b"", bytes(3000), caps) == Lines(cut="larger than 2 KiB")
    assert compared(b"", b"\n" * 200, caps) == Lines(cut="more than 100 lines")
    cut = compared(None, b"a\nb\nc\nd\n", caps)
    assert (cut.lines, cut.cut, cut.added) == (("@@ -0,0 +1,2 @@", "+a", "+b"), "2 more lines", 4)


def test_lines_can_be_counted_without_being_told() -> None:
    counted = compared(b"a\nb\nc\n", b"a\n2\n3\nc\n", CAPS_TO_COUNT)
    assert counted == Lines(added=2, removed=1)


def test_the_lines_around_a_change_may_be_more() -> None:
    old = b"".join(b"%d\n" % number for number in range(30))
    new = old.replace(b"15\n", b"x\n")
    assert len(compared(old, new, replace(CAPS, context=9)).lines) == 1 + 9 + 2 + 9


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("x = 1" + " " * 300 + "; import os", "x = 1 [300 spaces] ; import os"),
        ("    indented\tand tabbed", "    indented\tand tabbed"),
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("admin\u202e}", "admin\\u202e}"),
        ("a" * 1000 + "exec(x)", "a" * 400 + " [487 characters] " + "a" * 113 + "exec(x)"),
    ],
)
def test_nothing_in_a_line_can_hide(line: str, told: str) -> None:
    assert shown(line) == told
