"""What external indexes say later of what was taken from them: news, as it comes.

A page is kept together with what follows from it: yanks hold for what was promoted, and a
project that is quarantined while files of it are approved is an incident. What was approved
stays served (decision 0012); whoever may block decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection

from affineur.core.events import Event
from affineur.core.findings import Fact
from affineur.core.names import ProjectName
from affineur.core.permissions import Actor
from affineur.store import audit, changes, sights, snapshots
from affineur.store import yanks as listings
from affineur.store.snapshots import Key, Snapshot
from affineur.store.yanks import Standing


def keep(conn: Connection, actor: Actor, key: Key, new: Snapshot) -> bool:
    """Keep a page with what follows from it; return whether it says anything else than before."""
    was_quarantined = snapshots.facts_of(conn, key).is_quarantined
    if not snapshots.keep(conn, key, new):
        return False
    follow_yanks(conn, new.fetched_at, actor, [key.project])
    if new.facts.is_quarantined and not was_quarantined:
        _tell_of_quarantine(conn, actor, key, new)
    return True


def follow_yanks(
    conn: Connection, now: datetime, actor: Actor, projects: Iterable[ProjectName]
) -> None:
    """Let what external indexes say of yanks now hold for what was taken from them.

    A file that none of them lists any more stays as it was last told.
    """
    for project in sorted(set(projects)):
        listed = [one for one in listings.standing(conn, project) if _follows(one)]
        told = listings.told(conn, project) if listed else {}
        news = {
            one: told[one.filename, one.sha256]
            for one in listed
            if told.get((one.filename, one.sha256), one.yanked) != one.yanked
        }
        for one, reason in news.items():
            listings.yank(conn, now, [one], reason, is_own_saying=False)
        record_yanks(conn, now, actor, news)


def record_yanks(
    conn: Connection,
    now: datetime,
    actor: Actor,
    news: Mapping[Standing, str | None],
    why: str = "",
) -> None:
    """Record what became of each feed's files, with their pages' change."""
    for feed in sorted({one.feed for one in news}):
        here = {one: reason for one, reason in news.items() if one.feed == feed}
        before: dict[str, Fact] = {one.filename: one.yanked for one in here}
        after: dict[str, Fact] = {one.filename: reason for one, reason in here.items()}
        facts: dict[str, Fact] = {"yanked": after} | ({"reason": why} if why else {})
        is_yank = any(reason is not None for reason in here.values())
        action = "listing.yanked" if is_yank else "listing.unyanked"
        digests = tuple(one.sha256 for one in here)
        event = Event(action, f"feed:{feed}", {"yanked": before}, facts, digests)
        audit.record(conn, now, actor, event)
    changes.pages_changed(conn, {one.project for one in news})


def _follows(one: Standing) -> bool:
    return not one.is_upload and not one.is_own_saying


def _tell_of_quarantine(conn: Connection, actor: Actor, key: Key, new: Snapshot) -> None:
    taken = [one for one in listings.standing(conn, key.project) if not one.is_upload]
    if not taken:
        return
    feeds = ", ".join(sorted({one.feed for one in taken}))
    now, reason = new.fetched_at, new.facts.status_reason
    why = f": {reason}" if reason else ""
    what = (
        f"{key.project} is quarantined by its index{why}. {len(taken)} of its files are listed "
        f"in: {feeds}. They are served until somebody blocks it: affineur block {key.project}"
    )
    sights.record_incident(conn, now, "quarantined-upstream", key.project, what)
    digests = tuple(sorted({one.sha256 for one in taken}))
    after: dict[str, Fact] = {"connector": key.connector_id, "reason": reason}
    event = Event("incident.quarantined-upstream", f"project:{key.project}", None, after, digests)
    audit.record(conn, now, actor, event)
