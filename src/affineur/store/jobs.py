"""What is to be done later: rows with a lease.

A job is enqueued in the transaction that causes it. It only says "look again": what is to be
done is read from the tables it speaks of, so doing it twice does no harm. Whoever takes a job
holds a lease and renews it; when the lease runs out, the next one takes the job over. Each
taking has a name of its own, which fences off a worker that comes back from the dead.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from affineur.store.schema import job


class JobState(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    PARKED = "parked"
    """It kept failing; somebody must look."""


@dataclass(frozen=True, slots=True)
class TakenJob:
    """A job in somebody's hands."""

    id: int
    kind: str
    key: str
    attempt: int
    """1 for the first; also counts attempts whose worker died."""
    holder: str
    """The worker's name and what tells this taking from all others."""


def enqueue(
    conn: Connection, now: datetime, kind: str, key: str, not_before: datetime | None = None
) -> None:
    """Ask for something to be done; while it already waits, nothing changes.

    A job that is running is done once more: it may have read what has changed since.
    """
    standing = conn.execute(
        select(job.c.id, job.c.state).where(job.c.kind == kind, job.c.key == key)
    ).one_or_none()
    fresh: dict[str, Any] = {  # Any: column values
        "state": JobState.WAITING,
        "attempts": 0,
        "not_before": not_before or now,
        "lease_until": None,
        "worker": None,
        "error": None,
        "enqueued_at": now,
    }
    if standing is None:
        conn.execute(insert(job).values(kind=kind, key=key, **fresh))
    elif standing.state != JobState.WAITING:
        conn.execute(update(job).where(job.c.id == standing.id).values(**fresh))


def plan(conn: Connection, now: datetime, kinds: Collection[str]) -> None:
    """See to it that the jobs that are done again and again are there; their keys are empty."""
    standing = select(job.c.kind).where(
        job.c.kind.in_(kinds),
        job.c.key == "",
        job.c.state.in_([JobState.WAITING, JobState.RUNNING]),
    )
    for kind in sorted(set(kinds) - set(conn.scalars(standing))):
        enqueue(conn, now, kind, "")


def hasten(conn: Connection, now: datetime, kind: str, not_before: datetime) -> None:
    """Let a job that is done again and again be done by then; one that runs, once more."""
    question = select(job.c.state, job.c.not_before).where(job.c.kind == kind, job.c.key == "")
    standing = conn.execute(question).one_or_none()
    if standing is None or standing.state != JobState.WAITING:
        enqueue(conn, now, kind, "", not_before)
    elif standing.not_before > not_before:
        which = (job.c.kind == kind, job.c.key == "")
        conn.execute(update(job).where(*which).values(not_before=not_before))


def waits_until(conn: Connection, kind: str) -> datetime | None:
    """Say when a job that is done again and again is due; None when nobody planned it."""
    question = select(job.c.not_before).where(job.c.kind == kind, job.c.key == "")
    return conn.execute(question).scalar_one_or_none()


def take(
    conn: Connection, now: datetime, worker: str, lease_s: float, kinds: Collection[str]
) -> TakenJob | None:
    """Take the job that has waited longest, or one whose worker fell silent; None if there is none.

    Call it in a writing transaction: nobody else takes a job meanwhile. `worker` has at most
    100 characters.
    """
    row = conn.execute(
        select(job.c.id, job.c.kind, job.c.key, job.c.attempts)
        .where(job.c.kind.in_(kinds), _is_free(now))
        .order_by(job.c.not_before, job.c.id)
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    taken = TakenJob(
        row.id, row.kind, row.key, row.attempts + 1, f"{worker}/{secrets.token_hex(8)}"
    )
    conn.execute(
        update(job)
        .where(job.c.id == taken.id)
        .values(
            state=JobState.RUNNING,
            attempts=taken.attempt,
            worker=taken.holder,
            lease_until=now + timedelta(seconds=lease_s),
        )
    )
    return taken


def is_work(conn: Connection, now: datetime, kinds: Collection[str]) -> bool:
    """Say whether there is a job to take; asked while idle, so that nobody writes for nothing."""
    question = select(job.c.id).where(job.c.kind.in_(kinds), _is_free(now)).limit(1)
    return conn.execute(question).first() is not None


def renew(conn: Connection, now: datetime, taken: TakenJob, lease_s: float) -> bool:
    """Keep a job a while longer; False when somebody else has it by now."""
    return _change(conn, taken, lease_until=now + timedelta(seconds=lease_s))


def finish(conn: Connection, taken: TakenJob) -> bool:
    """Note that a job is done; False when somebody else has it by now."""
    return _change(conn, taken, state=JobState.DONE, lease_until=None, error=None)


def repeat(conn: Connection, taken: TakenJob, not_before: datetime, error: str | None) -> bool:
    """Put a job back that is done again and again, with the error that it kept failing with."""
    return _change(
        conn,
        taken,
        state=JobState.WAITING,
        lease_until=None,
        error=error,
        not_before=not_before,
        attempts=0,
    )


def retry(conn: Connection, taken: TakenJob, error: str, not_before: datetime) -> bool:
    """Put a failed job back, to be tried again later."""
    return _change(
        conn,
        taken,
        state=JobState.WAITING,
        lease_until=None,
        error=error,
        not_before=not_before,
    )


def give_back(conn: Connection, now: datetime, taken: TakenJob) -> bool:
    """Put a job back that was interrupted by an orderly stop; the attempt does not count."""
    return _change(
        conn,
        taken,
        state=JobState.WAITING,
        lease_until=None,
        not_before=now,
        attempts=taken.attempt - 1,
    )


def park(conn: Connection, taken: TakenJob, error: str) -> bool:
    """Put a job aside that kept failing."""
    return _change(conn, taken, state=JobState.PARKED, lease_until=None, error=error)


def forget_done(conn: Connection, before: datetime) -> int:
    """Delete the jobs that were due before a moment and are done; return how many."""
    which = (job.c.state == JobState.DONE, job.c.not_before < before)
    return conn.execute(delete(job).where(*which)).rowcount


@dataclass(frozen=True, slots=True)
class StandingJob:
    """A job that waits, runs, or was put aside."""

    id: int
    kind: str
    key: str
    state: JobState
    attempts: int
    not_before: datetime
    enqueued_at: datetime
    error: str | None


def standing(conn: Connection, state: JobState, limit: int) -> tuple[StandingJob, ...]:
    """List jobs in a state, those that are due first before others."""
    found = select(job).where(job.c.state == state).order_by(job.c.not_before, job.c.id)
    return tuple(_standing(row) for row in conn.execute(found.limit(limit)))


def find(conn: Connection, job_id: int) -> StandingJob | None:
    """Find a job, also one that is done."""
    row = conn.execute(select(job).where(job.c.id == job_id)).one_or_none()
    return None if row is None else _standing(row)


def counts(conn: Connection) -> dict[str, int]:
    """Count the jobs in each state."""
    question = select(job.c.state, func.count()).group_by(job.c.state)
    return {row[0]: row[1] for row in conn.execute(question)}


def last_error(conn: Connection, taken: TakenJob) -> str | None:
    """Give the error of the attempt before this one, if it left one."""
    return conn.execute(select(job.c.error).where(job.c.id == taken.id)).scalar_one_or_none()


def _standing(row: Row[Any]) -> StandingJob:  # Any: columns of a table, typed by StandingJob
    return StandingJob(
        id=row.id,
        kind=row.kind,
        key=row.key,
        state=JobState(row.state),
        attempts=row.attempts,
        not_before=row.not_before,
        enqueued_at=row.enqueued_at,
        error=row.error,
    )


def _is_free(now: datetime) -> ColumnElement[bool]:
    waits = and_(job.c.state == JobState.WAITING, job.c.not_before <= now)
    fell_silent = and_(job.c.state == JobState.RUNNING, job.c.lease_until <= now)
    return or_(waits, fell_silent)


def _change(conn: Connection, taken: TakenJob, **values: Any) -> bool:  # Any: column values
    done = conn.execute(
        update(job)
        .where(
            job.c.id == taken.id,
            job.c.state == JobState.RUNNING,
            job.c.worker == taken.holder,
        )
        .values(**values)
    )
    return done.rowcount == 1
