"""Numbers by week and day: what counts where, for whom, and how long people waited."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from affineur.core.errors import Forbidden, Unauthenticated
from affineur.core.names import FeedName
from affineur.core.numbers import FeedUse, IndexDay, Settled, StorageDay, Week, weeks_of
from affineur.core.permissions import ANONYMOUS, OPERATOR
from affineur.core.requests import RequestState
from affineur.core.usage import Kind, Use
from affineur.services import feeds, numbers
from affineur.services.feeds import NewFeed
from affineur.services.gear import Gear
from affineur.store import feeds as feed_store
from affineur.store import numbers as store
from affineur.store.database import Database
from affineur.store.schema import decision, request
from support.clocks import NOON, SetClock
from support.gear import FEED, OTHER, make_gear, somebody

MONDAY = date(2026, 10, 26)
"""Of the week of NOON, which is a Sunday."""
HOUR_S = 3600.0


@pytest.fixture
def gear(database: Database, clock: SetClock, tmp_path: Path) -> Gear:
    made = make_gear(database, clock, tmp_path)
    feeds.create(made, OPERATOR, NewFeed(FEED))
    feeds.create(made, OPERATOR, NewFeed(OTHER))
    return made


def ask(
    gear: Gear,
    state: RequestState,
    made_at: datetime,
    *,
    feed: FeedName = FEED,
    by: tuple[str, timedelta] | None = None,
    is_draft: bool = False,
) -> None:
    """Keep a request; `by` says who decided it, and after how long."""
    who, after = by or ("", timedelta(0))
    with gear.db.writing() as conn:
        found = feed_store.load(conn, feed)
        assert found is not None
        row = {
            "feed_id": found.id,
            "state": state,
            "requirements": ["spam"],
            "reason": "work",
            "requester": "dev",
            "is_draft": is_draft,
            "created_at": made_at,
            "changed_at": made_at + after,
        }
        key = conn.execute(insert(request).values(row)).inserted_primary_key
        assert key is not None
        made = [{"request_id": key[0], "decided_by": who}] if by else []
        for one in made:
            more = {"verdict": state, "comment": "", "digests": [], "decided_at": made_at + after}
            conn.execute(insert(decision).values(**one, **more))


def test_requests_are_counted_by_week_and_by_who_decided(gear: Gear) -> None:
    last_week = NOON - timedelta(days=7)
    ask(gear, RequestState.APPROVED, last_week, by=("policy", timedelta(seconds=20)))
    ask(gear, RequestState.DENIED, last_week)
    ask(gear, RequestState.APPROVED, last_week, by=("erin", timedelta(days=7, hours=1)))
    ask(gear, RequestState.REJECTED, NOON, by=("erin", timedelta(hours=3)))
    ask(gear, RequestState.APPROVED, NOON)  # it stood there already
    ask(gear, RequestState.REVIEW, NOON)
    ask(gear, RequestState.REVIEW, NOON, is_draft=True)
    ask(gear, RequestState.REVIEW, NOON, feed=OTHER)
    ask(gear, RequestState.REVIEW, NOON - timedelta(days=30))

    found = numbers.numbers(gear, somebody("reader@team"), weeks=2)

    before, this = found.weeks
    assert before == Week(
        MONDAY - timedelta(days=7),
        {RequestState.APPROVED: 2, RequestState.DENIED: 1},
        by_policy=2,
    )
    week_s = 7 * 24 * HOUR_S
    assert this == Week(
        MONDAY,
        {RequestState.REJECTED: 1, RequestState.APPROVED: 1, RequestState.REVIEW: 1},
        by_people=2,
        median_s=week_s / 2 + 2 * HOUR_S,
        slow_s=0.9 * week_s + 1.2 * HOUR_S,
    )
    assert (before.count, before.policy_share, this.policy_share) == (3, 1.0, 0.0)
    assert Week(MONDAY).policy_share is None


def test_a_day_is_one_in_utc(gear: Gear) -> None:
    eastern = datetime(2026, 10, 26, 1, tzinfo=UTC).astimezone()
    ask(gear, RequestState.REVIEW, eastern)
    ask(gear, RequestState.REVIEW, datetime(2026, 10, 25, 23, 59, tzinfo=UTC))
    found = numbers.numbers(gear, OPERATOR, weeks=2)
    assert [one.count for one in found.weeks] == [1, 1]


def test_answers_and_refusals_are_counted_by_day_and_feed(gear: Gear) -> None:
    page = Use(FEED, Kind.PAGE, "dev")
    gear.usage.sent(NOON, page, 100, is_taken=False)
    gear.usage.sent(NOON - timedelta(days=1), page, 100, is_taken=False)
    gear.usage.unchanged(NOON, page)
    gear.usage.refused(NOON, FEED, "not-approved")
    gear.usage.refused(NOON, OTHER, "unknown")

    mine = numbers.numbers(gear, somebody("reader@team"), weeks=1)
    every = numbers.numbers(gear, OPERATOR, weeks=1)

    assert len(mine.days) == 7
    assert mine.days[-2] == IndexDay(date(2026, 10, 31), {"page": 1}, {}, 100)
    today = IndexDay(NOON.date(), {"page": 1, "unchanged": 1}, {"not-approved": 1}, 100)
    assert mine.days[-1] == today
    assert mine.feeds == (FeedUse(FEED, 3, 1, 200),)
    assert every.days[-1].refusals == {"not-approved": 1, "unknown": 1}
    assert every.feeds == (FeedUse(FEED, 3, 1, 200), FeedUse(OTHER, 0, 1, 0))


def test_what_is_held_is_told_to_those_who_read_the_audit_log(gear: Gear) -> None:
    with gear.db.writing() as conn:
        store.keep_storage(conn, StorageDay(NOON.date(), 1, 10, 5))
        store.keep_storage(conn, StorageDay(NOON.date(), 2, 20, 6))
    assert numbers.numbers(gear, somebody("reader@team")).storage is None
    found = numbers.numbers(gear, somebody("approver@team")).storage
    assert found == (StorageDay(NOON.date(), 2, 20, 6),)


def test_numbers_need_somebody_who_reads_requests(gear: Gear) -> None:
    with pytest.raises(Unauthenticated):
        numbers.numbers(gear, ANONYMOUS)
    with pytest.raises(Forbidden):
        numbers.numbers(gear, somebody("publisher@team"))


def test_an_empty_server_has_numbers_too(gear: Gear) -> None:
    found = numbers.numbers(gear, OPERATOR, weeks=3)
    assert found.weeks == tuple(Week(MONDAY - timedelta(weeks=back)) for back in (2, 1, 0))
    assert (found.feeds, found.storage, len(found.days)) == ((), (), 21)


def test_one_decision_is_its_own_median() -> None:
    one = Settled(NOON, NOON + timedelta(hours=2), RequestState.APPROVED, "erin")
    (week,) = weeks_of(NOON, 1, [], [one])
    assert (week.median_s, week.slow_s) == (2 * HOUR_S, 2 * HOUR_S)
