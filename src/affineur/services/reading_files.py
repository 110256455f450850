"""Reading in a file that stands in a feed: which members it has, and what stands in one.

Whoever may download a file may read in it, by the same door: the page of its project. In what is
blocked, whoever may block reads on, as long as it is here: on the day of an attack it is evidence.
Nothing is unpacked and nothing is sent as it is; a child process with limits gives lines or first
bytes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import product

from packaging.version import Version
from sqlalchemy import Connection

from affineur.core.archives import ArchiveReport, Member
from affineur.core.errors import Conflict, DomainError, NotFound, Refused, Unavailable
from affineur.core.files import Filename
from affineur.core.findings import Assessment, Finding
from affineur.core.member_views import MemberView, Window
from affineur.core.names import FeedName, ProjectName, Sha256
from affineur.core.pages import Entry, Rule
from affineur.core.permissions import Actor, Permission
from affineur.core.requests import RequestFile
from affineur.core.subjects import NotAssessable
from affineur.services import cache, prefetch, reports, serve
from affineur.services.feeds import ask_feed, judging_feed, require_readable
from affineur.services.gear import Gear
from affineur.store import assessments, listings, releases

_BLOCKED = frozenset({Rule.BLOCK, Rule.MALWARE})


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file of a release, as somebody names it."""

    feed: FeedName
    project: ProjectName
    version: Version
    sha256: Sha256


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that may be read in, with what was read in it before."""

    filename: Filename
    sha256: Sha256
    size_bytes: int
    report: ArchiveReport
    assessment: Assessment | None
    """The latest; None when it was never vetted, or the actor may not read what vetting says."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Give what vetting found in its members."""
        found = self.assessment.findings if self.assessment else ()
        return tuple(one for one in found if one.where is not None)


@dataclass(frozen=True, slots=True)
class ReadMember:
    """One member of a file, and some of what stands in it."""

    file: Opened
    path: str
    member: Member
    view: MemberView

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Give what vetting found in it, by line; what speaks of the whole file comes first."""
        mine = [one for one in self.file.findings if one.where and one.where.file == self.path]
        return tuple(sorted(mine, key=lambda one: (one.where and one.where.line) or 0))


class NotHeld(Conflict):
    """The bytes of a file that may be downloaded are not here yet."""

    code = "not-held"


async def open_file(gear: Gear, actor: Actor, wanted: Wanted) -> Opened:
    """Open a held file that the actor may download; raise `NotHeld` when it must be fetched."""
    entry = await _entry(gear, actor, wanted)
    if entry.origin.connector_id is not None:
        cache.used(gear, wanted.sha256)
    return await asyncio.to_thread(_opened, gear, actor, wanted, entry)


async def fetch(gear: Gear, actor: Actor, wanted: Wanted) -> None:
    """Fetch a file that the actor may download, and read which members it has."""
    entry = await _entry(gear, actor, wanted)
    await prefetch.bring(gear, entry)
    await asyncio.to_thread(_report, gear, entry)


async def read(
    gear: Gear, actor: Actor, wanted: Wanted, path: str, window: Window | None = None
) -> ReadMember:
    """Read in one member, whose name must be exactly as the archive has it."""
    return await read_in(gear, await open_file(gear, actor, wanted), path, window)


async def read_in(
    gear: Gear, opened: Opened, path: str, window: Window | None = None
) -> ReadMember:
    """Read in one member of a file that was opened."""
    member = opened.report.members.get(path)
    if member is None:
        raise NotFound(f"{opened.filename.text} holds no file {path[:200]!r}.")
    if gear.vetting.opener is None:
        raise Unavailable("Nobody can read in archives here.")
    with gear.blobs.as_file(opened.sha256) as held:
        try:
            view = await gear.vetting.opener.view(held, opened.filename, path, window or Window())
        except NotAssessable as error:
            raise Unavailable(f"{path[:200]} cannot be shown: {error.reason}.") from error
    return ReadMember(opened, path, member, view)


async def _entry(gear: Gear, actor: Actor, wanted: Wanted) -> Entry:
    """Find a file among what the feed serves, else its source to whoever may read that."""
    feeds, names = await gear.db.read(_where, actor, wanted)
    if not names:  # nobody has looked at the project yet
        names = tuple({one for feed in feeds for one in await _named(gear, actor, feed, wanted)})
    found: list[Entry] = []
    for feed, name in product(feeds, names):
        with suppress(NotFound):
            entry, _until = await serve.entry_of(gear, actor, feed, (wanted.sha256, name))
            if entry.withheld is None:
                return entry
            found.append(entry)
    evidence = await _evidence(gear, actor, feeds, wanted)
    if evidence is not None:
        return evidence
    if not found or found[0].withheld is None:
        what = f"{wanted.project} {wanted.version}"
        raise NotFound(f"There is no file {wanted.sha256[:12]}… of {what} in '{wanted.feed}'.")
    raise Refused(
        f"{found[0].file.filename.text} is withheld from '{wanted.feed}': "
        f"{found[0].withheld.reason}",
        hint="Only who may download a file may read in it.",
        code=found[0].withheld.rule,
    )


async def _evidence(
    gear: Gear, actor: Actor, feeds: Sequence[FeedName], wanted: Wanted
) -> Entry | None:
    """Find a file that is blocked and held, also when it is hidden, for somebody who may block."""
    if not actor.may(Permission.BLOCK) or not cache.is_held(gear, wanted.sha256):
        return None
    entries = [one for feed in feeds for one in await _meant(gear, actor, feed, wanted)]
    return next((one for one in entries if one.withheld and one.withheld.rule in _BLOCKED), None)


async def _named(gear: Gear, actor: Actor, feed: FeedName, wanted: Wanted) -> tuple[str, ...]:
    """Find the names of the file on the whole page of its project."""
    return tuple(one.file.filename.text for one in await _meant(gear, actor, feed, wanted))


async def _meant(gear: Gear, actor: Actor, feed: FeedName, wanted: Wanted) -> tuple[Entry, ...]:
    try:
        page = await serve.page(gear, actor, feed, wanted.project)
    except NotFound:
        return ()
    meant = (one for one in page.entries if one.file.sha256 == wanted.sha256)
    return tuple(one for one in meant if one.file.filename.version == wanted.version)


def _where(
    conn: Connection, actor: Actor, wanted: Wanted
) -> tuple[tuple[FeedName, ...], tuple[str, ...]]:
    """Say at which feeds a file may be found, and under which names of the release."""
    feeds = _feeds(conn, actor, wanted.feed)
    names = (Filename.parse(one) for one in releases.filenames(conn, wanted.sha256))
    meant = (one for one in names if (one.project, one.version) == (wanted.project, wanted.version))
    return feeds, tuple(one.text for one in meant)


def _feeds(conn: Connection, actor: Actor, name: FeedName) -> tuple[FeedName, ...]:
    asked = require_readable(conn, actor, name)
    with suppress(DomainError):
        source = ask_feed(conn, asked).source
        if source is not None:
            return (asked.name, require_readable(conn, actor, source).name)
    return (asked.name,)


def _opened(gear: Gear, actor: Actor, wanted: Wanted, entry: Entry) -> Opened:
    filename = entry.file.filename
    with gear.db.reading() as conn:
        held = listings.held_file(conn, wanted.sha256)
        is_told = judging_feed(conn, actor, wanted.feed) is not None
        assessment = assessments.latest(conn, wanted.sha256) if is_told else None
    if held is None or not gear.blobs.has(wanted.sha256):
        raise NotHeld(
            f"{filename.text} was not fetched yet.",
            hint="Fetch it first: affineur vet, or the button on its page.",
        )
    report = _report(gear, entry)
    if isinstance(report, NotAssessable):
        raise Unavailable(f"{filename.text} cannot be read: {report.reason}.")
    return Opened(filename, wanted.sha256, held.size_bytes, report, assessment)


def _report(gear: Gear, entry: Entry) -> ArchiveReport | NotAssessable:
    file = entry.file
    if file.sha256 is None:
        return NotAssessable("its index gives no digest for it")
    wanted = RequestFile(file.filename, file.sha256, file.size_bytes, file.uploaded_at)
    return reports.read(gear, wanted)
