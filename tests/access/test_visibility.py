"""A feed that is hidden from somebody looks exactly like one that does not exist."""

from __future__ import annotations

from pathlib import Path

import pytest

from affineur.core.errors import DomainError, NotFound, Unauthenticated
from affineur.core.feeds import Feed
from affineur.core.names import FeedName
from affineur.core.permissions import ANONYMOUS, OPERATOR, Actor, Permission, Scope
from affineur.core.ports import Clock
from affineur.services import connectors, feeds, policies
from affineur.services.connectors import NewConnector
from affineur.services.feeds import FeedChange, NewFeed
from affineur.services.gear import Gear
from affineur.store.database import Database
from support.gear import FEED, OTHER, make_gear, somebody
from support.queries import selects

PUBLIC = FeedName("public")
ABSENT = FeedName("absent")


@pytest.fixture
def gear(database: Database, clock: Clock, tmp_path: Path) -> Gear:
    made = make_gear(database, clock, tmp_path)
    feeds.create(made, OPERATOR, NewFeed(OTHER))
    feeds.create(made, OPERATOR, NewFeed(FEED, source=OTHER))
    feeds.create(made, OPERATOR, NewFeed(PUBLIC, reads_anonymous=True))
    policies.set_policy(made, OPERATOR, PUBLIC, 'otherwise = "deny"')
    connectors.add_connector(made, OPERATOR, PUBLIC, NewConnector("team", target=FEED))
    return made


def _read(gear: Gear, actor: Actor, name: FeedName) -> Feed:
    with gear.db.reading() as conn:
        return feeds.require_readable(conn, actor, name)


def _refusal(gear: Gear, actor: Actor, name: FeedName) -> tuple[type[DomainError], str, str]:
    with pytest.raises(DomainError) as caught:
        _read(gear, actor, name)
    return type(caught.value), caught.value.message.replace(name, "NAME"), caught.value.hint


def test_a_reader_reads_the_feed(gear: Gear) -> None:
    assert _read(gear, somebody("reader@team"), FEED).name == FEED


def test_a_known_actor_cannot_tell_a_hidden_feed_from_an_absent_one(gear: Gear) -> None:
    stranger = somebody("reader@public")
    hidden, absent = _refusal(gear, stranger, FEED), _refusal(gear, stranger, ABSENT)
    assert hidden == absent
    assert hidden[0] is NotFound


def test_nobody_in_particular_cannot_tell_a_hidden_feed_from_an_absent_one(gear: Gear) -> None:
    hidden, absent = _refusal(gear, ANONYMOUS, FEED), _refusal(gear, ANONYMOUS, ABSENT)
    assert hidden == absent
    assert hidden[0] is Unauthenticated


@pytest.mark.parametrize("actor", [somebody("reader@public"), ANONYMOUS])
@pytest.mark.parametrize("name", [FEED, ABSENT])
def test_entering_answers_as_reading_does(gear: Gear, actor: Actor, name: FeedName) -> None:
    with pytest.raises(DomainError) as caught:
        feeds.enter(gear.pulse.read(gear.db), actor, name)
    refused = (type(caught.value), caught.value.message.replace(name, "NAME"), caught.value.hint)
    assert refused == _refusal(gear, actor, name)


def test_entering_gives_the_revision_without_a_query(gear: Gear) -> None:
    expected = _read(gear, ANONYMOUS, PUBLIC).revision
    marks = gear.pulse.read(gear.db)
    with selects(gear.db) as asked:
        assert feeds.enter(marks, ANONYMOUS, PUBLIC).revision == expected
    assert asked == []


def test_managing_a_hidden_feed_is_refused_as_for_an_absent_one(gear: Gear) -> None:
    manager = somebody("manager@public")
    with pytest.raises(NotFound) as hidden:
        feeds.update(gear, manager, FEED, FeedChange(merge=True))
    with pytest.raises(NotFound) as absent:
        feeds.update(gear, manager, ABSENT, FeedChange(merge=True))
    assert hidden.value.message.replace(FEED, "NAME") == absent.value.message.replace(
        ABSENT, "NAME"
    )


def test_anybody_reads_a_feed_that_is_open_to_anybody(gear: Gear) -> None:
    assert _read(gear, ANONYMOUS, PUBLIC).name == PUBLIC


def test_a_publisher_cannot_read_the_feed_that_it_publishes_to(gear: Gear) -> None:
    assert _refusal(gear, somebody("publisher@team"), FEED)[0] is NotFound


@pytest.mark.parametrize(
    "scope",
    [
        Scope(feeds=frozenset({FEED})),
        Scope(permissions=frozenset({Permission.FEED_PUBLISH})),
    ],
)
def test_a_limited_token_does_not_read_what_even_anybody_reads(gear: Gear, scope: Scope) -> None:
    robot = Actor("robot", user_id=1, scope=scope)
    assert _refusal(gear, robot, PUBLIC)[0] is NotFound


def test_only_feeds_that_may_be_read_are_listed(gear: Gear) -> None:
    assert [feed.name for feed in feeds.visible(gear, ANONYMOUS)] == [PUBLIC]
    assert [feed.name for feed in feeds.visible(gear, somebody("reader@team"))] == [PUBLIC, FEED]
    assert len(feeds.visible(gear, OPERATOR)) == 3


def test_a_reader_sees_neither_connectors_nor_a_hidden_source(gear: Gear) -> None:
    assert feeds.show(gear, somebody("reader@team"), FEED).source is None
    assert feeds.show(gear, somebody("reader@public"), PUBLIC).connectors == ()
    assert feeds.show(gear, somebody("manager@team"), FEED).source == OTHER
    assert len(feeds.show(gear, somebody("manager@public"), PUBLIC).connectors) == 1


def test_a_reader_sees_the_policy_and_nobody_in_particular_does_not(gear: Gear) -> None:
    assert feeds.show(gear, somebody("reader@public"), PUBLIC).policy_toml is not None
    assert feeds.show(gear, ANONYMOUS, PUBLIC).policy_toml is None


def test_showing_a_hidden_feed_is_refused_as_for_an_absent_one(gear: Gear) -> None:
    with pytest.raises(NotFound, match="There is no feed 'team'"):
        feeds.show(gear, somebody("reader@other"), FEED)
    with pytest.raises(Unauthenticated):
        feeds.show(gear, ANONYMOUS, FEED)
