"""Vetting on demand: what the server would say of a release, or of a file that it is shown.

Nothing is decided and nothing listed. What is said of a release is kept by digest, so that a
request for it afterwards is vetted at once. A file that is shown is looked up nowhere: its name
may be the house's own, which no index outside is to learn.
"""

from __future__ import annotations

import asyncio

from packaging.version import Version
from sqlalchemy import Connection

from affineur.core.errors import Conflict, NotFound
from affineur.core.feeds import Feed
from affineur.core.files import Filename, IndexFile
from affineur.core.findings import Assessment
from affineur.core.names import FeedName, ProjectName
from affineur.core.pages import Page
from affineur.core.permissions import Actor, Permission, no_such_feed, require
from affineur.core.ports import Staged
from affineur.core.requests import Release, RequestFile
from affineur.core.vetted import Vetted
from affineur.core.vetting import assess
from affineur.services import judging, serve, subjects
from affineur.services.feeds import ask_feed
from affineur.services.gear import Gear
from affineur.services.vetting import assess_release
from affineur.store import feeds as feed_store


async def vet_release(
    gear: Gear, actor: Actor, feed: FeedName, project: ProjectName, version: Version
) -> tuple[Vetted, ...]:
    """Vet the files of a release that would be asked for through this feed.

    Raise `NotFound` when the feed's source has no such release.
    """
    target = await gear.db.read(_target, actor, feed)
    if target.source is None:
        raise Conflict(f"'{target.name}' has no source that could be asked.")
    page = await serve.page_for_server(gear, target.source, project)
    release = Release(project, version, _wanted(gear, page, version))
    assessments = await assess_release(gear, target, page, release)
    told = zip(release.files, assessments, strict=True)
    return tuple([await asyncio.to_thread(_judged, gear, target, *one) for one in told])


def receive(gear: Gear, actor: Actor, feed: FeedName, size_bytes: int) -> Staged:
    """Let somebody begin to show a file: permission first, then somewhere to write the bytes."""
    with gear.db.reading() as conn:
        _target(conn, actor, feed)
    staged = gear.blobs.stage()
    staged.reserve(size_bytes)
    return staged


def vet_shown(gear: Gear, feed: FeedName, staged: Staged, filename: Filename) -> Vetted:
    """Vet a file that was shown; its bytes are thrown away by whoever received them. Blocking."""
    with gear.db.reading() as conn:
        target = _load(conn, feed)
    file = RequestFile(filename, staged.sha256(), staged.size_bytes)
    subject = subjects.gather_shown(gear, file, staged.path)
    return _judged(gear, target, file, assess(gear.vetting.checks, subject))


def _target(conn: Connection, actor: Actor, feed: FeedName) -> Feed:
    require(actor, Permission.REQUEST_CREATE, feed)
    return _load(conn, feed)


def _load(conn: Connection, feed: FeedName) -> Feed:
    found = feed_store.load(conn, feed)
    if found is None:
        raise no_such_feed(feed)
    return ask_feed(conn, found)


def _wanted(gear: Gear, page: Page, version: Version) -> tuple[RequestFile, ...]:
    found = {
        entry.file.filename: entry.file
        for entry in page.entries
        if entry.file.filename.version == version and entry.file.sha256 is not None
    }
    if not found:
        raise NotFound(f"There is no {page.project}=={version} to be vetted.")
    return tuple(_file(found[one]) for one in gear.selection.of(list(found)))


def _file(file: IndexFile) -> RequestFile:
    if file.sha256 is None:  # cannot be: those were left out
        raise NotFound(f"{file.filename.text} has no digest.")
    return RequestFile(file.filename, file.sha256, file.size_bytes, file.uploaded_at)


def _judged(gear: Gear, feed: Feed, file: RequestFile, assessment: Assessment) -> Vetted:
    release = Release(file.filename.project, file.filename.version, (file,))
    with gear.db.reading() as conn:
        answer = judging.judge(conn, gear, feed, release, [assessment])
    reasons = tuple(str(reason) for reason in answer.reasons)
    return Vetted(file, assessment, answer.verdict, reasons)
