"""Promotion by hand: list a release's reviewed files in another feed, as exact bytes.

Into a feed that has a source, only what was vetted and is not denied may be promoted; there
is no way round vetting. Between feeds of own packages it needs the rights alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from packaging.version import Version
from sqlalchemy import Connection

from affineur.core.errors import Conflict, NotFound
from affineur.core.events import Event
from affineur.core.feeds import Feed
from affineur.core.findings import Fact, Verdict
from affineur.core.names import FeedName, ProjectName
from affineur.core.pages import Entry
from affineur.core.permissions import Actor, Permission, no_such_feed, require
from affineur.core.requests import (
    Decision,
    Item,
    ItemState,
    Release,
    RequestFile,
    RequestState,
)
from affineur.services import judging, origin_news, prefetch, serve
from affineur.services.gear import Gear
from affineur.store import approved, audit, changes, listings, requests
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
        kept = {} if target.source is None else _vetted(conn, gear, target, order, entries)
        digests = tuple(one.file.sha256 for one in entries if one.file.sha256 is not None)
        decision = Decision(
            0, RequestState.APPROVED, order.comment.strip(), actor.name, now, digests
        )
        decision_id = requests.add_decision(conn, None, decision, kept)
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


def _vetted(
    conn: Connection, gear: Gear, target: Feed, order: Promotion, entries: list[Entry]
) -> Mapping[str, Any]:  # Any: JSON
    """Give the evidence that a release was vetted and is not denied, or raise `Conflict`."""
    files = tuple(
        RequestFile(one.file.filename, one.file.sha256, uploaded_at=one.file.uploaded_at)
        for one in entries
        if one.file.sha256 is not None
    )
    known = approved.latest(conn, [one.sha256 for one in files])
    for one in files:
        if one.sha256 not in known:
            raise Conflict(
                f"{one.filename.text} was never vetted, so it cannot be promoted to "
                f"'{target.name}'.",
                hint=f"Ask for it, and approve the request: affineur request "
                f"'{order.project}=={order.version}'",
            )
    release = Release(order.project, order.version, files)
    vetted = Item(0, release, ItemState.VETTED, assessments=tuple(known.values()))
    judged = judging.judged(conn, gear, target, vetted)
    if judged.verdict is Verdict.DENY:
        raise Conflict(
            f"{order.project}=={order.version} is denied by the policy: {judged.reasons[0]}."
        )
    return judging.evidence(conn, gear, target, [judged])
