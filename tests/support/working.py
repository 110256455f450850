"""Jobs of a made-up kind, for tests of the runner that works on them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import select

from affineur.services.gear import Gear
from affineur.services.jobs import JobKind
from affineur.store import jobs
from affineur.store.database import Database
from affineur.store.schema import job

KIND = "errand"


@dataclass
class Errands:
    """A kind of job that does what the test says, and remembers what happened."""

    act: Callable[[str], Awaitable[None]]
    parked: Callable[[str, str], None] = lambda _key, _error: None
    begun: list[str] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)
    """What was parked, with the error."""

    def kinds(self) -> Mapping[str, JobKind]:
        """Give what a `Runner` wants."""
        return {KIND: JobKind(self._handle, self._parked)}

    async def _handle(self, _gear: Gear, key: str) -> None:
        self.begun.append(key)
        await self.act(key)

    def _parked(self, _gear: Gear, key: str, error: str) -> None:
        self.told.append((key, error))
        self.parked(key, error)


def ask_for(gear: Gear, *keys: str) -> None:
    """Enqueue errands."""
    with gear.db.writing() as conn:
        for key in keys:
            jobs.enqueue(conn, gear.clock.now(), KIND, key)


def states(database: Database) -> dict[str, tuple[str, int]]:
    """Give the state and the attempts of each errand."""
    with database.reading() as conn:
        rows = conn.execute(select(job.c.key, job.c.state, job.c.attempts).order_by(job.c.id))
        return {row.key: (row.state, row.attempts) for row in rows}


async def until(holds: Callable[[], object], wait_s: float = 30.0) -> None:
    """Wait until something holds; fail the test when it does not come to hold."""
    async with asyncio.timeout(wait_s):
        while not await asyncio.to_thread(holds):  # noqa: ASYNC110  it asks a database
            await asyncio.sleep(0.02)
