"""What is newly available: the releases that were listed last, where somebody installs from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from packaging.version import Version
from sqlalchemy import Connection

from affineur.core.blocks import Block
from affineur.core.feeds import Feed
from affineur.core.names import FeedName, ProjectName
from affineur.core.permissions import Actor
from affineur.services.feeds import require_readable
from affineur.services.gear import Gear
from affineur.store import blocks, latest
from affineur.store import feeds as feed_store

MOST = 100
_FILES_OF_A_RELEASE = 20
"""How many files are looked at for each release that is wanted."""


@dataclass(frozen=True, slots=True)
class LatestRelease:
    """A release of which files were listed lately."""

    project: ProjectName
    version: Version
    feed: FeedName
    """The feed that it stands in."""
    listed_at: datetime
    is_upload: bool


def newly_available(
    gear: Gear, actor: Actor, name: FeedName, limit: int = 20
) -> tuple[LatestRelease, ...]:
    """List what was newly listed in a feed, and in those that it reads; blocked releases are not.

    A filter of the feed may keep back one of them: its page decides what is served.
    """
    wanted = max(1, min(limit, MOST))
    with gear.db.reading() as conn:
        feed = require_readable(conn, actor, name)
        reached = _reached(conn, feed)
        files = latest.listed_last(conn, reached, wanted * _FILES_OF_A_RELEASE)
        standing = [block for block in blocks.current(conn) if block.sha256 is None]
    blocked: dict[ProjectName, list[Block]] = {}
    for block in standing:
        blocked.setdefault(block.project, []).append(block)
    found: dict[tuple[ProjectName, Version], LatestRelease] = {}
    for one in files:
        these = blocked.get(one.project, ())
        if any(block.covers_release(one.project, one.version) for block in these):
            continue
        release = LatestRelease(
            one.project, one.version, one.feed, one.listed_at, is_upload=one.is_upload
        )
        found.setdefault((one.project, one.version), release)
    return tuple(found.values())[:wanted]


def _reached(conn: Connection, feed: Feed) -> list[int]:
    """Give the feeds that are read through this one, itself first."""
    feeds = {one.name: one for one in feed_store.load_all(conn)}
    reached = {feed.name: feed}
    waiting = [feed]
    while waiting:
        for connector in waiting.pop().connectors:
            target = feeds.get(connector.target) if connector.target is not None else None
            if target is not None and target.name not in reached:
                reached[target.name] = target
                waiting.append(target)
    return [one.id for one in reached.values()]
