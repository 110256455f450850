"""What the job queue must do, on every database."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, select

from affineur.store import jobs
from affineur.store.database import Database, open_database
from affineur.store.jobs import JobState, TakenJob
from affineur.store.schema import job
from support.clocks import NOON
from support.racing import at_once

VET = "vet-item"
LEASE_S = 30.0
SOON = NOON + timedelta(seconds=1)
LATER = NOON + timedelta(seconds=31)
"""When a lease taken at noon is over."""


def enqueue(database: Database, *keys: str, kind: str = VET) -> None:
    with database.writing() as conn:
        for key in keys:
            jobs.enqueue(conn, NOON, kind, key)


def taken(database: Database, worker: str = "w", now: datetime = NOON) -> TakenJob:
    found = take(database, worker, now)
    assert found is not None
    return found


def take(database: Database, worker: str = "w", now: datetime = NOON) -> TakenJob | None:
    with database.writing() as conn:
        return jobs.take(conn, now, worker, LEASE_S, [VET])


def changed(database: Database, change: Callable[[Connection], bool]) -> bool:
    with database.writing() as conn:
        return change(conn)


def standing(database: Database, key: str) -> tuple[str, int, str | None]:
    with database.reading() as conn:
        row = conn.execute(
            select(job.c.state, job.c.attempts, job.c.error).where(job.c.key == key)
        ).one()
    return row.state, row.attempts, row.error


# --- enqueuing ---------------------------------------------------------------------------


def test_an_enqueued_job_is_taken_by_whoever_asks(database: Database) -> None:
    enqueue(database, "7")

    job_in_hand = taken(database, "w")

    assert (job_in_hand.kind, job_in_hand.key, job_in_hand.attempt) == (VET, "7", 1)
    assert standing(database, "7") == (JobState.RUNNING, 1, None)


def test_a_job_whose_cause_was_undone_is_not_there(database: Database) -> None:
    def fail() -> None:
        with database.writing() as conn:
            jobs.enqueue(conn, NOON, VET, "7")
            raise LookupError

    with pytest.raises(LookupError):
        fail()

    assert take(database) is None


def test_a_job_that_waits_is_not_enqueued_again(database: Database) -> None:
    enqueue(database, "7")
    enqueue(database, "7")

    taken(database)
    assert take(database) is None


def test_enqueuing_does_not_shorten_the_wait_of_a_job_that_failed(database: Database) -> None:
    enqueue(database, "7")
    first = taken(database)
    changed(database, lambda conn: jobs.retry(conn, first, "no luck", SOON))

    enqueue(database, "7")

    assert take(database) is None
    assert taken(database, now=SOON).attempt == 2


def parked(conn: Connection, job_in_hand: TakenJob) -> bool:
    return jobs.park(conn, job_in_hand, "no luck")


@pytest.mark.parametrize("end", [jobs.finish, parked])
def test_a_job_that_came_to_an_end_can_be_asked_for_again(
    database: Database, end: Callable[[Connection, TakenJob], bool]
) -> None:
    enqueue(database, "7")
    first = taken(database)
    changed(database, lambda conn: end(conn, first))

    enqueue(database, "7")

    assert standing(database, "7") == (JobState.WAITING, 0, None)
    assert taken(database).attempt == 1


def test_a_job_enqueued_while_it_runs_is_done_once_more(database: Database) -> None:
    enqueue(database, "7")
    first = taken(database, "w")

    enqueue(database, "7")
    second = taken(database, "w")

    assert not changed(database, lambda conn: jobs.finish(conn, first))
    assert standing(database, "7")[0] == JobState.RUNNING
    assert changed(database, lambda conn: jobs.finish(conn, second))


def test_the_same_key_of_another_kind_is_another_job(database: Database) -> None:
    enqueue(database, "7", kind="resolve-request")
    enqueue(database, "7")

    with database.writing() as conn:
        both = [jobs.take(conn, NOON, "w", LEASE_S, [VET, "resolve-request"]) for _ in range(2)]

    assert [one.kind for one in both if one] == ["resolve-request", VET]


# --- taking ------------------------------------------------------------------------------


def test_many_who_ask_at_once_never_get_the_same_job(database: Database) -> None:
    enqueue(database, *map(str, range(12)))

    found = [one for _ in range(2) for one in at_once(8, lambda: take(database))]

    keys = [one.key for one in found if one is not None]
    assert sorted(keys, key=int) == [str(number) for number in range(12)]


def test_the_job_that_waited_longest_is_taken_first(database: Database) -> None:
    with database.writing() as conn:
        jobs.enqueue(conn, SOON, VET, "younger")
        jobs.enqueue(conn, NOON, VET, "older")

    assert [taken(database, now=SOON).key for _ in range(2)] == ["older", "younger"]


def test_jobs_of_other_kinds_are_left(database: Database) -> None:
    enqueue(database, "7", kind="resolve-request")

    assert take(database) is None


def test_whether_there_is_work_can_be_asked_without_taking_it(database: Database) -> None:
    def is_work() -> bool:
        with database.reading() as conn:
            return jobs.is_work(conn, NOON, [VET])

    assert not is_work()
    enqueue(database, "7")
    assert is_work()
    taken(database)
    assert not is_work()


# --- leases ------------------------------------------------------------------------------


def test_a_job_is_taken_over_when_its_lease_is_over_and_not_before(database: Database) -> None:
    enqueue(database, "7")
    taken(database, "dead")

    assert take(database, "peer", NOON + timedelta(seconds=29)) is None
    assert taken(database, "peer", LATER).attempt == 2


def test_a_renewed_lease_holds_longer(database: Database) -> None:
    enqueue(database, "7")
    first = taken(database)

    assert changed(database, lambda conn: jobs.renew(conn, SOON, first, LEASE_S))

    assert take(database, "peer", NOON + timedelta(seconds=30)) is None
    assert take(database, "peer", LATER) is not None


@pytest.mark.parametrize("peer", ["w", "peer"])
def test_who_lost_a_job_cannot_change_it_any_more(database: Database, peer: str) -> None:
    enqueue(database, "7")
    lost = taken(database, "w")
    second = taken(database, peer, LATER)

    assert not changed(database, lambda conn: jobs.renew(conn, LATER, lost, LEASE_S))
    assert not changed(database, lambda conn: jobs.finish(conn, lost))
    assert not changed(database, lambda conn: jobs.retry(conn, lost, "late", LATER))
    assert not changed(database, lambda conn: jobs.give_back(conn, LATER, lost))
    assert not changed(database, lambda conn: jobs.park(conn, lost, "late"))

    assert standing(database, "7") == (JobState.RUNNING, 2, None)
    assert changed(database, lambda conn: jobs.finish(conn, second))


# --- ends --------------------------------------------------------------------------------


def test_a_finished_job_is_not_taken_again(database: Database) -> None:
    enqueue(database, "7")
    first = taken(database)

    assert changed(database, lambda conn: jobs.finish(conn, first))

    assert take(database, now=LATER) is None
    assert not changed(database, lambda conn: jobs.finish(conn, first))


def test_a_failed_job_waits_and_remembers_why(database: Database) -> None:
    enqueue(database, "7")
    first = taken(database)
    changed(database, lambda conn: jobs.retry(conn, first, "no luck", SOON))

    assert take(database) is None
    second = taken(database, now=SOON)

    with database.reading() as conn:
        assert jobs.last_error(conn, second) == "no luck"
    assert second.attempt == 2


def test_a_job_given_back_is_free_at_once_and_the_attempt_does_not_count(
    database: Database,
) -> None:
    enqueue(database, "7")
    first = taken(database)

    assert changed(database, lambda conn: jobs.give_back(conn, NOON, first))

    assert taken(database).attempt == 1


def test_a_parked_job_is_left_alone(database: Database) -> None:
    enqueue(database, "7")
    first = taken(database)

    assert changed(database, lambda conn: jobs.park(conn, first, "no luck"))

    assert take(database, now=LATER) is None
    assert standing(database, "7") == (JobState.PARKED, 1, "no luck")


def test_jobs_outlive_the_server(database: Database) -> None:
    enqueue(database, "1", "2")
    taken(database)
    database.close()

    again = open_database(database.engine.url.render_as_string(hide_password=False))
    found = [taken(again, now=LATER) for _ in range(2)]
    again.close()

    assert sorted((one.key, one.attempt) for one in found) == [("1", 2), ("2", 1)]


def test_jobs_are_counted_by_their_state(database: Database) -> None:
    enqueue(database, "1", "2", "3")
    first = taken(database)
    changed(database, lambda conn: jobs.finish(conn, first))
    taken(database)

    with database.reading() as conn:
        assert jobs.counts(conn) == {"done": 1, "running": 1, "waiting": 1}


# --- again and again ---------------------------------------------------------------------


def due(database: Database) -> datetime | None:
    with database.reading() as conn:
        return jobs.waits_until(conn, VET)


def plan(database: Database, now: datetime = NOON) -> None:
    with database.writing() as conn:
        jobs.plan(conn, now, [VET])


def hasten(database: Database, not_before: datetime) -> None:
    with database.writing() as conn:
        jobs.hasten(conn, NOON, VET, not_before)


def test_what_is_done_again_and_again_is_planned_once(database: Database) -> None:
    assert due(database) is None
    plan(database)
    plan(database, LATER)

    assert due(database) == NOON
    assert taken(database).key == ""
    plan(database, LATER)
    assert take(database) is None


def test_a_repeated_job_waits_until_it_is_due_with_all_its_attempts(database: Database) -> None:
    plan(database)
    first = taken(database)

    assert changed(database, lambda conn: jobs.repeat(conn, first, LATER, "no luck"))

    assert (take(database), standing(database, "")) == (None, (JobState.WAITING, 0, "no luck"))
    assert taken(database, now=LATER).attempt == 1


def test_who_lost_a_repeated_job_cannot_put_it_back(database: Database) -> None:
    plan(database)
    lost = taken(database)
    taken(database, "peer", LATER)

    assert not changed(database, lambda conn: jobs.repeat(conn, lost, LATER, None))


def test_a_hastened_job_is_done_sooner_and_never_later(database: Database) -> None:
    plan(database, LATER)
    hasten(database, SOON)
    assert due(database) == SOON

    hasten(database, LATER)

    assert due(database) == SOON


def test_a_job_hastened_while_it_runs_is_done_once_more(database: Database) -> None:
    plan(database)
    first = taken(database)

    hasten(database, SOON)

    assert not changed(database, lambda conn: jobs.repeat(conn, first, LATER, None))
    assert (take(database), due(database)) == (None, SOON)
    assert take(database, now=SOON) is not None


def test_a_job_can_be_asked_for_later(database: Database) -> None:
    with database.writing() as conn:
        jobs.enqueue(conn, NOON, VET, "7", SOON)

    assert (take(database), taken(database, now=SOON).key) == (None, "7")


def test_only_what_was_done_long_ago_is_forgotten(database: Database) -> None:
    enqueue(database, "done", "parked", "waits")
    first, second = taken(database), taken(database)
    changed(database, lambda conn: jobs.finish(conn, first))
    changed(database, lambda conn: parked(conn, second))

    with database.writing() as conn:
        assert jobs.forget_done(conn, NOON) == 0
        assert jobs.forget_done(conn, SOON) == 1

    with database.reading() as conn:
        assert jobs.counts(conn) == {"parked": 1, "waiting": 1}
