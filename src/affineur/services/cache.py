"""Files on their first download: one fetch for everybody, verified before it counts.

The bytes go to a temporary blob, and to every client that waits for them, at the same time.
The last piece is held back until the digest is known to be right, so that no client ever has
a complete wrong file, and what is wrong is thrown away. See docs/architecture.md.
"""

from __future__ import annotations

import asyncio
import logging
import os
import weakref
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field

from sqlalchemy import Connection

from affineur.core.errors import DomainError, NoRoom, Unavailable, UpstreamChanged, UpstreamTrouble
from affineur.core.files import IndexFile
from affineur.core.names import Sha256
from affineur.core.ports import Site, Staged
from affineur.services import eviction, fetching
from affineur.services.gear import Gear
from affineur.store import feeds as feed_store
from affineur.store import listings
from affineur.store.listings import HeldFile

_LOG = logging.getLogger(__name__)
_HELD_BACK = 64 * 1024
_PIECE = 256 * 1024


@dataclass(eq=False, slots=True, weakref_slot=True)
class Flight:
    """One file that is being fetched, and how far it is."""

    sha256: Sha256
    staged: Staged
    handle: int
    """The temporary file, open for reading: it outlives the file's name, which goes on landing."""
    size_bytes: int | None = None
    """The whole size as far as the origin says it; set before anybody may follow."""
    visible_bytes: int = 0
    """How much may be passed on so far."""
    landed: bool = False
    trouble: Exception | None = None
    moved: asyncio.Condition = field(default_factory=asyncio.Condition)
    task: asyncio.Task[None] | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.landed or self.trouble is not None


async def fetch(gear: Gear, connector_id: int, file: IndexFile) -> Flight:
    """Join the fetch of a file, or begin it; return when its first bytes are on the way.

    Raise `UpstreamTrouble` when the origin does not give it, `Unavailable` when the disk does
    not take it.
    """
    name = f"file/{file.sha256}"
    flight: Flight | None = gear.flights.get(name)
    if flight is None:
        if file.sha256 is None or file.location is None:
            raise UpstreamTrouble(f"{file.filename.text} cannot be fetched from its origin.")
        try:
            flight = _begin(gear, file.sha256, file.size_bytes)
        except NoRoom:
            await _make_room(gear)
            raise
        gear.flights[name] = flight
        flight.task = asyncio.create_task(_fly(gear, flight, connector_id, file))
        flight.task.add_done_callback(lambda _done: gear.flights.pop(name, None))
    async with flight.moved:
        await flight.moved.wait_for(lambda: flight.visible_bytes or flight.is_over)
    if flight.trouble is not None:
        raise flight.trouble
    return flight


async def hold(gear: Gear, connector_id: int, file: IndexFile) -> None:
    """Fetch a file to its end, unless it is held; raise as `fetch` does when that fails."""
    if file.sha256 is not None and await asyncio.to_thread(is_held, gear, file.sha256):
        used(gear, file.sha256)
        return
    flight = await fetch(gear, connector_id, file)
    async with flight.moved:
        await flight.moved.wait_for(lambda: flight.is_over)
    if flight.trouble is not None:
        raise flight.trouble


def is_held(gear: Gear, sha256: Sha256) -> bool:
    """Whether the bytes are there, with their row, in full length. Blocking.

    Bytes whose row is not there, or no longer, get it now: a crash left them so, or they were
    on their way out.
    """
    if not gear.blobs.has(sha256):
        return False
    with gear.db.reading() as conn:
        known = listings.held_file(conn, sha256)
    if known is not None:
        return gear.blobs.size_bytes(sha256) == known.size_bytes
    with gear.db.writing() as conn:
        if not gear.blobs.has(sha256):
            return False
        held = HeldFile(sha256, gear.blobs.size_bytes(sha256))
        listings.keep_file(conn, gear.clock.now(), held)
    return True


def record(conn: Connection, gear: Gear, held: HeldFile) -> None:
    """Record in a writing transaction that bytes are held; raise `Unavailable` if they are not.

    Bytes are deleted in writing transactions only, so this is never half true.
    """
    for digest in held.blobs:
        if not gear.blobs.has(digest):
            raise Unavailable(
                f"The bytes with sha256 {digest} were being deleted just now.",
                hint="Try again.",
            )
    listings.keep_file(conn, gear.clock.now(), held)
    eviction.came(conn, gear, held.size_bytes)


def used(gear: Gear, sha256: Sha256) -> None:
    """Remember that a file was used; written down behind, at most once a minute."""
    if not gear.uses.note(sha256, gear.clock.now()) or "uses" in gear.flights:
        return
    task = asyncio.create_task(_write_down_uses(gear))
    gear.flights["uses"] = task
    task.add_done_callback(lambda _done: gear.flights.pop("uses", None))


async def follow(flight: Flight) -> AsyncIterator[bytes]:
    """Give the bytes as they come; raises midway, rather than end, when they prove to be wrong."""
    sent = 0
    while True:
        async with flight.moved:
            await flight.moved.wait_for(
                lambda: flight.visible_bytes > sent or flight.is_over  # noqa: B023
            )
        if flight.trouble is not None:
            raise flight.trouble
        if sent == flight.visible_bytes:
            return
        wanted = min(_PIECE, flight.visible_bytes - sent)
        piece = await asyncio.to_thread(os.pread, flight.handle, wanted, sent)
        sent += len(piece)
        yield piece


def _begin(gear: Gear, sha256: Sha256, size_bytes: int | None) -> Flight:
    """Begin a blob that there is room for; raise `NoRoom` when there is none."""
    staged = gear.blobs.stage()
    try:
        staged.reserve(size_bytes or 0)
        flight = Flight(sha256, staged, os.open(staged.path, os.O_RDONLY))
    except BaseException:
        staged.discard()
        raise
    weakref.finalize(flight, os.close, flight.handle)
    return flight


async def _make_room(gear: Gear) -> None:
    with suppress(DomainError):  # who waits for the file hears that there was no room
        await asyncio.to_thread(eviction.at_once, gear)


async def _write_down_uses(gear: Gear) -> None:
    try:
        await asyncio.to_thread(eviction.write_down_uses, gear)
    except DomainError as error:
        _LOG.warning("Which files were used was not noted: %s", error.message)


async def _fly(gear: Gear, flight: Flight, connector_id: int, file: IndexFile) -> None:
    try:
        if not await asyncio.to_thread(_landed_before, gear, flight):
            site = await gear.db.read(feed_store.site, connector_id, gear.settings)
            await _receive(gear, flight, (connector_id, site), file)
            await asyncio.to_thread(_land, gear, flight, file)
            flight.visible_bytes = flight.staged.size_bytes
        flight.landed = True
    except Exception as error:  # noqa: BLE001  whatever it was, those who follow must hear it
        flight.trouble = _as_trouble(error, file)
        if isinstance(error, NoRoom):
            await _make_room(gear)
        _LOG.warning("%s was not cached: %s", file.filename.text, flight.trouble)
    finally:
        if not flight.is_over:
            flight.trouble = UpstreamTrouble(f"Fetching {file.filename.text} was interrupted.")
        flight.staged.discard()
        async with flight.moved:
            flight.moved.notify_all()


def _landed_before(gear: Gear, flight: Flight) -> bool:
    """Whether another flight landed between the question for the bytes and this one's start."""
    if not is_held(gear, flight.sha256):
        return False
    with gear.blobs.as_file(flight.sha256) as path, path.open("rb") as held:
        os.dup2(held.fileno(), flight.handle, inheritable=False)
    flight.size_bytes = flight.visible_bytes = gear.blobs.size_bytes(flight.sha256)
    return True


async def _receive(gear: Gear, flight: Flight, through: tuple[int, Site], file: IndexFile) -> None:
    async with fetching.download(gear, *through, file.location or "") as download:
        flight.size_bytes = download.size_bytes
        if (download.size_bytes or 0) > (file.size_bytes or 0):
            flight.staged.reserve(download.size_bytes or 0)
        async for chunk in download.chunks:
            flight.staged.write(chunk)
            flight.visible_bytes = max(0, flight.staged.size_bytes - _HELD_BACK)
            async with flight.moved:
                flight.moved.notify_all()


def _land(gear: Gear, flight: Flight, file: IndexFile) -> None:
    """Verify, keep the bytes, then record that we hold them: in this order."""
    found = flight.staged.sha256()
    if found != flight.sha256:
        raise UpstreamChanged(
            f"{file.filename.text} has sha256 {found} at its origin, "
            f"but its index says {flight.sha256}.",
            hint="It was thrown away. Ask the operator to look at the upstream.",
        )
    size = flight.staged.size_bytes
    flight.staged.commit()
    with gear.db.writing() as conn:
        record(conn, gear, HeldFile(flight.sha256, size))


def _as_trouble(error: Exception, file: IndexFile) -> Exception:
    if isinstance(error, UpstreamTrouble | Unavailable):
        return error
    return UpstreamTrouble(f"{file.filename.text} could not be fetched: {error}.")
