"""Vetting: fetch a release's files, let every check look, ask the policy; one job per item.

What cannot be looked at is "could not assess" and meets the policy as such. When the last
item of a request is judged, the request goes on: allowed, denied, or to a person.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from affineur.core.archives import ArchiveReport
from affineur.core.feeds import Feed
from affineur.core.findings import Assessment, Fact
from affineur.core.pages import Page
from affineur.core.requests import (
    Item,
    ItemState,
    Release,
    Request,
    RequestFile,
    RequestState,
)
from affineur.services import (
    judging,
    prefetch,
    previous,
    provenance,
    reports,
    scorecards,
    serve,
    settling,
    siblings,
    subjects,
)
from affineur.services.gear import Gear
from affineur.services.metadata import keep_metadata
from affineur.services.provenance import Told
from affineur.store import feeds as feed_store
from affineur.store import requests


@dataclass(frozen=True, slots=True)
class _Work:
    """One item that waits for vetting."""

    item: Item
    request: Request
    feed: Feed


@dataclass(frozen=True, slots=True)
class _Outside:
    """What others say of a file and of its project."""

    provenance: Told
    scorecard: Mapping[str, Fact] | None


async def vet_item(gear: Gear, key: str) -> None:
    """Vet one item of a request; does nothing when that was done before.

    Raise `DomainError` when a file cannot be had now, so that the job is tried again.
    """
    work = await gear.db.read(_work, int(key))
    if work is None or work.feed.source is None:
        return
    page = await serve.page_for_server(gear, work.feed.source, work.item.release.project)
    assessments = await assess_release(gear, work.feed, page, work.item.release)
    vetted = replace(work.item, state=ItemState.VETTED, assessments=assessments)
    await gear.db.write(_judge, gear, vetted)


async def assess_release(
    gear: Gear, feed: Feed, page: Page, release: Release
) -> tuple[Assessment, ...]:
    """Fetch what is not held of a release, and let every check look at each file.

    `page` is the project in the source, `feed` where an approval would be listed. Raise
    `DomainError` when a file cannot be had now.
    """
    files = release.files
    return tuple([await _assess(gear, feed, page, release, file) for file in files])


def vetting_parked(gear: Gear, key: str, error: str) -> None:
    """Vetting kept failing: the item waits for a person, as one that could not be assessed."""
    with gear.db.writing() as conn:
        work = _work(conn, int(key))
        if work is None:
            return
        note = f"Could not be assessed: {error}"
        _judge(conn, gear, replace(work.item, state=ItemState.PARKED, note=note))


def _work(conn: Connection, item_id: int) -> _Work | None:
    found = requests.load_item(conn, item_id)
    if found is None:
        return None
    item, request = found
    feed = feed_store.load(conn, request.feed)
    is_open = request.state is RequestState.VETTING and item.state is ItemState.WAITING
    return _Work(item, request, feed) if feed is not None and is_open else None


async def _assess(
    gear: Gear, feed: Feed, page: Page, release: Release, file: RequestFile
) -> Assessment:
    entry = page.find(file.filename.text)
    if entry is not None:
        wanted = replace(entry.file, sha256=file.sha256)
        await prefetch.bring(gear, replace(entry, file=wanted))
    beside = await siblings.bring(gear, page, release, file)
    outside = _Outside(
        await provenance.of_vetted(gear, entry, file), await scorecards.of_vetted(gear, file)
    )
    return await asyncio.to_thread(_look, gear, feed, page, (file, *beside), outside)


def _look(
    gear: Gear, feed: Feed, page: Page, files: Sequence[RequestFile], outside: _Outside
) -> Assessment:
    """Look at the first of some files of a release; the others are its siblings."""
    file, *beside = files
    subject = replace(
        subjects.gather(gear, page, file),
        provenance=outside.provenance,
        scorecard=outside.scorecard,
        previous=previous.find(gear, page, feed, file),
        release=siblings.read(gear, beside),
    )
    if gear.blobs.has(file.sha256):
        archive = subject.archive
        body = archive.metadata if isinstance(archive, ArchiveReport) else None
        keep_metadata(gear, file.filename, file.sha256, body)
    return reports.assess_once(gear, subject)


def _judge(conn: Connection, gear: Gear, item: Item) -> None:
    """Ask the policy about an item and record it; with the last one, the request goes on."""
    found = requests.load_item(conn, item.id)
    feed = feed_store.load(conn, found[1].feed) if found is not None else None
    if found is None or feed is None:
        return
    if not requests.judge_item(conn, judging.judged(conn, gear, feed, item)):
        return
    settling.settle(conn, gear, found[1].id)
