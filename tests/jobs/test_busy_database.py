"""A database that another writer keeps to himself for a while."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from affineur.bootstrap import SystemClock
from affineur.config import Settings
from affineur.jobs.runner import Runner
from affineur.store.database import Database
from support.gear import make_gear
from support.working import Errands, ask_for, states, until


async def _nothing(_key: str) -> None:
    """There is nothing to do."""


def test_the_runner_outlives_a_database_that_is_busy(
    sqlite: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # given a job, and a writer who does not let go; nobody waits long for him here
    def hasten(connection: Any, *_: object) -> None:  # Any: sqlite3's, per DB-API
        connection.execute("PRAGMA busy_timeout=20")

    event.listen(sqlite.engine, "checkout", hasten)
    gear = make_gear(
        sqlite, SystemClock(), tmp_path, settings=Settings(data=tmp_path, job_workers=1)
    )
    errands = Errands(_nothing)
    ask_for(gear, "one")
    writer = sqlite3.connect(str(sqlite.engine.url.database), isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")

    # when the runner wants to take the job, is refused, and the writer goes
    async def working() -> None:
        runner = Runner(gear, errands.kinds())
        task = asyncio.create_task(runner.run())
        with caplog.at_level(logging.WARNING):
            await until(lambda: "rests a moment" in caplog.text)
        writer.execute("ROLLBACK")
        await until(lambda: states(sqlite) == {"one": ("done", 1)})
        runner.stop()
        await task

    asyncio.run(working())
    writer.close()

    # then it has done the job once
    assert errands.begun == ["one"]
