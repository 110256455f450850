"""Snapshots as they were: whatever an index says later, what it said before stays said."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from affineur.core.files import IndexFile
from affineur.core.names import FeedName, ProjectName
from affineur.core.pages import ProjectFacts
from affineur.store import feeds, past, snapshots
from affineur.store.database import Database
from affineur.store.feeds import Link
from affineur.store.schema import past_snapshot
from affineur.store.snapshots import Key, Snapshot
from support.clocks import NOON
from support.values import digest, index_file

NAME = ProjectName("spam")
ONE = index_file("spam-1.0-py3-none-any.whl")
TWO = index_file("spam-2.0-py3-none-any.whl")
NOTHING = ProjectFacts()
YANKED = replace(ONE, yanked="broken")


@pytest.fixture
def key(database: Database) -> Key:
    with database.writing() as conn:
        feed_id = feeds.insert_feed(conn, NOON, FeedName("team"))
        link = Link("out", url="https://index.example/simple/")
        return Key(feeds.insert_connector(conn, NOON, feed_id, link), NAME)


def _said(
    database: Database, key: Key, hour: int, *files: IndexFile, facts: ProjectFacts = NOTHING
) -> None:
    """Let the index say this at that hour."""
    at = NOON + timedelta(hours=hour)
    new = Snapshot(at, is_missing=not files, files=files, facts=facts)
    with database.writing() as conn:
        snapshots.keep(conn, key, new)


def _at(database: Database, key: Key, hour: float) -> Snapshot | None:
    with database.reading() as conn:
        return snapshots.snapshots_at(conn, NAME, NOON + timedelta(hours=hour))[key.connector_id]


def _files(database: Database, key: Key, hour: float) -> tuple[IndexFile, ...] | None:
    found = _at(database, key, hour)
    return None if found is None else found.files


def test_what_changed_is_as_it_was_until_the_index_was_asked_last(
    database: Database, key: Key
) -> None:
    _said(database, key, 1, ONE)
    _said(database, key, 2, ONE)
    _said(database, key, 3, YANKED, TWO)

    assert _files(database, key, 1.9) == (ONE,)
    assert _files(database, key, 2) == (YANKED, TWO)


def test_what_is_gone_was_there(database: Database, key: Key) -> None:
    _said(database, key, 1, ONE, TWO)
    _said(database, key, 2, TWO)
    _said(database, key, 3)

    assert _files(database, key, 0.5) == (ONE, TWO)
    assert _files(database, key, 1.5) == (TWO,)
    gone = _at(database, key, 2.5)
    assert gone is not None
    assert (gone.is_missing, gone.files) == (True, ())


def test_what_was_said_of_the_project_is_as_it_was(database: Database, key: Key) -> None:
    owner = ("https://owner.example/simple/spam/",)
    facts = ProjectFacts("archived", "done", owner, owner)
    _said(database, key, 1, ONE, facts=facts)
    _said(database, key, 2, ONE)

    before, after = _at(database, key, 0.5), _at(database, key, 1)

    assert before is not None
    assert after is not None
    assert (before.facts, after.facts) == (facts, NOTHING)


def test_going_back_passes_every_change_in_between(database: Database, key: Key) -> None:
    other = replace(ONE, sha256=digest("other"))
    _said(database, key, 1, ONE)
    _said(database, key, 2, other)
    _said(database, key, 3, YANKED)
    _said(database, key, 4, ONE)

    told = [_files(database, key, hour) for hour in (0.5, 1.5, 2.5, 3.5)]

    assert told == [(ONE,), (other,), (YANKED,), (ONE,)]


def test_places_that_change_with_every_answer_are_no_change(database: Database, key: Key) -> None:
    _said(database, key, 1, replace(ONE, location="https://index.example/a?1"))
    _said(database, key, 2, replace(ONE, location="https://index.example/a?2"))

    with database.reading() as conn:
        kept = conn.execute(select(past_snapshot)).all()

    assert kept == []


def test_what_changed_too_often_is_said_to_be_unknown(
    database: Database, key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past, "_MOST_ROWS", 2)
    _said(database, key, 1, ONE)
    _said(database, key, 2, TWO)
    _said(database, key, 3, ONE)
    _said(database, key, 4, TWO)
    _said(database, key, 5, ONE)

    assert _files(database, key, 2.5) is None
    assert _files(database, key, 3.5) == (TWO,)
