"""Asking external indexes again, and keeping what they say.

One question per project and connector is under way at a time; whoever else needs the answer
joins it. An index that just failed is left alone for a moment, so that its silence is paid
for once. A page is kept in one transaction with the digests it shows for the first time and
the incidents of those that changed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from affineur.core.errors import UpstreamTrouble
from affineur.core.events import Event
from affineur.core.files import IndexFile
from affineur.core.permissions import Actor
from affineur.core.ports import Missing, NotModified, Site, UpstreamPage
from affineur.services.gear import Gear
from affineur.store import audit, changes, snapshots
from affineur.store import feeds as feed_store
from affineur.store.snapshots import Key, Snapshot

_LOG = logging.getLogger(__name__)
_REST = timedelta(seconds=5)
"""How long an index that failed is not asked again for the same project."""

SYSTEM = Actor(name="system")
"""Who acts when nobody in particular does."""


async def refresh(gear: Gear, keys: Sequence[Key], wait_s: float) -> UpstreamTrouble | None:
    """Ask for these pages again, waiting so long; return the trouble that one of them met.

    What takes longer goes on behind, and its answer is kept when it comes.
    """
    asked = {task: key for key in keys if (task := _task(gear, key)) is not None}
    late: set[asyncio.Task[None]] = set()
    if asked:
        done, late = await asyncio.wait(asked, timeout=wait_s)
        for task in done:
            task.result()
    troubles = [trouble for key in keys if (trouble := gear.troubles.get(key)) is not None]
    if troubles:
        return troubles[0].error
    for task in late:
        project = asked[task].project
        return UpstreamTrouble(f"The external index has not answered yet about '{project}'.")
    return None


def _task(gear: Gear, key: Key) -> asyncio.Task[None] | None:
    """Join the question under way, or ask; None while the index rests after a failure."""
    name = f"page/{key.connector_id}/{key.project}"
    flying: asyncio.Task[None] | None = gear.flights.get(name)
    if flying is not None:
        return flying
    trouble = gear.troubles.get(key)
    if trouble is not None and trouble.until > gear.clock.now():
        return None
    task: asyncio.Task[None] = asyncio.create_task(_ask(gear, key))
    gear.flights[name] = task
    task.add_done_callback(lambda _done: gear.flights.pop(name, None))
    return task


async def _ask(gear: Gear, key: Key) -> None:
    try:
        site, etag = await gear.db.read(_before, gear, key)
        answer = await gear.upstream.page(site, key.project, etag)
        await gear.db.write(_keep, gear.clock.now(), key, answer)
    except UpstreamTrouble as error:
        _LOG.warning("%s Its last good page is used, if there is one.", error.message)
        gear.troubles.add(key, error, gear.clock.now() + _REST)
    else:
        gear.troubles.forget(key)


def _before(conn: Connection, gear: Gear, key: Key) -> tuple[Site, str | None]:
    site = feed_store.site(conn, key.connector_id, gear.settings)
    return site, snapshots.etag_of(conn, key)


def _keep(
    conn: Connection, now: datetime, key: Key, answer: UpstreamPage | NotModified | Missing
) -> None:
    if isinstance(answer, NotModified):
        snapshots.touch(conn, key, now)
        return
    if isinstance(answer, Missing):
        new = Snapshot(now, is_missing=True, files=())
    else:
        files = _one_each(answer.files)
        new = Snapshot(now, is_missing=False, files=files, facts=answer.facts, etag=answer.etag)
    changed = snapshots.remember(conn, key, new.files, now)
    if snapshots.keep(conn, key, new):
        changes.pages_changed(conn, [key.project])
    if changed:
        event = Event(
            "incident.changed-upstream",
            f"project:{key.project}",
            after={"connector": key.connector_id, "filenames": list(changed)},
        )
        audit.record(conn, now, SYSTEM, event)


def _one_each(files: Sequence[IndexFile]) -> tuple[IndexFile, ...]:
    """Give the first of each filename: a page that names one twice is not asked which it means."""
    first: dict[str, IndexFile] = {}
    for file in files:
        first.setdefault(file.filename.text, file)
    return tuple(first.values())
