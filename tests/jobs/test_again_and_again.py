"""What is done again and again: by one at a time, whatever happens to those who do it."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from affineur.bootstrap import SystemClock
from affineur.config import Settings
from affineur.core.errors import UpstreamTrouble
from affineur.jobs.runner import Runner
from affineur.services.gear import Gear
from affineur.services.jobs import JobKind, job_kinds
from affineur.store import jobs
from affineur.store.database import Database
from affineur.store.jobs import JobState
from support.clocks import SetClock
from support.gear import make_gear
from support.working import Errands, states, until

ROUND = "round"
HOUR_S = 3600.0


def again(errands: Errands) -> Mapping[str, JobKind]:
    (kind,) = errands.kinds().values()
    return {ROUND: JobKind(kind.handle, kind.parked, every_s=HOUR_S)}


@pytest.fixture
def gear(database: Database, clock: SetClock, tmp_path: Path) -> Gear:
    settings = Settings(data=tmp_path, job_workers=2, job_attempts=2)
    return make_gear(database, clock, tmp_path, settings=settings)


async def succeed(_key: str) -> None:
    """There is nothing to do."""


async def fail(_key: str) -> None:
    raise UpstreamTrouble("No luck.")


def work_until_idle(gear: Gear, errands: Errands) -> None:
    asyncio.run(Runner(gear, again(errands)).run_until_idle())


def plan(gear: Gear) -> None:
    with gear.db.writing() as conn:
        jobs.plan(conn, gear.clock.now(), [ROUND])


def test_a_runner_plans_what_is_done_again_and_again(gear: Gear) -> None:
    errands = Errands(succeed)

    async def main() -> None:
        runners = [Runner(gear, again(errands)) for _ in range(3)]
        tasks = [asyncio.create_task(one.run()) for one in runners]
        await until(lambda: states(gear.db) == {"": (JobState.WAITING, 0)} and errands.begun)
        for one in runners:
            one.stop()
        await asyncio.gather(*tasks)

    asyncio.run(main())

    assert errands.begun == [""]


def test_it_is_done_again_an_hour_after_it_was_done(gear: Gear, clock: SetClock) -> None:
    errands = Errands(succeed)
    plan(gear)
    work_until_idle(gear, errands)
    work_until_idle(gear, errands)
    assert errands.begun == [""]

    clock.move(hours=1)
    work_until_idle(gear, errands)

    assert errands.begun == ["", ""]


def test_what_keeps_failing_is_told_and_tried_again_an_hour_later(
    gear: Gear, clock: SetClock
) -> None:
    errands = Errands(fail)
    plan(gear)
    for _ in range(4):
        work_until_idle(gear, errands)
        clock.move(seconds=2)
    assert (len(errands.begun), errands.told) == (2, [("", "No luck.")])

    clock.move(hours=1)
    work_until_idle(gear, errands)

    assert len(errands.begun) == 3


def test_what_a_dead_worker_left_undone_is_done_by_its_peer(
    database: Database, tmp_path: Path
) -> None:
    settings = Settings(data=tmp_path, job_workers=1, job_lease_s=0.5)
    gear = make_gear(database, SystemClock(), tmp_path, settings=settings)
    plan(gear)
    with database.writing() as conn:
        assert jobs.take(conn, gear.clock.now(), "dead", 0.5, [ROUND]) is not None
    errands = Errands(succeed)

    async def main() -> None:
        runner = Runner(gear, again(errands))
        task = asyncio.create_task(runner.run())
        await until(lambda: errands.begun)
        runner.stop()
        await task

    asyncio.run(main())

    assert errands.begun == [""]


def test_the_server_keeps_house_and_asks_for_advisories_every_hour() -> None:
    def again(settings: Settings) -> dict[str, float]:
        kinds = job_kinds(settings)
        return {name: kind.every_s for name, kind in kinds.items() if kind.every_s}

    hour_s = timedelta(hours=1).total_seconds()
    always = {"keep-house": hour_s, "concerns": 60.0, "read-requirements": 24 * hour_s}
    assert again(Settings()) == always | {"sync-advisories": hour_s}
    assert again(Settings(advisories_every_s=60.0))["sync-advisories"] == 60
    assert again(Settings(advisories_every_s=0.0)) == always
