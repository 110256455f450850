"""Who is asking: secrets that hold, and all the ways in which they do not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from affineur.core import tokens as forms
from affineur.core.errors import BadInput, NotFound, Unauthenticated
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
from affineur.services import access, feeds
from affineur.services.access import TokenOrder
from affineur.services.feeds import NewFeed
from affineur.services.gear import Gear
from affineur.store import audit
from affineur.store.database import Database
from support.clocks import SetClock
from support.gear import FEED, OTHER, bare_gear, make_gear
from support.queries import selects
from support.racing import at_once

_SENTENCE = "These credentials are unknown, expired or revoked."


@pytest.fixture
def gear(database: Database, clock: SetClock, tmp_path: Path) -> Gear:
    made = make_gear(database, clock, tmp_path)
    feeds.create(made, OPERATOR, NewFeed(FEED))
    feeds.create(made, OPERATOR, NewFeed(OTHER))
    grants = (Grant(Role.READER, FEED), Grant(Role.PUBLISHER, OTHER))
    access.add_user(made, OPERATOR, "dora", grants)
    return made


def _token(gear: Gear, order: TokenOrder | None = None) -> tuple[int, str]:
    new = access.create_token(gear, OPERATOR, order or TokenOrder("dora", "laptop"))
    return new.id, new.secret


def test_a_token_says_who_is_asking_and_what_was_granted(gear: Gear) -> None:
    token_id, secret = _token(gear)
    actor = access.authenticate(gear, secret)
    assert actor == Actor(
        "dora",
        user_id=actor.user_id,
        token_id=token_id,
        grants=(Grant(Role.READER, FEED), Grant(Role.PUBLISHER, OTHER)),
    )


def test_no_secret_is_nobody_in_particular(gear: Gear) -> None:
    assert access.authenticate(gear, None) is ANONYMOUS


def test_a_user_without_grants_is_known_but_permitted_nothing(gear: Gear) -> None:
    access.add_user(gear, OPERATOR, "newcomer", ())
    _, secret = _token(gear, TokenOrder("newcomer", "laptop"))
    actor = access.authenticate(gear, secret)
    assert (actor.is_anonymous, actor.grants) == (False, ())


def test_a_scope_travels_with_its_token(gear: Gear) -> None:
    scope = Scope(frozenset({OTHER}), frozenset({Permission.FEED_PUBLISH}))
    _, secret = _token(gear, TokenOrder("dora", "robot", scope.feeds, scope.permissions))
    actor = access.authenticate(gear, secret)
    assert actor.scope == scope
    assert actor.may(Permission.FEED_PUBLISH, OTHER)
    assert not actor.may(Permission.FEED_READ, FEED)


def test_a_scope_wider_than_the_role_permits_no_more_than_the_role(gear: Gear) -> None:
    _, secret = _token(gear, TokenOrder("dora", "wide", None, frozenset(Permission)))
    assert not access.authenticate(gear, secret).may(Permission.REQUEST_DECIDE, FEED)


def test_a_revoked_token_is_refused_at_once(gear: Gear) -> None:
    token_id, secret = _token(gear)
    access.authenticate(gear, secret)
    access.revoke_token(gear, OPERATOR, token_id)
    with pytest.raises(Unauthenticated, match=_SENTENCE):
        access.authenticate(gear, secret)


def test_a_grant_taken_back_is_gone_at_once(gear: Gear) -> None:
    _, secret = _token(gear)
    access.end_grant(gear, OPERATOR, "dora", Grant(Role.READER, FEED))
    assert not access.authenticate(gear, secret).may(Permission.FEED_READ, FEED)


def test_the_token_of_a_user_who_left_is_refused_at_once(gear: Gear) -> None:
    _, secret = _token(gear)
    access.end_user(gear, OPERATOR, "dora")
    with pytest.raises(Unauthenticated, match=_SENTENCE):
        access.authenticate(gear, secret)


def test_a_token_is_refused_from_the_moment_it_expires(gear: Gear, clock: SetClock) -> None:
    _, secret = _token(gear, TokenOrder("dora", "short", expires_in_days=2))
    clock.move(days=1, hours=23, minutes=59)
    assert access.authenticate(gear, secret).name == "dora"
    clock.move(minutes=1)
    with pytest.raises(Unauthenticated, match=_SENTENCE):
        access.authenticate(gear, secret)


def test_a_token_lives_a_year_unless_told_otherwise(gear: Gear, clock: SetClock) -> None:
    new = access.create_token(gear, OPERATOR, TokenOrder("dora", "laptop"))
    assert new.expires_at is not None
    assert (new.expires_at - clock.now()).days == 365


@pytest.mark.parametrize("days", [0, -1, 3651])
def test_a_token_without_a_life_is_refused(clock: SetClock, tmp_path: Path, days: int) -> None:
    gear = bare_gear(clock, tmp_path)
    with pytest.raises(BadInput, match="expires after 1 to 3650 days"):
        access.create_token(gear, OPERATOR, TokenOrder("dora", "odd", expires_in_days=days))


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "secret",
        "aff_",
        "aff_" + "x" * 49,
        "aff_" + "\N{LATIN SMALL LETTER E WITH ACUTE}" * 49,
        "affr_.1.",
        "affr_team.1." + "x" * 42,
        "a" * 100_000,
    ],
)
def test_what_is_no_token_is_refused_without_asking_the_database(
    clock: SetClock, tmp_path: Path, secret: str
) -> None:
    gear = bare_gear(clock, tmp_path)
    with pytest.raises(Unauthenticated, match=_SENTENCE):
        access.authenticate(gear, secret)


def test_a_well_formed_token_that_nobody_made_is_refused_in_the_same_words(gear: Gear) -> None:
    with pytest.raises(Unauthenticated, match=_SENTENCE):
        access.authenticate(gear, forms.make(b"\0" * 32))


@pytest.mark.parametrize("place", [4, 25, 46, 47, 52])
def test_a_mistyped_token_is_refused_without_asking_the_database(
    clock: SetClock, tmp_path: Path, place: int
) -> None:
    secret = forms.make(bytes(32))
    mistyped = f"{secret[:place]}b{secret[place + 1 :]}"
    with pytest.raises(Unauthenticated, match=_SENTENCE):
        access.authenticate(bare_gear(clock, tmp_path), mistyped)


def test_a_token_is_looked_up_in_one_query(gear: Gear) -> None:
    _, secret = _token(gear)
    with selects(gear.db) as asked:
        access.authenticate(gear, secret)
    assert len(asked) == 1


# --- resolver tokens ---------------------------------------------------------------------


def test_a_resolver_token_reads_its_feed_and_nothing_else(gear: Gear) -> None:
    actor = access.authenticate(gear, access.issue_resolver_token(gear, FEED, 60))
    permitted = {(p, f) for p in Permission for f in (FEED, OTHER, None) if actor.may(p, f)}
    assert (actor.name, actor.is_anonymous) == ("resolver", False)
    assert permitted == {(Permission.FEED_READ, FEED)}


def test_a_resolver_token_expires(gear: Gear, clock: SetClock) -> None:
    secret = access.issue_resolver_token(gear, FEED, 60)
    clock.move(seconds=61)
    with pytest.raises(Unauthenticated, match=_SENTENCE):
        access.authenticate(gear, secret)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (r"affr_team", "affr_other"),
        (r"\.1", ".9"),
        (r"[^.]+$", "x" * 43),
        (r"\.[0-9]+\.", ".999999999999."),
    ],
)
def test_an_altered_resolver_token_is_refused(gear: Gear, old: str, new: str) -> None:
    altered = re.sub(old, new, access.issue_resolver_token(gear, FEED, 60))
    with pytest.raises(Unauthenticated, match=_SENTENCE):
        access.authenticate(gear, altered)


def test_a_resolver_token_leaves_no_row_and_its_key_one_event(gear: Gear) -> None:
    before = len(_actions(gear))
    access.issue_resolver_token(gear, FEED, 60)
    access.issue_resolver_token(gear, OTHER, 60)
    assert _actions(gear)[before:] == ["secret.made"]


def test_many_who_need_the_key_at_once_make_one(gear: Gear) -> None:
    issued = at_once(8, lambda: access.issue_resolver_token(gear, FEED, 60))
    assert {access.authenticate(gear, secret).name for secret in issued} == {"resolver"}
    assert _actions(gear).count("secret.made") == 1


def _actions(gear: Gear) -> list[str]:
    with gear.db.reading() as conn:
        return [sealed.event.action for sealed in audit.events(conn, 0, 1000)]


# --- one's own tokens --------------------------------------------------------------------


def test_anybody_lists_and_revokes_their_own_tokens_alone(gear: Gear) -> None:
    access.add_user(gear, OPERATOR, "emil", ())
    own_id, secret = _token(gear)
    other_id, _ = _token(gear, TokenOrder("emil", "laptop"))
    dora = access.authenticate(gear, secret)
    assert [token.id for token in access.tokens(gear, dora)] == [own_id]
    with pytest.raises(NotFound, match=f"There is no token {other_id}"):
        access.revoke_token(gear, dora, other_id)
    access.revoke_token(gear, dora, own_id)
    assert [token.id for token in access.tokens(gear, OPERATOR)] == [other_id]


def test_a_limited_token_lists_and_revokes_itself_alone(gear: Gear) -> None:
    full_id, _ = _token(gear)
    order = TokenOrder("dora", "robot", permissions=frozenset({Permission.FEED_PUBLISH}))
    robot_id, secret = _token(gear, order)
    robot = access.authenticate(gear, secret)
    assert [token.id for token in access.tokens(gear, robot)] == [robot_id]
    with pytest.raises(NotFound):
        access.revoke_token(gear, robot, full_id)
    access.revoke_token(gear, robot, robot_id)


@pytest.mark.parametrize("token_id", [0, -1, 2**31, 2**64])
def test_a_number_that_no_token_can_have_is_no_token(gear: Gear, token_id: int) -> None:
    with pytest.raises(NotFound, match=f"There is no token {token_id}"):
        access.revoke_token(gear, OPERATOR, token_id)


def test_nobody_in_particular_has_no_tokens(gear: Gear) -> None:
    token_id, _ = _token(gear)
    with pytest.raises(Unauthenticated):
        access.tokens(gear, ANONYMOUS)
    with pytest.raises(Unauthenticated):
        access.revoke_token(gear, ANONYMOUS, token_id)


def test_a_token_is_revoked_once_when_two_try_at_the_same_time(gear: Gear) -> None:
    token_id, _ = _token(gear)

    def revoke() -> str:
        try:
            access.revoke_token(gear, OPERATOR, token_id)
        except NotFound:
            return "was gone"
        return "revoked"

    assert sorted(at_once(6, revoke)) == ["revoked"] + ["was gone"] * 5
    assert _actions(gear).count("token.revoked") == 1


@pytest.mark.parametrize(
    "order",
    [
        TokenOrder("dora", ""),
        TokenOrder("dora", "two\nlines"),
        TokenOrder("dora", "x" * 129),
        TokenOrder("dora", "nothing", feeds=frozenset()),
        TokenOrder("dora", "nothing", permissions=frozenset()),
    ],
)
def test_a_token_that_makes_no_sense_is_refused(
    clock: SetClock, tmp_path: Path, order: TokenOrder
) -> None:
    gear = bare_gear(clock, tmp_path)
    with pytest.raises(BadInput):
        access.create_token(gear, OPERATOR, order)


def test_a_token_for_an_absent_user_or_feed_is_refused(gear: Gear) -> None:
    with pytest.raises(NotFound, match="no user 'nobody'"):
        access.create_token(gear, OPERATOR, TokenOrder("nobody", "laptop"))
    absent = frozenset({FeedName("absent")})
    with pytest.raises(NotFound, match="no feed 'absent'"):
        access.create_token(gear, OPERATOR, TokenOrder("dora", "laptop", feeds=absent))
