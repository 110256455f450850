"""What a new server begins with, and that it happens once."""

from __future__ import annotations

from pathlib import Path

import pytest

from affineur.core.errors import BadInput
from affineur.core.names import FeedName
from affineur.core.permissions import OPERATOR, Grant, Role
from affineur.services import access, connectors, feeds
from affineur.services.connectors import NewConnector
from affineur.services.feeds import NewFeed
from affineur.services.gear import Gear
from affineur.services.setup import initialise
from affineur.store import audit
from affineur.store.database import Database
from support.clocks import SetClock
from support.gear import make_gear, with_settings
from support.racing import at_once

UPSTREAM = NewConnector("upstream", url="https://index.example/simple")
INTERNAL = FeedName("internal")


@pytest.fixture
def gear(database: Database, clock: SetClock, tmp_path: Path) -> Gear:
    return make_gear(database, clock, tmp_path)


def _log(gear: Gear) -> list[tuple[str, str, str]]:
    with gear.db.reading() as conn:
        events = audit.events(conn, 0, 1000)
    return [(sealed.actor, sealed.event.action, sealed.event.subject) for sealed in events]


def test_a_new_server_has_three_feeds_an_index_and_an_administrator(gear: Gear) -> None:
    initialise(gear, UPSTREAM, serving_on_loopback=True)
    approved, internal, unapproved = feeds.visible(gear, OPERATOR)
    assert [(c.name, c.url) for c in unapproved.connectors] == [
        ("upstream", "https://index.example/simple/")
    ]
    assert (approved.name, approved.source, approved.connectors) == ("approved", "unapproved", ())
    assert [(c.name, c.target) for c in internal.connectors] == [("approved", "approved")]
    assert (internal.name, internal.source) == ("internal", None)
    assert [(u.name, u.grants) for u in access.users(gear, OPERATOR)] == [
        ("admin", (Grant(Role.ADMIN),))
    ]


def test_each_thing_that_is_made_has_its_event(gear: Gear) -> None:
    initialise(gear, UPSTREAM, serving_on_loopback=True)
    assert _log(gear) == [
        ("operator", "feed.made", "feed:unapproved"),
        ("operator", "connector.made", "connector:unapproved/upstream"),
        ("operator", "feed.made", "feed:approved"),
        ("operator", "feed.made", "feed:internal"),
        ("operator", "connector.made", "connector:internal/approved"),
        ("operator", "user.made", "user:admin"),
        ("operator", "grant.made", "user:admin"),
        ("operator", "token.made", "token:1"),
    ]


def test_the_first_token_is_an_administrator_s_and_does_not_expire(
    gear: Gear, clock: SetClock
) -> None:
    first = initialise(gear, UPSTREAM, serving_on_loopback=True)
    assert first is not None
    clock.move(days=10_000)
    actor = access.authenticate(gear, first.secret)
    assert (actor.name, actor.grants) == ("admin", (Grant(Role.ADMIN),))


def test_doing_it_again_changes_nothing(gear: Gear) -> None:
    initialise(gear, UPSTREAM, serving_on_loopback=True)
    before = (feeds.visible(gear, OPERATOR), _log(gear))
    assert initialise(gear, UPSTREAM, serving_on_loopback=False) is None
    assert (feeds.visible(gear, OPERATOR), _log(gear)) == before


def test_what_was_ended_on_purpose_does_not_come_back(gear: Gear) -> None:
    initialise(gear, UPSTREAM, serving_on_loopback=True)
    connectors.end_connector(gear, OPERATOR, FeedName("unapproved"), "upstream")
    initialise(gear, UPSTREAM, serving_on_loopback=True)
    assert connectors.connectors(gear, OPERATOR, FeedName("unapproved")) == ()


def test_a_feed_that_is_there_already_is_left_as_it_is(gear: Gear) -> None:
    made = feeds.create(gear, OPERATOR, NewFeed(INTERNAL, merge=True))
    initialise(gear, UPSTREAM, serving_on_loopback=True)
    assert feeds.show(gear, OPERATOR, INTERNAL) == made


def test_two_who_begin_at_once_make_one_server(gear: Gear) -> None:
    answers = at_once(4, lambda: initialise(gear, UPSTREAM, serving_on_loopback=True))
    assert answers.count(None) == 3
    assert len(_log(gear)) == 8


@pytest.mark.parametrize(
    ("setting", "is_loopback", "expected"),
    [
        ("loopback", True, True),
        ("loopback", False, False),
        ("yes", False, True),
        ("no", True, False),
    ],
)
def test_anybody_reads_internal_as_the_setting_says(
    sqlite: Database,
    clock: SetClock,
    tmp_path: Path,
    setting: str,
    *,
    is_loopback: bool,
    expected: bool,
) -> None:
    gear = with_settings(make_gear(sqlite, clock, tmp_path), anonymous_internal=setting)
    initialise(gear, UPSTREAM, serving_on_loopback=is_loopback)
    readable = {feed.name: feed.reads_anonymous for feed in feeds.visible(gear, OPERATOR)}
    assert readable == {"unapproved": False, "approved": False, "internal": expected}


def test_a_setting_or_upstream_that_cannot_be_used_makes_nothing(gear: Gear) -> None:
    with pytest.raises(BadInput, match="anonymous_internal = 'maybe'"):
        initialise(
            with_settings(gear, anonymous_internal="maybe"), UPSTREAM, serving_on_loopback=True
        )
    with pytest.raises(BadInput):
        initialise(gear, NewConnector("upstream", url="nowhere"), serving_on_loopback=True)
    assert feeds.visible(gear, OPERATOR) == ()
