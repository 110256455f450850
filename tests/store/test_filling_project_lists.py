"""Upgrading fills the lists of projects from what there is, as the program itself keeps them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, select, text

from affineur.core.files import Filename, IndexFile
from affineur.core.findings import Assessment, Finding, Outcome, Severity
from affineur.core.names import FeedName, ProjectName, Sha256
from affineur.store import (
    assessments,
    feeds,
    listings,
    migrate,
    project_lists,
    snapshots,
    yanks,
)
from affineur.store.database import Database
from affineur.store.feeds import Link
from affineur.store.listings import HeldFile, NewListing
from affineur.store.schema_lists import connector_project, feed_project
from affineur.store.snapshots import Key, Snapshot

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
LATER = datetime(2026, 11, 2, 12, tzinfo=UTC)
DIGEST = Sha256("a" * 64)
FLASK = ProjectName("flask")


def test_an_older_database_is_filled_as_the_program_keeps_it(database: Database) -> None:
    with database.writing() as conn:
        _fill(conn)
        before = _rows(conn)
        _take_away(conn)
        _upgrade(conn)
        assert _rows(conn) == before
        assert project_lists.mend(conn) == 0
    assert [len(rows) for rows in before] == [1, 1]


def _upgrade(conn: Connection) -> None:
    """Run the one migration."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    config.attributes["connection"] = conn
    command.upgrade(config, "0010")


def _fill(conn: Connection) -> None:
    """Have a yanked release, one that ended, findings, and a page of an external index."""
    feed = feeds.insert_feed(conn, NOW, FeedName("team"))
    link = Link("upstream", url="https://index.example/simple/")
    connector = feeds.insert_connector(conn, NOW, feed, link)
    names = ("flask-1.0.tar.gz", "flask-2.0rc1.tar.gz", "flask-3.0.tar.gz")
    listings.keep_file(conn, NOW, HeldFile(DIGEST, 1))
    new = [NewListing(Filename.parse(name), DIGEST, NOW, is_upload=True) for name in names]
    listings.add(conn, NOW, "dora", feed, new)
    listings.end(conn, LATER, "dora", feed, (names[2], "a mistake"))
    last = yanks.standing(conn, FLASK)[-1]
    yanks.yank(conn, LATER, [last], "broken", is_own_saying=True)
    finding = Finding("contents.exec", "contents", Severity.BLOCK, 'It says "severity":"review".')
    assessments.keep(conn, Assessment(DIGEST, NOW, (Outcome("contents", 1, (finding,)),)))
    files = tuple(IndexFile(Filename.parse(name), DIGEST, uploaded_at=NOW) for name in names)
    snapshots.keep(conn, Key(connector, FLASK), Snapshot(LATER, is_missing=False, files=files))


def _rows(conn: Connection) -> list[list[tuple[object, ...]]]:
    tables = (feed_project, connector_project)
    return [[tuple(row) for row in conn.execute(select(table))] for table in tables]


def _take_away(conn: Connection) -> None:
    """Make the database what it was before there were lists."""
    for table in ("feed_project", "connector_project", "feed_use"):
        conn.execute(text(f"DROP TABLE {table}"))
    conn.execute(text("ALTER TABLE assessment DROP COLUMN severity"))
    conn.execute(text("UPDATE alembic_version SET version_num = '0009'"))
