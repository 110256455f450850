"""A Gear of real parts for one test, with only what the test needs built."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

from affineur.conditions import CelConditions
from affineur.config import Settings
from affineur.core.names import FeedName
from affineur.core.permissions import Actor, Grant
from affineur.core.ports import Clock, Vetting
from affineur.services.gear import Gear
from affineur.store.database import Database


class Unbuilt:
    """A part that was not built for this test; using it fails the test."""

    def __init__(self, part: str) -> None:
        self._part = part

    def __getattr__(self, name: str) -> Any:  # Any: it stands for every port, and raises
        raise AssertionError(f"this test was given no {self._part}, but uses its {name}")


def make_gear(
    database: Database,
    clock: Clock,
    tmp_path: Path,
    **parts: Any,  # Any: the values of Gear's fields
) -> Gear:
    """Build a Gear around a database; name the further parts that the test uses."""
    reader: Any = Unbuilt("archive reader")
    built: dict[str, Any] = {
        "settings": Settings(data=tmp_path),
        "blobs": Unbuilt("blobs"),
        "upstream": Unbuilt("upstream"),
        "vetting": Vetting(reader=reader, checks=()),
        "conditions": CelConditions(),
        "resolve": Unbuilt("resolver"),
        "notify": Unbuilt("notifier"),
        "public_url": "http://127.0.0.1:8080",
    }
    return Gear(db=database, clock=clock, **(built | parts))


def bare_gear(clock: Clock, tmp_path: Path) -> Gear:
    """Build a Gear without a database, for what has to be answered without asking one."""
    database: Any = Unbuilt("database")
    return make_gear(database, clock, tmp_path)


def somebody(*grants: str, name: str = "somebody") -> Actor:
    """Make a known actor with grants such as `reader@internal`, who is not in the database."""
    return Actor(name, user_id=1_000_000, grants=tuple(Grant.parse(grant) for grant in grants))


async def settled(gear: Gear) -> None:
    """Return when no external index is being asked about a page any more."""
    while tasks := [one.task for one in gear.outside.questions.values() if one.task is not None]:
        gear.keeper.hurry()
        await asyncio.wait(tasks)


def with_settings(gear: Gear, **settings: Any) -> Gear:  # Any: the values of Settings' fields
    """Give the same gear with other settings."""
    return replace(gear, settings=replace(gear.settings, **settings))


FEED = FeedName("team")
OTHER = FeedName("other")
