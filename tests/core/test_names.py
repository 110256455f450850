import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affineur.core.errors import BadInput
from affineur.core.names import (
    NamePattern,
    ProjectName,
    parse_feed_name,
    parse_project,
    parse_sha256,
)

SPELLINGS = ["Flask-Login", "flask_login", "FLASK.LOGIN", "flask--login", "flask-_.login"]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_of_a_project_is_one_name(spelling: str) -> None:
    assert parse_project(spelling) == "flask-login"


@pytest.mark.parametrize(
    "text",
    ["", "-flask", "flask-", "fl ask", "../flask", "flask\n", "flásk", "a" * 200, "a/b", "%66"],
)
def test_what_is_no_project_name_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        parse_project(text)


@given(st.text(max_size=40))
def test_parsing_a_name_twice_changes_nothing(text: str) -> None:
    try:
        once = parse_project(text)
    except BadInput:
        return
    assert parse_project(once) == once


@pytest.mark.parametrize(
    ("pattern", "name", "covers"),
    [
        ("mycompany-*", "mycompany-lib", True),
        ("mycompany-*", "mycompany", False),
        ("MyCompany_*", "mycompany-lib", True),
        ("*", "anything", True),
        ("*-internal", "a-internal", True),
        ("*-internal", "internal", False),
        ("requests", "requests-oauthlib", False),
        ("a*b*c", "a-x-b-y-c", True),
    ],
)
def test_a_star_stands_for_anything(pattern: str, name: str, *, covers: bool) -> None:
    assert NamePattern.parse(pattern).matches(parse_project(name)) is covers


@pytest.mark.parametrize("text", ["", "a b", "^a", "(a+)+", "-", "a?", "[a]"])
def test_a_pattern_holds_nothing_but_name_characters(text: str) -> None:
    with pytest.raises(BadInput):
        NamePattern.parse(text)


def test_a_pattern_of_many_stars_is_not_slow() -> None:
    pattern = NamePattern.parse("*a" * 30)

    assert pattern.matches(parse_project("a" * 120)) is True
    assert pattern.matches(parse_project("a" * 60 + "b" * 60)) is False


@given(st.text("ab*", min_size=1, max_size=8), st.text("ab", min_size=1, max_size=10))
def test_a_pattern_matches_what_its_regular_expression_matches(text: str, name: str) -> None:
    pattern = NamePattern.parse(text)
    expression = re.compile(pattern.text.replace("*", ".*"))

    assert pattern.matches(ProjectName(name)) is bool(expression.fullmatch(name))


@pytest.mark.parametrize("text", ["", "Internal", "a b", "../a", "a/b", "a" * 65, "-a", "a@b"])
def test_what_is_no_feed_name_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        parse_feed_name(text)


def test_a_digest_is_compared_in_lower_case() -> None:
    assert parse_sha256("AB" * 32) == "ab" * 32


@pytest.mark.parametrize("text", ["", "ab", "g" * 64, "a" * 65, "a" * 63 + "\n"])
def test_what_is_no_digest_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        parse_sha256(text)
