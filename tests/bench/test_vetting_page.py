"""Each command writes its own section of the page of vetting's figures."""

from __future__ import annotations

import pytest

from bench import vetting_page

PAGE = "a\n<!-- measured: one begin -->\nold\n<!-- measured: one end -->\nb\n"


def test_a_section_is_replaced_and_nothing_else() -> None:
    assert vetting_page.filled(PAGE, "one", "new\n") == PAGE.replace("old", "new")


def test_a_section_that_the_page_does_not_have_is_an_error() -> None:
    with pytest.raises(ValueError, match="no place for two"):
        vetting_page.filled(PAGE, "two", "new")


def test_what_would_break_a_table_is_taken_out() -> None:
    assert vetting_page.table(("what",), [("a|b\nc",)]) == "| what |\n| --- |\n| a\\|b c |"
    assert vetting_page.quoted("x = `y`\n\u202e", 5) == "`x = '...`"
