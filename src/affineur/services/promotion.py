"""Promotion by hand: list a release's reviewed files in another feed, as exact bytes.

Into a feed that has a source, only what was vetted and is not denied may be promoted; there
is no way round vetting. Between feeds of own packages it needs the rights alone.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from packaging.version import Version
from sqlalchemy import Connection

from affineur.core.errors import Conflict, NotFound
from affineur.core.events import Event
from affineur.core.feeds import Feed
from affineur.core.findings import Fact, Verdict
from affineur.core.names import FeedName, ProjectName
from affineur.core.pages import Entry
from affineur.core.permissions import Actor, Permission, no_such_feed, require
from affineur.core.requests import Decision, Release, RequestFile, RequestState
from affineur.services import judging, origin_news, prefetch, serve
from affineur.services.gear import Gear
from affineur.store import assessments, audit, changes, listings, requests
from affineur.store import feeds as feed_store
from affineur.store.listings import NewListing


@dataclass(frozen=True, slots=True)
class Promotion:
    """Which release goes from where to where, and the comment that is kept with it."""

    project: ProjectName
    version: Version
    source: FeedName
    target: FeedName
    comment: str = ""


async def promote(gear: Gear, actor: Actor, order: Promotion) -> Decision:
    """List what the source serves of a release in the target; all of it or nothing."""
    require(actor, Permission.PROMOTE, order.target)
    page = await serve.page(gear, replace(actor, wants_fresh=True), order.source, order.project)
    entries = [one for one in page.served if one.file.filename.version == order.version]
    if not entries:
        raise NotFound(
            f"'{order.source}' serves no file of {order.project} {order.version}.",
            hint=f"See: affineur why {order.project}=={order.version} --feed {order.source}",
        )
    for entry in entries:
        await prefetch.hold(gear, entry)
    return await asyncio.to_thread(_promote, gear, actor, order, entries)


def _promote(gear: Gear, actor: Actor, order: Promotion, entries: list[Entry]) -> Decision:
    now = gear.clock.now()
    with gear.db.writing() as conn:
        target = _load(conn, order.target)
        source = _load(conn, order.source)
        _refuse_foreign(conn, order, target)
        if target.source is not None:
            _refuse_unvetted(conn, gear, target, entries)
        digests = tuple(one.file.sha256 for one in entries if one.file.sha256 is not None)
        decision = Decision(
            0, RequestState.APPROVED, order.comment.strip(), actor.name, now, digests
        )
        decision_id = requests.add_decision(conn, None, decision, {})
        new = [_listing(one, source, decision_id) for one in entries]
        prefetch.require(conn, gear, [(one.filename, one.sha256) for one in new])
        added = listings.add(conn, now, actor.name, target.id, new)
        changes.pages_changed(conn, [one.filename.project for one in added])
        files: dict[str, Fact] = {one.filename.text: one.sha256 for one in added}
        after: dict[str, Fact] = {
            "files": files,
            "from": source.name,
            "decision": decision_id,
            "comment": decision.comment,
            "yanked": {one.filename.text: one.yanked for one in added if one.yanked is not None},
        }
        event = Event("listing.added", f"feed:{target.name}", after=after, digests=digests)
        audit.record(conn, now, actor, event)
        origin_news.follow_yanks(conn, now, actor, [order.project])
    return decision


def _load(conn: Connection, name: FeedName) -> Feed:
    feed = feed_store.load(conn, name)
    if feed is None:
        raise no_such_feed(name)
    return feed


def _listing(entry: Entry, source: Feed, decision_id: int) -> NewListing:
    if entry.file.sha256 is None:
        raise Conflict(f"{entry.file.filename.text} has no digest.")
    return NewListing(
        entry.file.filename,
        entry.file.sha256,
        entry.file.known_since,
        from_feed_id=source.id,
        decision_id=decision_id,
        yanked=entry.file.yanked,
    )


def _refuse_foreign(conn: Connection, order: Promotion, target: Feed) -> None:
    """Take a name that another feed owns from that feed only (first owner wins)."""
    owners = feed_store.owners(conn, order.project)
    if owners and not {order.source, target.name} & set(owners):
        raise Conflict(
            f"'{order.project}' belongs to feed '{owners[0]}'; it is not promoted from "
            f"'{order.source}'."
        )


def _refuse_unvetted(conn: Connection, gear: Gear, target: Feed, entries: list[Entry]) -> None:
    for entry in entries:
        name = entry.file.filename
        found = assessments.latest(conn, entry.file.sha256) if entry.file.sha256 else None
        if found is None:
            raise Conflict(
                f"{name.text} was never vetted, so it cannot be promoted to '{target.name}'.",
                hint=f"Ask for it, and approve the request: affineur request "
                f"'{name.project}=={name.version}'",
            )
        file = RequestFile(name, found.sha256, uploaded_at=entry.file.uploaded_at)
        release = Release(name.project, name.version, (file,))
        answer = judging.judge(conn, gear, target, release, [found])
        if answer.verdict is Verdict.DENY:
            raise Conflict(f"{name.text} is denied by the policy: {answer.reasons[0].text}.")
