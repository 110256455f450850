"""What two releases differ in: two files are chosen, read, and compared line by line.

A release's files are looked for on the page of the feed, then on that of the source which is
asked through it. What the actor may not download is not shown either, in no part.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from packaging.version import Version
from sqlalchemy import Connection

from affineur.core.archives import ArchiveReport
from affineur.core.differences import Difference, Side, touched
from affineur.core.errors import BadInput, DomainError, NotFound, Unavailable
from affineur.core.files import FileKind, Filename
from affineur.core.lines import DiffCaps
from affineur.core.names import FeedName, ProjectName, Sha256
from affineur.core.pages import Entry
from affineur.core.permissions import Actor
from affineur.core.ports import Vetting
from affineur.core.predecessors import most_alike
from affineur.core.requests import RequestFile
from affineur.core.subjects import NotAssessable
from affineur.services import prefetch, reports, serve
from affineur.services.feeds import ask_feed, require_readable
from affineur.services.gear import Gear

_CAPS = DiffCaps()


@dataclass(frozen=True, slots=True)
class Wish:
    """Which two versions are to be compared, and what of them is shown."""

    project: ProjectName
    old: Version
    new: Version
    patterns: tuple[str, ...] = ()
    """`fnmatch` patterns of paths; empty shows all."""
    sdists: bool = False
    """Whether the sdists are compared, not the wheels."""


async def between(gear: Gear, actor: Actor, feed: FeedName, wish: Wish) -> Difference:
    """Compare two releases that the actor may download; raise `NotFound` when there is none."""
    found = await entries_of(gear, actor, feed, wish.project)
    old, new = chosen(wish, [one.file.filename for one in found])
    entries = {one.file.filename: one for one in found}
    sides = [await _side(gear, entries[one]) for one in (old, new)]
    with ExitStack() as opened:
        paths = [
            (opened.enter_context(gear.blobs.as_file(digest)), side.filename)
            for digest, side in sides
        ]
        return await compare_sides(gear.vetting, (sides[0][1], sides[1][1]), paths, wish.patterns)


async def between_files(
    vetting: Vetting, old: Path, new: Path, patterns: Sequence[str] = ()
) -> Difference:
    """Compare two distributions on this machine."""
    paths = [(path, Filename.parse(path.name)) for path in (old, new)]
    before, after = [await asyncio.to_thread(_read, vetting, *one) for one in paths]
    return await compare_sides(vetting, (before, after), paths, patterns)


async def compare_sides(
    vetting: Vetting,
    sides: tuple[Side, Side],
    paths: Sequence[tuple[Path, Filename]],
    patterns: Sequence[str],
) -> Difference:
    """Compare two archives that were read; raise `Unavailable` when that cannot be done."""
    if vetting.differ is None:
        raise Unavailable("Nothing is compared line by line here.")
    old, new = sides
    comparison, files = touched(old, new, patterns)
    if not comparison.is_same_kind:
        raise BadInput(f"{old.filename.text} and {new.filename.text} are not of the same kind.")
    try:
        lines = await vetting.differ.lines(paths[0], paths[1], files, _CAPS)
    except NotAssessable as error:
        raise Unavailable(f"They cannot be compared: {error.reason}.") from error
    return Difference(old.filename, new.filename, comparison, tuple(zip(files, lines, strict=True)))


def chosen(wish: Wish, filenames: Sequence[Filename]) -> tuple[Filename, Filename]:
    """Choose the files of two releases to compare; raise `NotFound` naming one that has none."""
    kinds = {FileKind.SDIST} if wish.sdists else {FileKind.SDIST, FileKind.WHEEL}
    of_version = {
        version: [one for one in filenames if one.version == version and one.kind in kinds]
        for version in (wish.old, wish.new)
    }
    for version, files in of_version.items():
        if not files:
            what = "sdist" if wish.sdists else "file"
            raise NotFound(
                f"There is no {what} of {wish.project}=={version} that could be compared.",
                hint=f"See: affineur why {wish.project}=={version}",
            )
    return most_alike(of_version[wish.old], of_version[wish.new])


async def entries_of(
    gear: Gear, actor: Actor, feed: FeedName, project: ProjectName
) -> tuple[Entry, ...]:
    """Find what is served of a project by a feed, and by its source to whoever may read that."""
    names = await gear.db.read(_feeds, actor, feed)
    found: dict[str, Entry] = {}
    for name in names:
        with suppress(NotFound):
            page = await serve.page(gear, actor, name, project)
            for entry in page.served:
                found.setdefault(entry.file.filename.text, entry)
    return tuple(found.values())


def _feeds(conn: Connection, actor: Actor, feed: FeedName) -> tuple[FeedName, ...]:
    asked = require_readable(conn, actor, feed)
    with suppress(DomainError):
        source = ask_feed(conn, asked).source
        if source is not None:
            return (asked.name, require_readable(conn, actor, source).name)
    return (asked.name,)


async def _side(gear: Gear, entry: Entry) -> tuple[Sha256, Side]:
    file = entry.file
    if file.sha256 is None:
        raise NotFound(f"{file.filename.text} has no digest.")
    await prefetch.bring(gear, entry)
    wanted = RequestFile(file.filename, file.sha256, file.size_bytes, file.uploaded_at)
    archive = await asyncio.to_thread(reports.read, gear, wanted)
    return file.sha256, _readable(file.filename, archive)


def _read(vetting: Vetting, path: Path, filename: Filename) -> Side:
    if not path.is_file():
        raise NotFound(f"{path} is no file.")
    try:
        return Side(filename, vetting.reader.read(path, filename))
    except NotAssessable as error:
        return _readable(filename, error)


def _readable(filename: Filename, archive: ArchiveReport | NotAssessable) -> Side:
    if isinstance(archive, NotAssessable):
        raise Unavailable(f"{filename.text} cannot be read: {archive.reason}.")
    return Side(filename, archive)
