"""Everything that is approved is on our disk, whole, before the approval counts.

`hold` brings everything that belongs to a file, `require` refuses inside the transaction that
lists files when something of it is not there. Bytes are deleted in writing transactions only,
and never those of a listed file: so what `require` saw stays.

Other files of an approved release (for other Pythons and platforms) are no part of a decision:
they are asked for on their own, or all at once with the setting `all_files`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import Connection

from affineur.core.errors import Conflict, DomainError
from affineur.core.files import Filename, IndexFile
from affineur.core.names import FeedName, Sha256
from affineur.core.pages import Entry
from affineur.core.requests import Request, RequestFile
from affineur.services import cache, provenance, serve
from affineur.services.gear import Gear
from affineur.services.metadata import read_held
from affineur.store import listings


async def bring(gear: Gear, entry: Entry) -> None:
    """Fetch what the origin of a file gives and we do not hold: its bytes, and their provenance."""
    if entry.origin.connector_id is not None:
        await cache.hold(gear, entry.origin.connector_id, entry.file)
        await provenance.hold(gear, entry.origin.connector_id, entry.file)


async def hold(gear: Gear, entry: Entry) -> None:
    """Hold everything that belongs to a file of a page: what its origin gives, and what we read.

    `require` asks for all that is recorded of it.
    """
    await bring(gear, entry)
    await asyncio.to_thread(_read_metadata, gear, entry.file)


async def hold_request(gear: Gear, source: FeedName, request: Request) -> None:
    """Fetch again what a request names and was lost since it was vetted.

    What could not be vetted for want of its bytes is not fetched now: nobody has looked at it.
    Raise `Conflict` when that cannot be done now.
    """
    lost = await gear.db.read(_lost, gear, request)
    for file in lost:
        try:
            await _hold_again(gear, source, file)
        except DomainError as error:
            raise Conflict(
                f"{file.filename.text} is no longer on our disk, and could not be fetched again: "
                f"{error.message}",
                hint="It cannot be approved without its bytes. Try again later.",
            ) from error


def require(conn: Connection, gear: Gear, files: Iterable[tuple[Filename, Sha256]]) -> None:
    """Refuse to list files that are not on our disk whole; ask it in the transaction."""
    for filename, sha256 in files:
        if not _is_whole(conn, gear, sha256):
            raise Conflict(
                f"{filename.text} is not on our disk, so it cannot be approved.",
                hint="It could not be fetched for vetting, or was lost since. See: affineur fsck",
            )


def _is_whole(conn: Connection, gear: Gear, sha256: Sha256) -> bool:
    """Whether everything that is recorded of a file is there; its digest was seen to as it came."""
    held = listings.held_file(conn, sha256)
    if held is None or not all(gear.blobs.has(one) for one in held.blobs):
        return False
    return gear.blobs.size_bytes(sha256) == held.size_bytes


def _lost(conn: Connection, gear: Gear, request: Request) -> list[RequestFile]:
    vetted = {one.sha256 for item in request.items for one in item.assessments}
    every = [file for item in request.items for file in item.release.files]
    return [
        file for file in every if file.sha256 in vetted and not _is_whole(conn, gear, file.sha256)
    ]


async def _hold_again(gear: Gear, source: FeedName, file: RequestFile) -> None:
    page = await serve.page_for_server(gear, source, file.filename.project)
    entry = page.find(file.filename.text)
    if entry is not None:
        await hold(gear, replace(entry, file=replace(entry.file, sha256=file.sha256)))


def _read_metadata(gear: Gear, file: IndexFile) -> None:
    """Read what stands in a held file, unless that was done and is still there."""
    if file.sha256 is None:
        return
    with gear.db.reading() as conn:
        held = listings.held_file(conn, file.sha256)
    known = None if held is None else held.metadata_sha256
    if known is None or not gear.blobs.has(known):
        read_held(gear, gear.vetting.reader, file)
