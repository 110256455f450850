"""The audit log: events that are chained as the product chains them, so that they verify."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta

from affineur.core.events import Event, SealedEvent, seal
from affineur.core.findings import Fact
from bench.house.people import Opened
from bench.house.rows import Rows, moment, text
from bench.house.shape import House

_SINCE = timedelta(days=729)
_ACTIONS = (
    *("listing.added",) * 40,
    *("request.made",) * 14,
    *("request.vetting",) * 14,
    *("request.approved",) * 10,
    *("request.rejected",) * 3,
    *("token.made",) * 5,
    *("token.revoked",) * 4,
    *("incident.new-advisory",) * 4,
    *("waiver.made",) * 2,
    *("listing.yanked",) * 2,
    "block.made",
    "policy.changed",
)
_COLUMNS = "seq at actor token_id action subject before after digests previous hash"


def fill(rows: Rows, house: House, opened: Opened) -> None:
    """Go on with the log behind the events that are there, up to a minute ago."""
    seq, previous = rows.one("SELECT seq, hash FROM audit_event ORDER BY seq DESC LIMIT 1")
    rows.put("audit_event", _COLUMNS, _chain(house, opened, (seq, previous)))


def _chain(house: House, opened: Opened, head: tuple[int, str]) -> Iterator[tuple[object, ...]]:
    first, previous = head
    chance = random.Random(9)  # noqa: S311  nothing is kept secret by it
    begin = house.now - _SINCE
    step = (_SINCE - timedelta(minutes=1)) / house.scale.events
    for turn in range(house.scale.events - first):
        event, who = _event(chance, house, opened)
        at = begin + step * turn
        sealed = seal(event, seq=first + turn + 1, at=at, who=who, previous=previous)
        previous = sealed.hash
        yield _row(sealed)


def _event(
    chance: random.Random, house: House, opened: Opened
) -> tuple[Event, tuple[str, int | None]]:
    action = chance.choice(_ACTIONS)
    kind = action.partition(".")[0]
    by = chance.choice(opened.developers if action == "request.made" else opened.approvers)
    name = house.name(chance.randrange(house.scale.projects))
    number = chance.randint(1, house.scale.requests)
    subjects = {
        "request": f"request:{number}",
        "token": f"token:{number}",
        "listing": "feed:approved",
        "policy": "feed:approved",
    }
    digest = f"{chance.getrandbits(256):064x}"
    told: dict[str, dict[str, Fact]] = {
        "request": {"state": action.partition(".")[2], "requirements": [name]},
        "listing": {"files": {f"{name}-1.0.tar.gz": digest}, "decision": number},
        "block": {"id": number, "version": None, "reason": "It sends the environment away."},
    }
    after = told.get(kind, {"name": name, "number": number})
    digests = (digest,) if kind in {"listing", "request"} else ()
    event = Event(action, subjects.get(kind, f"project:{name}"), None, after, digests)
    return event, (by, opened.tokens[by])


def _row(one: SealedEvent) -> tuple[object, ...]:
    event = one.event
    after = None if event.after is None else text(dict(event.after))
    return (
        *(one.seq, moment(one.at), one.actor, one.token_id, event.action, event.subject),
        *(None, after, text(list(event.digests)), one.previous, one.hash),
    )
