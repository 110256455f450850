"""A version held against the last approved one: what is new, which files, which lines.

What needs no reading of archives comes at once, from what is kept of both files. Lines are made
when somebody asks for them, for some files at a time. What the actor may not download is not
shown, in no part; what vetting says is shown to whoever may read requests.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace

from packaging.version import Version
from sqlalchemy import Connection

from affineur.core.comparing import Comparison
from affineur.core.differences import Side, Touched, compare_sides, in_order
from affineur.core.errors import Conflict, NotFound, Unavailable
from affineur.core.files import FileKind, Filename
from affineur.core.lines import DiffCaps, Lines, to_count
from affineur.core.margin import Note, notes
from affineur.core.names import FeedName, ProjectName, Sha256
from affineur.core.novelties import Novelties, Vetted, novelties
from affineur.core.pages import Entry
from affineur.core.permissions import Actor
from affineur.core.predecessors import before_it, most_alike
from affineur.core.requests import RequestFile
from affineur.core.subjects import NotAssessable
from affineur.services import differing, prefetch, reports
from affineur.services.feeds import ask_feed, existing, judging_feed
from affineur.services.gear import Gear
from affineur.services.kept_differences import Files, Pair
from affineur.store import assessments, listings, outcomes
from affineur.store.listings import Listed

_COMPARABLE = frozenset({FileKind.SDIST, FileKind.WHEEL})
_MOST_COUNTED = 20_000


@dataclass(frozen=True, slots=True)
class Asked:
    """Which version is looked at, and what it is held against."""

    feed: FeedName
    """The feed through which files are looked for."""
    project: ProjectName
    new: Version
    old: Version | None = None
    """None is the last approved version."""
    filename: str | None = None
    """The file of the new version; None is the one that can best be compared."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One of the two files."""

    sha256: Sha256
    side: Side
    vetted: Vetted | None
    """None when it was never vetted, or the actor may not read what vetting says."""
    listed: Listed | None
    """By whose decision it stands in the feed; None when it was not approved."""

    @property
    def filename(self) -> Filename:
        """Its name."""
        return self.side.filename


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a release."""

    asked: Asked
    old: Compared
    new: Compared
    comparison: Comparison
    files: tuple[Touched, ...]
    """What is not as it was; what matters most stands first."""
    novelties: Novelties
    notes: tuple[Note, ...]
    """What is to be told beside a file, or a line of it."""
    others: tuple[Filename, ...]
    """Every file of the new version that could be compared, this one too."""
    versions: tuple[Version, ...]
    """Every version that it could be held against, the highest first."""

    def path_of(self, member: str) -> str | None:
        """Find a file of the new archive among those that are not as they were."""
        return next((one.path for one in self.files if one.new == member), None)


class NothingBefore(NotFound):
    """Nothing of a project was approved that a version could be held against."""

    code = "nothing-before"

    def __init__(self, asked: Asked, versions: tuple[Version, ...]) -> None:
        super().__init__(
            f"No other version of {asked.project} is approved, so {asked.new} has nothing to be "
            "held against.",
            hint="Choose a version to compare with, or read its files.",
        )
        self.versions = versions


class NotFetched(Conflict):
    """One of the two files is not here yet."""

    code = "not-held"

    def __init__(self, entry: Entry) -> None:
        super().__init__(
            f"{entry.file.filename.text} was not fetched yet.",
            hint="Fetch it, and then compare.",
        )
        self.entry = entry


async def find(gear: Gear, actor: Actor, asked: Asked) -> Change:
    """Hold a version against another; raise `NothingBefore` or `NotFetched` when that cannot be."""
    found = await differing.entries_of(gear, actor, asked.feed, asked.project)
    entries = {one.file.filename.text: one for one in found if _is_comparable(one)}
    return await asyncio.to_thread(_find, gear, actor, asked, entries)


async def fetch(gear: Gear, actor: Actor, asked: Asked) -> Change:
    """Hold a version against another; what is not here of the two is fetched first."""
    for _ in range(2):
        try:
            return await find(gear, actor, asked)
        except NotFetched as error:
            await prefetch.bring(gear, error.entry)
    return await find(gear, actor, asked)


async def lines(gear: Gear, change: Change, files: Sequence[Touched], caps: DiffCaps) -> Files:
    """Give the lines of some files of a change, by their paths; raise `Unavailable`."""
    key = _key(change, tuple(one.path for one in files), caps)
    return await gear.differences.of(key, lambda: _made(gear, change, files, caps))


def counts(gear: Gear, change: Change) -> Files | None:
    """Give how many lines came and went in each file, or None and begin to count them.

    Empty when they cannot be counted. Call it on the event loop.
    """
    caps = to_count(DiffCaps(), _MOST_COUNTED)
    key = _key(change, (), caps)
    known = gear.differences.known(key)
    if known is None and not gear.differences.is_busy:
        gear.differences.begin(key, lambda: _counted(gear, change, caps))
    return known


async def _counted(gear: Gear, change: Change, caps: DiffCaps) -> Files:
    with suppress(Unavailable):
        return await _made(gear, change, change.files, caps)
    return {}


def _key(change: Change, paths: tuple[str, ...], caps: DiffCaps) -> tuple[object, ...]:
    return (change.old.sha256, change.new.sha256, paths, caps)


async def _made(gear: Gear, change: Change, files: Sequence[Touched], caps: DiffCaps) -> Files:
    differ = gear.vetting.differ
    if differ is None:
        raise Unavailable("Nothing is compared line by line here.")
    with ExitStack() as opened:
        old, new = (
            (opened.enter_context(gear.blobs.as_file(one.sha256)), one.filename)
            for one in (change.old, change.new)
        )
        try:
            found: Sequence[Lines] = await differ.lines(old, new, files, caps)
        except NotAssessable as error:
            raise Unavailable(f"They cannot be compared: {error.reason}.") from error
    return {file.path: one for file, one in zip(files, found, strict=True)}


# --- which two files ---------------------------------------------------------------------


def _is_comparable(entry: Entry) -> bool:
    return entry.file.filename.kind in _COMPARABLE and entry.file.sha256 is not None


def _find(gear: Gear, actor: Actor, asked: Asked, entries: dict[str, Entry]) -> Change:
    with gear.db.reading() as conn:
        approved = _approved(conn, asked)
        pair = _chosen(conn, asked, entries, approved)
        is_told = judging_feed(conn, actor, asked.feed) is not None
        said = [_vetted(conn, _digest(one)) if is_told else None for one in pair]
    before, now, comparison = gear.differences.pair(
        (*map(_digest, pair), gear.vetting.reader.version), lambda: _pair(gear, pair)
    )
    old, new = (
        Compared(_digest(entry), side, vetted, approved.get(side.filename.text))
        for entry, side, vetted in zip(pair, (before, now), said, strict=True)
    )
    vetted = old.vetted, _held_against(new, old)
    told = notes(comparison, vetted)
    suspects = frozenset(one.where.file for one in told if one.is_new)
    return Change(
        asked,
        old,
        new,
        comparison,
        in_order(comparison, old.side, new.side, suspects),
        novelties(comparison, (old.side, new.side), vetted),
        told,
        tuple(one.file.filename for one in _of(entries, asked.new)),
        _versions(asked, entries),
    )


def _approved(conn: Connection, asked: Asked) -> dict[str, Listed]:
    """Give what stands of the project where approvals are listed, or in the feed itself."""
    feed = existing(conn, asked.feed)
    feeds = [feed]
    with suppress(Conflict):
        feeds.append(ask_feed(conn, feed))
    return {
        one.filename: one
        for where in feeds
        for one in listings.listed(conn, where.id, asked.project)
    }


def _versions(asked: Asked, entries: dict[str, Entry]) -> tuple[Version, ...]:
    versions = {one.file.filename.version for one in entries.values()} - {asked.new}
    return tuple(sorted(versions, reverse=True))


def _of(entries: dict[str, Entry], version: Version) -> list[Entry]:
    return [one for one in entries.values() if one.file.filename.version == version]


def _chosen(
    conn: Connection, asked: Asked, entries: dict[str, Entry], approved: dict[str, Listed]
) -> tuple[Entry, Entry]:
    """Choose the old and the new file: those at hand first, and of them the most alike."""
    new = [one for one in _of(entries, asked.new) if _is_meant(one, asked)]
    if not new:
        what = asked.filename or f"{asked.project} {asked.new}"
        raise NotFound(f"There is no {what} in '{asked.feed}' that could be compared.")
    standing = [entries[name].file.filename.version for name in approved if name in entries]
    version = asked.old or before_it(asked.new, standing)
    if version is None:
        raise NothingBefore(asked, _versions(asked, entries))
    old = [] if version == asked.new else _of(entries, version)
    if not old:
        raise NotFound(
            f"There is no {asked.project} {version} in '{asked.feed}' to compare with.",
            hint="Choose another version.",
        )
    held = {one.file.sha256 for one in (*old, *new) if _is_held(conn, one)}
    old = _preferred(old, {one.sha256 for one in approved.values()}) or _preferred(old, held) or old
    names = most_alike(
        [one.file.filename for one in old],
        [one.file.filename for one in _preferred(new, held) or new],
    )
    pair = entries[names[0].text], entries[names[1].text]
    for entry in pair:
        if entry.file.sha256 not in held:
            raise NotFetched(entry)
    return pair


def _is_meant(entry: Entry, asked: Asked) -> bool:
    return asked.filename in (None, entry.file.filename.text)


def _is_held(conn: Connection, entry: Entry) -> bool:
    sha256 = entry.file.sha256
    return sha256 is not None and listings.held_file(conn, sha256) is not None


def _preferred(entries: list[Entry], digests: Collection[Sha256 | None]) -> list[Entry]:
    return [one for one in entries if one.file.sha256 in digests]


def _digest(entry: Entry) -> Sha256:
    return entry.file.sha256 or Sha256("")


def _pair(gear: Gear, entries: tuple[Entry, Entry]) -> Pair:
    old, new = (_side(gear, one) for one in entries)
    return old, new, compare_sides(old, new)


def _side(gear: Gear, entry: Entry) -> Side:
    file = entry.file
    wanted = RequestFile(file.filename, _digest(entry), file.size_bytes, file.uploaded_at)
    archive = reports.read(gear, wanted)
    if isinstance(archive, NotAssessable):
        raise Unavailable(f"{file.filename.text} cannot be read: {archive.reason}.")
    return Side(file.filename, archive)


def _vetted(conn: Connection, sha256: Sha256) -> Vetted | None:
    """Give what vetting said last of a file, and else what its checks said of it.

    The last assessment goes before single outcomes: those of a file that was looked at as the
    one before another are made without looking around.
    """
    last = assessments.latest(conn, sha256)
    if last is not None:
        facts = {one.check: one.facts for one in last.outcomes}
        return Vetted(last.findings, facts, last.not_assessed, last.against)
    found = [one.outcome for one in outcomes.of(conn, sha256).values()]
    if not found:
        return None
    findings = tuple(finding for one in found for finding in one.findings)
    return Vetted(findings, {one.check: one.facts for one in found})


def _held_against(new: Compared, old: Compared) -> Vetted | None:
    """Give what vetting said of the new file, without what it was held against if that is other."""
    vetted = new.vetted
    if vetted is None or vetted.against is None or vetted.against.sha256 == old.sha256:
        return vetted
    return replace(vetted, against=None)
