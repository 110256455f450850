"""Code as markup: coloured by whole files, nothing in it hides, and nothing in it runs."""

from __future__ import annotations

import asyncio

import pytest
from markupsafe import Markup

from affineur.checks.colours import LEXERS, colours
from affineur.core.colours import Colour, read_spans, written
from affineur.web.ui.colouring import LONGEST, code, coloured

PIECES = (" \n", "\n", " ", "\t", "a", "a=", "(", "[", "*a ", "`", "//", "::", "'''", "<a ", "\\")


def lines_of(text: str, filename: str) -> tuple[Markup, ...]:
    return asyncio.run(coloured(text, filename))


def test_a_text_is_coloured_line_by_line() -> None:
    found = lines_of("import os  # here\nx = 'a<b'", "spam/a.py")
    assert found == (
        Markup('<span class="ck">import</span> os  <span class="cc"># here</span>'),
        Markup('x = <span class="cs">&#39;a&lt;b&#39;</span>'),
    )


def test_a_string_of_many_lines_is_one_on_each_of_them() -> None:
    found = lines_of('"""one\nimport two\n"""\nimport three', "a.py")
    assert found[1] == Markup('<span class="cs">import two</span>')
    assert found[3] == Markup('<span class="ck">import</span> three')


def test_a_file_of_another_kind_is_plain_and_keeps_every_line() -> None:
    assert lines_of("\n\nimport os\r\n\n", "a.unknown") == (
        Markup(),
        Markup(),
        Markup('import os<span class="odd" title="A control character">U+000D</span>'),
        Markup(),
        Markup(),
    )


@pytest.mark.parametrize("name", [names.split()[0] for names in LEXERS])
def test_the_colours_of_a_line_are_as_long_as_the_line(name: str) -> None:
    text = "def a(b):\n\n  'x' # {y: 1} /* z */\n\n"
    lengths = [sum(length for length, _ in read_spans(one)) for one in colours(text, f"a.{name}")]
    assert lengths == [len(line) for line in text.split("\n")]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # Hypothesis'
@pytest.mark.parametrize("name", ["py", "c", "ini", "yaml", "js", "md", "rst", "mk", "diff"])
@pytest.mark.parametrize("piece", PIECES)
def test_no_text_holds_a_lexer_up_for_long(name: str, piece: str) -> None:
    text = (piece * 20_000)[:20_000]
    assert len(colours(text, f"a.{name}", 0.02)) in {0, text.count("\n") + 1}


def test_what_is_too_large_is_plain() -> None:
    lines = lines_of("import os\n" * 100_000, "a.py")
    assert (len(lines), lines[0]) == (100_001, Markup("import os"))
    (line,) = lines_of("x" * 10_000_000, "a.py")
    assert line.striptags() == "x" * LONGEST + "9,998,000 more characters"


def test_markup_in_code_is_text() -> None:
    found = code('<script>alert("1")</script>', ((8, Colour.TAG),), ((0, 27),))
    assert "<script" not in found
    assert found.striptags() == '<script>alert("1")</script>'


def test_characters_that_nobody_sees_are_seen() -> None:
    hidden = "a\u202eb\u200bc\x1b[0m\u3164\ufe0f\U000e0041\ud800"
    told = code(hidden).striptags()
    assert told == "aU+202EbU+200BcU+001B[0mU+3164U+FE0FU+E0041U+D800"
    assert 'title="Right-to-left override"' in code(hidden)


def test_a_long_run_of_them_is_counted() -> None:
    assert code("x" + "\ufe01" * 1500).striptags() == "x1,500 characters that cannot be seen"
    assert code("x" + " " * 300 + "y").striptags() == "x300 spacesy"


def test_letters_of_other_scripts_are_left_as_they_are() -> None:
    assert code("naïve Grüße Ελλάδα данные 你好 שלום") == Markup(
        "naïve Grüße Ελλάδα данные 你好 שלום"
    )


def test_marks_and_colours_may_overlap() -> None:
    found = code("abcdef", ((4, Colour.KEYWORD),), ((2, 5),))
    assert found == Markup(
        '<span class="ck">ab</span><span class="ck m">cd</span><span class="m">e</span>f'
    )


def test_colours_travel_as_short_text_and_nonsense_is_no_colour() -> None:
    spans = ((3, Colour.KEYWORD), (1, None), (12, Colour.COMMENT))
    assert written(spans) == "3k1 12c"
    assert read_spans("3k1 12c") == spans
    assert read_spans("3z<b>2k") == ((3, None), (2, Colour.KEYWORD))
