"""Users and their grants."""

from __future__ import annotations

from pathlib import Path

import pytest

from affineur.core.errors import BadInput, Conflict, NotFound
from affineur.core.names import FeedName
from affineur.core.permissions import OPERATOR, Grant, Role
from affineur.core.ports import Clock
from affineur.services import access, feeds
from affineur.services.feeds import NewFeed
from affineur.services.gear import Gear
from affineur.store import audit
from affineur.store.database import Database
from support.gear import FEED, bare_gear, make_gear

READER, ADMIN = Grant(Role.READER, FEED), Grant(Role.ADMIN)


@pytest.fixture
def gear(database: Database, clock: Clock, tmp_path: Path) -> Gear:
    made = make_gear(database, clock, tmp_path)
    feeds.create(made, OPERATOR, NewFeed(FEED))
    access.add_user(made, OPERATOR, "ada", (ADMIN,))
    return made


def _grants(gear: Gear) -> dict[str, tuple[Grant, ...]]:
    return {user.name: user.grants for user in access.users(gear, OPERATOR)}


def _log(gear: Gear) -> list[tuple[str, str]]:
    with gear.db.reading() as conn:
        return [(s.event.action, s.event.subject) for s in audit.events(conn, 0, 1000)]


def test_a_user_is_made_with_grants_and_an_event_for_each(gear: Gear) -> None:
    before = len(_log(gear))
    access.add_user(gear, OPERATOR, "dora@example.org", (READER, Grant(Role.APPROVER), READER))
    assert _grants(gear)["dora@example.org"] == (READER, Grant(Role.APPROVER))
    subject = "user:dora@example.org"
    assert _log(gear)[before:] == [
        ("user.made", subject),
        ("grant.made", subject),
        ("grant.made", subject),
    ]


def test_grants_are_given_and_taken_back_once(gear: Gear) -> None:
    access.add_user(gear, OPERATOR, "dora", ())
    assert access.add_grant(gear, OPERATOR, "dora", READER).grants == (READER,)
    with pytest.raises(Conflict, match="'dora' is reader@team already"):
        access.add_grant(gear, OPERATOR, "dora", READER)
    assert access.end_grant(gear, OPERATOR, "dora", READER).grants == ()
    with pytest.raises(NotFound, match="'dora' is not reader@team"):
        access.end_grant(gear, OPERATOR, "dora", READER)
    assert access.add_grant(gear, OPERATOR, "dora", READER).grants == (READER,)


def test_a_role_on_one_feed_and_the_same_role_everywhere_are_two_grants(gear: Gear) -> None:
    everywhere = Grant(Role.READER)
    access.add_user(gear, OPERATOR, "dora", (READER, everywhere))
    assert access.end_grant(gear, OPERATOR, "dora", everywhere).grants == (READER,)


def test_the_name_of_a_user_who_left_is_not_given_again(gear: Gear) -> None:
    access.add_user(gear, OPERATOR, "dora", (READER,))
    access.end_user(gear, OPERATOR, "dora")
    assert "dora" not in _grants(gear)
    with pytest.raises(Conflict, match="There was a user 'dora' already"):
        access.add_user(gear, OPERATOR, "dora", ())
    with pytest.raises(NotFound, match="There is no user 'dora'"):
        access.add_grant(gear, OPERATOR, "dora", READER)


@pytest.mark.parametrize("name", ["nobody", "no\0body", "x" * 100_000])
def test_what_is_no_user_s_name_is_no_user(gear: Gear, name: str) -> None:
    with pytest.raises(NotFound, match="There is no user"):
        access.end_user(gear, OPERATOR, name)


def test_a_grant_on_an_absent_feed_makes_no_user(gear: Gear) -> None:
    absent = Grant(Role.READER, FeedName("absent"))
    with pytest.raises(NotFound, match="There is no feed 'absent'"):
        access.add_user(gear, OPERATOR, "dora", (READER, absent))
    assert "dora" not in _grants(gear)


def test_the_last_administrator_stays(gear: Gear) -> None:
    with pytest.raises(Conflict, match="'ada' is the last administrator"):
        access.end_user(gear, OPERATOR, "ada")
    with pytest.raises(Conflict, match="'ada' is the last administrator"):
        access.end_grant(gear, OPERATOR, "ada", ADMIN)
    access.add_user(gear, OPERATOR, "bert", (ADMIN,))
    access.end_user(gear, OPERATOR, "ada")
    assert list(_grants(gear)) == ["bert"]


@pytest.mark.parametrize(
    "name",
    ["anonymous", "Resolver", "operator", "policy", "SYSTEM", "", "a b", "x" * 129, "zo\xeb"],
)
def test_a_name_that_could_mislead_is_refused(clock: Clock, tmp_path: Path, name: str) -> None:
    gear = bare_gear(clock, tmp_path)
    with pytest.raises(BadInput):
        access.add_user(gear, OPERATOR, name, ())
