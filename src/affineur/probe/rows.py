"""What a row is, what may come out of looking at it, and how a look ends early."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from affineur.probe.messages import Ask, Reply
    from affineur.probe.samples import Session


class Level(StrEnum):
    """How much a client may rely on a row."""

    MUST = "must"
    SHOULD = "should"
    MAY = "may"


class Outcome(StrEnum):
    """What came out of looking at a row."""

    KEPT = "kept"
    BROKEN = "broken"
    """It is there, and not as the row says."""
    ABSENT = "absent"
    """It is not there, and nothing pretends that it is."""
    NOT_APPLICABLE = "not applicable"
    """Something that the row speaks of does not exist here."""
    UNKNOWN = "could not tell"


@dataclass(frozen=True, slots=True)
class Row:
    """One claim about an index."""

    id: str
    title: str
    source: str
    """The PEP or RFC that says so."""
    level: Level


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of one row, with its evidence."""

    outcome: Outcome
    answer: str
    """The decisive bit of the answer, or why there is none."""
    request: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A row with what came out of it."""

    group: str
    row: Row
    verdict: Verdict

    @property
    def fails(self) -> bool:
        """Whether the index cannot be said to keep this, although it must."""
        done = {Outcome.KEPT, Outcome.NOT_APPLICABLE}
        return self.row.level is Level.MUST and self.verdict.outcome not in done


Judge = Callable[["Session"], Awaitable[Verdict]]


@dataclass(frozen=True, slots=True)
class Check:
    """A row, and the function that looks at it."""

    row: Row
    judge: Judge


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that belong together."""

    title: str
    checks: tuple[Check, ...]


def must(name: str, title: str, source: str, judge: Judge) -> Check:
    """Make the check of a row that clients rely on."""
    return Check(Row(name, title, source, Level.MUST), judge)


def should(name: str, title: str, source: str, judge: Judge) -> Check:
    """Make the check of a row that clients are better off with."""
    return Check(Row(name, title, source, Level.SHOULD), judge)


def may(name: str, title: str, source: str, judge: Judge) -> Check:
    """Make the check of a row that an index is free to leave out."""
    return Check(Row(name, title, source, Level.MAY), judge)


def kept(reply: Reply | None, answer: str) -> Verdict:
    """Say that the row is kept."""
    return _verdict(Outcome.KEPT, reply, answer)


def broken(reply: Reply | None, answer: str) -> Verdict:
    """Say that the row is broken."""
    return _verdict(Outcome.BROKEN, reply, answer)


def absent(reply: Reply | None, answer: str) -> Verdict:
    """Say that the thing is not there."""
    return _verdict(Outcome.ABSENT, reply, answer)


def _verdict(outcome: Outcome, reply: Reply | None, answer: str) -> Verdict:
    return Verdict(outcome, answer, "" if reply is None else reply.ask.told)


class Ends(Exception):
    """Looking at a row ends without a verdict of its own."""

    outcome = Outcome.UNKNOWN

    def __init__(self, answer: str, ask: Ask | None = None) -> None:
        super().__init__(answer)
        self.verdict = Verdict(self.outcome, answer, "" if ask is None else ask.told)


class CannotTell(Ends):
    """What would be needed for a verdict is not there, or did not come."""


class Trouble(CannotTell):
    """A request brought no answer that could be used."""


class DoesNotApply(Ends):
    """The row speaks of something that does not exist here."""

    outcome = Outcome.NOT_APPLICABLE
