"""What a user can do at a feed, and why: what is said is what is permitted."""

from __future__ import annotations

from pathlib import Path

import pytest

from affineur.core.errors import Forbidden, NotFound
from affineur.core.names import FeedName
from affineur.core.permissions import OPERATOR, Actor, Grant, Permission, Scope
from affineur.core.rights import SERVER_WIDE, Right
from affineur.services import access, feeds, rights
from affineur.services.access import TokenOrder
from affineur.services.feeds import FeedChange, NewFeed
from affineur.services.gear import Gear
from affineur.store.database import Database
from support.clocks import SetClock
from support.gear import FEED, OTHER, make_gear, somebody


@pytest.fixture
def gear(sqlite: Database, clock: SetClock, tmp_path: Path) -> Gear:
    made = make_gear(sqlite, clock, tmp_path)
    feeds.create(made, OPERATOR, NewFeed(FEED))
    feeds.create(made, OPERATOR, NewFeed(OTHER))
    grants = [Grant.parse("approver@team"), Grant.parse("reader@other")]
    access.add_user(made, OPERATOR, "ada", grants)
    return made


def of(gear: Gear, who: Actor, permission: Permission, user: str | None = None) -> Right:
    found = rights.explain(gear, who, FEED, user).rights
    return next(one for one in found if one.permission is permission)


@pytest.mark.parametrize(
    "who",
    [
        somebody("reader@team"),
        somebody("manager@team", "approver"),
        somebody("admin"),
        Actor("ci", 7, 1, (Grant.parse("manager"),), Scope(frozenset({FEED}))),
        Actor("ci", 7, 1, (Grant.parse("admin"),), Scope(None, frozenset({Permission.FEED_READ}))),
    ],
    ids=["reader", "manager", "admin", "token of one feed", "token of one permission"],
)
def test_what_is_said_is_what_is_permitted(gear: Gear, who: Actor) -> None:
    found = rights.explain(gear, who, FEED).rights

    assert {one.permission: one.is_given for one in found} == {
        one: who.may(one, None if one in SERVER_WIDE else FEED) for one in Permission
    }


def test_a_right_names_the_grant_that_gives_it(gear: Gear) -> None:
    given = of(gear, OPERATOR, Permission.REQUEST_DECIDE, "ada")
    lacking = of(gear, OPERATOR, Permission.FEED_PUBLISH, "ada")

    assert (given.is_given, given.why) == (True, "Given by approver@team.")
    assert lacking.why == "No grant gives it; publisher, manager or admin would."


def test_what_concerns_every_feed_needs_the_role_on_every_feed(gear: Gear) -> None:
    right = of(gear, OPERATOR, Permission.BLOCK, "ada")

    assert right.why == (
        "No grant gives it; approver, manager or admin would, on every feed, "
        "which approver@team is not."
    )


def test_a_token_takes_what_it_is_not_for(gear: Gear) -> None:
    order = TokenOrder("ada", "build", frozenset({OTHER}))
    token = access.create_token(gear, OPERATOR, order).id

    found = rights.explain(gear, OPERATOR, FEED, "ada", token)

    assert found.token == "build"
    reading = found.rights[0]
    assert (reading.permission, reading.is_given) == (Permission.FEED_READ, False)
    assert reading.why == "The token takes it: it is limited to other."


def test_anybody_may_read_what_is_open_to_anybody(gear: Gear) -> None:
    feeds.update(gear, OPERATOR, FEED, FeedChange(reads_anonymous=True))

    right = of(gear, somebody("reader@other"), Permission.FEED_READ)

    assert (right.is_given, right.why) == (True, "Anybody may read this feed.")


def test_members_are_told_with_the_grants_that_matter_there(gear: Gear) -> None:
    access.add_user(gear, OPERATOR, "bob", [Grant.parse("reader@other")])
    access.add_user(gear, OPERATOR, "eve", [Grant.parse("reader")])

    found = rights.members(gear, somebody("manager@team"), FEED)

    assert [(one.name, [str(grant) for grant in one.grants]) for one in found] == [
        ("ada", ["approver@team"]),
        ("eve", ["reader"]),
    ]


def test_only_who_manages_the_feed_may_ask_about_others(gear: Gear) -> None:
    reader = somebody("reader@team")

    with pytest.raises(Forbidden):
        rights.explain(gear, reader, FEED, "ada")
    with pytest.raises(Forbidden):
        rights.members(gear, reader, FEED)
    with pytest.raises(NotFound, match="no feed"):
        rights.explain(gear, somebody("reader@other"), FEED, "ada")


def test_a_feed_or_user_that_does_not_exist_is_not_found(gear: Gear) -> None:
    with pytest.raises(NotFound, match="no feed"):
        rights.explain(gear, OPERATOR, FeedName("none"))
    with pytest.raises(NotFound, match="no user"):
        rights.explain(gear, OPERATOR, FEED, "nobody")
