"""Views at a date: how they are written, and from when on they are fixed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affineur.core.errors import BadInput
from affineur.core.names import FeedName
from affineur.core.views import View, parse_view
from support.clocks import NOON

TEAM = FeedName("team")


def test_a_feed_without_a_date_is_as_it_is() -> None:
    assert parse_view("team", NOON) == View(TEAM)


def test_a_date_means_the_end_of_that_day() -> None:
    view = parse_view("team@2026-10-31", NOON)

    assert view == View(TEAM, datetime(2026, 10, 31, 23, 59, 59, 999_999, UTC))


@pytest.mark.parametrize(
    "written",
    ["2026-10-31T10:00:00Z", "2026-10-31T12:00:00+02:00", "2026-10-31T10:00:00.000000-00:00"],
)
def test_a_moment_is_the_same_in_every_zone(written: str) -> None:
    view = parse_view(f"team@{written}", NOON)

    assert (view.at, view.text) == (
        datetime(2026, 10, 31, 10, tzinfo=UTC),
        "team@2026-10-31T10:00:00Z",
    )


@pytest.mark.parametrize(
    "text",
    [
        "team@2026-11-01",
        "team@2026-11-01T12:00:00Z",
        "team@2026-11-01T11:59:01Z",
        "team@9999-12-31",
    ],
)
def test_what_may_still_change_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="may still change"):
        parse_view(text, NOON)


def test_a_moment_is_fixed_a_minute_after_it() -> None:
    assert parse_view("team@2026-11-01T11:59:00Z", NOON).at == NOON - timedelta(minutes=1)


@pytest.mark.parametrize(
    "text",
    [
        "team@",
        "team@@2026-10-31",
        "team@2026-10-31@2026-10-30",
        "team@yesterday",
        "team@2026-13-01",
        "team@2026-02-30",
        "team@20261031",
        "team@2026-10-31T10:00",
        "team@2026-10-31T10:00:00",
        "team@2026-10-31 10:00:00Z",
        "team@2026-10-31T25:00:00Z",
        "team@0001-01-01T00:00:00+23:59",
        "team@٢٠٢٦-١٠-٣١",  # noqa: RUF001  other digits than ours
        "TEAM@2026-10-31",
        "@2026-10-31",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        parse_view(text, NOON)


@given(st.timedeltas(min_value=timedelta(days=1), max_value=timedelta(days=700_000)))
def test_a_view_is_read_back_as_it_is_written(ago: timedelta) -> None:
    view = View(TEAM, NOON - ago)

    assert parse_view(view.text, NOON) == view
