"""Asking external indexes again: one question per project and connector at a time.

Whoever needs an answer that is under way joins the question. Whether an index may be asked at
all is said in `services.outside`, what becomes of its answers in `services.keeping`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Connection

from affineur.core.errors import DomainError, UpstreamTrouble
from affineur.core.files import IndexFile
from affineur.core.ports import Missing, NotModified, Site, UpstreamPage
from affineur.services.gear import Gear
from affineur.services.keeping import SYSTEM, Changed, News, NotThere, Unchanged
from affineur.services.outside import Question, Trouble
from affineur.store import feeds as feed_store
from affineur.store import snapshots
from affineur.store.snapshots import Key, LastSeen, Snapshot

__all__ = ["SYSTEM", "refresh", "refresh_behind", "stop_asking"]

_LOG = logging.getLogger(__name__)
_REST = timedelta(seconds=5)
"""How long an index that failed is not asked again for the same project."""
_ASK_SOON_S = 2.0
"""When to come back for an answer that is on its way."""


async def refresh(
    gear: Gear, keys: Sequence[Key], wait_s: float, *, for_good: bool = False
) -> UpstreamTrouble | None:
    """Ask for these pages now, waiting so long; return the trouble that one of them met.

    What takes longer goes on behind, and its answer is kept when it comes. `for_good` is
    explained at `Question.is_for_good`.
    """
    asked = {key: question for key in keys if (question := _ask_now(gear, key)) is not None}
    for question in asked.values():
        question.is_for_good = question.is_for_good or for_good
    tasks = [one.task for one in asked.values() if one.task is not None]
    if tasks and wait_s > 0:
        await asyncio.wait(tasks, timeout=wait_s)
    troubles = [_outcome(gear, key, asked.get(key)) for key in keys]
    return next((one for one in troubles if one is not None), None)


def refresh_behind(gear: Gear, keys: Sequence[Key]) -> None:
    """Ask for these pages again when there is room for it; nobody waits for the answers."""
    for key in keys:
        is_full = gear.outside.line(key.connector_id).gate.is_full
        is_asked = gear.outside.asked(key) is not None
        if not is_asked and not is_full and not gear.outside.refusal(key, gear.clock.now()):
            _begin(gear, Question(key, is_urgent=False))


async def stop_asking(gear: Gear) -> None:
    """Give up all questions that are under way."""
    tasks = [one.task for one in gear.outside.questions.values() if one.task is not None]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _ask_now(gear: Gear, key: Key) -> Question | None:
    """Join the question under way, or ask; None while that must not be asked."""
    gate = gear.outside.line(key.connector_id).gate
    question = gear.outside.asked(key)
    if question is not None:
        gate.hurry(question)
        gear.keeper.hurry()
        return question
    if gate.is_full or gear.outside.refusal(key, gear.clock.now()) is not None:
        return None
    return _begin(gear, Question(key, is_urgent=True))


def _begin(gear: Gear, question: Question) -> Question:
    gear.outside.questions[question.key] = question
    question.task = asyncio.create_task(_answer(gear, question))
    return question


def _outcome(gear: Gear, key: Key, question: Question | None) -> UpstreamTrouble | None:
    """Say what became of a question as far as one waited; raise what is no trouble outside."""
    if question is None:
        refusal = gear.outside.refusal(key, gear.clock.now())
        return refusal or _later("Too much is being asked of external indexes now.")
    if question.task is not None and not question.task.done():
        return _later(f"The external index has not answered yet about '{key.project}'.")
    if isinstance(question.error, UpstreamTrouble):
        return gear.outside.refusal(key, gear.clock.now()) or question.error
    if question.error is not None:
        raise question.error
    return None


def _later(message: str) -> UpstreamTrouble:
    return UpstreamTrouble(message, hint="Try again in a moment.", retry_after_s=_ASK_SOON_S)


async def _answer(gear: Gear, question: Question) -> None:
    """See a question through to its end, whatever that is; only the question hears of it."""
    try:
        await _see_through(gear, question)
    except UpstreamTrouble as error:
        question.error = error
    except DomainError as error:
        question.error = error
        _LOG.warning("The page of %s was not read again: %s", question.key.project, error.message)
    except Exception:  # noqa: BLE001  nobody above could tell it: there may be nobody
        question.error = DomainError("Reading a page again failed.", code="internal")
        _LOG.exception("Reading the page of %s again failed", question.key.project)
    finally:
        gear.outside.questions.pop(question.key, None)


async def _see_through(gear: Gear, question: Question) -> None:
    key = question.key
    gate = gear.outside.line(key.connector_id).gate
    await gate.enter(question)
    try:
        site, before = await gear.db.read(_before, gear, key)
        if not question.is_for_good and _is_fresh(gear, before):  # answered just before
            return
        answer = await _ask(gear, key, site, before)
    finally:
        gate.leave(question)
    gear.outside.forget_trouble(key)
    if isinstance(answer, Missing) and not before.is_known and not question.is_for_good:
        gear.outside.note_missing(key, gear.clock.now())
        return
    answers = await asyncio.to_thread(_news, gear, key, before, answer)
    await gear.keeper.keep(gear.db, answers, is_urgent=question.is_urgent)
    gear.outside.forget_missing(key)


def _is_fresh(gear: Gear, before: LastSeen) -> bool:
    if before.fetched_at is None:
        return False
    return gear.clock.now() < before.fetched_at + timedelta(seconds=gear.settings.page_fresh_s)


async def _ask(
    gear: Gear, key: Key, site: Site, before: LastSeen
) -> UpstreamPage | NotModified | Missing:
    line = gear.outside.line(key.connector_id)
    line.url = site.url
    with line.pages.asking(gear.clock, site.url, key.project):
        try:
            return await gear.upstream.page(site, key.project, before.etag)
        except UpstreamTrouble as error:
            now = gear.clock.now()
            gear.outside.note_trouble(key, Trouble(error, now + _REST))
            _LOG.warning("%s Its last good page is used, if there is one.", error.message)
            raise


def _before(conn: Connection, gear: Gear, key: Key) -> tuple[Site, LastSeen]:
    site = feed_store.site(conn, key.connector_id, gear.settings)
    return site, snapshots.last_seen(conn, key)


def _news(
    gear: Gear, key: Key, before: LastSeen, answer: UpstreamPage | NotModified | Missing
) -> list[News]:
    """Say what is to be kept of an answer.

    With the first page of a project goes what is remembered of indexes that had it not: they
    must not become unknown again, or on the day that they are away nobody could answer; and a
    file that this index gives now was not there then, whatever its upload time says.
    """
    now = gear.clock.now()
    if isinstance(answer, NotModified):
        return [Unchanged(key, before.digest or "", now)]
    if isinstance(answer, Missing):
        new = Snapshot(now, is_missing=True, files=())
    else:
        files = _one_each(answer.files)
        new = Snapshot(now, is_missing=False, files=files, facts=answer.facts, etag=answer.etag)
    new = snapshots.write_out(key, new)
    if snapshots.digest_of(key, new) == before.digest:
        return [Unchanged(key, before.digest, now)]
    others = gear.outside.missing(key.project).items()
    missing = [NotThere(Key(one, key.project), at) for one, at in others]
    return [*missing, Changed(key, new)]


def _one_each(files: Sequence[IndexFile]) -> tuple[IndexFile, ...]:
    """Give the first of each filename: a page that names one twice is not asked which it means."""
    first: dict[str, IndexFile] = {}
    for file in files:
        first.setdefault(file.filename.text, file)
    return tuple(first.values())
