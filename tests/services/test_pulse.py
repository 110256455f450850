"""A process knows what changed, in itself at once, and in others as soon as it looks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from affineur.core.names import FeedName, ProjectName
from affineur.core.permissions import OPERATOR
from affineur.core.ports import Clock
from affineur.services import feeds
from affineur.services.feeds import FeedChange, NewFeed
from affineur.services.gear import Gear
from affineur.services.pulse import Made, Pulse, Watcher
from affineur.store import changes
from affineur.store.database import Database, open_database
from support.clocks import NOON
from support.databases import postgres_database
from support.gear import make_gear
from support.running import until

FEED = FeedName("team")
_END_ALL_OTHERS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
SPAM, EGGS = ProjectName("spam"), ProjectName("eggs")


@pytest.fixture
def gear(database: Database, clock: Clock, tmp_path: Path) -> Gear:
    made = make_gear(database, clock, tmp_path)
    feeds.create(made, OPERATOR, NewFeed(FEED))
    return made


@pytest.fixture
def other(database: Database) -> Iterator[Database]:
    """The same database, as another process has it."""
    opened = open_database(_url(database.engine))
    yield opened
    opened.close()


def _url(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def _change(database: Database, *projects: ProjectName) -> None:
    with database.writing() as conn:
        changes.pages_changed(conn, projects)


def _made(gear: Gear, project: ProjectName | None = SPAM) -> Made:
    marks = gear.pulse.read(gear.db)
    door = marks.door(FEED)
    assert door is not None
    return Made(FEED, project, door.revision, marks.changes)


def _holds(gear: Gear, made: Made) -> bool:
    return gear.pulse.is_true(made, gear.pulse.read(gear.db), NOON)


def test_what_was_made_stays_true_while_nothing_happens(gear: Gear) -> None:
    assert _holds(gear, _made(gear))


def test_a_change_of_its_project_ends_it_and_a_change_of_another_does_not(gear: Gear) -> None:
    spam, eggs, everything = _made(gear), _made(gear, EGGS), _made(gear, None)
    _change(gear.db, EGGS)
    assert [_holds(gear, one) for one in (spam, eggs, everything)] == [True, False, False]


def test_a_rule_of_its_feed_ends_it(gear: Gear) -> None:
    made = _made(gear)
    feeds.update(gear, OPERATOR, FEED, FeedChange(merge=True))
    assert not _holds(gear, made)


def test_nothing_is_true_of_a_feed_that_is_not_there(gear: Gear) -> None:
    marks = gear.pulse.read(gear.db)
    assert not gear.pulse.is_true(Made(FeedName("gone"), SPAM, 0, 0), marks, NOON)


def test_more_changes_than_are_remembered_end_everything(
    gear: Gear, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("affineur.services.pulse._MOST_CHANGED", 3)
    made = _made(gear)
    _change(gear.db, EGGS, ProjectName("a"), ProjectName("b"), ProjectName("c"))
    assert not _holds(gear, made)
    assert _holds(gear, _made(gear))


def test_changes_before_it_began_are_not_news(gear: Gear) -> None:
    _change(gear.db, SPAM)
    fresh = Pulse()
    marks = fresh.read(gear.db)
    door = marks.door(FEED)
    assert door is not None
    assert fresh.is_true(Made(FEED, SPAM, door.revision, marks.changes), marks, NOON)


def test_it_knows_nothing_for_certain_unless_somebody_watches(gear: Gear) -> None:
    gear.pulse.read(gear.db)
    assert gear.pulse.current(gear.db) is None


def test_while_somebody_watches_it_knows_without_a_question(gear: Gear) -> None:
    with Watcher(gear.pulse, gear.db):
        _until_known(gear)
        marks = gear.pulse.current(Database(gear.db.engine))
        assert marks is None  # another count of commits: it would have to ask
        assert gear.pulse.current(gear.db) is not None


def test_its_own_commits_are_known_at_once(gear: Gear) -> None:
    with Watcher(gear.pulse, gear.db):
        _until_known(gear)
        _change(gear.db, SPAM)
        assert gear.pulse.current(gear.db) is None


def test_a_transaction_that_fails_counts_as_a_commit(gear: Gear) -> None:
    before = gear.db.commits
    with pytest.raises(RuntimeError), gear.db.writing():
        raise RuntimeError
    assert gear.db.commits > before


def test_commits_of_others_are_noticed(gear: Gear, other: Database) -> None:
    made = _made(gear)
    with Watcher(gear.pulse, gear.db):
        _until_known(gear)
        _change(other, SPAM)
        until(lambda: gear.pulse.current(gear.db) is None, lambda: "nobody noticed")
    assert not _holds(gear, made)


def test_the_same_marks_are_the_same_object(gear: Gear, other: Database) -> None:
    before = gear.pulse.read(gear.db)
    _change(other)
    assert gear.pulse.read(gear.db) is before
    _change(other, SPAM)
    assert gear.pulse.read(gear.db) is not before


def test_a_watcher_that_lost_its_connection_finds_another(
    postgres: str, clock: Clock, tmp_path: Path
) -> None:
    with postgres_database(postgres) as database:
        gear = make_gear(database, clock, tmp_path)
        with Watcher(gear.pulse, database):
            _until_known(gear)
            with database.writing() as conn:
                conn.execute(_END_ALL_OTHERS)
            _until_known(gear)
            elsewhere = open_database(_url(database.engine))
            _change(elsewhere, SPAM)
            until(lambda: gear.pulse.current(database) is None, lambda: "nobody noticed")
            elsewhere.close()


def _until_known(gear: Gear) -> None:
    def known() -> bool:
        gear.pulse.read(gear.db)
        return gear.pulse.current(gear.db) is not None

    until(known, lambda: "the watermarks are never certain")
