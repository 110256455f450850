"""Provenance of files (PEP 740): passed on from the origin, and kept with what is reviewed.

It is taken along when a file is fetched for vetting or promotion, before the file is listed
anywhere, and never changed after that: so it outlives the origin, and stays what the reviewer
could see. That of other files is the origin's word at this time, and remembered for a while.
Only its form is checked, and that it speaks of these bytes; signatures are not (decision 0012).
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from datetime import timedelta

from affineur.core.attestations import check_provenance
from affineur.core.errors import BadInput, DomainError, NotFound, UpstreamChanged
from affineur.core.files import IndexFile
from affineur.core.names import Sha256
from affineur.core.pages import Entry
from affineur.core.requests import RequestFile
from affineur.core.subjects import NotAssessable
from affineur.services import cache, fetching
from affineur.services.gear import Gear
from affineur.store import feeds as feed_store
from affineur.store import listings

_LOG = logging.getLogger(__name__)
_LARGEST_BYTES = 2 * 1024 * 1024
_REMEMBERED = timedelta(minutes=10)

Told = bytes | NotAssessable | None
"""What is known of a file's provenance when it is vetted; see `Subject.provenance`."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """A provenance object as JSON."""

    body: bytes
    is_final: bool
    """Whether we keep it; if not, its origin may tell another one later."""


async def provenance_of(gear: Gear, entry: Entry) -> Provenance:
    """Give the provenance of a file on a page; raise `NotFound` when it has none.

    Raise `UpstreamTrouble` when its origin does not give it, `UpstreamChanged` when it gives
    something else.
    """
    kept = await asyncio.to_thread(_kept, gear, entry.file.sha256)
    if kept is not None:
        return Provenance(kept, is_final=True)
    connector_id, location = entry.origin.connector_id, entry.file.provenance_location
    if connector_id is None or location is None:
        raise NotFound(f"{entry.file.filename.text} has no provenance.")
    body = await _of_origin(gear, connector_id, entry.file)
    await asyncio.to_thread(_check, body, entry.file)
    return Provenance(body, is_final=False)


async def of_vetted(gear: Gear, entry: Entry | None, file: RequestFile) -> Told:
    """Give what a check may judge: the kept provenance, else what the origin gives, as it is.

    None when nobody announces one, `NotAssessable` when it is not to be had.
    """
    try:
        kept = await asyncio.to_thread(_kept, gear, file.sha256)
        if kept is not None or entry is None or entry.file.provenance_location is None:
            return kept
        if entry.origin.connector_id is None:
            return None
        wanted = replace(entry.file, sha256=file.sha256)
        return await _of_origin(gear, entry.origin.connector_id, wanted)
    except DomainError as error:
        return NotAssessable(f"its attestations could not be had: {error.message}".rstrip("."))


async def hold(gear: Gear, connector_id: int, file: IndexFile) -> None:
    """Keep the provenance that the origin gives of a held file, if nothing of it is listed yet.

    Without it the file is as good as before, so trouble is logged and no more.
    """
    if file.provenance_location is None or file.sha256 is None:
        return
    if not await asyncio.to_thread(_may_be_kept, gear, file):
        return
    try:
        body = await _of_origin(gear, connector_id, file)
        await asyncio.to_thread(_check, body, file)
        await asyncio.to_thread(_keep, gear, file, body)
    except DomainError as error:
        _LOG.warning("The provenance of %s is not kept: %s", file.filename.text, error.message)


async def _of_origin(gear: Gear, connector_id: int, file: IndexFile) -> bytes:
    """Join the question for it, or ask; what was answered lately is not asked again."""
    name = f"provenance/{connector_id}/{file.sha256}"
    known = gear.proofs.find(name, gear.clock.now())
    if known is not None:
        return known
    asking: asyncio.Task[bytes] | None = gear.flights.get(name)
    if asking is None:
        asking = asyncio.create_task(_ask(gear, connector_id, file))
        gear.flights[name] = asking
        asking.add_done_callback(lambda done: _landed(gear, name, done))
    return await asyncio.shield(asking)


def _landed(gear: Gear, name: str, done: asyncio.Task[bytes]) -> None:
    gear.flights.pop(name, None)
    if not done.cancelled() and done.exception() is None:
        gear.proofs.keep(name, done.result(), gear.clock.now() + _REMEMBERED)


async def _ask(gear: Gear, connector_id: int, file: IndexFile) -> bytes:
    if file.sha256 is None or file.provenance_location is None:
        raise NotFound(f"{file.filename.text} has no provenance.")
    site = await gear.db.read(feed_store.site, connector_id, gear.settings)
    limited = replace(site, max_file_bytes=_LARGEST_BYTES)
    location = file.provenance_location
    async with fetching.download(gear, connector_id, limited, location) as download:
        return b"".join([chunk async for chunk in download.chunks])


def _check(body: bytes, file: IndexFile) -> None:
    """Raise `UpstreamChanged` for what is no provenance of the file."""
    if file.sha256 is None:
        return
    try:
        check_provenance(body, file.filename, file.sha256)
    except BadInput as error:
        raise UpstreamChanged(
            f"What its origin gives as the provenance of {file.filename.text} is none. "
            f"{error.message}"
        ) from error


def _kept(gear: Gear, sha256: Sha256 | None) -> bytes | None:
    if sha256 is None:
        return None
    with gear.db.reading() as conn:
        held = listings.held_file(conn, sha256)
    if held is None or held.provenance_sha256 is None:
        return None
    return gear.blobs.read(held.provenance_sha256)


def _may_be_kept(gear: Gear, file: IndexFile) -> bool:
    with gear.db.reading() as conn:
        held = file.sha256 and listings.held_file(conn, file.sha256)
        if not held or listings.was_ever_listed(conn, held.sha256):
            return False
        return held.provenance_sha256 is None or not gear.blobs.has(held.provenance_sha256)


def _keep(gear: Gear, file: IndexFile, body: bytes) -> None:
    """Keep it as a blob, then record that: unless the file was listed meanwhile."""
    staged = gear.blobs.stage()
    try:
        staged.write(body)
        digest = staged.commit()
    finally:
        staged.discard()
    with gear.db.writing() as conn:
        held = listings.held_file(conn, file.sha256) if file.sha256 else None
        if held is None or held.provenance_sha256 is not None:
            return
        if not listings.was_ever_listed(conn, held.sha256):
            cache.record(conn, gear, replace(held, provenance_sha256=digest))
