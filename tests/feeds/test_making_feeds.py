"""Making and changing feeds, their reserved names and policies."""

from __future__ import annotations

from pathlib import Path

import pytest

from affineur.core.errors import BadInput, Conflict, Forbidden, NotFound
from affineur.core.feeds import Feed
from affineur.core.names import FeedName, NamePattern
from affineur.core.permissions import OPERATOR, Actor, Grant, Role
from affineur.core.policy_presets import MANUAL
from affineur.core.ports import Clock
from affineur.services import connectors, feeds, policies
from affineur.services.connectors import NewConnector
from affineur.services.feeds import FeedChange, NewFeed
from affineur.services.gear import Gear
from affineur.store import audit
from affineur.store.database import Database
from support.gear import make_gear, somebody

A, B, C = FeedName("a"), FeedName("b"), FeedName("c")


@pytest.fixture
def gear(database: Database, clock: Clock, tmp_path: Path) -> Gear:
    made = make_gear(database, clock, tmp_path)
    feeds.create(made, OPERATOR, NewFeed(A))
    feeds.create(made, OPERATOR, NewFeed(B, source=A))
    feeds.create(made, OPERATOR, NewFeed(C))
    return made


def _last(gear: Gear) -> tuple[str, str, object, object]:
    with gear.db.reading() as conn:
        event = audit.events(conn, audit.head(conn).seq - 1, 1)[0].event
    return event.action, event.subject, event.before, event.after


def _count(gear: Gear) -> int:
    with gear.db.reading() as conn:
        return audit.head(conn).seq


def _asked_at(gear: Gear, name: FeedName) -> FeedName:
    with gear.db.reading() as conn:
        return feeds.ask_feed(conn, feeds.existing(conn, name)).name


def test_a_feed_is_made_with_its_event(gear: Gear) -> None:
    new = NewFeed(FeedName("d"), source=A, merge=True, reads_anonymous=True)
    made = feeds.create(gear, OPERATOR, new)
    assert made == Feed(made.id, FeedName("d"), A, merge=True, reads_anonymous=True)
    facts = {"source": "a", "merge": True, "reads_anonymous": True, "requester_may_approve": True}
    assert _last(gear) == ("feed.made", "feed:d", None, facts)


def test_a_name_is_taken_once(gear: Gear) -> None:
    with pytest.raises(Conflict, match="There is a feed 'a' already"):
        feeds.create(gear, OPERATOR, NewFeed(A))


def test_an_absent_source_makes_no_feed(gear: Gear) -> None:
    with pytest.raises(NotFound, match="There is no feed 'absent'"):
        feeds.create(gear, OPERATOR, NewFeed(FeedName("d"), source=FeedName("absent")))
    assert [feed.name for feed in feeds.visible(gear, OPERATOR)] == [A, B, C]


def test_only_what_is_given_changes(gear: Gear) -> None:
    changed = feeds.update(gear, OPERATOR, B, FeedChange(requester_may_approve=False))
    assert (changed.source, changed.merge, changed.requester_may_approve) == (A, False, False)
    assert _last(gear)[:2] == ("feed.changed", "feed:b")


def test_a_source_is_taken_away_by_none(gear: Gear) -> None:
    assert feeds.update(gear, OPERATOR, B, FeedChange(source=None)).source is None


def test_a_change_that_changes_nothing_leaves_no_event(gear: Gear) -> None:
    before = _count(gear)
    feeds.update(gear, OPERATOR, B, FeedChange(source=A, merge=False))
    assert _count(gear) == before


def test_a_source_that_the_manager_cannot_read_is_refused_as_absent(gear: Gear) -> None:
    with pytest.raises(NotFound, match="There is no feed 'a'"):
        feeds.update(gear, somebody("manager@c"), C, FeedChange(source=A))


# --- cycles ------------------------------------------------------------------------------


def test_a_feed_cannot_read_itself(gear: Gear) -> None:
    with pytest.raises(Conflict, match=r"\(a -> a\)"):
        connectors.add_connector(gear, OPERATOR, A, NewConnector("self", target=A))
    with pytest.raises(Conflict, match=r"\(a -> a\)"):
        feeds.update(gear, OPERATOR, A, FeedChange(source=A))


def test_a_connector_that_closes_a_cycle_over_a_source_is_refused(gear: Gear) -> None:
    with pytest.raises(Conflict, match=r"\(a -> b -> a\)"):
        connectors.add_connector(gear, OPERATOR, A, NewConnector("up", target=B))


def test_a_source_that_closes_a_cycle_over_connectors_is_refused(gear: Gear) -> None:
    connectors.add_connector(gear, OPERATOR, C, NewConnector("down", target=B))
    with pytest.raises(Conflict, match=r"\(a -> c -> b -> a\)"):
        feeds.update(gear, OPERATOR, A, FeedChange(source=C))


def test_the_way_of_a_cycle_does_not_name_hidden_feeds(gear: Gear) -> None:
    connectors.add_connector(gear, OPERATOR, C, NewConnector("down", target=B))
    manager = somebody("manager@a", "reader@c")
    with pytest.raises(Conflict, match=r"\(a -> c -> \.\.\. -> a\)"):
        connectors.add_connector(gear, manager, A, NewConnector("up", target=C))


def test_a_connector_that_ended_closes_no_cycle(gear: Gear) -> None:
    connectors.add_connector(gear, OPERATOR, C, NewConnector("down", target=B))
    connectors.end_connector(gear, OPERATOR, C, "down")
    assert feeds.update(gear, OPERATOR, A, FeedChange(source=C)).source == C


# --- reserved names ----------------------------------------------------------------------


def test_a_pattern_is_reserved_once_and_given_up_once(gear: Gear) -> None:
    pattern = NamePattern.parse("Acme_*")
    feeds.reserve(gear, OPERATOR, A, pattern)
    assert feeds.show(gear, OPERATOR, A).reserved == (NamePattern("acme-*"),)
    with pytest.raises(Conflict, match="'acme-\\*' is reserved by 'a' already"):
        feeds.reserve(gear, OPERATOR, A, pattern)
    feeds.unreserve(gear, OPERATOR, A, pattern)
    assert _last(gear) == ("reserved.ended", "feed:a", {"pattern": "acme-*"}, None)
    with pytest.raises(NotFound, match="'acme-\\*' is not reserved by 'a'"):
        feeds.unreserve(gear, OPERATOR, A, pattern)


@pytest.mark.parametrize("pattern", ["*", "*-*"])
def test_all_names_at_once_cannot_be_reserved(gear: Gear, pattern: str) -> None:
    with pytest.raises(BadInput, match="would reserve every name"):
        feeds.reserve(gear, OPERATOR, A, NamePattern(pattern))


# --- policy ------------------------------------------------------------------------------


def test_a_feed_has_the_shipped_policy_until_it_gets_its_own(gear: Gear) -> None:
    assert policies.show(gear, OPERATOR, A).toml == MANUAL
    policies.set_policy(gear, OPERATOR, A, 'otherwise = "deny"')
    assert policies.show(gear, OPERATOR, A).toml == 'otherwise = "deny"'
    before, after = {"toml": None}, {"toml": 'otherwise = "deny"', "version": 1}
    assert _last(gear) == ("policy.changed", "feed:a", before, after)
    policies.set_policy(gear, OPERATOR, A, None)
    assert policies.show(gear, OPERATOR, A).toml == MANUAL


@pytest.mark.parametrize("toml", ["otherwise = ", 'otherwise = "perhaps"', "[x]", "#" * 70_000])
def test_a_policy_that_cannot_be_read_is_refused(gear: Gear, toml: str) -> None:
    before = _count(gear)
    with pytest.raises(BadInput):
        policies.set_policy(gear, OPERATOR, A, toml)
    assert (policies.show(gear, OPERATOR, A).toml, _count(gear)) == (MANUAL, before)


# --- where requests go -------------------------------------------------------------------


def test_requests_go_to_the_feed_that_has_a_source(gear: Gear) -> None:
    connectors.add_connector(gear, OPERATOR, C, NewConnector("out", url="https://a.example/"))
    connectors.add_connector(gear, OPERATOR, C, NewConnector("plain", target=A))
    connectors.add_connector(gear, OPERATOR, C, NewConnector("asks", target=B))
    assert (_asked_at(gear, B), _asked_at(gear, C)) == (B, B)


def test_nothing_can_be_asked_for_where_nothing_has_a_source(gear: Gear) -> None:
    with pytest.raises(Conflict, match="Nothing can be asked for at 'a'"):
        _asked_at(gear, A)


def test_every_change_names_its_actor_and_token(gear: Gear) -> None:
    dora = Actor("dora", 7, 11, (Grant(Role.MANAGER, A),))
    policies.set_policy(gear, dora, A, 'otherwise = "deny"')
    with gear.db.reading() as conn:
        sealed = audit.events(conn, audit.head(conn).seq - 1, 1)[0]
    assert (sealed.actor, sealed.token_id, sealed.at) == ("dora", 11, gear.clock.now())


def test_a_feed_of_reviewed_files_can_have_no_connector(gear: Gear) -> None:
    with pytest.raises(Conflict, match="holds reviewed files only"):
        connectors.add_connector(gear, OPERATOR, B, NewConnector("in", target=C))

    connectors.add_connector(gear, OPERATOR, C, NewConnector("out", url="https://a.example/"))
    with pytest.raises(Conflict, match="holds reviewed files only"):
        feeds.update(gear, OPERATOR, C, FeedChange(source=A))


def test_who_manages_a_feed_does_not_switch_off_the_second_pair_of_eyes(gear: Gear) -> None:
    feeds.update(gear, OPERATOR, B, FeedChange(requester_may_approve=False))

    with pytest.raises(Forbidden, match="server:admin"):
        feeds.update(gear, somebody("manager@b"), B, FeedChange(requester_may_approve=True))
