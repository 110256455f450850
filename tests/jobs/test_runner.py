import asyncio
import logging
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from affineur.bootstrap import SystemClock
from affineur.config import Settings
from affineur.core.errors import Conflict, UpstreamTrouble
from affineur.jobs.runner import Runner
from affineur.services.gear import Gear
from affineur.store import jobs
from affineur.store.database import Database
from affineur.store.jobs import TakenJob
from support.clocks import SetClock
from support.gear import make_gear, with_settings
from support.working import KIND, Errands, ask_for, states, until


@pytest.fixture
def gear(database: Database, clock: SetClock, tmp_path: Path) -> Gear:
    settings = Settings(data=tmp_path, job_workers=4, job_attempts=3)
    return make_gear(database, clock, tmp_path, settings=settings)


@pytest.fixture
def hasty(database: Database, tmp_path: Path) -> Gear:
    """A gear on real time, with leases that are over soon."""
    settings = Settings(data=tmp_path, job_workers=2, job_lease_s=0.9)
    return make_gear(database, SystemClock(), tmp_path, settings=settings)


@asynccontextmanager
async def running(gear: Gear, errands: Errands) -> AsyncIterator[None]:
    runner = Runner(gear, errands.kinds())
    task = asyncio.create_task(runner.run())
    try:
        yield
    finally:
        runner.stop()
        await task


async def succeed(_key: str) -> None:
    """There is nothing to do."""


async def fail(key: str) -> None:
    raise UpstreamTrouble(f"The index did not answer for {key}.")


async def hang(_key: str) -> None:
    await asyncio.sleep(600)


def work_until_idle(gear: Gear, errands: Errands) -> None:
    asyncio.run(Runner(gear, errands.kinds()).run_until_idle())


# --- doing -------------------------------------------------------------------------------


def test_every_job_is_done_once(gear: Gear) -> None:
    errands = Errands(succeed)
    ask_for(gear, *map(str, range(10)))

    async def main() -> None:
        async with running(gear, errands):
            await until(lambda: set(states(gear.db).values()) == {("done", 1)})

    asyncio.run(main())

    assert sorted(errands.begun, key=int) == list(map(str, range(10)))


def test_jobs_enqueued_while_it_runs_are_done(gear: Gear) -> None:
    errands = Errands(succeed)

    async def main() -> None:
        async with running(gear, errands):
            await asyncio.to_thread(ask_for, gear, "1")
            await until(lambda: errands.begun == ["1"])
            await asyncio.to_thread(ask_for, gear, "2")
            await until(lambda: states(gear.db) == {"1": ("done", 1), "2": ("done", 1)})

    asyncio.run(main())


def test_as_many_jobs_as_the_setting_says_are_worked_on_at_the_same_time(gear: Gear) -> None:
    together = asyncio.Barrier(4)

    async def meet(_key: str) -> None:
        await together.wait()

    ask_for(gear, "1", "2", "3", "4")

    async def main() -> None:
        async with running(gear, Errands(meet)):
            await until(lambda: set(states(gear.db).values()) == {("done", 1)})

    asyncio.run(main())


# --- failing -----------------------------------------------------------------------------


def test_a_failing_job_is_tried_again_later_and_later_then_parked_and_told(
    gear: Gear, clock: SetClock
) -> None:
    errands = Errands(fail)
    ask_for(gear, "7")
    attempts = []
    for _ in range(7):
        work_until_idle(gear, errands)
        attempts.append(len(errands.begun))
        clock.move(seconds=1)

    # the second attempt comes after one second, the third after four more
    assert attempts == [1, 2, 2, 2, 2, 3, 3]
    assert states(gear.db) == {"7": ("parked", 3)}
    assert errands.told == [("7", "The index did not answer for 7.")]


def test_a_defect_in_a_handler_is_told_by_its_kind_and_logged_once_with_a_reference(
    gear: Gear, caplog: pytest.LogCaptureFixture
) -> None:
    async def stumble(_key: str) -> None:
        raise LookupError("no such thing")

    errands = Errands(stumble)
    ask_for(gear, "7")

    with caplog.at_level(logging.WARNING):
        work_until_idle(with_settings(gear, job_attempts=1), errands)

    assert errands.told == [("7", "LookupError: no such thing")]
    (record,) = caplog.records
    assert record.getMessage().startswith("Job errand 7 failed at attempt 1 [")
    assert record.exc_info is not None


def test_a_job_that_recovers_is_done(gear: Gear, clock: SetClock) -> None:
    async def fail_once(_key: str) -> None:
        if len(errands.begun) == 1:
            raise UpstreamTrouble("Not now.")

    errands = Errands(fail_once)
    ask_for(gear, "7")

    work_until_idle(gear, errands)
    clock.move(seconds=1)
    work_until_idle(gear, errands)

    assert states(gear.db) == {"7": ("done", 2)}
    assert errands.told == []


def test_a_very_long_error_is_cut(gear: Gear) -> None:
    async def ramble(_key: str) -> None:
        raise ValueError("x" * 100_000)

    errands = Errands(ramble)
    ask_for(gear, "7")

    work_until_idle(with_settings(gear, job_attempts=1), errands)

    assert [len(error) for _, error in errands.told] == [1000]


def test_one_job_that_fails_does_not_keep_others_waiting(gear: Gear) -> None:
    async def fail_for_one(key: str) -> None:
        if key == "bad":
            raise UpstreamTrouble("Not now.")

    ask_for(gear, "bad", "good")

    work_until_idle(gear, Errands(fail_for_one))

    assert states(gear.db) == {"bad": ("waiting", 1), "good": ("done", 1)}


def test_a_job_that_joined_work_which_was_given_up_has_failed_and_its_worker_goes_on(
    gear: Gear,
) -> None:
    async def join(key: str) -> None:
        if key == "joins":
            flight = asyncio.create_task(asyncio.sleep(600))
            asyncio.get_running_loop().call_soon(flight.cancel)
            await flight

    ask_for(gear, "joins", "next")

    async def main() -> None:
        async with running(with_settings(gear, job_workers=1), Errands(join)):
            await until(lambda: states(gear.db) == {"joins": ("waiting", 1), "next": ("done", 1)})

    asyncio.run(main())


# --- parking -----------------------------------------------------------------------------


def test_what_kept_killing_its_worker_is_parked_without_being_tried_again(
    gear: Gear, clock: SetClock
) -> None:
    ask_for(gear, "poison")
    for _ in range(3):
        with gear.db.writing() as conn:
            assert jobs.take(conn, clock.now(), "died", 30, [KIND]) is not None
        clock.move(seconds=31)

    errands = Errands(succeed)
    work_until_idle(gear, errands)

    assert errands.begun == []
    assert errands.told == [("poison", "the process that worked on it died each time")]
    assert states(gear.db)["poison"][0] == "parked"


def test_what_could_not_be_told_is_told_again_and_the_worker_goes_on(
    gear: Gear, clock: SetClock
) -> None:
    def refuse(_key: str, _error: str) -> None:
        if len(errands.told) == 1:
            raise Conflict("Not in this state.")

    async def fail_for_one(key: str) -> None:
        if key == "bad":
            await fail(key)

    errands = Errands(fail_for_one, refuse)
    ask_for(gear, "bad", "good")

    async def main() -> None:
        async with running(with_settings(gear, job_workers=1, job_attempts=1), errands):
            await until(lambda: states(gear.db)["good"] == ("done", 1))
            assert states(gear.db)["bad"] == ("running", 1)
            clock.move(seconds=31)
            await until(lambda: states(gear.db)["bad"][0] == "parked")

    asyncio.run(main())

    assert [key for key, _ in errands.told] == ["bad", "bad"]


# --- stopping ----------------------------------------------------------------------------


def test_what_is_under_way_at_a_stop_is_given_back_and_does_not_count(gear: Gear) -> None:
    errands = Errands(hang)
    ask_for(gear, "1", "2")

    async def main() -> None:
        async with running(gear, errands):
            await until(lambda: len(errands.begun) == 2)

    asyncio.run(main())

    assert states(gear.db) == {"1": ("waiting", 0), "2": ("waiting", 0)}


@pytest.mark.parametrize("after_s", [0.0, 0.001, 0.003, 0.006, 0.01, 0.015, 0.02, 0.03])
def test_a_stop_at_any_moment_leaves_no_job_in_dead_hands(gear: Gear, after_s: float) -> None:
    ask_for(gear, *map(str, range(8)))

    async def main() -> None:
        task = asyncio.create_task(Runner(gear, Errands(hang).kinds()).run())
        await asyncio.sleep(after_s)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(main())

    assert set(states(gear.db).values()) == {("waiting", 0)}


# --- leases ------------------------------------------------------------------------------


def test_a_job_that_takes_longer_than_its_lease_is_not_taken_over(hasty: Gear) -> None:
    async def take_long(_key: str) -> None:
        await asyncio.sleep(2.5)

    errands = Errands(take_long)
    ask_for(hasty, "7")

    async def main() -> None:
        async with running(hasty, errands), running(hasty, errands):
            await until(lambda: states(hasty.db) == {"7": ("done", 1)})

    asyncio.run(main())

    assert errands.begun == ["7"]


def test_leases_are_renewed_also_when_work_fills_all_threads(hasty: Gear) -> None:
    filling = asyncio.Event()

    async def fill_all_threads(_key: str) -> None:
        filling.set()
        await asyncio.gather(*(asyncio.to_thread(time.sleep, 2.5) for _ in range(2)))

    errands = Errands(fill_all_threads)
    ask_for(hasty, "7")

    def take() -> TakenJob | None:
        with hasty.db.writing() as conn:
            return jobs.take(conn, hasty.clock.now(), "peer", 600, [KIND])

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(2))
        with ThreadPoolExecutor(1) as elsewhere:
            async with running(with_settings(hasty, job_workers=1), errands):
                await asyncio.wait_for(filling.wait(), 30)
                await asyncio.sleep(2)
                assert await loop.run_in_executor(elsewhere, take) is None
                await until(lambda: states(hasty.db) == {"7": ("done", 1)})

    asyncio.run(main())


def test_who_lost_a_job_stops_working_on_it_and_leaves_it_to_its_new_holder(
    hasty: Gear,
) -> None:
    interrupted = asyncio.Event()

    async def notice(key: str) -> None:
        try:
            await hang(key)
        except asyncio.CancelledError:
            interrupted.set()
            raise

    errands = Errands(notice)
    ask_for(hasty, "7")

    def take_over() -> TakenJob | None:
        later = hasty.clock.now() + timedelta(seconds=60)
        with hasty.db.writing() as conn:
            return jobs.take(conn, later, "peer", 600, [KIND])

    async def main() -> TakenJob | None:
        async with running(hasty, errands):
            await until(lambda: errands.begun)
            peer = await asyncio.to_thread(take_over)
            await asyncio.wait_for(interrupted.wait(), 30)
        return peer

    peer = asyncio.run(main())

    assert peer is not None
    assert states(hasty.db) == {"7": ("running", 2)}
    with hasty.db.writing() as conn:
        assert jobs.finish(conn, peer)
