"""Reading the audit log, searching it, writing it out, and checking that nobody altered it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import Connection

from affineur.core import events, spreadsheets
from affineur.core.errors import BadInput
from affineur.core.events import SealedEvent
from affineur.core.permissions import Actor, Permission, require
from affineur.services.chain import ChainState
from affineur.services.gear import Gear
from affineur.store import audit as store
from affineur.store import audit_search
from affineur.store.audit import Head
from affineur.store.audit_search import Found, Wanted

MOST_EVENTS = 1_000
KINDS = ("project", "feed", "request", "user", "token", "connector", "webhook", "secret")
"""What stands before the colon in subjects."""
COLUMNS = (
    "seq",
    "at",
    "actor",
    "token_id",
    "action",
    "subject",
    "before",
    "after",
    "digests",
    "previous",
    "hash",
)
_LARGEST_SEQ = 2**63 - 1
_LONGEST = 300
_FLIGHT = "checking the log"


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


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """What somebody looks for, as they typed it; what is empty is any."""

    actor: str = ""
    action: str = ""
    """An action, or the first part of some: `request.`."""
    subject: str = ""
    """A subject such as `request:7`, or a name: whatever has it."""
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def wanted(self) -> Wanted:
        """Give it as the store is asked; raise `BadInput` for what is too long."""
        for told in (self.actor, self.action, self.subject, self.text):
            if len(told) > _LONGEST:
                raise BadInput(f"Look for at most {_LONGEST} characters.")
        subjects: tuple[str, ...] = ()
        if self.subject:
            is_whole = self.subject.partition(":")[0] in KINDS and ":" in self.subject
            every = tuple(f"{kind}:{self.subject}" for kind in KINDS)
            subjects = (self.subject,) if is_whole else every
        return Wanted(self.actor, self.action, subjects, self.text, self.since, self.until)


# --- reading -----------------------------------------------------------------------------


def log(gear: Gear, actor: Actor, after: int, limit: int) -> tuple[SealedEvent, ...]:
    """Read the events that follow a number, in order."""
    require(actor, Permission.AUDIT_READ)
    _check(after, limit)
    with gear.db.reading() as conn:
        return store.events(conn, after, limit)


def search(
    gear: Gear, actor: Actor, query: AuditQuery, *, before: int | None = None, limit: int = 50
) -> Found:
    """Find events, the newest first; those before a number."""
    require(actor, Permission.AUDIT_READ)
    start = _LARGEST_SEQ if before is None else before
    _check(start, limit)
    with gear.db.reading() as conn:
        return audit_search.before(conn, query.wanted, start, limit)


def search_on(gear: Gear, actor: Actor, query: AuditQuery, *, after: int, limit: int = 50) -> Found:
    """Find events that follow a number, the oldest first."""
    require(actor, Permission.AUDIT_READ)
    _check(after, limit)
    with gear.db.reading() as conn:
        return audit_search.after(conn, query.wanted, after, limit)


def known_actions(gear: Gear, actor: Actor) -> tuple[str, ...]:
    """Name the actions that the log has."""
    require(actor, Permission.AUDIT_READ)
    with gear.db.reading() as conn:
        return audit_search.actions(conn)


def one_event(gear: Gear, actor: Actor, seq: int) -> SealedEvent | None:
    """Give one event; None when there is none of this number."""
    require(actor, Permission.AUDIT_READ)
    if not 0 < seq <= _LARGEST_SEQ:
        return None
    with gear.db.reading() as conn:
        found = store.events(conn, seq - 1, 1)
    return found[0] if found and found[0].seq == seq else None


def head(gear: Gear, actor: Actor) -> Head:
    """Give the end of the log."""
    require(actor, Permission.AUDIT_READ)
    with gear.db.reading() as conn:
        return store.head(conn)


# --- writing it out ----------------------------------------------------------------------


def export(gear: Gear, actor: Actor, query: AuditQuery, form: str) -> Iterator[bytes]:
    """Write out the wanted events in order, as `jsonl` or `csv`, piece by piece.

    What comes while it is written is left out. Raises `BadInput` at once for another form.
    """
    require(actor, Permission.AUDIT_READ)
    wanted = query.wanted
    if form not in {"jsonl", "csv"}:
        raise BadInput(f"{form[:40]!r} is no form of the log.", hint="Forms: jsonl, csv.")
    if form == "jsonl":
        return (_line(one) for one in _wanted(gear, wanted))
    return spreadsheets.lines(COLUMNS, (_cells(one) for one in _wanted(gear, wanted)))


def _wanted(gear: Gear, wanted: Wanted) -> Iterator[SealedEvent]:
    """Read a part at a time: no transaction stays open while somebody takes the pieces."""
    with gear.db.reading() as conn:
        last = store.head(conn).seq
    after: int | None = 0
    while after is not None and after < last:
        with gear.db.reading() as conn:
            found = audit_search.after(conn, wanted, after, MOST_EVENTS)
        yield from (one for one in found.events if one.seq <= last)
        after = found.next_seq


def _line(one: SealedEvent) -> bytes:
    return orjson.dumps(
        dict(zip(COLUMNS, _facts(one), strict=True)), option=orjson.OPT_APPEND_NEWLINE
    )


def _cells(one: SealedEvent) -> Iterator[object]:
    for value in _facts(one):
        is_told = isinstance(value, dict | list)
        yield orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode() if is_told else value


def _facts(one: SealedEvent) -> tuple[object, ...]:
    event = one.event
    before = None if event.before is None else dict(event.before)
    after = None if event.after is None else dict(event.after)
    told = (event.action, event.subject, before, after, list(event.digests))
    return (one.seq, one.at.isoformat(), one.actor, one.token_id, *told, one.previous, one.hash)


# --- checking ----------------------------------------------------------------------------


def verify(gear: Gear, actor: Actor) -> AuditCheck:
    """Check the whole log, a page at a time."""
    require(actor, Permission.AUDIT_READ)
    with gear.db.reading() as conn:
        end = store.head(conn)
        problem = events.verify(_all(conn, end))
    return AuditCheck(problem is None, problem, end.seq, end.hash)


def chain_state(gear: Gear, actor: Actor) -> ChainState:
    """Say what this process knows of the chain."""
    require(actor, Permission.AUDIT_READ)
    return gear.chain.state


async def begin_check(gear: Gear, actor: Actor, *, from_beginning: bool) -> ChainState:
    """Begin to check the log behind, or join the check that runs.

    Unless it is `from_beginning`, it goes on behind the events that this process has checked.
    """
    end = await asyncio.to_thread(head, gear, actor)
    if gear.chain.begin(end.seq, from_beginning=from_beginning) is not None:
        gear.flights[_FLIGHT] = asyncio.create_task(asyncio.to_thread(_check_on, gear))
    return gear.chain.state


def compare(gear: Gear, actor: Actor, older: Head) -> bool:
    """Whether the log still has the event that was its head once, with the same hash."""
    require(actor, Permission.AUDIT_READ)
    if not 0 < older.seq <= _LARGEST_SEQ:
        raise BadInput("A head has a number from 1 on.")
    with gear.db.reading() as conn:
        return audit_search.hash_of(conn, older.seq) == older.hash.strip().lower()


def _check_on(gear: Gear) -> None:
    """Check from what is known on, each part in a short transaction."""
    try:
        problem = None
        while problem is None and gear.chain.state.checked_seq < gear.chain.state.target_seq:
            problem = _check_part(gear, gear.chain.state)
        gear.chain.end(gear.clock.now(), problem)
    finally:
        gear.chain.give_up()


def _check_part(gear: Gear, state: ChainState) -> str | None:
    with gear.db.reading() as conn:
        part = store.events(conn, state.checked_seq, MOST_EVENTS)
    if not part or part[0].seq != state.checked_seq + 1:
        return f"event {state.checked_seq + 1} is missing"
    problem = events.verify(part, state.checked_hash)
    if problem is None:
        gear.chain.advance(part[-1].seq, part[-1].hash)
    return problem


def _all(conn: Connection, end: Head) -> Iterator[SealedEvent]:
    """Yield the events up to the head, which more may follow meanwhile."""
    after = 0
    while after < end.seq:
        page = store.events(conn, after, MOST_EVENTS)
        yield from (sealed for sealed in page if sealed.seq <= end.seq)
        after = page[-1].seq


def _check(seq: int, limit: int) -> None:
    if not 0 <= seq <= _LARGEST_SEQ or not 1 <= limit <= MOST_EVENTS:
        raise BadInput(f"Ask for 1 to {MOST_EVENTS} events after number 0 or a later one.")
