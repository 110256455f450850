"""Everything that is known here of one release, for whoever may read its feed.

The files are those of the project's page: there is one door, and nothing outside is asked that
the page does not ask anyway. All else is what was kept: listings and decisions, what vetting and
the policy say, what the release says of itself, advisories, incidents, and who took it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta

from packaging.version import Version
from sqlalchemy import Connection

from affineur.core.advisory_groups import Known, affecting, joined
from affineur.core.blocks import Block
from affineur.core.described import Described, described
from affineur.core.errors import DomainError, NotFound
from affineur.core.feeds import Feed
from affineur.core.findings import Assessment, Verdict
from affineur.core.names import FeedName, ProjectName, Sha256
from affineur.core.pages import Entry, Page
from affineur.core.permissions import Actor, Permission
from affineur.core.releases import PageRelease, latest, releases_of
from affineur.services import release_judging, serve
from affineur.services.feeds import ask_feed, judging_feed, readable, require_readable
from affineur.services.gear import Gear
from affineur.services.release_values import (
    ShownFile,
    ShownProject,
    ShownRelease,
    Use,
    VersionRow,
)
from affineur.store import advisories, approved, blocks, requirements, usage
from affineur.store import feeds as feed_store
from affineur.store import releases as store
from affineur.store.listings import HeldFile
from affineur.store.releases import Asked, Happened, Stay
from affineur.store.usage import Taken

USED_LATELY = timedelta(days=30)
_MOST_VERSIONS = 500


async def show(
    gear: Gear, actor: Actor, feed: FeedName, project: ProjectName, version: Version
) -> ShownRelease:
    """Show a release that a feed serves, or explains why not; raise `NotFound` for any other."""
    page = await serve.page(gear, actor, feed, project)
    release = next((one for one in releases_of(page) if one.version == version), None)
    if release is None:
        raise NotFound(
            f"Nobody knows a release {project} {version} in '{feed}'.",
            hint="Look at the versions that there are on the page of its project.",
        )
    return await asyncio.to_thread(_shown, gear, actor, page, (feed, release))


def _shown(
    gear: Gear, actor: Actor, page: Page, what: tuple[FeedName, PageRelease]
) -> ShownRelease:
    name, release = what
    project, version = page.project, release.version
    digests = [one.file.sha256 for one in release.entries if one.file.sha256 is not None]
    with gear.db.reading() as conn:
        feed = require_readable(conn, actor, name)
        judge = judging_feed(conn, actor, name)
        held = store.held(conn, digests)
        known = approved.latest(conn, digests) if judge else {}
        every = [_file(one, held, known) for one in release.entries]
        files = tuple(sorted(every, key=_of_interest))
        told = advisories.known_to(conn, project)
        sets = joined(told.known)
        readable_feeds = _readable(conn, actor)
        stays = store.stays(conn, project, readable_feeds)
        asked = asked_for(conn, actor, project)
        return ShownRelease(
            feed=feed,
            project=project,
            version=version,
            files=files,
            stays=tuple(one for one in stays if one.version == version),
            asked=tuple(one for one in asked if one.version == str(version)),
            blocks=_blocks(conn, project, version),
            owners=_seen_owners(conn, actor, project),
            judged=release_judging.judged(conn, gear, judge, files) if judge else None,
            may_read_vetting=judge is not None,
            ask_at=_ask_at(conn, actor, feed),
            described=_described(gear, files, held),
            advisories=affecting(sets, project, version),
            advisories_as_of=told.as_of,
            incidents=store.incidents(conn, project) if judge else (),
            use=_use(conn, gear, actor, (project, digests)),
            needed_by=requirements.needed_by(conn, project, readable_feeds),
            versions=versions_of(page, stays, asked, sets),
            project_status=page.status,
        )


async def show_project(
    gear: Gear, actor: Actor, feed: FeedName, project: ProjectName
) -> ShownProject:
    """Show a project with its versions; raise `NotFound` when nobody knows it there."""
    page = await serve.page(gear, actor, feed, project)
    if not page.listed and not page.facts.is_quarantined:
        raise serve.NoProject(feed, project)
    return await asyncio.to_thread(_shown_project, gear, actor, page, feed)


def _shown_project(gear: Gear, actor: Actor, page: Page, name: FeedName) -> ShownProject:
    project = page.project
    with gear.db.reading() as conn:
        feed = require_readable(conn, actor, name)
        told = advisories.known_to(conn, project)
        asked = asked_for(conn, actor, project)
        readable_feeds = _readable(conn, actor)
        stays = store.stays(conn, project, readable_feeds)
        newest = latest(tuple(one for one in releases_of(page) if not _is_withheld(one)))
        files = tuple(_file(one, {}, {}) for one in newest.entries) if newest else ()
        digests = [one.sha256 for one in files if one.sha256]
        return ShownProject(
            feed=feed,
            project=project,
            versions=versions_of(page, stays, asked, joined(told.known)),
            owners=_seen_owners(conn, actor, project),
            blocks=blocks.current(conn, project),
            asked=asked,
            ask_at=_ask_at(conn, actor, feed),
            described=_described(gear, files, store.held(conn, digests)),
            advisories_as_of=told.as_of,
            incidents=_incidents(conn, actor, name, project),
            use=_use(conn, gear, actor, (project, None)),
            needed_by=requirements.needed_by(conn, project, readable_feeds),
            project_status=page.status,
            status_reason=page.facts.status_reason,
        )


def _file(
    entry: Entry, held: Mapping[Sha256, HeldFile], known: Mapping[Sha256, Assessment]
) -> ShownFile:
    sha256 = entry.file.sha256
    assessment = known.get(sha256) if sha256 else None
    return ShownFile(entry.file, entry.origin, entry.withheld, sha256 in held, assessment)


def _of_interest(file: ShownFile) -> tuple[bool, bool, bool, str]:
    """Put what is served and what is known of first."""
    is_unvetted = file.assessment is None
    return file.withheld is not None, is_unvetted, not file.is_held, file.file.filename.text


def _is_withheld(release: PageRelease) -> bool:
    return all(one.withheld is not None for one in release.entries)


def _blocks(conn: Connection, project: ProjectName, version: Version) -> tuple[Block, ...]:
    return tuple(one for one in blocks.current(conn, project) if one.version in {None, version})


def _incidents(
    conn: Connection, actor: Actor, feed: FeedName, project: ProjectName
) -> tuple[Happened, ...]:
    """Give what happened to whoever may read what vetting says."""
    return store.incidents(conn, project) if judging_feed(conn, actor, feed) else ()


def versions_of(
    page: Page,
    stays: Sequence[Stay],
    asked: Sequence[Asked],
    sets: Sequence[Sequence[Known]],
) -> tuple[VersionRow, ...]:
    """Give the versions of a project that a client may know of, the newest first."""
    standing: dict[Version, list[Stay]] = {}
    for stay in stays:
        if stay.ended_at is None:
            standing.setdefault(stay.version, []).append(stay)
    verdicts = {one.version: one.verdict for one in reversed(asked)}
    newest = sorted(releases_of(page), key=lambda one: one.version, reverse=True)
    return tuple(
        _row(one, tuple(standing.get(one.version, ())), verdicts.get(str(one.version)), sets)
        for one in newest[:_MOST_VERSIONS]
    )


def asked_for(conn: Connection, actor: Actor, project: ProjectName) -> tuple[Asked, ...]:
    """Give the requests for a project that the actor may read, the newest first."""
    names = [one.name for one in feed_store.load_all(conn)]
    may = [name for name in names if actor.may(Permission.REQUEST_READ, name)]
    is_own = actor.user_id is not None and actor.scope.covers(Permission.REQUEST_READ, None)
    return store.asked_for(conn, project, may, actor.name if is_own else None)


def _row(
    release: PageRelease,
    stays: tuple[Stay, ...],
    verdict: Verdict | None,
    sets: Sequence[Sequence[Known]],
) -> VersionRow:
    version, files = release.version, [one.file for one in release.entries]
    served = [one for one in release.entries if one.withheld is None]
    return VersionRow(
        version=version,
        uploaded_at=min((one.known_since for one in files if one.known_since), default=None),
        served=len(served),
        withheld=None if served else release.entries[0].withheld,
        is_yanked=bool(served) and all(one.file.yanked is not None for one in served),
        stays=stays,
        verdict=verdict,
        advisories=len(affecting(sets, files[0].filename.project, version)),
    )


def _readable(conn: Connection, actor: Actor) -> list[FeedName]:
    return [one.name for one in feed_store.load_all(conn) if readable(actor, one)]


def _seen_owners(conn: Connection, actor: Actor, project: ProjectName) -> tuple[FeedName, ...]:
    """Give the feeds that own the name, as far as the actor may know of them."""
    may = set(_readable(conn, actor))
    return tuple(one for one in feed_store.owners(conn, project) if one in may)


def _ask_at(conn: Connection, actor: Actor, feed: Feed) -> FeedName | None:
    """Find the feed at which the actor can ask for what this one lacks."""
    asks = [feed, *(one for one in feed_store.load_all(conn) if one.source == feed.name)]
    for one in asks:
        with suppress(DomainError):
            ask_feed(conn, one)
            if actor.may(Permission.REQUEST_CREATE, one.name):
                return one.name
    return None


def _described(
    gear: Gear, files: Sequence[ShownFile], held: Mapping[Sha256, HeldFile]
) -> Described | None:
    """Read the core metadata of a wheel that we hold, else of an sdist."""
    for file in sorted(files, key=lambda one: (not one.file.is_wheel, one.file.filename.text)):
        one = held.get(file.sha256) if file.sha256 else None
        if one is not None and one.metadata_sha256 is not None:
            with suppress(DomainError):
                return described(gear.blobs.read(one.metadata_sha256))
    return None


def _use(
    conn: Connection, gear: Gear, actor: Actor, what: tuple[ProjectName, Sequence[Sha256] | None]
) -> Use:
    project, digests = what
    since = gear.clock.now() - USED_LATELY
    taken = Taken(project, None if digests is None else frozenset(digests), since=since)
    may_see = actor.may(Permission.AUDIT_READ)
    takers = usage.takers(conn, taken, 50) if may_see else None
    return Use(since, usage.downloads_of(conn, taken), takers)
