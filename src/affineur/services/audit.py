"""Reading the audit log, and checking that nobody altered it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from affineur.core import events
from affineur.core.errors import BadInput
from affineur.core.events import SealedEvent
from affineur.core.permissions import Actor, Permission, require
from affineur.services.gear import Gear
from affineur.store import audit as store
from affineur.store.audit import Head

MOST_EVENTS = 1_000
_LARGEST_SEQ = 2**63 - 1


@dataclass(frozen=True, slots=True)
class AuditCheck:
    """What checking the whole log came to.

    A log that was cut off at its end still follows from its beginning: compare the head with
    one that was written down elsewhere.
    """

    ok: bool
    problem: str | None
    head_seq: int
    head_hash: str


def log(gear: Gear, actor: Actor, after: int, limit: int) -> tuple[SealedEvent, ...]:
    """Read the events that follow a number, in order."""
    require(actor, Permission.AUDIT_READ)
    if not 0 <= after <= _LARGEST_SEQ or not 1 <= limit <= MOST_EVENTS:
        raise BadInput(f"Ask for 1 to {MOST_EVENTS} events after number 0 or a later one.")
    with gear.db.reading() as conn:
        return store.events(conn, after, limit)


def verify(gear: Gear, actor: Actor) -> AuditCheck:
    """Check the whole log, a page at a time."""
    require(actor, Permission.AUDIT_READ)
    with gear.db.reading() as conn:
        head = store.head(conn)
        problem = events.verify(_all(conn, head))
    return AuditCheck(problem is None, problem, head.seq, head.hash)


def _all(conn: Connection, head: Head) -> Iterator[SealedEvent]:
    """Yield the events up to the head, which more may follow meanwhile."""
    after = 0
    while after < head.seq:
        page = store.events(conn, after, MOST_EVENTS)
        yield from (sealed for sealed in page if sealed.seq <= head.seq)
        after = page[-1].seq
