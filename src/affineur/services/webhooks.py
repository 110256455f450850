"""Webhooks: who is told of which events. Administrators make, test and end them.

A webhook tells what stands in the audit log of the whole server, so whoever makes one may read
that. It is the server's from then on, and outlives its maker's rights. What is told, and when,
stands in `services.webhook_telling`. See docs/decisions/0029-webhooks.md.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from affineur.core import webhooks as rules
from affineur.core.errors import BadInput, Conflict, NotFound
from affineur.core.events import Event
from affineur.core.findings import Fact
from affineur.core.notifier import Answered, Receiver, Unreached
from affineur.core.permissions import Actor, Permission, require
from affineur.services.gear import Gear
from affineur.store import audit
from affineur.store import webhooks as store
from affineur.store.webhooks import Delivery, Webhook

MOST_DELIVERIES = 200
_LARGEST_ID = 2**31 - 1


@dataclass(frozen=True, slots=True)
class NewlyMade:
    """A webhook that was just made: the only time that its secret is seen."""

    webhook: Webhook
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Standing:
    """A webhook, and what became of the last message."""

    webhook: Webhook
    last: Delivery | None


def webhooks(gear: Gear, actor: Actor) -> tuple[Standing, ...]:
    """List the webhooks that stand."""
    _permit(actor)
    with gear.db.reading() as conn:
        found = store.webhooks(conn)
        last = store.latest(conn, [one.id for one in found])
    return tuple(Standing(one, last.get(one.id)) for one in found)


def webhook(gear: Gear, actor: Actor, number: int) -> Standing:
    """Find one webhook."""
    _permit(actor)
    with gear.db.reading() as conn:
        found = existing(conn, number)
        return Standing(found, store.latest(conn, [number]).get(number))


def add_webhook(gear: Gear, actor: Actor, name: str, url: str, actions: Sequence[str]) -> NewlyMade:
    """Make a webhook that is told every matching event from now on."""
    _permit(actor)
    secret = rules.make_secret(secrets.token_bytes(rules.SECRET_BYTES))
    new = store.NewWebhook(
        rules.parse_name(name), rules.parse_url(url), rules.parse_patterns(actions), secret
    )
    with gear.db.writing() as conn:
        standing = store.webhooks(conn)
        if len(standing) >= store.MOST_WEBHOOKS:
            raise Conflict(f"There are {store.MOST_WEBHOOKS} webhooks already.", hint="End one.")
        if new.name in {one.name for one in standing}:
            raise Conflict(f"There is a webhook '{new.name}' already.", hint="Choose another name.")
        now = gear.clock.now()
        own_seq = audit.head(conn).seq + 1
        number = store.add(conn, now, actor.name, new, own_seq)
        audit.record(conn, now, actor, Event("webhook.made", f"webhook:{number}", None, facts(new)))
        return NewlyMade(existing(conn, number), secret)


def end_webhook(gear: Gear, actor: Actor, number: int) -> None:
    """End a webhook: nothing is told any more, nor what was still to be told."""
    _permit(actor)
    with gear.db.writing() as conn:
        known = existing(conn, number)
        now = gear.clock.now()
        store.end(conn, now, number)
        before: dict[str, Fact] = {"name": known.name}
        audit.record(conn, now, actor, Event("webhook.ended", f"webhook:{number}", before))


async def test_webhook(gear: Gear, actor: Actor, number: int) -> Delivery:
    """Send a message that tells of nothing, once, and say what came of it."""
    known, receiver = await asyncio.to_thread(_to_be_tested, gear, actor, number)
    nonce, now = secrets.token_hex(16), gear.clock.now()
    letter = rules.test_letter(known.name, nonce, now, gear.public_url)
    came = await gear.notify.send(receiver, letter)
    return await asyncio.to_thread(_note_test, gear, number, came)


def deliveries(
    gear: Gear, actor: Actor, number: int, before: int | None = None, limit: int = 50
) -> tuple[Delivery, ...]:
    """List what became of telling a webhook, newest first, from before an id on."""
    _permit(actor)
    if not 1 <= limit <= MOST_DELIVERIES or not 1 <= (before or 1) <= _LARGEST_ID:
        raise BadInput(f"Ask for 1 to {MOST_DELIVERIES} deliveries before number 1 or a later one.")
    with gear.db.reading() as conn:
        existing(conn, number)
        return store.deliveries(conn, number, before, limit)


def existing(conn: Connection, number: int) -> Webhook:
    """Find a webhook that stands, or raise `NotFound`."""
    found = store.find(conn, number) if 0 < number <= _LARGEST_ID else None
    if found is None:
        raise NotFound(f"There is no webhook {number}.", hint="See: affineur webhook list")
    return found


def facts(new: Webhook | store.NewWebhook) -> dict[str, Fact]:
    """Say what of a webhook stands in the log; of its URL no path, which may be a key."""
    return {"name": new.name, "origin": rules.origin(new.url), "actions": list(new.actions)}


def trouble(came: Answered | Unreached) -> str | None:
    """Word what came of a message; None when it was taken."""
    if isinstance(came, Unreached):
        return f"The receiver was not told: {came.reason}."
    return None if came.is_taken else f"The receiver answered {came.status}."


def _permit(actor: Actor) -> None:
    require(actor, Permission.SERVER_ADMIN)
    require(actor, Permission.AUDIT_READ)


def _to_be_tested(gear: Gear, actor: Actor, number: int) -> tuple[Webhook, Receiver]:
    _permit(actor)
    with gear.db.reading() as conn:
        return existing(conn, number), store.receiver(conn, number)


def _note_test(gear: Gear, number: int, came: Answered | Unreached) -> Delivery:
    now = gear.clock.now()
    values = {
        "webhook_id": number,
        "event_seq": 0,
        "attempts": 1,
        "status": came.status if isinstance(came, Answered) else None,
        "error": trouble(came),
        "tried_at": now,
        "done_at": now,
    }
    with gear.db.writing() as conn:
        store.keep_delivery(conn, None, values)
        return store.latest(conn, [number])[number]
