"""Trying a filter before it is set: what it would withhold of what was used, and of what stands.

Used is what was taken in the last 30 days through the feed, or through a feed that reads it,
and came through the connector. Standing is what the connector leads to: the files of another
feed; of an external index, those that were approved from this feed. Those stay approved, for
filters do not touch what a feed lists itself, but nobody could ask for their like again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from affineur.core.feeds import Connector, Feed
from affineur.core.files import Filename, IndexFile
from affineur.core.filter_trials import Looked, Withheld, withheld_by
from affineur.core.filters import Action, Filter
from affineur.core.names import FeedName, NamePattern, ProjectName, Sha256
from affineur.core.permissions import Actor, Permission, require
from affineur.core.project_lists import Known, shown
from affineur.services.connectors import NewFilter, connector_of, parse_filter
from affineur.services.feeds import existing
from affineur.services.gear import Gear
from affineur.services.projects import node_of
from affineur.store import feeds as feed_store
from affineur.store import filter_questions, project_questions
from affineur.store.feed_use import DAYS, first_day

MOST_PROJECTS = 200
"""Of so many projects, the most used, what was taken is looked at."""
MOST_FILES = 5_000
"""So many files that stand are looked at."""
MOST_TAKERS = 50
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Tried:
    """What a filter would withhold of some files."""

    files: int
    """How many files were looked at."""
    is_all: bool
    """Whether there were no more; else the most used, or the newest, were looked at."""
    releases: tuple[Withheld, ...]

    @property
    def withheld(self) -> int:
        """How many files would be withheld."""
        return sum(len(one.files) for one in self.releases)


@dataclass(frozen=True, slots=True)
class FilterTrial:
    """What a filter would do."""

    rule: Filter
    days: int
    used: Tried
    standing: Tried
    takers: tuple[tuple[str, int], ...]
    """Who took what would be withheld, and how often; those who took most, first."""


@dataclass(frozen=True, slots=True)
class _On:
    """What a filter is tried on: a connector of a feed, and all feeds there are."""

    conn: Connection
    feed: Feed
    connector: Connector
    feeds: tuple[Feed, ...]
    since: str
    today: str

    def readers(self) -> list[int]:
        """Give the feed and all that read it through connectors, however far."""
        found = {self.feed.name}
        while True:
            further = {
                one.name
                for one in self.feeds
                if any(link.target in found for link in one.connectors)
            }
            if further <= found:
                return [one.id for one in self.feeds if one.name in found]
            found |= further

    def stocks(self) -> list[int]:
        """Give the feed that the connector leads to, or those that approve from this one."""
        target = self.connector.target
        if target is not None:
            return [one.id for one in self.feeds if one.name == target]
        return [one.id for one in self.feeds if one.source == self.feed.name]

    def through(self, names: Iterable[ProjectName]) -> set[ProjectName]:
        """Give those names that come to the feed through the connector."""
        node = node_of({one.name: one for one in self.feeds}, self.feed)
        reserved = tuple(pattern for one in self.feeds for pattern in one.reserved)
        places = next(one.places for one in node.reaches if one.connector == self.connector.name)
        wanted = sorted(set(names))
        found: set[ProjectName] = set()
        for start in range(0, len(wanted), _BATCH):
            some = wanted[start : start + _BATCH]
            connectors = [one.connector_id for one in node.places if one.connector_id]
            rows = project_questions.rows_of(self.conn, connectors, some)
            known = Known(rows, reserved)
            for name in some:
                one = shown(node, known, name)
                if one is not None and (node.merge or one.row.place in places):
                    found.add(name)
        return found


def try_filter(
    gear: Gear, actor: Actor, name: FeedName, connector_name: str, new: NewFilter
) -> FilterTrial:
    """Say what a filter would withhold if it were added to a connector now."""
    require(actor, Permission.FEED_MANAGE, name)
    rule = parse_filter(new)
    now = gear.clock.now()
    with gear.db.reading() as conn:
        feed = existing(conn, name)
        connector = connector_of(feed, connector_name)
        on = _On(
            conn, feed, connector, feed_store.load_all(conn), first_day(now), now.date().isoformat()
        )
        used, standing = (
            Tried(len(files), is_all, withheld_by(rule, connector.filters, files, now))
            for files, is_all in (_used(on, rule), _standing(on, rule))
        )
        return FilterTrial(rule, DAYS, used, standing, _takers(on, used, standing))


def _used(on: _On, rule: Filter) -> tuple[list[Looked], bool]:
    """Give what was taken of the most used projects and came through the connector."""
    conn, feeds = on.conn, on.readers()
    projects = filter_questions.used_projects(
        conn, feeds, on.today, _names(rule), MOST_PROJECTS + 1
    )
    passing = sorted(on.through(projects[:MOST_PROJECTS]))
    taken = filter_questions.taken(conn, feeds, on.since, passing)
    is_about_age = any(one.min_age_days is not None for one in (rule, *on.connector.filters))
    digests = [one.sha256 for one in taken] if is_about_age else []
    since = filter_questions.known_since(conn, digests)
    looked = [
        Looked(_file(one.filename, one.sha256, since.get(one.sha256)), one.downloads)
        for one in taken
    ]
    return looked, len(projects) <= MOST_PROJECTS


def _standing(on: _On, rule: Filter) -> tuple[list[Looked], bool]:
    """Give what stands behind the connector, newest first, with how often it was taken."""
    conn, feeds, names = on.conn, on.stocks(), _names(rule)
    projects = None
    if names:
        projects = filter_questions.standing_projects(conn, feeds, names, MOST_FILES)
    found = filter_questions.stands(conn, feeds, projects, MOST_FILES + 1)
    some = found[:MOST_FILES]
    uses = filter_questions.uses(conn, on.since, [one.sha256 for one in some])
    looked = [
        Looked(
            _file(one.filename, one.sha256, one.uploaded_at or one.held_at),
            uses.get(one.sha256, 0),
        )
        for one in some
    ]
    return looked, len(found) <= MOST_FILES


def _takers(on: _On, used: Tried, standing: Tried) -> tuple[tuple[str, int], ...]:
    """Say who took what would be withheld: through the connector, or else once it was approved."""
    releases = used.releases or standing.releases
    feeds = on.readers() if used.releases else [one.id for one in on.feeds]
    digests = [
        one.file.sha256
        for release in releases
        for one in release.files
        if one.file.sha256 is not None and one.downloads
    ]
    return filter_questions.takers(on.conn, feeds, on.since, digests, MOST_TAKERS)


def _names(rule: Filter) -> tuple[NamePattern, ...]:
    """Name the projects that a rule can touch; an allowing one touches all others."""
    return rule.names if rule.action is Action.DENY else ()


def _file(filename: str, sha256: Sha256, since: datetime | None) -> IndexFile:
    return IndexFile(Filename.parse(filename), sha256, None, since)
