"""The people of the house, made by the product's own use cases two years ago."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from affineur import bootstrap
from affineur.config import load_settings
from affineur.core.names import FeedName, NamePattern, Sha256
from affineur.core.permissions import OPERATOR, Grant
from affineur.core.policy_presets import MANUAL
from affineur.services import access, connectors, feeds, policies, setup
from affineur.services.access import TokenOrder
from affineur.services.connectors import NewConnector
from affineur.services.feeds import NewFeed
from affineur.services.gear import Gear
from bench.house.shape import REAL, House, contents

_NOWHERE = "http://127.0.0.1:9/simple/"
"""Nobody listens there: what was kept of the external index is all there is."""
_TEAMS = ("payments", "research", "platform")
_SINCE = timedelta(days=730)
_TOKEN_DAYS = 3_650
_UPSTREAM = 1
"""The id of the first connector of a new database."""
_FIRST_NAMES = (
    "ada alan barbara brian carla dennis donald edsger frances grace guido hedy ivan jean john "
    "karen ken lars leslie linus lynn margaret niklaus radia rob shafi sophie tim tony vint"
)


@dataclass(frozen=True, slots=True)
class Opened:
    """What was made: the ids of feeds and connectors, who is there, and some secrets."""

    feeds: Mapping[str, int]
    upstream: int
    """The connector of `unapproved`."""
    developers: tuple[str, ...]
    approvers: tuple[str, ...]
    builders: tuple[str, ...]
    tokens: Mapping[str, int]
    """The id of each person's token."""
    secrets: Mapping[str, str]
    """The tokens that are told, by what they are for."""


@dataclass(frozen=True, slots=True)
class _Then:
    """A clock that stands still."""

    at: datetime

    def now(self) -> datetime:
        return self.at


def open_house(data: Path, house: House) -> Opened:
    """Make the data directory with feeds, people, tokens, and the few blobs that are real."""
    settings = load_settings({"AFFINEUR_DATA": str(data)})
    gear = bootstrap.build(settings, public_url="http://127.0.0.1", clock=_Then(house.now - _SINCE))
    try:
        return _people(gear, house)
    finally:
        asyncio.run(bootstrap.close(gear))


def keep_names(data: Path, house: House) -> tuple[str, int]:
    """Keep the real files and the names of the external index; give their digest and count."""
    settings = load_settings({"AFFINEUR_DATA": str(data)})
    gear = bootstrap.build(settings, public_url="http://127.0.0.1")
    try:
        ours = {house.name(number) for number in range(house.scale.projects)}
        others = {f"{house.name(number)}-{number % 7}" for number in range(house.scale.projects)}
        names = sorted(ours | others)
        _keep_real(gear, house)
        return _keep(gear, "".join(f"{name}\n" for name in names).encode()), len(names)
    finally:
        asyncio.run(bootstrap.close(gear))


def _people(gear: Gear, house: House) -> Opened:
    upstream = NewConnector("upstream", url=_NOWHERE)
    admin = setup.initialise(gear, upstream, serving_on_loopback=False)
    for team in _TEAMS:
        feeds.create(gear, OPERATOR, NewFeed(FeedName(team)))
        link = NewConnector("internal", target=FeedName("internal"))
        connectors.add_connector(gear, OPERATOR, FeedName(team), link)
    policies.set_policy(gear, OPERATOR, FeedName("approved"), MANUAL)
    feeds.reserve(gear, OPERATOR, FeedName("internal"), NamePattern("acme-*"))
    few = max(3, house.scale.people // 30)
    named = [f"{one}.{number:03}" for number, one in enumerate(_firsts(house.scale.people))]
    approvers, developers = tuple(named[:few]), tuple(named[few:])
    builders = tuple(f"build-{number:02}" for number in range(few))
    roles = (("approver", approvers), ("reader", developers), ("publisher@internal", builders))
    tokens, secrets = {}, {"admin": admin.secret if admin else ""}
    for role, people in roles:
        for one in people:
            access.add_user(gear, OPERATOR, one, [Grant.parse(role)])
            new = access.create_token(
                gear, OPERATOR, TokenOrder(one, "laptop", expires_in_days=_TOKEN_DAYS)
            )
            tokens[one] = new.id
            secrets.setdefault(role.partition("@")[0], new.secret)
    ids = {str(one.name): one.id for one in feeds.visible(gear, OPERATOR)}
    return Opened(ids, _UPSTREAM, developers, approvers, builders, tokens, secrets)


def _firsts(count: int) -> list[str]:
    names = _FIRST_NAMES.split()
    return [names[number % len(names)] for number in range(count)]


def _keep_real(gear: Gear, house: House) -> None:
    for number in range(min(REAL, house.scale.projects)):
        project = house.project(number)
        for release in project.releases:
            built, source = contents(project.name, release.version)
            for content in (built.data, built.metadata, source.data):
                _keep(gear, content)


def _keep(gear: Gear, content: bytes) -> Sha256:
    staged = gear.blobs.stage()
    staged.write(content)
    return staged.commit()
