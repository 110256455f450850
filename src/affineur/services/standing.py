"""What is approved and has something against it now, by how bad it is and how much it is used.

Nobody waits for it: a job looks at a project again when its pages changed, when something else
became known of it, and counts uses every hour (decision 0032). It decides nothing and is no
state: what it keeps can be made again from what stands elsewhere.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from packaging.version import Version
from sqlalchemy import Connection

from affineur.core import concerns as core
from affineur.core.advisory_groups import Group, affecting, joined
from affineur.core.concerns import ApprovedFile, Concern, Known, Level, Source
from affineur.core.errors import BadInput
from affineur.core.names import ProjectName
from affineur.core.permissions import Actor, Permission, require
from affineur.services import feeds as feed_service
from affineur.services.gear import Gear
from affineur.store import advisories, blocks, changes, concern_facts, waivers
from affineur.store import concerns as store
from affineur.store.concern_facts import Uses
from affineur.store.concerns import Place, Progress, Standing, Which

_LOG = logging.getLogger(__name__)
MOST = 500
USED_FOR = timedelta(days=30)
_AGAIN = timedelta(hours=1)
_AT_ONCE = 100
_DUE_AT_ONCE = 10
_LAST = "~"
"""Behind every name."""
_Found = tuple[int, ProjectName, Concern, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Ask:
    """Which concerns somebody wants to see; what is None or empty is any."""

    feed: str = ""
    level: Level | None = None
    source: Source | None = None
    project: str = ""
    only_news: bool = False
    with_waived: bool = False
    by_use: bool = False
    after: Place | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Overview:
    """How much there is, and how far it was looked at."""

    counts: Mapping[tuple[Level, Source], int]
    progress: Progress | None

    def of_level(self, level: Level) -> int:
        """Count those of a level."""
        return sum(count for (one, _), count in self.counts.items() if one is level)

    def of_source(self, source: Source) -> int:
        """Count those of a source."""
        return sum(count for (_, one), count in self.counts.items() if one == source)

    @property
    def is_whole(self) -> bool:
        """Whether everything that stands was looked at once."""
        return self.progress is not None and self.progress.cursor is None


def standing(gear: Gear, actor: Actor, asked: Ask) -> tuple[Standing, ...]:
    """List what speaks against something approved in the feeds that the actor reads."""
    which = _which(gear, actor, asked)
    with gear.db.reading() as conn:
        return store.page(conn, which, gear.clock.now())


def overview(gear: Gear, actor: Actor, asked: Ask) -> Overview:
    """Count what speaks against something approved in the feeds that the actor reads."""
    which = _which(gear, actor, asked)
    with gear.db.reading() as conn:
        return Overview(store.counts(conn, which, gear.clock.now()), store.progress(conn))


def write_place(place: Place) -> str:
    """Write down where a list goes on, for a URL."""
    return ".".join(map(str, place))


def read_place(text: str) -> Place | None:
    """Read where a list goes on; raise `BadInput` when it is no such place."""
    if not text:
        return None
    parts = text.split(".")
    if len(parts) != 3 or not all(map(_is_number, parts)):
        raise BadInput(f"{text[:40]!r} is no place in the list.", hint="Begin at its first page.")
    return int(parts[0]), int(parts[1]), int(parts[2])


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


async def follow(gear: Gear, _key: str) -> None:
    """Look again at all that is due; doing it twice does no harm."""
    await asyncio.to_thread(_follow, gear)


def follow_parked(_gear: Gear, _key: str, error: str) -> None:
    """Say that it kept failing."""
    _LOG.error("Looking at what speaks against approved releases kept failing: %s", error)


def _which(gear: Gear, actor: Actor, asked: Ask) -> Which:
    if not 1 <= asked.limit <= MOST:
        raise BadInput(f"Ask for 1 to {MOST} concerns.")
    readable = feed_service.visible(gear, actor)
    if not readable:
        require(actor, Permission.FEED_READ)
    feeds = {one.id: one.name for one in readable if asked.feed in ("", one.name)}
    return Which(
        feeds,
        asked.level,
        asked.source,
        asked.project.strip().lower(),
        asked.only_news,
        asked.with_waived,
        asked.by_use,
        asked.after,
        asked.limit,
    )


# --- following what changes --------------------------------------------------------------


def _follow(gear: Gear) -> None:
    """Look at some projects, then write down what was found: other writers wait for that alone.

    What changes meanwhile is in the changes that follow, and is looked at once more.
    """
    now = gear.clock.now()
    with gear.db.reading() as conn:
        state = store.progress(conn) or Progress(changes.latest(conn), _LAST, cursor="")
    while state.cursor is not None:
        with gear.db.reading() as conn:
            some = store.listed_after(conn, state.cursor, _AT_ONCE)
            found = tuple(_found(conn, now, some))
        state = replace(state, cursor=some[-1] if some else None)
        with gear.db.writing() as conn:
            store.replace(conn, some, found)
            store.note(conn, now, state)
    state = _follow_pages(gear, state, now)
    _follow_news(gear, now)
    if state.counted_at is None or state.counted_at + _AGAIN <= now:
        _count_uses(gear, now)
        state = replace(state, counted_at=now)
    with gear.db.writing() as conn:
        store.note(conn, now, state)


def _follow_pages(gear: Gear, state: Progress, now: datetime) -> Progress:
    """Look at projects whose pages changed."""
    while True:
        with gear.db.reading() as conn:
            changed = store.changed_after(conn, (state.seq, state.name), _AT_ONCE)
            some = [project for _, project in changed]
            found = tuple(_found(conn, now, some))
        if not changed:
            return state
        state = replace(state, seq=changed[-1][0], name=changed[-1][1])
        with gear.db.writing() as conn:
            store.replace(conn, some, found)
            store.note(conn, now, state)


def _follow_news(gear: Gear, now: datetime) -> None:
    """Look at projects of which something else became known.

    A mark must not be taken back for what was looked at before it, so few are looked at at once,
    while nobody else writes.
    """
    while True:
        with gear.db.reading() as conn:
            if not store.due(conn, 1):
                return
        with gear.db.writing() as conn:
            some = store.due(conn, _DUE_AT_ONCE)
            store.replace(conn, some, _found(conn, now, some))
            store.settle(conn, some)


def _count_uses(gear: Gear, now: datetime) -> None:
    """Count how much what something speaks against is used."""
    since = _since(now)
    name = ""
    while True:
        with gear.db.reading() as conn:
            some = store.concerned_after(conn, name, _AT_ONCE)
            uses = concern_facts.uses(conn, some, since)
            kept = store.versions_of(conn, some)
        if not some:
            return
        name = some[-1]
        _recount(gear, [(one[0], one[3:], _used(uses, one[1], one[2])) for one in kept])


def _recount(gear: Gear, counted: Sequence[tuple[int, tuple[int, int], tuple[int, int]]]) -> None:
    """Keep what was counted, where it was otherwise before: number, before, now."""
    other = [(number, now_is) for number, was, now_is in counted if was != now_is]
    if other:
        with gear.db.writing() as conn:
            for number, used in other:
                store.recount(conn, number, *used)


def _found(conn: Connection, now: datetime, projects: Collection[ProjectName]) -> Iterator[_Found]:
    approved = concern_facts.approved(conn, projects)
    digests = {one.sha256 for files in approved.values() for one in files}
    assessed = concern_facts.weighty(conn, digests)
    changed = concern_facts.changed(conn, digests)
    told = concern_facts.with_advisories(conn, projects)
    quarantined = concern_facts.quarantined(conn, projects)
    uses = concern_facts.uses(conn, projects, _since(now))
    for (project, feed_id), listed in approved.items():
        standing_blocks = blocks.current(conn, project)
        files = [
            one
            for one in listed
            if not any(b.target.covers(one.version, one.sha256) for b in standing_blocks)
        ]
        known = Known(
            groups=_groups(conn, project, files) if project in told else {},
            assessments=assessed,
            waivers=waivers.of_project(conn, feed_id, project) if assessed else (),
            quarantined=quarantined.get(project),
            changed=changed,
        )
        for one in core.concerns(project, files, known, now):
            yield feed_id, project, one, _used(uses, project, one.versions)


def _groups(
    conn: Connection, project: ProjectName, files: Sequence[ApprovedFile]
) -> dict[Version, tuple[Group, ...]]:
    sets = joined(advisories.known_to(conn, project).known)
    return {
        version: affecting(sets, project, version) for version in {one.version for one in files}
    }


def _used(
    uses: Mapping[tuple[ProjectName, Version], Uses],
    project: ProjectName,
    versions: Sequence[Version],
) -> tuple[int, int]:
    some = [uses[project, version] for version in versions if (project, version) in uses]
    return sum(one.count for one in some), len({who for one in some for who in one.takers})


def _since(now: datetime) -> str:
    return (now - USED_FOR).date().isoformat()
