from __future__ import annotations

import pytest

from affineur.core.repositories import Kinship, Repository, kinship, repository_of

SPAM = Repository("github.com", ("acme", "spam"))
NESTED = Repository("gitlab.com", ("acme", "tools", "spam"))


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/acme/spam",
        "http://www.github.com/Acme/Spam.git",
        "https://github.com/acme/spam/tree/main/packages/eggs?x=1#readme",
        "git+https://github.com/acme/spam.git@v1",
        "git@github.com:acme/spam.git",
        "ssh://git@github.com/acme/spam",
        "git://github.com/acme/spam.git",
        "github.com/acme/spam",
        "https://acme.github.io/spam/docs/",
        "https://raw.githubusercontent.com/acme/spam/main/README.md",
        " https://github.com/acme//spam/ ",
    ],
)
def test_all_spellings_name_the_same_repository(url: str) -> None:
    assert kinship(SPAM, [one for one in [repository_of(url)] if one]) is Kinship.SAME


@pytest.mark.parametrize(
    "url",
    [
        "",
        "UNKNOWN",
        "https://spam.example.org/acme/spam",
        "https://github.com",
        "https://github.com/sponsors/acme",
        "https://github.com/orgs/acme",
        "https://github.com.example.org/acme/spam",
        "https://notgithub.com/acme/spam",
        "http://[github.com/acme/spam",
        "https://github.com/" + "a" * 3000,
        "mailto:spam@example.org",
        "C:\\spam",
    ],
)
def test_other_urls_name_no_repository(url: str) -> None:
    assert repository_of(url) is None


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://gitlab.com/acme/tools/spam/-/issues", Kinship.SAME),
        ("https://gitlab.com/acme/tools/spam.git", Kinship.SAME),
        ("https://gitlab.com/acme/tools", Kinship.SAME),
        ("https://gitlab.com/acme/other/spam", Kinship.OWNER),
        ("https://gitlab.com/acme", Kinship.OWNER),
        ("https://github.com/acme/spam", Kinship.OTHER),
        ("https://gitlab.com/evil/tools/spam", Kinship.OTHER),
    ],
)
def test_groups_within_groups_are_told_apart(url: str, expected: Kinship) -> None:
    named = repository_of(url)
    assert named is not None
    assert kinship(NESTED, [named]) is expected


@pytest.mark.parametrize(
    ("urls", "expected"),
    [
        ([], Kinship.NONE),
        (["https://github.com/acme/eggs"], Kinship.OWNER),
        (["https://github.com/evil/spam", "https://github.com/acme/spam"], Kinship.SAME),
        (["https://github.com/evil/spam"], Kinship.OTHER),
        (["https://gitlab.com/acme/spam"], Kinship.OTHER),
    ],
)
def test_the_closest_relation_counts(urls: list[str], expected: Kinship) -> None:
    named = [one for one in map(repository_of, urls) if one is not None]

    assert kinship(SPAM, named) is expected
