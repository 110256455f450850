from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affineur.core.look_alikes import hidden, skeleton
from affineur.core.name_edits import Forms, How, likeness
from affineur.core.names import ProjectName
from affineur.core.typosquats import Ranked, Resemblances
from affineur.services import name_lists
from support.squats import squats

NAMES = st.from_regex(r"[a-z0-9](?:[a-z0-9]|-(?=[a-z0-9])){0,30}", fullmatch=True)
LETTERS = st.sampled_from("abcdefghijklmnopqrstuvwxyz")


def names(*texts: str) -> tuple[ProjectName, ...]:
    return tuple(ProjectName(text) for text in texts)


def how(name: str, target: str) -> How | None:
    return likeness(Forms(name), Forms(target))


@pytest.mark.parametrize(
    ("name", "target", "kind"),
    [
        ("reqeusts", "requests", How.SWAPPED),
        ("reqquests", "requests", How.REPEATED),
        ("beautifulsoop4", "beautifulsoup4", How.SLIP),
        ("rewuests", "requests", How.SLIP),
        ("requfsts", "requests", How.LETTER),
        ("nandas", "pandas", How.FIRST),
        ("requets", "requests", How.LEFT_OUT),
        ("equests", "requests", How.HEADLESS),
        ("nump", "numpy", How.CUT),
        ("request", "requests", How.PLURAL),
        ("colourama", "colorama", How.ADDED),
        ("grequests", "requests", How.BEFORE),
        ("flaskx", "flask", How.AFTER),
        ("requests2", "requests", How.DIGIT),
        ("boto", "boto3", How.NO_DIGIT),
        ("boto4", "boto3", How.OTHER_DIGIT),
        ("f1ask", "flask", How.LOOK_ALIKE),
        ("g00g1e", "google", How.LOOK_ALIKE),
        ("nurnpy", "numpy", How.LOOK_ALIKE),
        ("vverkzeug", "werkzeug", How.LOOK_ALIKE),
        ("jeilyfish", "jellyfish", How.LOOK_ALIKE),
        ("prompt-tool-kit", "prompt-toolkit", How.DELIMITERS),
        ("scikitlearn", "scikit-learn", How.DELIMITERS),
        ("nmap-python", "python-nmap", How.ORDER),
        ("python-requests", "requests", How.AFFIX),
        ("requests-dev", "requests", How.AFFIX),
        ("dateutil", "python-dateutil", How.NO_AFFIX),
        ("python-openssl", "pyopenssl", How.OTHER_AFFIX),
        ("pythonkafka", "kafka-python", How.OTHER_AFFIX),
    ],
)
def test_each_way_of_being_taken_for_another_is_told(name: str, target: str, kind: How) -> None:
    assert how(name, target) is kind


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("requests", "requests"),
        ("requests-oauthlib", "requests"),
        ("django-q", "django"),
        ("numpy", "pandas"),
        ("flask-login", "flask-logging"),
    ],
)
def test_other_names_are_no_likeness(name: str, target: str) -> None:
    assert how(name, target) is None


@given(NAMES)
def test_no_name_is_like_itself(name: str) -> None:
    assert how(name, name) is None


@given(NAMES, NAMES)
def test_likeness_goes_both_ways(one: str, other: str) -> None:
    both = {how(one, other) is None, how(other, one) is None}

    assert len(both) == 1 or "-" in one + other  # a word more is a plugin, a word less is not


@given(NAMES, LETTERS, st.data())
def test_one_letter_in_the_place_of_another_is_always_found(
    name: str, letter: str, data: st.DataObject
) -> None:
    at = data.draw(st.sampled_from([i for i, one in enumerate(name) if one != "-"]))
    changed = name[:at] + letter + name[at + 1 :]

    found = Resemblances(Ranked(names(name))).of(ProjectName(changed))

    assert [one.name for one in found] == [name] * (changed != name)


@given(NAMES, st.data())
def test_one_character_left_out_is_always_found(name: str, data: st.DataObject) -> None:
    name = f"a{name}"
    at = data.draw(st.sampled_from([i for i, one in enumerate(name) if one != "-"]))
    left = (name[:at] + name[at + 1 :]).strip("-").replace("--", "-")

    found = Resemblances(Ranked(names(name))).of(ProjectName(left))

    assert [one.name for one in found] == [name]


@given(st.text(alphabet="abil1o0mnrvw", max_size=30))
def test_a_skeleton_is_its_own_skeleton_or_shorter(text: str) -> None:
    assert len(skeleton(text)) <= len(text)


@settings(max_examples=50)
@given(st.lists(NAMES, max_size=20), NAMES)
def test_any_names_can_be_held_against_any_others(popular: list[str], name: str) -> None:
    found = Resemblances(Ranked(names(*popular)), names(*popular[:3])).of(ProjectName(name))

    assert {one.name for one in found} <= set(popular) - {name}


def test_of_the_squats_nineteen_of_twenty_are_close_to_their_targets() -> None:
    known = name_lists.shipped()

    found = [
        one
        for one in squats()
        if any(t.is_close and t.name == one.target for t in known.resemblances.of(one.name))
    ]

    assert len(squats()) == 200
    assert len(found) >= 190


def test_of_the_names_further_down_at_most_one_in_a_hundred_is_close_to_another() -> None:
    known = name_lists.shipped()

    flagged = [
        name
        for name in known.popular[5000:]
        if any(one.is_close for one in known.resemblances.of(name))
    ]

    assert len(flagged) <= 100


def test_a_remote_likeness_is_told_but_not_close() -> None:
    popular = names(*(f"filler{number}-of-the-list" for number in range(3000)), "pykafka")

    (found,) = Resemblances(Ranked(popular)).of(ProjectName("pymafka"))

    assert (found.name, found.rank, found.is_close) == ("pykafka", 3001, False)


def test_names_of_the_house_count_as_the_most_downloaded() -> None:
    (found,) = Resemblances(Ranked(()), names("acme-billing")).of(ProjectName("acme-biling"))

    assert (found.name, found.rank, found.is_close) == ("acme-billing", None, True)


def test_a_word_that_other_names_have_is_no_slip() -> None:
    popular = names("cloud-firestore", "filestore-client", "sqlalchemy")

    (found,) = Resemblances(Ranked(popular)).of(ProjectName("cloud-filestore"))

    assert (found.name, found.is_close) == ("cloud-firestore", False)


def test_the_most_downloaded_of_close_names_comes_first() -> None:
    popular = names("requests", "requestz")

    found = Resemblances(Ranked(popular)).of(ProjectName("request"))

    assert [(one.name, one.is_close) for one in found] == [("requests", True), ("requestz", True)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("requests", ""),
        ("émile", ""),
        ("данные", ""),
        ("r\u0435quests", "U+0435 CYRILLIC SMALL LETTER IE"),
        ("num\u200bpy", "U+200B ZERO WIDTH SPACE"),
        ("a\u202eb", "U+202E RIGHT-TO-LEFT OVERRIDE"),
    ],
)
def test_characters_that_are_not_what_they_seem_are_named(text: str, told: str) -> None:
    assert hidden(text) == told
