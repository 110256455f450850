"""Looking for events, writing them out, and checking the chain without waiting for it."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from affineur.core.errors import BadInput, Forbidden
from affineur.core.events import Event
from affineur.core.findings import Fact
from affineur.core.names import ProjectName
from affineur.core.permissions import OPERATOR, Actor
from affineur.core.ports import Clock
from affineur.services import audit, blocks
from affineur.services.audit import AuditQuery
from affineur.services.blocks import BlockOrder
from affineur.services.gear import Gear
from affineur.store import audit as store
from affineur.store.audit import Head
from affineur.store.database import Database
from affineur.store.schema import audit_event
from support.approving import APPROVER, DEV
from support.gear import make_gear, somebody

DAY = timedelta(days=1)
MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)
ADA, BOB = somebody("approver", name="ada"), somebody("approver", name="bob")


@pytest.fixture
def log(database: Database, clock: Clock, tmp_path: Path) -> Gear:
    """A server in whose log five things stand."""
    gear = make_gear(database, clock, tmp_path)
    told: tuple[tuple[Actor, str, str, dict[str, Fact]], ...] = (
        (ADA, "request.made", "request:7", {"requirements": ["spam"]}),
        (ADA, "request.approved", "request:7", {"comment": "fine"}),
        (BOB, "block.made", "project:eggs", {"reason": "=cmd()"}),
        (BOB, "listing.added", "feed:eggs", {"files": {"eggs-1.0.tar.gz": "a" * 64}}),
        (ADA, "block.ended", "project:eggs", {"reason": "100% sure_thing"}),
    )
    with gear.db.writing() as conn:
        for turn, (who, action, subject, after) in enumerate(told):
            store.record(conn, MONDAY + turn * DAY, who, Event(action, subject, after=after))
    return gear


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (AuditQuery(), [5, 4, 3, 2, 1]),
        (AuditQuery(actor="bob"), [4, 3]),
        (AuditQuery(action="request."), [2, 1]),
        (AuditQuery(action="block.made"), [3]),
        (AuditQuery(action="no.such"), []),
        (AuditQuery(subject="project:eggs"), [5, 3]),
        (AuditQuery(subject="eggs"), [5, 4, 3]),
        (AuditQuery(actor="ada", action="block."), [5]),
        (AuditQuery(subject="eggs", action="block."), [5, 3]),
        (AuditQuery(text="SPAM"), [1]),
        (AuditQuery(text="a" * 64), [4]),
        (AuditQuery(text="0%"), [5]),
        (AuditQuery(text="e_t"), [5]),
        (AuditQuery(since=MONDAY + 3 * DAY), [5, 4]),
        (AuditQuery(until=MONDAY + DAY), [1]),
        (AuditQuery(since=MONDAY + DAY, until=MONDAY + 3 * DAY), [3, 2]),
        (AuditQuery(since=MONDAY + 9 * DAY), []),
        (AuditQuery(until=MONDAY - DAY), []),
    ],
)
def test_events_are_found_newest_first(log: Gear, query: AuditQuery, found: list[int]) -> None:
    there = audit.search(log, APPROVER, query)
    back = audit.search_on(log, APPROVER, query, after=0)

    assert [one.seq for one in there.events] == found
    assert [one.seq for one in back.events] == found[::-1]
    assert (there.next_seq, back.next_seq) == (None, None)


def test_a_list_goes_on_where_it_ended(log: Gear) -> None:
    first = audit.search(log, APPROVER, AuditQuery(), limit=2)
    second = audit.search(log, APPROVER, AuditQuery(), before=first.next_seq, limit=2)
    on = audit.search_on(log, APPROVER, AuditQuery(action="request."), after=1, limit=1)

    assert [one.seq for one in (*first.events, *second.events)] == [5, 4, 3, 2]
    assert [one.seq for one in on.events] == [2]


def test_only_who_may_read_the_log_finds_anything(log: Gear) -> None:
    with pytest.raises(Forbidden):
        audit.search(log, DEV, AuditQuery())
    with pytest.raises(Forbidden):
        audit.search_on(log, DEV, AuditQuery(), after=0)
    with pytest.raises(Forbidden):
        audit.export(log, DEV, AuditQuery(), "csv")
    with pytest.raises(Forbidden):
        audit.compare(log, DEV, Head(1, "a"))
    with pytest.raises(Forbidden):
        audit.known_actions(log, DEV)


def test_the_actions_of_the_log_are_named(log: Gear) -> None:
    assert audit.known_actions(log, APPROVER) == (
        "block.ended",
        "block.made",
        "listing.added",
        "request.approved",
        "request.made",
    )


def test_what_is_too_long_is_refused(log: Gear) -> None:
    with pytest.raises(BadInput, match="at most 300 characters"):
        audit.search(log, APPROVER, AuditQuery(text="x" * 301))


def test_the_log_is_written_out_as_json_lines(log: Gear) -> None:
    written = b"".join(audit.export(log, APPROVER, AuditQuery(actor="bob"), "jsonl"))
    told = [json.loads(line) for line in written.splitlines()]

    assert [(one["seq"], one["after"]) for one in told] == [
        (3, {"reason": "=cmd()"}),
        (4, {"files": {"eggs-1.0.tar.gz": "a" * 64}}),
    ]
    assert list(told[0]) == list(audit.COLUMNS)


def test_a_spreadsheet_of_the_log_runs_nothing(log: Gear) -> None:
    evil = somebody("approver", name="-evil")
    blocks.block(log, evil, BlockOrder(ProjectName("eggs"), None, "@SUM(1)"))

    written = b"".join(audit.export(log, APPROVER, AuditQuery(), "csv")).decode()
    rows = list(csv.reader(io.StringIO(written)))

    assert rows[0] == list(audit.COLUMNS)
    assert [row[2] for row in rows[1:]] == ["ada", "ada", "bob", "bob", "ada", "'-evil"]
    assert rows[3][7] == '{"reason":"=cmd()"}'


def test_another_form_is_refused_before_anything_is_sent(log: Gear) -> None:
    with pytest.raises(BadInput, match="'pdf' is no form of the log"):
        audit.export(log, APPROVER, AuditQuery(), "pdf")


async def _checked(gear: Gear, *, from_beginning: bool = False) -> None:
    await audit.begin_check(gear, APPROVER, from_beginning=from_beginning)
    await gear.flights["checking the log"]


def test_a_check_goes_on_where_the_one_before_ended(log: Gear) -> None:
    asyncio.run(_checked(log))
    first = audit.chain_state(log, APPROVER)
    blocks.block(log, OPERATOR, BlockOrder(ProjectName("ham"), None, "no"))
    asyncio.run(_checked(log))
    second = audit.chain_state(log, APPROVER)

    assert (first.checked_seq, first.problem, first.is_running) == (5, None, False)
    assert (second.checked_seq, second.problem, second.percent) == (6, None, 100)


def test_a_check_from_the_beginning_finds_what_was_altered_since(log: Gear) -> None:
    asyncio.run(_checked(log))
    with log.db.writing() as conn:
        conn.execute(audit_event.update().where(audit_event.c.seq == 2).values(actor="eve"))

    asyncio.run(_checked(log))
    behind = audit.chain_state(log, APPROVER)
    asyncio.run(_checked(log, from_beginning=True))
    whole = audit.chain_state(log, APPROVER)

    assert behind.problem is None
    assert (whole.problem, whole.checked_seq) == ("event 2 was altered", 0)


def test_a_check_finds_events_that_are_gone(log: Gear) -> None:
    with log.db.writing() as conn:
        conn.execute(audit_event.delete().where(audit_event.c.seq == 1))

    asyncio.run(_checked(log))

    assert audit.chain_state(log, APPROVER).problem == "event 1 is missing"


def test_an_older_head_is_found_in_the_log_or_not(log: Gear) -> None:
    third = audit.one_event(log, APPROVER, 3)
    assert third is not None

    assert audit.compare(log, APPROVER, Head(3, f" {third.hash.upper()} "))
    assert not audit.compare(log, APPROVER, Head(3, "a" * 64))
    assert not audit.compare(log, APPROVER, Head(99, third.hash))
    with pytest.raises(BadInput):
        audit.compare(log, APPROVER, Head(0, third.hash))
