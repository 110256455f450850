"""Core metadata of wheels (PEP 658): what is served, reviewed and indexed is one and the same.

Once we hold a wheel, its `.metadata` is the METADATA inside it, whatever its index says.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace

from packaging.metadata import parse_email

from affineur.core.errors import NotFound, UpstreamTrouble
from affineur.core.files import IndexFile
from affineur.core.names import Sha256
from affineur.core.pages import Entry
from affineur.core.ports import ArchiveReader, NotAssessable
from affineur.services import cache
from affineur.services.gear import Gear
from affineur.store import feeds as feed_store
from affineur.store import listings
from affineur.store.listings import HeldFile

_LARGEST_BYTES = 8 * 1024 * 1024


async def metadata_of(gear: Gear, entry: Entry) -> bytes:
    """Give the METADATA of a wheel that stands on a page; raise `NotFound` when it has none.

    For bytes that we hold it is read in them; before that, it is what the origin gives, if
    it gives it with a digest that fits, else the wheel is fetched.
    """
    file = entry.file
    name = file.filename.text
    if not file.is_wheel:
        raise NotFound(f"{name} is no wheel; only wheels have core metadata to serve.")
    held = await _metadata_of_held(gear, file)
    if held is not None:
        return held
    connector_id = entry.origin.connector_id
    if connector_id is None:
        raise NotFound(f"The bytes of {name} are missing.", hint="Run: affineur fsck")
    given = await _metadata_of_origin(gear, connector_id, file)
    if given is not None:
        return given
    await cache.hold(gear, connector_id, file)
    read = await _metadata_of_held(gear, file)
    if read is None:
        raise NotFound(f"{name} has no core metadata.")
    return read


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
    return keep_metadata(gear, sha256, body)


def keep_metadata(gear: Gear, sha256: Sha256, body: bytes | None) -> HeldFile:
    """Keep the core metadata that was read in a held file."""
    size = gear.blobs.size_bytes(sha256)
    held = HeldFile(sha256, size)
    if body is not None:
        staged = gear.blobs.stage()
        staged.write(body)
        held = HeldFile(sha256, size, staged.commit(), requires_python_of(body))
    with gear.db.writing() as conn:
        listings.keep_file(conn, gear.clock.now(), held)
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


async def _metadata_of_held(gear: Gear, file: IndexFile) -> bytes | None:
    """Give the METADATA inside a wheel that we hold; None when there is none."""
    return await asyncio.to_thread(_of_held, gear, file)


async def _metadata_of_origin(gear: Gear, connector_id: int, file: IndexFile) -> bytes | None:
    """Give the metadata that the origin gives beside a wheel, if it fits its own digest."""
    if file.metadata_location is None or file.metadata_sha256 is None:
        return None
    site = await gear.db.read(feed_store.site, connector_id, gear.settings)
    limited = replace(site, max_file_bytes=_LARGEST_BYTES)
    try:
        async with gear.upstream.file(limited, file.metadata_location) as download:
            body = b"".join([chunk async for chunk in download.chunks])
    except UpstreamTrouble:
        return None
    return body if hashlib.sha256(body).hexdigest() == file.metadata_sha256 else None


def _of_held(gear: Gear, file: IndexFile) -> bytes | None:
    if file.sha256 is None:
        return None
    with gear.db.reading() as conn:
        held = listings.held_file(conn, file.sha256)
    if held is None or held.metadata_sha256 is None:
        held = read_held(gear, gear.vetting.reader, file)
    if held is None or held.metadata_sha256 is None:
        return None
    return gear.blobs.read(held.metadata_sha256)
