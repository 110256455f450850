"""From what is asked for to its closure: the job that follows `requests.create`.

The resolver reads the source feed as any client does, with a token that can do only that.
What it names is then looked up on the source's pages again: a file that is withheld there,
or has other bytes than a lock file says, is never put on a request.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import partial

from packaging.version import Version
from sqlalchemy import Connection

from affineur.core.blocks import Block
from affineur.core.errors import (
    BadInput,
    NotFound,
    ResolutionFailed,
)
from affineur.core.events import Event
from affineur.core.feeds import Feed, may_leave_the_house
from affineur.core.findings import Fact
from affineur.core.names import FeedName, ProjectName
from affineur.core.pages import Page, Rule, Show, Withholding
from affineur.core.ports import IndexAccess
from affineur.core.requests import Closure, Release, Request, RequestFile, RequestState
from affineur.core.selection import Selection
from affineur.services import approval, cache, serve, settling
from affineur.services.access import issue_resolver_token
from affineur.services.gear import Gear
from affineur.services.metadata import read_held, static_requirements
from affineur.services.snapshots import SYSTEM
from affineur.store import audit, blocks, jobs, listings, notes, requests
from affineur.store import feeds as feed_store

VET = "vet-item"
"""The kind of job that vets one release of a request; its key is the item's number."""

_MOST_RELEASES = 2000


@dataclass(frozen=True, slots=True)
class _Choice:
    """Which files of each release go on the request."""

    source: FeedName
    selection: Selection
    is_lock: bool
    """Only what the lock file names is asked for."""


async def resolve_request(gear: Gear, key: str) -> None:
    """Find the closure of a request and send its releases to vetting; idempotent."""
    found = await gear.db.read(_waiting, int(key))
    if found is None:
        return
    request, feed = found
    try:
        closure = await _closure(gear, request, feed)
    except (BadInput, ResolutionFailed) as error:
        told = f"{error.message} {error.hint}".strip()
        await gear.db.write(_fail, gear, request, told)
        return
    await gear.db.write(_record, gear, request, closure)


def resolution_parked(gear: Gear, key: str, error: str) -> None:
    """Say that a request could not be resolved although it was tried again and again."""
    with gear.db.writing() as conn:
        found = _waiting(conn, int(key))
        if found is not None:
            _fail(conn, gear, found[0], f"Resolving kept failing: {error}")


def _waiting(conn: Connection, request_id: int) -> tuple[Request, Feed] | None:
    request = requests.load(conn, request_id)
    if request is None or request.state is not RequestState.RESOLVING:
        return None
    feed = feed_store.load(conn, request.feed)
    return (request, feed) if feed is not None else None


async def _closure(gear: Gear, request: Request, feed: Feed) -> Closure:
    if feed.source is None:
        raise ResolutionFailed(f"'{feed.name}' has no source that could be asked.")
    lifetime_s = gear.settings.resolve_timeout_s + 60
    access = IndexAccess(
        gear.index_url(feed.source),
        issue_resolver_token(gear, feed.source, lifetime_s),
    )
    look = partial(stated_requirements, gear, feed.source)
    approved = await gear.db.read(_approved, feed)
    closure = await gear.resolve.resolve(request.ask, access, look, approved)
    if len(closure.releases) > _MOST_RELEASES:
        raise ResolutionFailed(
            f"The closure has {len(closure.releases)} releases, more than {_MOST_RELEASES}."
        )
    choice = _Choice(
        feed.source,
        gear.selection,
        is_lock=request.ask.is_lock,
    )
    known = [await _chosen(gear, choice, release) for release in closure.releases]
    return Closure(tuple(known), closure.notes)


def _approved(conn: Connection, feed: Feed) -> tuple[tuple[ProjectName, Version], ...]:
    """List what is approved and not blocked: it is asked for again only when it does not do."""
    standing: dict[ProjectName, list[Block]] = {}
    for block in blocks.current(conn):
        standing.setdefault(block.project, []).append(block)
    return tuple(
        (project, version)
        for project, version in listings.releases(conn, feed.id)
        if not any(one.covers_release(project, version) for one in standing.get(project, ()))
    )


async def _chosen(gear: Gear, choice: _Choice, release: Release) -> Release:
    """Choose the files of a release to ask for: what a lock names, or else all wanted ones."""
    page = await _source_page(gear, choice.source, release)
    named = {file.filename.text: _on_page(page, file) for file in release.files}
    if not choice.is_lock:
        named |= {
            entry.file.filename.text: RequestFile(
                entry.file.filename,
                entry.file.sha256,
                entry.file.size_bytes,
                entry.file.known_since,
            )
            for entry in page.served
            if entry.file.filename.version == release.version and entry.file.sha256 is not None
        }
    wanted = choice.selection.of([file.filename for file in named.values()])
    if not wanted:
        raise ResolutionFailed(f"{release.project} {release.version} has no file to ask for.")
    return replace(release, files=tuple(named[name.text] for name in wanted))


async def _source_page(gear: Gear, source: FeedName, release: Release) -> Page:
    owners = await gear.db.read(feed_store.owners, release.project)
    if not may_leave_the_house(owners):
        raise ResolutionFailed(
            f"The closure needs '{release.project}', which belongs to feed '{owners[0]}' and is "
            "never looked up outside."
        )
    try:
        return await serve.page_for_server(gear, source, release.project)
    except NotFound as error:
        raise ResolutionFailed(error.message) from error


async def stated_requirements(
    gear: Gear, feed: FeedName, file: RequestFile
) -> tuple[str, ...] | None:
    """Read what an sdist states as its requirements; None when only its code could tell."""
    page = await serve.page_for_server(gear, feed, file.filename.project)
    entry = page.find(file.filename.text)
    if entry is None or entry.withheld:
        return None
    if entry.origin.connector_id is not None:
        await cache.hold(gear, entry.origin.connector_id, entry.file)
    held = await asyncio.to_thread(read_held, gear, gear.vetting.reader, entry.file)
    if held is None or held.metadata_sha256 is None:
        return None
    return static_requirements(await asyncio.to_thread(gear.blobs.read, held.metadata_sha256))


def _on_page(page: Page, file: RequestFile) -> RequestFile:
    entry = page.find(file.filename.text)
    if entry is None:
        raise ResolutionFailed(f"{file.filename.text} is not in the source feed.")
    if entry.withheld is not None and not _is_vetted_all_the_same(entry.withheld):
        raise ResolutionFailed(f"{file.filename.text} is withheld: {entry.withheld.reason}")
    if entry.file.sha256 != file.sha256:
        raise ResolutionFailed(
            f"{file.filename.text} has sha256 {entry.file.sha256} in the source feed, not "
            f"{file.sha256} as asked for."
        )
    size = entry.file.size_bytes or file.size_bytes
    return RequestFile(file.filename, file.sha256, size, entry.file.known_since)


def _record(conn: Connection, gear: Gear, request: Request, closure: Closure) -> None:
    """Put what is not approved yet on the request; when nothing is left, it is approved."""
    now = gear.clock.now()
    feed = feed_store.load(conn, request.feed)
    if feed is None or _waiting(conn, request.id) is None:
        return
    every = [file.sha256 for release in closure.releases for file in release.files]
    approved = listings.listed_digests(conn, feed.id, every)
    missing = [
        replace(release, files=new)
        for release in closure.releases
        if (new := tuple(one for one in release.files if one.sha256 not in approved))
    ]
    before = _already(closure, missing)
    requests.add_notes(conn, request.id, [*closure.notes, *_told(before)])
    notes.keep_approved_before(conn, request.id, before)
    if not missing and not request.is_draft:
        settling.nothing_new(conn, gear, request)
        return
    for release in missing:
        item_id = requests.add_item(conn, request.id, release)
        jobs.enqueue(conn, now, VET, str(item_id))
    loaded = requests.load(conn, request.id) or request
    facts: dict[str, Fact] = {"items": [f"{r.project}=={r.version}" for r in missing]}
    approval.move(conn, gear, SYSTEM, loaded, RequestState.VETTING, facts)


def _already(closure: Closure, missing: list[Release]) -> list[tuple[ProjectName, Version]]:
    """List what of a closure is approved with all the files that would be asked for."""
    new = {(release.project, release.version) for release in missing}
    every = {(release.project, release.version) for release in closure.releases}
    return sorted(every - new)


def _told(before: list[tuple[ProjectName, Version]]) -> list[str]:
    names = sorted(f"{project} {version}" for project, version in before)
    return [f"Approved before: {', '.join(names)}."] if names else []


def _fail(conn: Connection, gear: Gear, request: Request, told: str) -> None:
    now = gear.clock.now()
    step = (RequestState.RESOLVING, RequestState.FAILED)
    if not requests.move(conn, now, request.id, step):
        return
    requests.add_notes(conn, request.id, [told])
    event = Event(
        approval.event_of(request, RequestState.FAILED),
        f"request:{request.id}",
        before={"state": str(step[0])},
        after={"state": str(step[1]), "why": told[:1000]},
    )
    audit.record(conn, now, SYSTEM, event)


def _is_vetted_all_the_same(withheld: Withholding) -> bool:
    """Whether a person is to read in the request why not: known malware is denied there."""
    return withheld.rule is Rule.MALWARE and withheld.show is Show.EXPLAIN
