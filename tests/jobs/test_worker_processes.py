"""Worker processes that die: what they held is taken over, and what kills them is parked."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from affineur.bootstrap import SystemClock
from affineur.config import Settings
from affineur.jobs.runner import Runner
from affineur.services.gear import Gear
from affineur.store.database import Database
from support.gear import make_gear
from support.working import Errands, ask_for, states, until

LEASE_S = 1.0
SUPPORT = Path(__file__).parents[1]

WORKER = f"""
import asyncio, os, signal, sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])
from affineur.bootstrap import SystemClock
from affineur.config import Settings
from affineur.jobs.runner import Runner
from affineur.store.database import open_database
from support.gear import make_gear
from support.working import Errands

async def act(key):
    print(key, flush=True)
    if key == "poison":
        os.kill(os.getpid(), signal.SIGKILL)
    await asyncio.sleep(600)

async def main():
    settings = Settings(job_lease_s={LEASE_S}, job_workers=1)
    gear = make_gear(open_database(sys.argv[2]), SystemClock(), Path(), settings=settings)
    await Runner(gear, Errands(act).kinds()).run()

asyncio.run(main())
"""


@pytest.fixture
def gear(database: Database, tmp_path: Path) -> Gear:
    settings = Settings(data=tmp_path, job_lease_s=LEASE_S, job_workers=1)
    return make_gear(database, SystemClock(), tmp_path, settings=settings)


@contextmanager
def worker_on(database: Database) -> Iterator[subprocess.Popen[str]]:
    url = database.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", WORKER, str(SUPPORT), url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
        try:
            yield worker
        finally:
            worker.kill()


def first_line(worker: subprocess.Popen[str]) -> str:
    assert worker.stdout is not None
    return worker.stdout.readline().strip()


async def succeed(_key: str) -> None:
    """There is nothing to do."""


def work_until(gear: Gear, errands: Errands, ends: set[tuple[str, int]]) -> None:
    """Run a peer until all jobs have come to these ends."""

    async def main() -> None:
        runner = Runner(gear, errands.kinds())
        task = asyncio.create_task(runner.run())
        try:
            await until(lambda: set(states(gear.db).values()) == ends)
        finally:
            runner.stop()
            await task

    asyncio.run(main())


def test_what_a_killed_worker_held_is_done_by_its_peer(gear: Gear) -> None:
    ask_for(gear, "7")
    with worker_on(gear.db) as worker:
        assert first_line(worker) == "7"
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    assert states(gear.db) == {"7": ("running", 1)}

    errands = Errands(succeed)
    work_until(gear, errands, {("done", 2)})

    assert errands.begun == ["7"]


def test_a_living_worker_keeps_its_job_from_its_peers(gear: Gear) -> None:
    ask_for(gear, "held")
    errands = Errands(succeed)
    with worker_on(gear.db) as worker:
        assert first_line(worker) == "held"
        ask_for(gear, "free")

        work_until(gear, errands, {("running", 1), ("done", 1)})

    assert errands.begun == ["free"]


def test_a_worker_that_hung_and_woke_up_does_not_disturb_who_took_over(gear: Gear) -> None:
    ask_for(gear, "7")
    errands = Errands(succeed)
    with worker_on(gear.db) as worker:
        assert first_line(worker) == "7"
        worker.send_signal(signal.SIGSTOP)
        work_until(gear, errands, {("done", 2)})

        worker.send_signal(signal.SIGCONT)
        ask_for(gear, "next")
        assert first_line(worker) == "next"  # it has let go of the first

        assert states(gear.db) == {"7": ("done", 2), "next": ("running", 1)}


def test_a_job_that_kills_every_worker_is_parked(gear: Gear) -> None:
    ask_for(gear, "poison")
    for _ in range(gear.settings.job_attempts):
        with worker_on(gear.db) as worker:
            assert first_line(worker) == "poison"
            assert worker.wait() == -signal.SIGKILL

    errands = Errands(succeed)
    work_until(gear, errands, {("parked", 4)})

    assert errands.begun == []
    assert [key for key, _ in errands.told] == ["poison"]
