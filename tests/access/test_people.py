"""Users as administrators see them, and build servers with all that they need."""

from __future__ import annotations

from pathlib import Path

import pytest

from affineur.core.errors import BadInput, Conflict, Forbidden, NotFound
from affineur.core.names import FeedName
from affineur.core.permissions import OPERATOR, Grant, Permission, Role, Scope
from affineur.services import access, feeds, people, sessions
from affineur.services.feeds import NewFeed
from affineur.services.gear import Gear
from affineur.services.people import BuildServer
from affineur.services.sessions import Credentials
from affineur.store import audit
from affineur.store.database import Database
from support.clocks import SetClock
from support.gear import FEED, OTHER, make_gear, somebody

CI = BuildServer("team-ci", FEED)


@pytest.fixture
def gear(database: Database, clock: SetClock, tmp_path: Path) -> Gear:
    made = make_gear(database, clock, tmp_path)
    feeds.create(made, OPERATOR, NewFeed(FEED))
    feeds.create(made, OPERATOR, NewFeed(OTHER))
    return made


def actions(gear: Gear) -> list[str]:
    with gear.db.reading() as conn:
        return [one.event.action for one in audit.events(conn, 2, 100)]


def test_a_build_server_gets_user_roles_and_a_token_in_one_change(gear: Gear) -> None:
    made = people.give_build_token(gear, OPERATOR, CI)
    actor = access.authenticate(gear, made.secret)

    assert actor.name == "team-ci"
    assert set(actor.grants) == {Grant(Role.PUBLISHER, FEED), Grant(Role.READER, FEED)}
    assert actor.scope == Scope(
        frozenset({FEED}), frozenset({Permission.FEED_PUBLISH, Permission.FEED_READ})
    )
    assert actions(gear) == ["user.made", "grant.made", "grant.made", "token.made"]


def test_a_second_token_changes_nothing_but_that(gear: Gear) -> None:
    people.give_build_token(gear, OPERATOR, CI)
    people.give_build_token(gear, OPERATOR, CI)

    assert actions(gear)[4:] == ["token.made"]


@pytest.mark.parametrize(
    ("publishes", "reads", "may"),
    [(True, False, [Permission.FEED_PUBLISH]), (False, True, [Permission.FEED_READ])],
)
def test_it_publishes_or_installs(
    gear: Gear,
    publishes: bool,  # noqa: FBT001  parameters of the test
    reads: bool,  # noqa: FBT001
    may: list[Permission],
) -> None:
    made = people.give_build_token(gear, OPERATOR, BuildServer("ci", FEED, publishes, reads))
    actor = access.authenticate(gear, made.secret)

    assert [one for one in Permission if actor.may(one, FEED)] == may
    assert [one for one in Permission if actor.may(one, OTHER)] == []


def test_a_build_server_does_something(gear: Gear) -> None:
    with pytest.raises(BadInput, match="publishes, installs, or both"):
        people.give_build_token(
            gear, OPERATOR, BuildServer("ci", FEED, publishes=False, reads=False)
        )


def test_a_name_that_was_somebody_else_is_not_used_again(gear: Gear) -> None:
    access.add_user(gear, OPERATOR, "ci", ())
    access.end_user(gear, OPERATOR, "ci")

    with pytest.raises(Conflict, match="There was a user 'ci' already"):
        people.give_build_token(gear, OPERATOR, BuildServer("ci", FEED))


@pytest.mark.parametrize("name", ["", "a b", "operator", "<script>", "x" * 129])
def test_it_has_the_name_of_a_user(gear: Gear, name: str) -> None:
    with pytest.raises(BadInput):
        people.give_build_token(gear, OPERATOR, BuildServer(name, FEED))


def test_there_must_be_such_a_feed(gear: Gear) -> None:
    with pytest.raises(NotFound):
        people.give_build_token(gear, OPERATOR, BuildServer("ci", FeedName("nowhere")))
    assert actions(gear) == []


def test_people_are_listed_by_name_and_part_of_it(gear: Gear) -> None:
    for name in ("ada", "Dora", "dorothy", "erin%"[:4]):
        access.add_user(gear, OPERATOR, name, ())

    assert [one.name for one in people.people(gear, OPERATOR, "dor")] == ["Dora", "dorothy"]
    first = people.people(gear, OPERATOR, limit=2)
    rest = people.people(gear, OPERATOR, after=first[-1].name, limit=2)
    assert len({one.name for one in first + rest}) == 4
    assert people.people(gear, OPERATOR, "%") == ()


def test_a_person_has_a_password_and_was_here(gear: Gear, clock: SetClock) -> None:
    access.add_user(gear, OPERATOR, "dora", (Grant(Role.READER, FEED),))
    before, _ = people.person(gear, OPERATOR, "dora")
    password = sessions.reset_password(gear, OPERATOR, "dora")
    sessions.sign_in(gear, Credentials("dora", password))
    after, _ = people.person(gear, OPERATOR, "dora")

    assert (before.has_password, before.seen_at) == (False, None)
    assert (after.has_password, after.must_change_password, after.seen_at) == (
        True,
        True,
        clock.now(),
    )


def test_whoever_left_is_not_listed(gear: Gear) -> None:
    access.add_user(gear, OPERATOR, "dora", ())
    access.end_user(gear, OPERATOR, "dora")

    assert people.people(gear, OPERATOR) == ()
    with pytest.raises(NotFound, match="There is no user 'dora'"):
        people.person(gear, OPERATOR, "dora")


def test_all_tokens_are_paged(gear: Gear) -> None:
    ids = [people.give_build_token(gear, OPERATOR, CI).id for _ in range(3)]

    first = people.tokens(gear, OPERATOR, limit=2)
    rest = people.tokens(gear, OPERATOR, before=first[-1].id, limit=2)

    assert [one.id for one in first + rest] == ids[::-1]


@pytest.mark.parametrize("grant", ["manager", "admin@team"])
def test_only_administrators_keep_people(gear: Gear, grant: str) -> None:
    actor = somebody(grant)

    with pytest.raises(Forbidden):
        people.people(gear, actor)
    with pytest.raises(Forbidden):
        people.person(gear, actor, "dora")
    with pytest.raises(Forbidden):
        people.tokens(gear, actor)
    with pytest.raises(Forbidden):
        people.give_build_token(gear, actor, CI)
