"""The runner: takes jobs, hands them to use cases, tries again, and parks what keeps failing.

Any number of runners in any number of processes work on one database. A job is taken under
a lease that is renewed while it runs; the lease of a process that died runs out, and another
runner takes the job over. See docs/decisions/0004-one-job-runner.md.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

from sqlalchemy import Connection

from affineur.core.errors import DomainError, Unavailable
from affineur.services.gear import Gear
from affineur.services.jobs import JobKind
from affineur.store import jobs
from affineur.store.jobs import TakenJob

_LOG = logging.getLogger(__name__)
_IDLE_S = 0.3
_FIRST_DELAY_S = 1.0
_LONGEST_ERROR = 1000


class Runner:
    """Works on the jobs of one database until it is stopped."""

    def __init__(self, gear: Gear, kinds: Mapping[str, JobKind]) -> None:
        self._gear = gear
        self._kinds = kinds
        self._brisk = [kind for kind, job in kinds.items() if job.behind is not None]
        nonce = secrets.token_hex(4)
        self._name = f"{socket.gethostname()[:64]}/{os.getpid()}/{nonce}"
        self._stopping = asyncio.Event()
        self._is_planned = False
        # Leases are renewed in a thread of their own: work may fill all the others.
        self._heart = ThreadPoolExecutor(1, thread_name_prefix="leases")

    async def run(self) -> None:
        """Work until `stop`; what is under way then is given back, to be begun again."""
        everything = [list(self._kinds)] * self._gear.settings.job_workers
        workers = [
            asyncio.create_task(self._work(kinds)) for kinds in (*everything, self._brisk) if kinds
        ]
        try:
            await self._stopping.wait()
        finally:
            self._stopping.set()
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
            self._heart.shutdown(wait=False)

    def stop(self) -> None:
        """Ask it to stop."""
        self._stopping.set()

    async def run_until_idle(self) -> None:
        """Work until there is nothing to do now; what must wait for a retry is left."""
        await self._call()
        while (taken := await self._take(list(self._kinds))) is not None:
            await self._do(taken)
            await self._call()

    async def _work(self, kinds: Sequence[str]) -> None:
        """Do one job after the other; whatever goes wrong with one, go on with the next.

        A job in hand whose end could not be recorded is taken over when its lease is over.
        """
        while not self._stopping.is_set():
            try:
                await self._plan()
                if kinds is self._brisk:
                    await self._call()
                taken = await self._take(kinds)
                if taken is not None:
                    await self._do(taken)
                    continue
            except Unavailable as error:
                _LOG.warning("The job runner rests a moment: %s", error.message)
            except Exception:  # noqa: BLE001  the edge of the job loop: nobody replaces a worker
                _LOG.exception("The job runner rests a moment [%s]", secrets.token_hex(4))
            await asyncio.sleep(_IDLE_S)

    async def _plan(self) -> None:
        """See to it, once, that what is done again and again is planned."""
        if self._is_planned:
            return
        again = [kind for kind, job in self._kinds.items() if job.every_s is not None]
        if again:
            await self._gear.db.write(jobs.plan, self._gear.clock.now(), again)
        self._is_planned = True

    async def _call(self) -> None:
        """Enqueue what there is to do of the kinds of which nobody else enqueues it."""
        if not self._brisk:
            return
        behind = await self._gear.db.read(self._behind)
        if behind:
            await self._gear.db.write(self._enqueue_behind)

    def _behind(self, conn: Connection) -> list[tuple[str, str]]:
        asked = [(kind, self._kinds[kind].behind) for kind in self._brisk]
        now = self._gear.clock.now()
        return [(kind, key) for kind, behind in asked if behind for key in behind(conn, now)]

    def _enqueue_behind(self, conn: Connection) -> None:
        for kind, key in self._behind(conn):  # asked again: somebody may have been faster
            jobs.enqueue(conn, self._gear.clock.now(), kind, key)

    async def _take(self, kinds: Sequence[str]) -> TakenJob | None:
        """Take a job; one that was taken just as we were stopped is given back at once."""
        gear = self._gear
        if not await gear.db.read(jobs.is_work, gear.clock.now(), kinds):
            return None
        lease_s = gear.settings.job_lease_s
        taking = asyncio.ensure_future(
            gear.db.write(jobs.take, gear.clock.now(), self._name, lease_s, kinds)
        )
        try:
            return await asyncio.shield(taking)
        except asyncio.CancelledError:
            with suppress(DomainError):
                taken = await taking
                if taken is not None:
                    await self._give_back(taken)
            raise

    async def _do(self, taken: TakenJob) -> None:
        """Run one job, its lease renewed beside it."""
        if taken.attempt > self._gear.settings.job_attempts:
            await self._park(taken, await self._last_words(taken))
            return
        handling = asyncio.ensure_future(self._kinds[taken.kind].handle(self._gear, taken.key))
        beating = asyncio.create_task(self._beat(taken))
        try:
            await asyncio.wait({handling, beating}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            await _ended(handling, beating)
            await asyncio.shield(self._give_back(taken))
            raise
        is_ours = handling.done()
        await _ended(handling, beating)
        if not is_ours:
            left = "Job %s %s was left, because its lease could not be renewed."
            _LOG.warning(left, taken.kind, taken.key, exc_info=beating.exception())
            return
        error = _error_of(handling)
        if error is None:
            await self._end(taken)
        else:
            await self._failed(taken, error)

    async def _beat(self, taken: TakenJob) -> None:
        """Renew the lease until the job is no longer ours."""
        lease_s = self._gear.settings.job_lease_s
        loop = asyncio.get_running_loop()
        is_ours = True
        while is_ours:
            await asyncio.sleep(lease_s / 3)
            with suppress(Unavailable):  # the next beat tries again before the lease is over
                is_ours = await loop.run_in_executor(self._heart, self._renew, taken)

    def _renew(self, taken: TakenJob) -> bool:
        gear = self._gear
        with gear.db.writing() as conn:
            return jobs.renew(conn, gear.clock.now(), taken, gear.settings.job_lease_s)

    async def _end(self, taken: TakenJob, error: str | None = None) -> None:
        """Record the end of a job, or when it is due again; `error` says why it is parked."""
        gear, every_s = self._gear, self._kinds[taken.kind].every_s
        if every_s is not None:
            due = gear.clock.now() + timedelta(seconds=every_s)
            await gear.db.write(jobs.repeat, taken, due, error)
        elif error is not None:
            await gear.db.write(jobs.park, taken, error)
        else:
            await gear.db.write(jobs.finish, taken)

    async def _failed(self, taken: TakenJob, error: BaseException) -> None:
        told = (
            error.message if isinstance(error, DomainError) else f"{type(error).__name__}: {error}"
        )
        reference = secrets.token_hex(4)
        _LOG.warning(
            "Job %s %s failed at attempt %d [%s]: %s",
            taken.kind,
            taken.key,
            taken.attempt,
            reference,
            told,
            exc_info=None if isinstance(error, DomainError) else error,
        )
        if taken.attempt >= self._gear.settings.job_attempts:
            await self._park(taken, told)
            return
        delay = timedelta(seconds=_FIRST_DELAY_S * 4 ** (taken.attempt - 1))
        again_at = self._gear.clock.now() + delay
        await self._gear.db.write(jobs.retry, taken, told[:_LONGEST_ERROR], again_at)

    async def _park(self, taken: TakenJob, error: str) -> None:
        """Tell first, then park: a crash between the two tells twice, never not at all."""
        told = error[:_LONGEST_ERROR]
        await asyncio.to_thread(self._kinds[taken.kind].parked, self._gear, taken.key, told)
        await self._end(taken, told)

    async def _last_words(self, taken: TakenJob) -> str:
        said = await self._gear.db.read(jobs.last_error, taken)
        return said or "the process that worked on it died each time"

    async def _give_back(self, taken: TakenJob) -> None:
        with suppress(Unavailable):  # then its lease runs out, and it is taken over
            await self._gear.db.write(jobs.give_back, self._gear.clock.now(), taken)


async def _ended(*tasks: asyncio.Future[None]) -> None:
    """End tasks and wait until they have; what they say of it is not our concern."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _error_of(handling: asyncio.Future[None]) -> BaseException | None:
    """Give what a handler raised; that something it joined was cancelled is a failure too."""
    if handling.cancelled():
        return Unavailable("Something that it waited for was given up.")
    return handling.exception()
