"""Core metadata of a wheel that we do not hold, from its origin, for as few bytes as possible.

What comes of it is a claim: good enough for a resolver to go on, never for a review. See
docs/decisions/0010-core-metadata-before-the-wheel.md for the order in which an origin is
asked, and for what happens when the wheel proves it wrong.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from packaging.metadata import parse_email
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version
from sqlalchemy import Connection

from affineur.core.errors import DomainError, UpstreamTrouble
from affineur.core.files import IndexFile
from affineur.core.names import Sha256
from affineur.core.ports import NoRanges, Site
from affineur.core.spans import Span, Tail
from affineur.core.zip_directory import MAX_METADATA_BYTES, NotReadable, Reading, read_metadata
from affineur.services import fetching
from affineur.services.gear import Gear
from affineur.services.told import Lack
from affineur.store import feeds as feed_store
from affineur.store import told as store
from affineur.store.told import Saying

_LOG = logging.getLogger(__name__)
_TAIL_BYTES = 64 * 1024
"""How much of a wheel's end is read first.

Of the newest wheels of 189 projects (the closures of jupyterlab, django and others, with some
very large ones), 88 % have their whole directory in the last 64 KiB and 85 % METADATA too, so
that 1.27 requests are made for each; 38 % are no longer than that, and are then verified by
their digest. 16 KiB: 1.49 requests; 32 KiB: 1.33; 128 KiB: 1.17, for 1.7 times the bytes.
"""
_MOST_PIECES = 6
_WRITTEN_AFTER_S = 0.5
"""How long sayings are gathered: after each commit every answer is looked up anew."""


@dataclass(frozen=True, slots=True)
class _Wheel:
    """Which wheel, and where."""

    site: Site
    connector_id: int
    file: IndexFile
    sha256: Sha256
    location: str

    @property
    def at(self) -> tuple[Site, str]:
        """Its index, and its location there."""
        return self.site, self.location

    @property
    def origin(self) -> str:
        """Scheme, host and port of its location."""
        parts = urlsplit(self.location)
        return f"{parts.scheme}://{parts.netloc}"


async def metadata_of_origin(gear: Gear, connector_id: int, file: IndexFile) -> bytes | None:
    """Give what the origin tells as METADATA; None when only the whole wheel can tell.

    Callers see to it that a wheel is asked for once at a time.
    """
    if file.sha256 is None or file.location is None:
        return None
    known = gear.told.body(connector_id, file.sha256)
    if known is not None:
        return known
    site, told = await gear.db.read(_before, gear, connector_id, file)
    wheel = _Wheel(site, connector_id, file, file.sha256, file.location)
    async with gear.told.turn(connector_id):
        body = await _asked(gear, wheel)
    if body is None:
        return None
    found = Sha256(hashlib.sha256(body).hexdigest())
    if told not in {None, found}:
        _LOG.warning("%s now has other core metadata at its origin.", file.filename.text)
        return None
    gear.told.keep(Saying(connector_id, file.filename, wheel.sha256, found), body)
    _write_down(gear)
    return body


async def _asked(gear: Gear, wheel: _Wheel) -> bytes | None:
    """Ask in the order of cost; whatever an index announces a digest for must have it."""
    ways: tuple[Callable[[Gear, _Wheel], Awaitable[bytes | None]], ...]
    ways = (_announced, _within, _beside)
    for way in ways:
        body = await way(gear, wheel)
        if body is not None and _fits(wheel.file, body):
            return body
    return None


def _fits(file: IndexFile, body: bytes) -> bool:
    announced = file.metadata_sha256
    return announced is None or hashlib.sha256(body).hexdigest() == announced


async def _announced(gear: Gear, wheel: _Wheel) -> bytes | None:
    """Fetch the core metadata that the index announces (PEP 658)."""
    location = wheel.file.metadata_location
    return None if location is None else await _fetched(gear, wheel, location)


async def _within(gear: Gear, wheel: _Wheel) -> bytes | None:
    """Read METADATA in the wheel at its origin, in pieces."""
    if gear.told.lacks(wheel.origin, Lack.RANGES, gear.clock.now()):
        return None
    try:
        return await _in_pieces(gear, wheel)
    except UpstreamTrouble as error:
        _LOG.info("%s is not read in pieces: %s", wheel.file.filename.text, error.message)
    except NotReadable as error:
        _LOG.info("%s is not read in pieces: %s.", wheel.file.filename.text, error)
    return None


async def _in_pieces(gear: Gear, wheel: _Wheel) -> bytes | None:
    tail = await fetching.piece(gear, wheel.connector_id, wheel.at, Tail(_TAIL_BYTES))
    if isinstance(tail, NoRanges):
        gear.told.note_lack(wheel.origin, Lack.RANGES, gear.clock.now())
        return None
    if tail.is_whole and hashlib.sha256(tail.body).hexdigest() != wheel.sha256:
        raise NotReadable("it has other bytes than its index says")
    if wheel.file.size_bytes not in {None, tail.size_bytes}:
        raise NotReadable("it has another size than its index says")
    reading = read_metadata(wheel.file.filename, tail)
    step = _step(reading, None)
    for _ in range(_MOST_PIECES):
        if isinstance(step, bytes):
            return step
        piece = await fetching.piece(gear, wheel.connector_id, wheel.at, step, tail)
        if isinstance(piece, NoRanges):
            break
        step = await asyncio.to_thread(_step, reading, piece.body)
    return None


def _step(reading: Reading, body: bytes | None) -> Span | bytes:
    """Go on with a reading: what it wants next, or what it found."""
    try:
        return next(reading) if body is None else reading.send(body)
    except StopIteration as done:
        found: bytes = done.value
        return found


async def _beside(gear: Gear, wheel: _Wheel) -> bytes | None:
    """Try whether core metadata lies beside the wheel although nobody announces it.

    Only where wheels cannot be read in pieces: many servers answer anything with something.
    """
    now = gear.clock.now()
    has_ranges = not gear.told.lacks(wheel.origin, Lack.RANGES, now)
    if has_ranges or wheel.file.metadata_location is not None:
        return None
    if gear.told.lacks(wheel.origin, Lack.METADATA, now):
        return None
    body = await _fetched(gear, wheel, f"{wheel.location}.metadata")
    if body is None or not _is_about(wheel.file, body):
        gear.told.note_lack(wheel.origin, Lack.METADATA, now)
        return None
    return body


def _is_about(file: IndexFile, body: bytes) -> bool:
    """Whether it is core metadata of this very release."""
    raw, _ = parse_email(body)
    try:
        version = Version(raw.get("version", ""))
    except InvalidVersion:
        return False
    is_same_project = str(canonicalize_name(raw.get("name", ""))) == file.filename.project
    return is_same_project and version == file.filename.version


async def _fetched(gear: Gear, wheel: _Wheel, location: str) -> bytes | None:
    limited = replace(wheel.site, max_file_bytes=MAX_METADATA_BYTES)
    try:
        async with fetching.download(gear, wheel.connector_id, limited, location) as download:
            return b"".join([chunk async for chunk in download.chunks])
    except UpstreamTrouble:
        return None


def _before(
    conn: Connection, gear: Gear, connector_id: int, file: IndexFile
) -> tuple[Site, Sha256 | None]:
    site = feed_store.site(conn, connector_id, gear.settings)
    if file.sha256 is None:
        return site, None
    return site, store.told(conn, connector_id, file.filename, file.sha256)


def _write_down(gear: Gear) -> None:
    """Note in the database what was told, behind the answer, many at once."""
    if "told" in gear.flights:
        return
    task = asyncio.create_task(_writing_down(gear))
    gear.flights["told"] = task
    task.add_done_callback(lambda _done: gear.flights.pop("told", None))


async def _writing_down(gear: Gear) -> None:
    await asyncio.sleep(_WRITTEN_AFTER_S)
    while sayings := gear.told.take_unwritten():
        try:
            await gear.db.write(store.remember, sayings)
        except DomainError as error:
            _LOG.warning("What origins told of wheels was not noted: %s", error.message)
