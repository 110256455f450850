"""Core metadata of wheels (PEP 658): what is served, reviewed and indexed is one and the same.

Once we hold a wheel, its `.metadata` is the METADATA inside it, whatever its index says.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

from packaging.metadata import parse_email
from sqlalchemy import Connection

from affineur.core.archive_ports import ArchiveReader
from affineur.core.described import described
from affineur.core.errors import NotFound
from affineur.core.events import Event
from affineur.core.files import Filename, IndexFile
from affineur.core.names import Sha256
from affineur.core.pages import Entry
from affineur.core.subjects import NotAssessable
from affineur.services import cache
from affineur.services.gear import Gear
from affineur.services.remote_metadata import metadata_of_origin
from affineur.services.snapshots import SYSTEM
from affineur.store import audit, listings, requirements, told
from affineur.store.listings import HeldFile


@dataclass(frozen=True, slots=True)
class CoreMetadata:
    """METADATA of a wheel, as far as it is known now."""

    body: bytes
    is_final: bool
    """Whether it was read in the wheel itself, which we hold; if not, its origin told it."""


async def metadata_of(gear: Gear, entry: Entry) -> CoreMetadata:
    """Give the METADATA of a wheel that stands on a page; raise `NotFound` when it has none.

    For bytes that we hold it is read in them. Before that it is what the origin tells, and
    the wheel is fetched only when the origin tells nothing that could be believed.
    """
    file = entry.file
    if not file.is_wheel:
        name = file.filename.text
        raise NotFound(f"{name} is no wheel; only wheels have core metadata to serve.")
    known = await asyncio.to_thread(_known, gear, file)
    if known is not None:
        return CoreMetadata(known, is_final=True)
    flight = f"metadata/{entry.origin.connector_id}/{file.sha256}"
    finding: asyncio.Task[CoreMetadata] | None = gear.flights.get(flight)
    if finding is None:
        finding = asyncio.create_task(_find(gear, entry))
        gear.flights[flight] = finding
        finding.add_done_callback(lambda done: _landed(gear, flight, done))
    return await asyncio.shield(finding)


def read_held(gear: Gear, reader: ArchiveReader, file: IndexFile) -> HeldFile | None:
    """Read the metadata in a held file, keep it as a blob, and record what was read."""
    sha256 = file.sha256
    if sha256 is None or not gear.blobs.has(sha256):
        return None
    with gear.blobs.as_file(sha256) as path:
        try:
            body = reader.read(path, file.filename).metadata
        except NotAssessable:
            body = None
    return keep_metadata(gear, file.filename, sha256, body)


def keep_metadata(gear: Gear, filename: Filename, sha256: Sha256, body: bytes | None) -> HeldFile:
    """Keep the core metadata that was read in a held file.

    Where an origin told other core metadata of it, that is an incident.
    """
    size = gear.blobs.size_bytes(sha256)
    held = HeldFile(sha256, size)
    if body is not None:
        staged = gear.blobs.stage()
        staged.write(body)
        held = HeldFile(sha256, size, staged.commit(), requires_python_of(body))
    with gear.db.writing() as conn:
        cache.record(conn, gear, held)
        if body is not None:
            requirements.keep(conn, sha256, described(body).requires)
        if held.metadata_sha256 is not None:
            _compare(conn, gear.clock.now(), filename, held)
    return held


def requires_python_of(metadata: bytes) -> str | None:
    """Give the Requires-Python of core metadata, when it has one."""
    raw, _ = parse_email(metadata)
    return raw.get("requires_python")


def static_requirements(metadata: bytes) -> tuple[str, ...] | None:
    """Give the requirements that an sdist states; None when they are dynamic (PEP 643)."""
    raw, _ = parse_email(metadata)
    version = raw.get("metadata_version", "1.0").split(".")
    is_static = [int(part) for part in version if part.isdigit()] >= [2, 2]
    dynamic = {name.lower() for name in raw.get("dynamic", ())}
    if not is_static or "requires-dist" in dynamic:
        return None
    return tuple(raw.get("requires_dist", ()))


def _known(gear: Gear, file: IndexFile) -> bytes | None:
    """Give what was read before in a file that we hold."""
    if file.sha256 is None:
        return None
    with gear.db.reading() as conn:
        held = listings.held_file(conn, file.sha256)
    if held is None or held.metadata_sha256 is None:
        return None
    return gear.blobs.read(held.metadata_sha256)


async def _find(gear: Gear, entry: Entry) -> CoreMetadata:
    """Find METADATA that is not known yet, for everybody who waits for it."""
    file, connector_id = entry.file, entry.origin.connector_id
    is_held = file.sha256 is not None and await asyncio.to_thread(gear.blobs.has, file.sha256)
    if not is_held and connector_id is None:
        raise NotFound(f"The bytes of {file.filename.text} are missing.", hint="Run: affineur fsck")
    if not is_held and connector_id is not None:
        claimed = await metadata_of_origin(gear, connector_id, file)
        if claimed is not None:
            return CoreMetadata(claimed, is_final=False)
        await cache.hold(gear, connector_id, file)
    held = await asyncio.to_thread(read_held, gear, gear.vetting.reader, file)
    if held is None or held.metadata_sha256 is None:
        raise NotFound(f"{file.filename.text} has no core metadata.")
    body = await asyncio.to_thread(gear.blobs.read, held.metadata_sha256)
    return CoreMetadata(body, is_final=True)


def _landed(gear: Gear, flight: str, done: asyncio.Task[CoreMetadata]) -> None:
    gear.flights.pop(flight, None)
    if not done.cancelled():
        done.exception()  # whoever waited has heard it; if nobody did, nobody needs to


def _compare(conn: Connection, now: datetime, filename: Filename, held: HeldFile) -> None:
    """Record it when an origin told other core metadata than stands in the wheel."""
    if held.metadata_sha256 is None:
        return
    disproved = told.disproved(conn, filename, held.sha256, held.metadata_sha256)
    for connector_id, claimed in disproved.items():
        what = (
            f"The origin of {filename.text} gave other core metadata (sha256 "
            f"{claimed}) than stands in the wheel ({held.metadata_sha256}). "
            "Whoever resolved with it before the wheel was held may have been misled."
        )
        told.record_incident(conn, now, filename, what)
        event = Event(
            "incident.changed-metadata",
            f"project:{filename.project}",
            after={"connector": connector_id, "filenames": [filename.text]},
        )
        audit.record(conn, now, SYSTEM, event)
