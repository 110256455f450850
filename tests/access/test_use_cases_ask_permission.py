"""Every use case about feeds and access asks for its permission, whoever calls it.

Who is permitted does not depend on the database, so these many cases run on SQLite alone.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import pytest
from packaging.version import Version

from affineur.core.errors import DomainError, Forbidden, NotFound, Unauthenticated
from affineur.core.files import Filename
from affineur.core.names import FeedName, NamePattern, ProjectName
from affineur.core.permissions import (
    ANONYMOUS,
    OPERATOR,
    ROLE_PERMISSIONS,
    Actor,
    Grant,
    Permission,
    Role,
)
from affineur.services import (
    access,
    audit,
    condition,
    connectors,
    feeds,
    people,
    policies,
    sessions,
    webhooks,
    yanks,
)
from affineur.services.access import TokenOrder
from affineur.services.connectors import NewConnector, NewFilter
from affineur.services.feeds import FeedChange, NewFeed
from affineur.services.gear import Gear
from affineur.services.people import BuildServer
from affineur.services.yanks import Yankable
from affineur.store import feeds as feed_store
from affineur.store import listings
from affineur.store.database import open_database
from affineur.store.listings import HeldFile, NewListing
from affineur.store.schema import metadata
from support.clocks import SetClock
from support.gear import FEED, OTHER, make_gear, somebody
from support.values import digest

CLOCK = SetClock()
HELD = Yankable(FEED, ProjectName("held-spam"), Version("1.0"))
UseCase = Callable[[Gear, Actor], object]

ON_A_FEED: dict[str, tuple[Permission, UseCase]] = {
    "update": (
        Permission.FEED_MANAGE,
        lambda gear, actor: feeds.update(gear, actor, FEED, FeedChange(merge=True)),
    ),
    "reserve": (
        Permission.FEED_MANAGE,
        lambda gear, actor: feeds.reserve(gear, actor, FEED, NamePattern("acme-*")),
    ),
    "unreserve": (
        Permission.FEED_MANAGE,
        lambda gear, actor: feeds.unreserve(gear, actor, FEED, NamePattern("held-*")),
    ),
    "yank": (
        Permission.FEED_YANK,
        lambda gear, actor: yanks.yank(gear, actor, HELD, "broken"),
    ),
    "unyank": (
        Permission.FEED_YANK,
        lambda gear, actor: yanks.unyank(gear, actor, HELD, "fine"),
    ),
    "policy": (Permission.REQUEST_READ, lambda gear, actor: policies.show(gear, actor, FEED)),
    "set_policy": (
        Permission.FEED_MANAGE,
        lambda gear, actor: policies.set_policy(gear, actor, FEED, 'otherwise = "deny"'),
    ),
    "policy_history": (
        Permission.REQUEST_READ,
        lambda gear, actor: policies.history(gear, actor, FEED),
    ),
    "try_policy": (
        Permission.FEED_MANAGE,
        lambda gear, actor: policies.try_out(gear, actor, FEED, 'otherwise = "deny"'),
    ),
    "connectors": (
        Permission.FEED_MANAGE,
        lambda gear, actor: connectors.connectors(gear, actor, FEED),
    ),
    "conditions": (
        Permission.FEED_MANAGE,
        lambda gear, actor: condition.conditions(gear, actor, FEED),
    ),
    "add_connector": (
        Permission.FEED_MANAGE,
        lambda gear, actor: connectors.add_connector(
            gear, actor, FEED, NewConnector("more", url="https://index.example/simple/")
        ),
    ),
    "end_connector": (
        Permission.FEED_MANAGE,
        lambda gear, actor: connectors.end_connector(gear, actor, FEED, "index"),
    ),
    "filters": (
        Permission.FEED_MANAGE,
        lambda gear, actor: connectors.filters(gear, actor, FEED, "index"),
    ),
    "add_filter": (
        Permission.FEED_MANAGE,
        lambda gear, actor: connectors.add_filter(
            gear, actor, FEED, "index", NewFilter("deny", "no games", ("games-*",))
        ),
    ),
    "end_filter": (
        Permission.FEED_MANAGE,
        lambda gear, actor: connectors.end_filter(gear, actor, FEED, "index", 1),
    ),
}

SERVER_WIDE: dict[str, tuple[Permission, UseCase]] = {
    "create": (
        Permission.SERVER_ADMIN,
        lambda gear, actor: feeds.create(gear, actor, NewFeed(FeedName("new"))),
    ),
    "users": (Permission.SERVER_ADMIN, access.users),
    "add_user": (
        Permission.SERVER_ADMIN,
        lambda gear, actor: access.add_user(gear, actor, "erin", ()),
    ),
    "end_user": (Permission.SERVER_ADMIN, lambda gear, actor: access.end_user(gear, actor, "dora")),
    "add_grant": (
        Permission.SERVER_ADMIN,
        lambda gear, actor: access.add_grant(gear, actor, "dora", Grant(Role.READER)),
    ),
    "end_grant": (
        Permission.SERVER_ADMIN,
        lambda gear, actor: access.end_grant(gear, actor, "dora", Grant(Role.READER, FEED)),
    ),
    "create_token": (
        Permission.SERVER_ADMIN,
        lambda gear, actor: access.create_token(gear, actor, TokenOrder("dora", "laptop")),
    ),
    "revoke_token": (
        Permission.SERVER_ADMIN,
        lambda gear, actor: access.revoke_token(gear, actor, 1),
    ),
    "create_connected": (
        Permission.SERVER_ADMIN,
        lambda gear, actor: connectors.create_connected(
            gear, actor, NewFeed(FeedName("new")), NewConnector("team", target=FEED)
        ),
    ),
    "people": (Permission.SERVER_ADMIN, people.people),
    "person": (Permission.SERVER_ADMIN, lambda gear, actor: people.person(gear, actor, "dora")),
    "all_tokens": (Permission.SERVER_ADMIN, people.tokens),
    "give_build_token": (
        Permission.SERVER_ADMIN,
        lambda gear, actor: people.give_build_token(gear, actor, BuildServer("ci", FEED)),
    ),
    "reset_password": (
        Permission.SERVER_ADMIN,
        lambda gear, actor: sessions.reset_password(gear, actor, "dora"),
    ),
    "webhooks": (Permission.SERVER_ADMIN, webhooks.webhooks),
    "webhook": (Permission.SERVER_ADMIN, lambda gear, actor: webhooks.webhook(gear, actor, 1)),
    "add_webhook": (
        Permission.SERVER_ADMIN,
        lambda gear, actor: webhooks.add_webhook(gear, actor, "b", "http://10.0.0.1/", ["*"]),
    ),
    "end_webhook": (
        Permission.SERVER_ADMIN,
        lambda gear, actor: webhooks.end_webhook(gear, actor, 1),
    ),
    "deliveries": (
        Permission.SERVER_ADMIN,
        lambda gear, actor: webhooks.deliveries(gear, actor, 1),
    ),
    "log": (Permission.AUDIT_READ, lambda gear, actor: audit.log(gear, actor, 0, 10)),
    "verify": (Permission.AUDIT_READ, audit.verify),
}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a database with two feeds and a user once, to be copied for each case."""
    folder = tmp_path_factory.mktemp("template")
    database = open_database(f"sqlite:///{folder / 'template.db'}")
    metadata.create_all(database.engine)
    made = make_gear(database, CLOCK, folder)
    feeds.create(made, OPERATOR, NewFeed(FEED))
    feeds.create(made, OPERATOR, NewFeed(OTHER))
    feeds.reserve(made, OPERATOR, FEED, NamePattern("held-*"))
    connectors.add_connector(
        made, OPERATOR, FEED, NewConnector("index", url="https://index.example/")
    )
    connectors.add_filter(made, OPERATOR, FEED, "index", NewFilter("deny", "too new"))
    access.add_user(made, OPERATOR, "dora", (Grant(Role.READER, FEED),))
    access.create_token(made, OPERATOR, TokenOrder("dora", "first"))
    webhooks.add_webhook(made, OPERATOR, "chat", "http://10.0.0.1/", ["*"])
    _list_a_yanked_file(made)
    database.close()
    return folder / "template.db"


def _list_a_yanked_file(gear: Gear) -> None:
    filename = Filename.parse("held_spam-1.0.tar.gz")
    new = NewListing(filename, digest(filename.text), None, is_upload=True, yanked="broken")
    with gear.db.writing() as conn:
        feed = feed_store.load(conn, FEED)
        assert feed is not None
        listings.keep_file(conn, CLOCK.now(), HeldFile(new.sha256, 1))
        listings.add(conn, CLOCK.now(), "somebody", feed.id, [new])


@pytest.fixture
def gear(template: Path, tmp_path: Path) -> Iterator[Gear]:
    copied = shutil.copy(template, tmp_path / "copied.db")
    database = open_database(f"sqlite:///{copied}")
    yield make_gear(database, CLOCK, tmp_path)
    database.close()


def _answer(use_case: UseCase, gear: Gear, actor: Actor) -> type[DomainError] | None:
    """Call it, and say how it was refused, or None when it was done."""
    try:
        use_case(gear, actor)
    except DomainError as error:
        return type(error)
    return None


@pytest.mark.parametrize(("name", "role"), tuple(product(ON_A_FEED, Role)))
def test_a_use_case_on_a_feed_is_done_for_exactly_the_roles_that_permit_it(
    gear: Gear, name: str, role: Role
) -> None:
    permission, use_case = ON_A_FEED[name]
    expected = None if permission in ROLE_PERMISSIONS[role] else Forbidden
    assert _answer(use_case, gear, somebody(f"{role}@team")) is expected


@pytest.mark.parametrize(("name", "role"), tuple(product(ON_A_FEED, Role)))
def test_a_role_on_another_feed_does_not_even_show_this_one(
    gear: Gear, name: str, role: Role
) -> None:
    _, use_case = ON_A_FEED[name]
    assert _answer(use_case, gear, somebody(f"{role}@other")) is NotFound


@pytest.mark.parametrize(("name", "role"), tuple(product(SERVER_WIDE, Role)))
def test_a_server_wide_use_case_is_done_for_exactly_the_roles_that_permit_it(
    gear: Gear, name: str, role: Role
) -> None:
    permission, use_case = SERVER_WIDE[name]
    refusal = NotFound if name == "revoke_token" else Forbidden
    expected = None if permission in ROLE_PERMISSIONS[role] else refusal
    assert _answer(use_case, gear, somebody(str(role))) is expected


@pytest.mark.parametrize(("name", "role"), tuple(product(SERVER_WIDE, Role)))
def test_no_role_on_one_feed_reaches_a_server_wide_use_case(
    gear: Gear, name: str, role: Role
) -> None:
    _, use_case = SERVER_WIDE[name]
    refusal = NotFound if name == "revoke_token" else Forbidden
    assert _answer(use_case, gear, somebody(f"{role}@team")) is refusal


@pytest.mark.parametrize("name", [*ON_A_FEED, *SERVER_WIDE])
def test_nobody_in_particular_is_asked_for_credentials(gear: Gear, name: str) -> None:
    _, use_case = {**ON_A_FEED, **SERVER_WIDE}[name]
    assert _answer(use_case, gear, ANONYMOUS) is Unauthenticated
