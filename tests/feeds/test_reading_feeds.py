"""Feeds as the store gives them: whole, current, and in few queries."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet
from sqlalchemy import insert

from affineur.config import Settings
from affineur.core.errors import NotFound
from affineur.core.feeds import Connector, Feed, Holding
from affineur.core.files import FileKind
from affineur.core.filters import Action, Filter
from affineur.core.names import FeedName, NamePattern, ProjectName
from affineur.core.pages import Show
from affineur.core.ports import Site
from affineur.store import feeds as store
from affineur.store.database import Database
from affineur.store.feeds import Link
from affineur.store.schema import file, listing
from support.queries import selects

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
TEAM, OTHER = FeedName("team"), FeedName("other")
FLASK = ProjectName("flask")
STRICT = Filter(
    Action.ALLOW,
    "only ripe wheels",
    (NamePattern("flask"), NamePattern("acme-*")),
    SpecifierSet(">=2,<3"),
    30,
    FileKind.WHEEL,
    Show.HIDE,
)
PLAIN = Filter(Action.DENY, "no sdists")


def _feed(db: Database, name: FeedName, **flags: bool) -> int:
    with db.writing() as conn:
        return store.insert_feed(conn, NOW, name, **flags)


def _load(db: Database, name: FeedName = TEAM) -> Feed:
    with db.reading() as conn:
        feed = store.load(conn, name)
    assert feed is not None
    return feed


def _list(db: Database, feed_id: int, **columns: object) -> None:
    """List a file of flask; the columns given are what the test is about."""
    row = {
        "project": "flask",
        "version": "1.0",
        "filename": f"flask-{feed_id}.tar.gz",
        "sha256": "0" * 64,
        "is_upload": False,
        "listed_at": NOW,
        "listed_by": "dora",
    }
    with db.writing() as conn:
        conn.execute(insert(file).values(sha256="0" * 64, size_bytes=1, held_at=NOW))
        conn.execute(insert(listing).values(feed_id=feed_id, **(row | columns)))


def test_an_absent_feed_is_none(database: Database) -> None:
    with database.reading() as conn:
        assert store.load(conn, TEAM) is None
        assert store.load_all(conn) == ()


def test_a_feed_comes_whole(database: Database) -> None:
    with database.writing() as conn:
        other = store.insert_feed(conn, NOW, OTHER)
        team = store.insert_feed(
            conn, NOW, TEAM, source_id=other, merge=True, requester_may_approve=False
        )
        inner = store.insert_connector(conn, NOW, team, Link("inner", target_id=other))
        outer = store.insert_connector(conn, NOW, team, Link("outer", url="https://a.example/"))
        store.insert_filter(conn, NOW, outer, STRICT)
        store.insert_filter(conn, NOW, outer, PLAIN)
        store.insert_reserved(conn, NOW, team, NamePattern("acme-*"))
    assert _load(database) == Feed(
        id=team,
        name=TEAM,
        source=OTHER,
        connectors=(
            Connector(inner, "inner", target=OTHER),
            Connector(outer, "outer", url="https://a.example/", filters=(STRICT, PLAIN)),
        ),
        reserved=(NamePattern("acme-*"),),
        merge=True,
        requester_may_approve=False,
    )


def test_what_has_ended_is_left_out(database: Database) -> None:
    team = _feed(database, TEAM)
    with database.writing() as conn:
        kept = store.insert_connector(conn, NOW, team, Link("kept", url="https://a.example/"))
        ended = store.insert_connector(conn, NOW, team, Link("ended", url="https://b.example/"))
        rule = store.insert_filter(conn, NOW, kept, PLAIN)
        store.insert_reserved(conn, NOW, team, NamePattern("acme-*"))
        store.end_connector(conn, NOW, ended)
        store.end_filter(conn, NOW, rule)
        store.end_reserved(conn, NOW, team, NamePattern("acme-*"))
    assert _load(database) == Feed(
        team, TEAM, connectors=(Connector(kept, "kept", url="https://a.example/"),)
    )


def test_connectors_keep_the_order_in_which_they_were_made(database: Database) -> None:
    team = _feed(database, TEAM)
    with database.writing() as conn:
        first = store.insert_connector(conn, NOW, team, Link("zebra", url="https://a.example/"))
        store.insert_connector(conn, NOW, team, Link("mole", url="https://b.example/"))
        store.end_connector(conn, NOW, first)
        store.insert_connector(conn, NOW, team, Link("ant", url="https://c.example/"))
    assert [connector.name for connector in _load(database).connectors] == ["mole", "ant"]


def test_a_feed_is_read_in_four_queries_however_much_it_has(database: Database) -> None:
    team, other = _feed(database, TEAM), _feed(database, OTHER)
    with database.writing() as conn:
        links = [Link(f"c{n}", url=f"https://{n}.example/") for n in range(20)]
        for link in links:
            store.insert_filter(conn, NOW, store.insert_connector(conn, NOW, team, link), PLAIN)
            store.insert_connector(conn, NOW, other, link)
    with selects(database) as for_one:
        _load(database)
    with selects(database) as for_all, database.reading() as conn:
        store.load_all(conn)
    assert (len(for_one), len(for_all)) == (4, 4)


# --- who owns a name ---------------------------------------------------------------------


def test_nobody_owns_a_name_that_nobody_has(database: Database) -> None:
    _feed(database, TEAM)
    with database.reading() as conn:
        assert store.owners(conn, FLASK) == ()
        assert store.holding(conn, _load(database), FLASK) == Holding(is_listed=False, is_own=False)


def test_a_feed_owns_what_was_uploaded_to_it_ever(database: Database) -> None:
    team, other = _feed(database, TEAM), _feed(database, OTHER)
    assert team != other
    _list(database, team, is_upload=True, ended_at=NOW)
    with database.reading() as conn:
        own = store.holding(conn, _load(database), FLASK)
        elsewhere = store.holding(conn, _load(database, OTHER), FLASK)
    assert own == Holding(is_listed=True, is_own=True, owners=(TEAM,))
    assert elsewhere == Holding(is_listed=False, is_own=False, owners=(TEAM,))


def test_a_promoted_file_is_held_but_not_owned(database: Database) -> None:
    _list(database, _feed(database, TEAM), ended_at=NOW)
    with database.reading() as conn:
        held = store.holding(conn, _load(database), FLASK)
    assert held == Holding(is_listed=True, is_own=False, owners=())


def test_a_reserved_pattern_owns_every_name_that_it_covers(database: Database) -> None:
    team = _feed(database, TEAM)
    _feed(database, OTHER)
    with database.writing() as conn:
        store.insert_reserved(conn, NOW, team, NamePattern("acme-*"))
    with database.reading() as conn:
        held = store.holding(conn, _load(database), ProjectName("acme-tools"))
        assert store.owners(conn, ProjectName("acmetools")) == ()
        assert store.owners(conn, ProjectName("acme-tools")) == (TEAM,)
    assert held == Holding(is_listed=False, is_own=True, owners=(TEAM,))


def test_a_reservation_that_ended_owns_nothing(database: Database) -> None:
    team = _feed(database, TEAM)
    with database.writing() as conn:
        store.insert_reserved(conn, NOW, team, NamePattern("flask"))
        store.end_reserved(conn, NOW, team, NamePattern("flask"))
        assert store.owners(conn, FLASK) == ()


# --- sites -------------------------------------------------------------------------------


def test_a_site_has_the_connector_s_login_and_the_settings_limits(
    database: Database, tmp_path: Path
) -> None:
    team = _feed(database, TEAM)
    link = Link("out", None, "https://a.example/", ("https://b.example",), "dora", "s3cret")
    with database.writing() as conn:
        number = store.insert_connector(conn, NOW, team, link)
        site = store.site(
            conn,
            number,
            Settings(tmp_path, upstream_timeout_s=3, max_page_bytes=4, max_file_bytes=5),
        )
    assert site == Site("https://a.example/", ("https://b.example",), "dora", "s3cret", 3, 4, 5)


def test_a_connector_that_ended_or_stays_in_the_house_has_no_site(database: Database) -> None:
    team, other = _feed(database, TEAM), _feed(database, OTHER)
    with database.writing() as conn:
        inner = store.insert_connector(conn, NOW, team, Link("inner", target_id=other))
        ended = store.insert_connector(conn, NOW, team, Link("out", url="https://a.example/"))
        store.end_connector(conn, NOW, ended)
        with pytest.raises(NotFound):
            store.site(conn, inner, Settings())
        with pytest.raises(NotFound):
            store.site(conn, ended, Settings())
