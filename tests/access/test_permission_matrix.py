"""Who may do what: every role, every permission, on the granted feed, another one, the server.

The table is written by hand; the cases are made from the enums, so that a new role or
permission without a line in the table fails.
"""

from __future__ import annotations

from itertools import product

import pytest

from affineur.core.names import FeedName
from affineur.core.permissions import ANONYMOUS, Actor, Grant, Permission, Role, Scope

_TABLE = """
                  reader  publisher  approver  manager  admin
feed:read         yes     no         yes       yes      yes
feed:publish      no      yes        no        yes      yes
feed:yank         no      no         no        yes      yes
feed:manage       no      no         no        yes      yes
request:create    yes     no         yes       yes      yes
request:read      yes     no         yes       yes      yes
request:decide    no      no         yes       yes      yes
file:promote      no      no         yes       yes      yes
finding:waive     no      no         yes       yes      yes
file:block        no      no         yes       yes      yes
audit:read        no      no         yes       yes      yes
server:admin      no      no         no        no       yes
"""
_ROLES, *_LINES = (line.split() for line in _TABLE.strip().splitlines())
EXPECTED = {
    (Role(role), Permission(permission)): answer == "yes"
    for permission, *answers in _LINES
    for role, answer in zip(_ROLES, answers, strict=True)
}
CASES = tuple(product(Role, Permission))
TEAM, OTHER = FeedName("team"), FeedName("other")


def _actor(grant: Grant, scope: Scope | None = None) -> Actor:
    return Actor("somebody", user_id=1, grants=(grant,), scope=scope or Scope())


def test_the_table_speaks_of_every_role_and_permission() -> None:
    assert set(EXPECTED) == set(CASES)


@pytest.mark.parametrize(("role", "permission"), CASES)
def test_a_role_on_a_feed_permits_what_the_table_says(role: Role, permission: Permission) -> None:
    actor = _actor(Grant(role, TEAM))
    assert actor.may(permission, TEAM) is EXPECTED[role, permission]


@pytest.mark.parametrize(("role", "permission"), CASES)
def test_a_role_on_a_feed_permits_nothing_on_another(role: Role, permission: Permission) -> None:
    assert not _actor(Grant(role, TEAM)).may(permission, OTHER)


@pytest.mark.parametrize(("role", "permission"), CASES)
def test_a_role_on_a_feed_permits_nothing_server_wide(role: Role, permission: Permission) -> None:
    assert not _actor(Grant(role, TEAM)).may(permission)


@pytest.mark.parametrize("feed", [TEAM, OTHER, None])
@pytest.mark.parametrize(("role", "permission"), CASES)
def test_a_role_everywhere_permits_what_the_table_says(
    role: Role, permission: Permission, feed: FeedName | None
) -> None:
    assert _actor(Grant(role)).may(permission, feed) is EXPECTED[role, permission]


@pytest.mark.parametrize("feed", [TEAM, None])
@pytest.mark.parametrize("permission", Permission)
def test_nobody_in_particular_is_permitted_nothing(
    permission: Permission, feed: FeedName | None
) -> None:
    assert not ANONYMOUS.may(permission, feed)


@pytest.mark.parametrize(("role", "permission"), CASES)
def test_a_token_for_another_feed_permits_nothing(role: Role, permission: Permission) -> None:
    actor = _actor(Grant(role), Scope(feeds=frozenset({OTHER})))
    assert not actor.may(permission, TEAM)


@pytest.mark.parametrize(("role", "permission"), CASES)
def test_a_token_for_one_feed_permits_nothing_server_wide(
    role: Role, permission: Permission
) -> None:
    assert not _actor(Grant(role), Scope(feeds=frozenset({TEAM}))).may(permission)


@pytest.mark.parametrize(("scoped", "asked"), tuple(product(Permission, Permission)))
def test_a_token_for_one_action_permits_that_one_alone(
    scoped: Permission, asked: Permission
) -> None:
    actor = _actor(Grant(Role.ADMIN), Scope(permissions=frozenset({scoped})))
    assert actor.may(asked, TEAM) is (asked is scoped)


@pytest.mark.parametrize(("role", "permission"), CASES)
def test_a_scope_adds_nothing_to_a_role(role: Role, permission: Permission) -> None:
    wide = Scope(frozenset({TEAM, OTHER}), frozenset(Permission))
    actor = _actor(Grant(role, TEAM), wide)
    assert actor.may(permission, TEAM) is EXPECTED[role, permission]
    assert not actor.may(permission, OTHER)
