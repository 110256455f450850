"""How the server is, told to whoever keeps it, without a secret."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import update

from affineur.blobs import LocalBlobs
from affineur.config import Settings
from affineur.core.errors import Conflict, Forbidden, NotFound
from affineur.core.permissions import OPERATOR
from affineur.services import server_state
from affineur.services.gear import Gear
from affineur.services.requests import RESOLVE
from affineur.services.webhook_telling import TELL
from affineur.store import jobs
from affineur.store.database import Database
from affineur.store.jobs import JobState
from affineur.store.schema import job
from support.clocks import SetClock
from support.gear import make_gear, somebody

SECRETIVE = Settings(
    database_url="postgresql://ada:pw-canary@db.example:5432/affineur?password=pw-canary",
    upstream="https://ada:pw-canary@index.example/simple/",
    advisories_url="https://advisories.example/all.zip?key=pw-canary",
)


@pytest.fixture
def gear(database: Database, clock: SetClock, tmp_path: Path) -> Gear:
    return make_gear(database, clock, tmp_path, blobs=LocalBlobs(tmp_path / "blobs"))


def park(gear: Gear, kind: str, key: str) -> int:
    with gear.db.writing() as conn:
        jobs.enqueue(conn, gear.clock.now(), kind, key)
        conn.execute(update(job).values(state=JobState.PARKED, error="No luck."))
        return jobs.standing(conn, JobState.PARKED, 10)[-1].id


def test_the_state_tells_what_an_operator_asks_first(gear: Gear) -> None:
    found = server_state.state(gear, OPERATOR)

    assert found.database == ("SQLite" if gear.db.is_sqlite else "PostgreSQL")
    assert (found.waiting, found.parked, found.events) == ((), (), 0)
    assert [one.name for one in found.name_lists] == ["popular"]
    assert found.advisories.as_of is None
    assert found.free_bytes is not None


def test_a_parked_job_is_told_with_its_error_and_tried_again(gear: Gear) -> None:
    number = park(gear, TELL, "1")

    (parked,) = server_state.state(gear, OPERATOR).parked
    assert (parked.kind, parked.key, parked.error) == (TELL, "1", "No luck.")
    server_state.try_again(gear, OPERATOR, number)

    found = server_state.state(gear, OPERATOR)
    assert (found.parked, found.job_counts) == ((), {"waiting": 1})


def test_what_became_part_of_a_request_is_not_tried_again(gear: Gear) -> None:
    number = park(gear, RESOLVE, "7")

    (parked,) = server_state.state(gear, OPERATOR).parked
    assert not server_state.can_be_tried_again(parked)
    with pytest.raises(Conflict):
        server_state.try_again(gear, OPERATOR, number)


@pytest.mark.parametrize("number", [0, -1, 99, 2**40])
def test_there_is_no_other_job(gear: Gear, number: int) -> None:
    with pytest.raises(NotFound):
        server_state.try_again(gear, OPERATOR, number)


def test_settings_are_shown_with_their_sentences_and_without_secrets() -> None:
    shown = {one.name: one for one in server_state.shown_settings(SECRETIVE)}

    assert "pw-canary" not in repr(shown)
    assert shown["upstream"].value == "https://index.example/simple/"
    assert shown["database_url"].value == "postgresql://db.example:5432/affineur"
    assert not shown["upstream"].is_default
    assert shown["sdists"].value == "yes"
    assert shown["pythons"].value == "3.11, 3.12, 3.13, 3.14"
    assert all(one.sentence.endswith(".") for one in shown.values())


def test_only_administrators_are_told(gear: Gear) -> None:
    with pytest.raises(Forbidden):
        server_state.state(gear, somebody("manager"))
    with pytest.raises(Forbidden):
        server_state.try_again(gear, somebody("manager"), 1)
