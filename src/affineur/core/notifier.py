"""The port through which others are told: one signed message to one receiver."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who is told, and the secret by which it knows us."""

    url: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Letter:
    """One message. Sent again it keeps its id, by which a receiver knows what it has."""

    id: str
    sent_at: datetime
    body: bytes
    """A JSON object."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The receiver answered with this HTTP status; nothing else of its answer is read."""

    status: int

    @property
    def is_taken(self) -> bool:
        """Whether it took the message."""
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Unreached:
    """Nobody answered; nobody knows whether the message arrived."""

    reason: str
    """The end of a sentence, such as "it did not answer within 10 s"."""


class Notifier(Protocol):
    """Sends messages to receivers outside."""

    async def send(self, receiver: Receiver, letter: Letter) -> Answered | Unreached:
        """Post a message once, signed as `core.webhooks.headers` says, and tell what came of it.

        No redirect is followed, no credentials but the signature are sent, and no address out of
        `core.webhooks.is_within_reach` is connected to, whatever the receiver's name leads to. It
        takes ten seconds at most and raises nothing.
        """
        ...
