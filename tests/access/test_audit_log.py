"""The audit log: readable in pages, and whole or told where it is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from affineur.core.errors import BadInput
from affineur.core.events import GENESIS, Event
from affineur.core.findings import Fact
from affineur.core.names import FeedName
from affineur.core.permissions import OPERATOR
from affineur.core.ports import Clock
from affineur.services import audit, feeds
from affineur.services.audit import AuditCheck
from affineur.services.feeds import NewFeed
from affineur.services.gear import Gear
from affineur.store import audit as store
from affineur.store.database import Database
from support.gear import bare_gear, make_gear, somebody
from support.racing import at_once


@pytest.fixture
def gear(database: Database, clock: Clock, tmp_path: Path) -> Gear:
    made = make_gear(database, clock, tmp_path)
    feeds.create(made, OPERATOR, NewFeed(FeedName("one")))
    feeds.create(made, OPERATOR, NewFeed(FeedName("two"), source=FeedName("one")))
    feeds.create(made, OPERATOR, NewFeed(FeedName("three")))
    return made


def _whole(seq: int, last: str) -> AuditCheck:
    return AuditCheck(ok=True, problem=None, head_seq=seq, head_hash=last)


def _alter(gear: Gear, statement: str) -> str | None:
    with gear.db.writing() as conn:
        conn.execute(text(statement))
    return audit.verify(gear, OPERATOR).problem


def test_an_untouched_log_is_whole(gear: Gear) -> None:
    with gear.db.reading() as conn:
        head = store.head(conn)
    assert audit.verify(gear, OPERATOR) == _whole(3, head.hash)


def test_an_empty_log_is_whole(database: Database, clock: Clock, tmp_path: Path) -> None:
    empty = make_gear(database, clock, tmp_path)
    assert audit.verify(empty, OPERATOR) == _whole(0, GENESIS)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("SET actor = 'eve' WHERE seq = 2", "event 2 was altered"),
        ("SET at = '2001-01-01 00:00:00+00:00' WHERE seq = 2", "event 2 was altered"),
        ("SET after = NULL WHERE seq = 3", "event 3 was altered"),
        ("SET digests = '[\"00\"]' WHERE seq = 1", "event 1 was altered"),
        (
            "SET hash = previous, previous = hash WHERE seq = 2",
            "event 2 does not follow the event before it",
        ),
    ],
)
def test_an_altered_event_is_told(gear: Gear, change: str, problem: str) -> None:
    assert _alter(gear, f"UPDATE audit_event {change}") == problem  # our own text


@pytest.mark.parametrize(
    ("seq", "problem"),
    [(1, "event 2 does not follow the event before it"), (2, "event 2 is missing")],
)
def test_a_removed_event_is_told(gear: Gear, seq: int, problem: str) -> None:
    assert _alter(gear, f"DELETE FROM audit_event WHERE seq = {seq}") == problem  # noqa: S608  # our own text


def test_a_log_that_was_cut_off_shows_another_head(gear: Gear) -> None:
    whole = audit.verify(gear, OPERATOR)
    assert _alter(gear, "DELETE FROM audit_event WHERE seq = 3") is None
    assert audit.verify(gear, OPERATOR).head_seq == whole.head_seq - 1


def test_a_log_longer_than_a_page_is_checked_to_its_end(gear: Gear) -> None:
    now = gear.clock.now()
    with gear.db.writing() as conn:
        one = Event("test.done", "n:1")
        last = [store.record(conn, now, OPERATOR, one) for _ in range(2100)]
    assert audit.verify(gear, OPERATOR) == _whole(2103, last[-1].hash)
    assert _alter(gear, "UPDATE audit_event SET subject = 'n' WHERE seq = 2050") == (
        "event 2050 was altered"
    )


def test_the_log_is_read_in_pages(gear: Gear) -> None:
    seen = audit.log(gear, somebody("approver"), after=1, limit=1)
    assert [(s.seq, s.actor, s.event.subject) for s in seen] == [(2, "operator", "feed:two")]


@pytest.mark.parametrize(("after", "limit"), [(-1, 1), (2**63, 1), (0, 0), (0, 1001)])
def test_a_page_that_cannot_be_is_refused(
    clock: Clock, tmp_path: Path, after: int, limit: int
) -> None:
    gear = bare_gear(clock, tmp_path)
    with pytest.raises(BadInput):
        audit.log(gear, OPERATOR, after, limit)


def test_writers_at_the_same_time_make_one_chain(gear: Gear) -> None:
    def record() -> None:
        with gear.db.writing() as conn:
            store.record(conn, gear.clock.now(), OPERATOR, Event("test.done", "n:1"))

    at_once(12, record)
    check = audit.verify(gear, OPERATOR)
    assert (check.ok, check.head_seq) == (True, 15)


def test_an_event_goes_with_its_change_when_that_fails(gear: Gear) -> None:
    def fail() -> None:
        with gear.db.writing() as conn:
            store.record(conn, gear.clock.now(), OPERATOR, Event("test.done", "n:1"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert audit.verify(gear, OPERATOR).head_seq == 3


def test_whatever_an_event_holds_reads_back_the_same(gear: Gear) -> None:
    facts: dict[str, Fact] = {
        "text": "\N{SNOWMAN} \\ \" '",
        "n": 1.5,
        "none": None,
        "list": [1, {"a": True}],
    }
    event = Event("test.done", "n:1", before={}, after=facts, digests=("00", "11"))
    with gear.db.writing() as conn:
        sealed = store.record(conn, gear.clock.now(), OPERATOR, event)
    assert audit.log(gear, OPERATOR, 3, 1) == (sealed,)
    assert audit.verify(gear, OPERATOR).ok
