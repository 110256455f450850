from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affineur.web.conditions import Span, Unsatisfiable, is_unchanged, span_asked

TAG = '"abc"'
TOO_FAR = Unsatisfiable()


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("bytes=0-0", Span(0, 1)),
        ("bytes=0-99", Span(0, 100)),
        ("bytes=0-1000", Span(0, 100)),
        ("bytes=10-19", Span(10, 20)),
        ("bytes=90-", Span(90, 100)),
        ("bytes=-1", Span(99, 100)),
        ("bytes=-1000", Span(0, 100)),
        ("Bytes=5-6", Span(5, 7)),
        ("bytes=100-", TOO_FAR),
        ("bytes=100-200", TOO_FAR),
        ("bytes=-0", TOO_FAR),
        ("bytes=999999999999999999-", TOO_FAR),
        ("bytes=9-1", None),
        ("bytes=-", None),
        ("bytes=", None),
        ("bytes=0-1,5-6", None),
        ("bytes=a-b", None),
        ("bytes=+1-2", None),
        ("bytes=1 -2", None),
        ("lines=0-1", None),
        ("bytes=" + "9" * 5000 + "-", None),
        ("bytes=\u0661-\u0662", None),
        ("", None),
    ],
)
def test_a_range_is_a_span_or_outside_or_the_whole(
    asked: str, answer: Span | Unsatisfiable | None
) -> None:
    assert span_asked({"range": asked}, TAG, 100) == answer


def test_nothing_can_be_taken_of_what_is_empty() -> None:
    assert span_asked({"range": "bytes=0-"}, TAG, 0) == TOO_FAR


@pytest.mark.parametrize(
    ("condition", "answer"),
    [
        (TAG, Span(0, 1)),
        ('"other"', None),
        ('W/"abc"', None),
        ("Sat, 01 Jan 2022 00:00:00 GMT", None),
    ],
)
def test_a_part_is_only_given_of_the_very_thing_that_the_client_has(
    condition: str, answer: Span | None
) -> None:
    assert span_asked({"range": "bytes=0-0", "if-range": condition}, TAG, 100) == answer


@pytest.mark.parametrize(
    ("known", "answer"),
    [
        (TAG, True),
        ('W/"abc"', True),
        ('"x", "abc"', True),
        ("*", True),
        ('"x"', False),
        ("abc", False),
        ('"ab" "c"', False),
        ("", False),
    ],
)
def test_what_the_client_has_is_known_by_its_tag(known: str, *, answer: bool) -> None:
    assert is_unchanged({"if-none-match": known}, TAG) is answer


@given(st.text(alphabet="bytes=-,0123456789 ", max_size=40), st.integers(0, 200))
def test_every_span_lies_within_the_thing(asked: str, size: int) -> None:
    span = span_asked({"range": f"bytes={asked}"}, TAG, size)

    assert not isinstance(span, Span) or 0 <= span.start < span.stop <= size
