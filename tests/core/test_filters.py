from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from affineur.core.files import FileKind
from affineur.core.filters import Action, Filter, apply, hides_name, judge
from affineur.core.names import NamePattern, ProjectName
from affineur.core.pages import Page, Show
from support.values import NOW, index_file, page, versions

FLASK = tuple(f"flask-{version}-py3-none-any.whl" for version in ("1.0", "2.0", "3.0", "3.1rc1"))


def allow(**conditions: object) -> Filter:
    return Filter(Action.ALLOW, "not on the list", **conditions)  # type: ignore[arg-type]  # the test's own words


def deny(**conditions: object) -> Filter:
    return Filter(Action.DENY, "denied", **conditions)  # type: ignore[arg-type]  # the test's own words


def test_without_filters_everything_comes_through() -> None:
    assert apply([], page("flask", *FLASK), NOW) == page("flask", *FLASK)


def test_a_denied_version_is_withheld_with_the_filters_reason() -> None:
    filtered = apply([deny(versions=SpecifierSet("<2"))], page("flask", *FLASK), NOW)

    assert versions(filtered) == {
        "1.0": "denied",
        "2.0": "served",
        "3.0": "served",
        "3.1rc1": "served",
    }


def test_a_version_that_no_allow_filter_covers_is_withheld() -> None:
    filtered = apply([allow(versions=SpecifierSet("==2.*"))], page("flask", *FLASK), NOW)

    assert versions(filtered) == {
        "1.0": "not on the list",
        "2.0": "served",
        "3.0": "not on the list",
        "3.1rc1": "not on the list",
    }


def test_an_allow_list_withholds_every_other_name() -> None:
    rules = [allow(names=(NamePattern.parse("django*"),))]

    assert {*versions(apply(rules, page("flask", *FLASK), NOW)).values()} == {"not on the list"}
    django = page("django-x", "django_x-1.0.tar.gz")
    assert versions(apply(rules, django, NOW)) == {"1.0": "served"}


def test_a_hidden_file_is_not_listed() -> None:
    rule = deny(versions=SpecifierSet("<3"), show=Show.HIDE)

    assert set(versions(apply([rule], page("flask", *FLASK), NOW))) == {"3.0", "3.1rc1"}


def test_hiding_wins_over_explaining() -> None:
    rules = [deny(), deny(versions=SpecifierSet("<2"), show=Show.HIDE)]

    assert set(versions(apply(rules, page("flask", *FLASK), NOW))) == {"2.0", "3.0", "3.1rc1"}


@pytest.mark.parametrize(
    ("age_days", "comes_through"), [(2, False), (6, False), (7, True), (100, True)]
)
@pytest.mark.parametrize("rule", [deny(min_age_days=7), allow(min_age_days=7)])
def test_a_file_must_be_old_enough(rule: Filter, age_days: int, *, comes_through: bool) -> None:
    file = index_file(FLASK[0], uploaded_at=NOW - timedelta(days=age_days))

    assert (judge([rule], file, NOW) is None) is comes_through


@pytest.mark.parametrize("rule", [deny(min_age_days=7), allow(min_age_days=7)])
def test_an_unknown_upload_time_is_taken_as_brand_new(rule: Filter) -> None:
    assert judge([rule], index_file(FLASK[0]), NOW) is not None


def test_a_page_says_when_a_file_will_be_old_enough() -> None:
    uploaded = NOW - timedelta(days=2)
    young = page("flask")
    entry = page("flask", FLASK[0]).entries[0]
    young = Page(young.project, (type(entry)(index_file(FLASK[0], uploaded), entry.origin),))

    assert apply([deny(min_age_days=7)], young, NOW).changes_at == uploaded + timedelta(days=7)


def test_a_kind_of_file_can_be_denied() -> None:
    both = page("flask", "flask-1.0.tar.gz", "flask-1.0-py3-none-any.whl")

    filtered = apply([deny(kind=FileKind.SDIST)], both, NOW)

    assert [entry.file.filename.text for entry in filtered.served] == ["flask-1.0-py3-none-any.whl"]


@pytest.mark.parametrize(
    ("rules", "hidden"),
    [
        ([deny(names=(NamePattern("flask"),), show=Show.HIDE)], True),
        ([deny(names=(NamePattern("flask"),))], False),
        ([deny(names=(NamePattern("django"),), show=Show.HIDE)], False),
        ([deny(versions=SpecifierSet("<2"), show=Show.HIDE)], False),
        ([allow(names=(NamePattern("django"),), show=Show.HIDE)], True),
        ([allow(names=(NamePattern("flask"),), show=Show.HIDE)], False),
    ],
)
def test_nobody_is_asked_for_a_name_that_would_be_hidden(
    rules: list[Filter], *, hidden: bool
) -> None:
    assert hides_name(rules, ProjectName("flask")) is hidden


RULES = st.lists(
    st.sampled_from(
        [
            allow(versions=SpecifierSet(">=2")),
            allow(names=(NamePattern("flask"),)),
            deny(versions=SpecifierSet("==3.0")),
            deny(min_age_days=7),
            deny(versions=SpecifierSet("<2"), show=Show.HIDE),
        ]
    ),
    max_size=5,
)


@given(RULES, st.randoms())
def test_the_order_of_filters_does_not_matter(rules: list[Filter], random: object) -> None:
    shuffled = sorted(rules, key=lambda _rule: getattr(random, "random")())  # noqa: B009

    served = apply(rules, page("flask", *FLASK), NOW).served

    assert apply(shuffled, page("flask", *FLASK), NOW).served == served


@given(RULES, st.sampled_from([deny(), deny(versions=SpecifierSet("<3")), deny(min_age_days=1)]))
def test_another_deny_filter_never_lets_more_through(rules: list[Filter], more: Filter) -> None:
    before = apply(rules, page("flask", *FLASK), NOW).served

    assert set(apply([*rules, more], page("flask", *FLASK), NOW).served) <= set(before)


@given(RULES)
def test_filtering_twice_changes_nothing(rules: list[Filter]) -> None:
    once = apply(rules, page("flask", *FLASK), NOW)

    assert apply(rules, once, NOW) == once
