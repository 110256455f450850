"""Telling webhooks what happened: each event in its order, at least once.

The audit log is the source. A webhook knows the number of the last event that it needs no more; the
job of its number tells the next ones and moves that number on. So nothing is written for a webhook
in the transaction that causes an event, and nothing is lost with a process: what was sent, but not
noted, is sent again under the same id.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from affineur.core import webhooks as rules
from affineur.core.events import SealedEvent
from affineur.core.notifier import Answered, Receiver, Unreached
from affineur.services.gear import Gear
from affineur.services.webhooks import trouble
from affineur.store import audit, jobs
from affineur.store import webhooks as store
from affineur.store.webhooks import Delivery, Webhook

TELL = "tell-webhook"
_MOST_AT_ONCE = 100
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Errand:
    """The next event that a webhook is told."""

    webhook: Webhook
    receiver: Receiver
    event: SealedEvent
    known: Delivery | None
    """What became of it so far."""


def webhooks_behind(conn: Connection, now: datetime) -> Sequence[str]:
    """Name the webhooks that there is something to do for."""
    return store.behind(conn, now, TELL)


async def tell_webhook(gear: Gear, key: str) -> None:
    """Tell a webhook what it was not told yet; after a vain attempt, again after a pause."""
    number = int(key)
    await asyncio.to_thread(_leave_out_old, gear, number)
    for _ in range(_MOST_AT_ONCE):
        errand = await gear.db.read(_next, number)
        if errand is None:
            await gear.db.write(_move_on, number)
            return
        letter = rules.letter(errand.event, gear.clock.now(), gear.public_url)
        came = await gear.notify.send(errand.receiver, letter)
        if not await asyncio.to_thread(_note, gear, errand, came):
            return


def telling_parked(_gear: Gear, key: str, error: str) -> None:
    """Say that it kept failing; what was not told yet is tried again some minutes later."""
    _LOG.error("Telling webhook %s kept failing: %s", key, error)


def _leave_out_old(gear: Gear, number: int) -> None:
    """Move on past what is too old to be told, and say so in the record."""
    now = gear.clock.now()
    with gear.db.reading() as conn:
        known = store.find(conn, number)
        too_old = store.last_before(conn, now - rules.KEPT_TRYING)
        if known is None or too_old <= known.seen_seq:
            return
        is_missed = store.is_any_told(conn, known, too_old)
    days = rules.KEPT_TRYING.days
    values = {
        "webhook_id": number,
        "event_seq": too_old,
        "attempts": 0,
        "error": f"What happened up to event {too_old} was not told: it is older than {days} days.",
        "done_at": now,
    }
    with gear.db.writing() as conn:
        store.give_up_trying(conn, now, number)
        if is_missed:
            store.keep_delivery(conn, None, values)
        store.see(conn, number, too_old)


def _next(conn: Connection, number: int) -> Errand | None:
    """Find what is to be told next."""
    known = store.find(conn, number)
    event = None if known is None else store.next_event(conn, known)
    if known is None or event is None:
        return None
    delivery = store.delivery(conn, number, event.seq)
    return Errand(known, store.receiver(conn, number), event, delivery)


def _move_on(conn: Connection, number: int) -> None:
    """Note that nothing up to the end of the log is to be told, if that still holds."""
    known = store.find(conn, number)
    if known is not None and store.next_event(conn, known) is None:
        store.see(conn, number, audit.head(conn).seq)


def _note(gear: Gear, errand: Errand, came: Answered | Unreached) -> bool:
    """Write down what came of an attempt; say whether the next event is told at once."""
    now, seq = gear.clock.now(), errand.event.seq
    attempts = (errand.known.attempts if errand.known else 0) + 1
    status = came.status if isinstance(came, Answered) else None
    error = trouble(came)
    is_over = error is None or rules.is_given_up(attempts, status)
    values = {
        "webhook_id": errand.webhook.id,
        "event_seq": seq,
        "attempts": attempts,
        "status": status,
        "error": error,
        "tried_at": now,
        "done_at": now if is_over else None,
    }
    with gear.db.writing() as conn:
        if store.find(conn, errand.webhook.id) is None:
            return False
        store.keep_delivery(conn, errand.known, values)
        if is_over:
            store.see(conn, errand.webhook.id, seq)
        else:
            again_at = now + rules.pause_after(attempts)
            jobs.enqueue(conn, now, TELL, str(errand.webhook.id), again_at)
    return is_over
