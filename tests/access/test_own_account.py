"""What people do with their own account: tokens within their rights, sessions."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from affineur.core.errors import BadInput, Conflict, Forbidden, NotFound, Unauthenticated
from affineur.core.names import FeedName
from affineur.core.permissions import (
    ANONYMOUS,
    OPERATOR,
    Actor,
    Grant,
    Permission,
    Role,
    Scope,
)
from affineur.services import access, feeds, own_account, sessions
from affineur.services.access import TokenOrder
from affineur.services.feeds import NewFeed
from affineur.services.gear import Gear
from affineur.services.own_account import OwnTokenOrder
from affineur.services.sessions import Credentials
from affineur.store import audit
from affineur.store.database import Database
from support.clocks import SetClock
from support.gear import FEED, OTHER, make_gear


@pytest.fixture
def gear(database: Database, clock: SetClock, tmp_path: Path) -> Gear:
    made = make_gear(database, clock, tmp_path)
    feeds.create(made, OPERATOR, NewFeed(FEED))
    feeds.create(made, OPERATOR, NewFeed(OTHER))
    access.add_user(made, OPERATOR, "dora", (Grant(Role.READER, FEED),))
    return made


def by_token(gear: Gear, **order: object) -> Actor:
    made = access.create_token(gear, OPERATOR, TokenOrder("dora", "laptop", **order))  # type: ignore[arg-type]  # the order's fields, as the test names them
    return access.authenticate(gear, made.secret)


def by_password(gear: Gear) -> Actor:
    password = sessions.reset_password(gear, OPERATOR, "dora")
    secret = sessions.sign_in(gear, Credentials("dora", password))
    signed = sessions.find(gear, secret)
    assert signed is not None
    return signed.actor


def test_somebody_makes_a_token_that_can_do_what_he_may(gear: Gear, clock: SetClock) -> None:
    made = own_account.create_token(gear, by_password(gear), OwnTokenOrder("pip"))
    actor = access.authenticate(gear, made.secret)

    assert (actor.name, actor.scope) == ("dora", Scope())
    assert made.expires_at == clock.now() + timedelta(days=365)
    assert actor.may(Permission.FEED_READ, FEED)
    assert not actor.may(Permission.FEED_READ, OTHER)


def test_it_stands_in_the_log_under_his_name(gear: Gear) -> None:
    made = own_account.create_token(gear, by_password(gear), OwnTokenOrder("pip"))

    with gear.db.reading() as conn:
        last = audit.events(conn, 0, 100)[-1]
    assert (last.actor, last.event.action, last.event.subject) == (
        "dora",
        "token.made",
        f"token:{made.id}",
    )


def test_a_token_never_outlives_the_one_that_it_was_made_with(gear: Gear, clock: SetClock) -> None:
    actor = by_token(gear, expires_in_days=10)

    made = own_account.create_token(gear, actor, OwnTokenOrder("pip"))

    assert made.expires_at == clock.now() + timedelta(days=10)


@pytest.mark.parametrize(
    "limits",
    [
        {"feeds": frozenset({FEED})},
        {"permissions": frozenset({Permission.FEED_READ})},
    ],
)
def test_a_limited_token_makes_no_tokens_and_ends_no_sessions(
    gear: Gear, limits: dict[str, object]
) -> None:
    signed_in = by_password(gear)
    actor = by_token(gear, **limits)
    (session,) = own_account.own_sessions(gear, signed_in)

    with pytest.raises(Forbidden, match="A limited token makes no tokens"):
        own_account.create_token(gear, actor, OwnTokenOrder("pip"))
    assert own_account.own_sessions(gear, actor) == ()
    assert [one.id for one in own_account.tokens(gear, actor)] == [actor.token_id]
    with pytest.raises(NotFound):
        own_account.end_session(gear, actor, session.id)


def test_a_session_by_a_limited_token_makes_no_tokens_either(gear: Gear) -> None:
    order = TokenOrder("dora", "laptop", permissions=frozenset({Permission.FEED_READ}))
    secret = access.create_token(gear, OPERATOR, order).secret
    signed = sessions.find(gear, sessions.sign_in(gear, Credentials("dora", secret)))
    assert signed is not None

    with pytest.raises(Forbidden):
        own_account.create_token(gear, signed.actor, OwnTokenOrder("pip"))


def test_limits_are_part_of_what_one_may(gear: Gear) -> None:
    actor = by_password(gear)
    order = OwnTokenOrder(
        "pip", frozenset({FEED}), frozenset({Permission.FEED_READ}), expires_in_days=7
    )

    made = access.authenticate(gear, own_account.create_token(gear, actor, order).secret)

    assert made.scope == Scope(frozenset({FEED}), frozenset({Permission.FEED_READ}))


@pytest.mark.parametrize("name", ["other", "no-such-feed"])
def test_hidden_and_absent_feeds_look_alike(gear: Gear, name: str) -> None:
    order = OwnTokenOrder("pip", frozenset({FeedName(name)}))

    with pytest.raises(NotFound, match=f"There is no feed '{name}'"):
        own_account.create_token(gear, by_password(gear), order)


@pytest.mark.parametrize("given", [None, frozenset({FEED})])
def test_a_permission_that_one_does_not_have_is_refused(
    gear: Gear, given: frozenset[FeedName] | None
) -> None:
    order = OwnTokenOrder("pip", given, frozenset({Permission.FEED_PUBLISH}))

    with pytest.raises(BadInput, match="You do not have the permission feed:publish there"):
        own_account.create_token(gear, by_password(gear), order)


def test_what_one_may_is_asked_anew_with_each_use(gear: Gear) -> None:
    made = own_account.create_token(gear, by_password(gear), OwnTokenOrder("pip"))
    access.end_grant(gear, OPERATOR, "dora", Grant(Role.READER, FEED))

    assert not access.authenticate(gear, made.secret).may(Permission.FEED_READ, FEED)


@pytest.mark.parametrize("days", [0, -1, 367, 3650])
def test_a_token_of_ones_own_holds_a_year_at_most(gear: Gear, days: int) -> None:
    with pytest.raises(BadInput):
        own_account.create_token(
            gear, by_password(gear), OwnTokenOrder("pip", expires_in_days=days)
        )


def test_nobody_makes_tokens_without_end(gear: Gear) -> None:
    actor = by_password(gear)
    for number in range(own_account.MOST_TOKENS):
        own_account.create_token(gear, actor, OwnTokenOrder(f"token {number}"))

    with pytest.raises(Conflict, match="You have 100 tokens already"):
        own_account.create_token(gear, actor, OwnTokenOrder("one more"))


@pytest.mark.parametrize("actor", [ANONYMOUS, OPERATOR])
def test_whoever_is_no_user_has_no_account(gear: Gear, actor: Actor) -> None:
    with pytest.raises(Unauthenticated):
        own_account.create_token(gear, actor, OwnTokenOrder("pip"))
    with pytest.raises(Unauthenticated):
        own_account.tokens(gear, actor)


def test_somebody_sees_his_sessions_and_ends_one(gear: Gear) -> None:
    actor = by_password(gear)
    (session,) = own_account.own_sessions(gear, actor)

    own_account.end_session(gear, actor, session.id)

    assert own_account.own_sessions(gear, actor) == ()


def test_nobody_ends_the_session_of_somebody_else(gear: Gear) -> None:
    (session,) = own_account.own_sessions(gear, by_password(gear))
    access.add_user(gear, OPERATOR, "erin", ())
    secret = access.create_token(gear, OPERATOR, TokenOrder("erin", "laptop")).secret

    with pytest.raises(NotFound, match="There is no such session"):
        own_account.end_session(gear, access.authenticate(gear, secret), session.id)
