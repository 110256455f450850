"""How this process asks external indexes: whose turn it is, who rests, who has what not.

For each connector there are two breakers, one for its pages and one for its files, which often
come from elsewhere; and a gate that lets only so many questions about pages through at a time,
those first for whose answer somebody waits. All of it is for one event loop, and forgotten
with the process: the database knows what indexes said, this knows how they are.
"""

from __future__ import annotations

import asyncio
import logging
import math
import random
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from affineur.core.breakers import Allowance, Breaker, Failure, State
from affineur.core.errors import DomainError, UpstreamTrouble
from affineur.core.names import ProjectName
from affineur.core.ports import Clock
from affineur.store.snapshots import Key

_LOG = logging.getLogger(__name__)
_MOST_AT_ONCE = 64
_MOST_BEHIND = 4
"""How many of them are questions for whose answer nobody waits."""
_MOST_WAITING = 1000
_MOST_TROUBLES = 10_000
_MOST_MISSING = 20_000
_MOST_UNKNOWN = 1000.0
_UNKNOWN_PER_S = 20.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """A question to an external index failed, and rests until a moment."""

    error: UpstreamTrouble
    until: datetime


@dataclass(eq=False, slots=True)
class Question:
    """A question about a page, from the moment somebody wants to know."""

    key: Key
    is_urgent: bool
    """Whether somebody waits for the answer."""
    is_for_good: bool = False
    """Whether it is kept in the database even that nobody has such a project: a view of the past
    was told of it, and must never say anything else."""
    task: asyncio.Task[None] | None = None
    called: asyncio.Future[None] | None = None
    error: DomainError | None = None
    """What came of it, if not an answer."""


class Gate:
    """Lets only so many questions through at a time; urgent ones first, in order."""

    def __init__(self) -> None:
        self._inside: set[Question] = set()
        self._urgent: dict[Question, None] = {}
        self._patient: dict[Question, None] = {}

    @property
    def is_full(self) -> bool:
        """Whether too many wait already."""
        return len(self._urgent) + len(self._patient) >= _MOST_WAITING

    @property
    def inside(self) -> int:
        """How many questions are under way."""
        return len(self._inside)

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._urgent) + len(self._patient)

    async def enter(self, question: Question) -> None:
        """Wait for one's turn."""
        if self._has_room(question):
            self._inside.add(question)
            return
        question.called = asyncio.get_running_loop().create_future()
        (self._urgent if question.is_urgent else self._patient)[question] = None
        try:
            await question.called
        except asyncio.CancelledError:
            self.leave(question)  # it may have been called in the same moment
            raise

    def leave(self, question: Question) -> None:
        """Make way for the next; no error for one that never got in."""
        for among in (self._urgent, self._patient):
            among.pop(question, None)
        self._inside.discard(question)
        self._call()

    def hurry(self, question: Question) -> None:
        """Note that somebody waits for the answer now."""
        question.is_urgent = True
        if question in self._patient:
            del self._patient[question]
            self._urgent[question] = None
        self._call()

    def _call(self) -> None:
        for among in (self._urgent, self._patient):
            while among and self._has_room(first := next(iter(among))):
                del among[first]
                self._inside.add(first)
                if first.called is not None and not first.called.done():
                    first.called.set_result(None)

    def _has_room(self, question: Question) -> bool:
        if len(self._inside) >= _MOST_AT_ONCE:
            return False
        return question.is_urgent or sum(not one.is_urgent for one in self._inside) < _MOST_BEHIND


@dataclass(slots=True)
class Guard:
    """A breaker, and the way through it."""

    what: str
    """What is asked for, for the log: `pages` or `files`."""
    breaker: Breaker = Breaker()

    @contextmanager
    def asking(self, clock: Clock, url: str, question: str) -> Iterator[Guard]:
        """Ask something in the `with`, if it may be asked; raise `UpstreamTrouble` if not.

        The question is answered when the `with` ends well, or earlier by `note_answer`.
        """
        resting = self.resting(clock.now(), url)
        if resting is not None:
            raise resting
        self.breaker = self.breaker.ask(clock.now())
        turn = self.breaker.turn
        try:
            yield self
        except UpstreamTrouble as error:
            self._note_trouble(clock.now(), url, (question, turn), error)
            raise
        except BaseException:
            self.breaker = self.breaker.drop(turn)
            raise
        self.note_answer(clock.now(), url)

    def resting(self, now: datetime, url: str) -> UpstreamTrouble | None:
        """Say why the index must not be asked now; None when it may be."""
        wait_s = self.breaker.wait_s(now)
        if wait_s <= 0:
            return None
        failure = self.breaker.last_failure
        cause = failure.cause if failure is not None else "it did not answer"
        return UpstreamTrouble(
            f"The index {_host(url)} is away ({cause}); it is asked again in "
            f"{math.ceil(wait_s)} s.",
            hint="What was asked for before is still served.",
            cause=cause,
            retry_after_s=wait_s,
        )

    def note_answer(self, now: datetime, url: str) -> None:
        """Note that the index answers."""
        if self.breaker.opened_at is not None:
            _LOG.warning("The index %s gives %s again.", url, self.what)
        self.breaker = self.breaker.answer(now)

    def _note_trouble(
        self, now: datetime, url: str, asked: tuple[str, int], error: UpstreamTrouble
    ) -> None:
        question, turn = asked
        failure = Failure(question, error.cause, now, error.retry_after_s)
        if error.index_answers:
            self.note_answer(now, url)
            return
        before = self.breaker.state(now)
        self.breaker = self.breaker.fail(failure, turn, random.random())  # noqa: S311  no secret
        if before is State.CLOSED and self.breaker.state(now) is State.OPEN:
            _LOG.warning("The index %s gives no %s: %s.", url, self.what, error.cause)


@dataclass(slots=True)
class Line:
    """One connector to an external index, as this process uses it."""

    url: str = ""
    """Where it leads; empty until it was asked."""
    pages: Guard = field(default_factory=lambda: Guard("pages"))
    files: Guard = field(default_factory=lambda: Guard("files"))
    gate: Gate = field(default_factory=Gate)


@dataclass(slots=True)
class Outside:
    """All lines of one process, and what they last came back with."""

    questions: dict[Key, Question] = field(default_factory=dict)
    """What is being asked now, for others to join."""
    unknown: Allowance = Allowance(_MOST_UNKNOWN, _UNKNOWN_PER_S)
    """How many names that nobody has may still be asked for."""
    _lines: dict[int, Line] = field(default_factory=dict)
    _troubles: OrderedDict[Key, Trouble] = field(default_factory=OrderedDict)
    _missing: OrderedDict[ProjectName, Mapping[int, datetime]] = field(default_factory=OrderedDict)

    def line(self, connector_id: int) -> Line:
        """Give the line of a connector."""
        return self._lines.setdefault(connector_id, Line())

    def asked(self, key: Key) -> Question | None:
        """Give the question about a page that is under way, if there is one."""
        question = self.questions.get(key)
        is_over = question is None or question.task is None or question.task.done()
        return None if is_over else question

    # Questions that failed

    def note_trouble(self, key: Key, trouble: Trouble) -> None:
        """Remember a failure, forgetting the oldest when there are too many."""
        self._troubles.pop(key, None)
        self._troubles[key] = trouble
        if len(self._troubles) > _MOST_TROUBLES:
            self._troubles.popitem(last=False)

    def forget_trouble(self, key: Key) -> None:
        """Note that it was answered."""
        self._troubles.pop(key, None)

    def refusal(self, key: Key, now: datetime) -> UpstreamTrouble | None:
        """Say why this is not to be asked now, and when it may be; None when it may."""
        line = self.line(key.connector_id)
        resting = line.pages.resting(now, line.url)
        trouble = self._troubles.get(key)
        left_s = (trouble.until - now).total_seconds() if trouble is not None else 0.0
        if trouble is None or left_s <= 0 or (resting and (resting.retry_after_s or 0) > left_s):
            return resting
        error = trouble.error
        return UpstreamTrouble(
            f"The index {_host(line.url)} cannot tell about '{key.project}': {error.cause}.",
            hint=error.hint,
            cause=error.cause,
            retry_after_s=left_s,
        )

    # Names that an index has not

    def note_missing(self, key: Key, now: datetime) -> None:
        """Remember that an index has no such project, forgetting what was learnt first."""
        known = dict(self._missing.pop(key.project, {}))
        self._missing[key.project] = {**known, key.connector_id: now}
        if len(self._missing) > _MOST_MISSING:
            self._missing.popitem(last=False)

    def forget_missing(self, key: Key) -> None:
        """Forget that: the database knows better now."""
        known = dict(self._missing.pop(key.project, {}))
        known.pop(key.connector_id, None)
        if known:
            self._missing[key.project] = known

    def missing(self, project: ProjectName) -> Mapping[int, datetime]:
        """Give when which connector's index said that it has no such project."""
        return self._missing.get(project, {})

    def missing_of(self, connector_id: int) -> int:
        """Count the names that a connector's index has not."""
        with suppress(RuntimeError):  # it changed meanwhile: a count need not be exact
            return sum(connector_id in known for known in self._missing.values())
        return len(self._missing)


def _host(url: str) -> str:
    """Name an index to readers of its feed, without the path, in which some have a token."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
