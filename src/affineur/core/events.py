"""Audit events: one for each state change, each carrying the hash of the one before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from affineur.core.findings import Fact

GENESIS = "0" * 64
"""The `previous` hash of the first event."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something was changed: who did what to what, and how it was before and after."""

    action: str
    """What happened, as `thing.verb` in the glossary's words: `request.approved`."""
    subject: str
    """What it happened to, such as `feed:approved` or `request:7`."""
    before: Mapping[str, Fact] | None = None
    after: Mapping[str, Fact] | None = None
    digests: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SealedEvent:
    """An event as it stands in the log."""

    seq: int
    at: datetime
    actor: str
    token_id: int | None
    event: Event
    previous: str
    hash: str


def seal(
    event: Event, *, seq: int, at: datetime, who: tuple[str, int | None], previous: str
) -> SealedEvent:
    """Chain an event to the one before it."""
    actor, token_id = who
    digest = hashlib.sha256(_canonical(event, seq, at, who, previous)).hexdigest()
    return SealedEvent(seq, at, actor, token_id, event, previous, digest)


def verify(events: Iterable[SealedEvent], previous: str = GENESIS) -> str | None:
    """Check a run of the log in order; return what is wrong first, or None."""
    expected_seq: int | None = None
    for sealed in events:
        if expected_seq is not None and sealed.seq != expected_seq:
            return f"event {expected_seq} is missing"
        if sealed.previous != previous:
            return f"event {sealed.seq} does not follow the event before it"
        who = (sealed.actor, sealed.token_id)
        again = seal(sealed.event, seq=sealed.seq, at=sealed.at, who=who, previous=previous)
        if again.hash != sealed.hash:
            return f"event {sealed.seq} was altered"
        previous, expected_seq = sealed.hash, sealed.seq + 1
    return None


def _canonical(
    event: Event, seq: int, at: datetime, who: tuple[str, int | None], previous: str
) -> bytes:
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    parts = [
        seq,
        moment,
        *who,
        event.action,
        event.subject,
        event.before,
        event.after,
        list(event.digests),
        previous,
    ]
    return json.dumps(parts, sort_keys=True, separators=(",", ":")).encode()
