"""Feeds that read feeds that read feeds: held to a model of ten lines, on random houses.

Each feed may have files of its own, and reads feeds before it, in order, through filters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from sqlalchemy import Connection

from affineur.config import Settings
from affineur.core.files import Filename
from affineur.core.filters import Action, Filter
from affineur.core.names import FeedName, ProjectName, Sha256
from affineur.core.pages import Show
from affineur.services.pages import Wanted, compose
from affineur.store import feeds, listings
from affineur.store.database import Database
from affineur.store.feeds import Link
from affineur.store.listings import HeldFile, NewListing
from support.clocks import NOON

SHARED = [HealthCheck.function_scoped_fixture]
VERSIONS = ("1.0", "2.0", "3.0")
_HOUSES = count()


@dataclass(frozen=True)
class Hop:
    """A connector to the feed of a number; `denied` is the version that its filter denies."""

    target: int
    denied: str | None
    show: Show


@dataclass(frozen=True)
class Plan:
    """A feed about to be made: the versions that it holds, and what it reads."""

    holds: frozenset[str]
    hops: tuple[Hop, ...]
    merge: bool


@st.composite
def houses(draw: st.DrawFn) -> tuple[Plan, ...]:
    """Plan up to six feeds; each may read those before it, so there is no cycle."""
    plans: list[Plan] = []
    for number in range(draw(st.integers(1, 6))):
        hop = st.builds(
            Hop,
            st.integers(0, number - 1) if number else st.nothing(),
            st.sampled_from([None, *VERSIONS]),
            st.sampled_from(Show),
        )
        hops = draw(st.lists(hop, max_size=3)) if number else []
        holds = draw(st.one_of(st.just(frozenset()), st.frozensets(st.sampled_from(VERSIONS))))
        plans.append(Plan(holds, tuple(hops), draw(st.booleans())))
    return tuple(plans)


Seen = dict[str, tuple[int, Show | None]]
"""By version: the number of the feed whose file it is, and how it is withheld."""


def model(plans: Sequence[Plan], number: int) -> Seen:
    """Say what a feed must show: its own files, else the first of its hops that has any."""
    plan = plans[number]
    if plan.holds:
        return dict.fromkeys(plan.holds, (number, None))
    told = [_through(hop, model(plans, hop.target)) for hop in plan.hops]
    answering = [one for one in told if one]
    if not plan.merge:
        return answering[0] if answering else {}
    merged: Seen = {}
    for one in answering:
        merged = one | merged
    return merged


def _through(hop: Hop, seen: Seen) -> Seen:
    return {
        version: (owner, _worse(show, hop.show if version == hop.denied else None))
        for version, (owner, show) in seen.items()
    }


def _worse(one: Show | None, other: Show | None) -> Show | None:
    return Show.HIDE if Show.HIDE in {one, other} else one or other


def _build(conn: Connection, prefix: str, plans: Sequence[Plan]) -> list[FeedName]:
    names = [FeedName(f"{prefix}-{number}") for number in range(len(plans))]
    ids: list[int] = []
    for number, plan in enumerate(plans):
        ids.append(feeds.insert_feed(conn, NOON, names[number], merge=plan.merge))
        _list(conn, ids[-1], number, plan.holds)
        for place, hop in enumerate(plan.hops):
            link = Link(f"hop-{place}", target_id=ids[hop.target])
            connector_id = feeds.insert_connector(conn, NOON, ids[-1], link)
            _deny(conn, connector_id, hop)
    return names


def _list(conn: Connection, feed_id: int, number: int, holds: frozenset[str]) -> None:
    for version in sorted(holds):
        digest = Sha256(f"{feed_id:032x}{number:016x}{version.replace('.', ''):0>16}")
        listings.keep_file(conn, NOON, HeldFile(digest, number + 1))
        filename = Filename.parse(f"spam-{version}-py3-none-any.whl")
        listings.add(conn, NOON, "a test", feed_id, [NewListing(filename, digest, NOON)])


def _deny(conn: Connection, connector_id: int, hop: Hop) -> None:
    if hop.denied is not None:
        versions = SpecifierSet(f"=={hop.denied}")
        rule = Filter(Action.DENY, "denied", versions=versions, show=hop.show)
        feeds.insert_filter(conn, NOON, connector_id, rule)


def _seen(conn: Connection, place: Path, name: FeedName) -> Seen:
    feed = feeds.load(conn, name)
    assert feed is not None
    wanted = Wanted(feed, ProjectName("spam"))
    page = compose(conn, Settings(data=place), NOON, wanted).page
    return {
        str(one.file.filename.version): (
            (one.file.size_bytes or 0) - 1,
            None if one.withheld is None else one.withheld.show,
        )
        for one in page.entries
    }


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(plans=houses())
def test_every_hop_filters_and_the_first_owner_wins(
    database: Database, tmp_path: Path, plans: tuple[Plan, ...]
) -> None:
    with database.writing() as conn:
        names = _build(conn, f"house{next(_HOUSES)}", plans)
        told = [_seen(conn, tmp_path, name) for name in names]
    assert told == [model(plans, number) for number in range(len(plans))]
