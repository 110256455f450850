"""The pages at `/audit`: every event, found and written out, and how far the chain is checked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import orjson

from affineur.core.errors import BadInput, NotFound
from affineur.core.events import SealedEvent
from affineur.services import audit
from affineur.services.audit import AuditQuery
from affineur.store.audit import Head
from affineur.web.http import Answer
from affineur.web.ui.answers import fragment, page, redirect
from affineur.web.ui.downloads import download
from affineur.web.ui.links import url
from affineur.web.ui.routing import Route
from affineur.web.ui.visit import Visit

_FIELDS = ("actor", "action", "subject", "text", "since", "until")
_TELLING = (
    "reason",
    "comment",
    "requirements",
    "files",
    "name",
    "grant",
    "pattern",
    "state",
    "browser",
)
"""Of these facts the first that an event has says the most."""
_LONGEST_GIST = 80
_PAGES = {"request": "/requests", "feed": "/feeds", "user": "/settings/users"}


async def listed(visit: Visit) -> Answer:
    """Show the events that are looked for, the newest first."""
    typed = {name: visit.query(name) for name in _FIELDS}
    error: BadInput | None = None
    events: tuple[SealedEvent, ...] = ()
    newer: int | None = None
    older: int | None = None
    try:
        query = _query(typed)
        before, after = visit.asked.number("before"), visit.asked.number("after")
        if after is not None:
            found = await visit.ask(audit.search_on, query, after=after)
            events, older = found.events[::-1], after + 1
            newer = found.next_seq
        else:
            found = await visit.ask(audit.search, query, before=before)
            events, older = found.events, found.next_seq
            newer = before - 1 if before else None
    except BadInput as refused:
        error = refused
    asked = {name: value for name, value in typed.items() if value}
    return await page(
        visit,
        "audit/events.html",
        title="Audit",
        status=200 if error is None else 400,
        events=events,
        typed=typed,
        asked=asked,
        is_narrowed=bool(asked),
        error=error,
        older=url("/audit", **asked, before=older) if older else "",
        newer=url("/audit", **asked, after=newer) if newer is not None else "",
        actions=await visit.ask(audit.known_actions),
        facts=_facts,
        gist=_gist,
        **await _chain(visit),
    )


async def one(visit: Visit, number: str) -> Answer:
    """Show one event whole."""
    seq = int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0
    event = await visit.ask(audit.one_event, seq)
    if event is None:
        raise NotFound(f"There is no event {number[:20]}.", hint="See /audit.")
    return await page(
        visit,
        "audit/event.html",
        title=f"Event {event.seq}",
        one=event,
        facts=_facts,
        page_of=_page_of,
    )


async def export(visit: Visit) -> Answer:
    """Write out the events that are looked for, as a file."""
    query = _query({name: visit.query(name) for name in _FIELDS})
    form = visit.query("format", "jsonl")
    return download("audit", form, await visit.ask(audit.export, query, form))


async def chain(visit: Visit) -> Answer:
    """Show how far the check of the chain is."""
    if visit.is_partial:
        return await fragment(visit, "audit/_chain.html", **await _chain(visit))
    return redirect(visit, "/audit#chain")


async def check(visit: Visit) -> Answer:
    """Begin to check the chain."""
    from_beginning = visit.form.text("from") == "beginning"
    await audit.begin_check(visit.gear, visit.actor, from_beginning=from_beginning)
    return redirect(visit, "/audit#chain")


async def compare(visit: Visit) -> Answer:
    """Say whether the log still has a head that was written down."""
    seq, digest = visit.asked.number("seq"), visit.query("hash")
    error, has_it = None, None
    if seq is not None or digest:
        try:
            has_it = await visit.ask(audit.compare, Head(seq or 0, digest))
        except BadInput as refused:
            error = refused
    return await page(
        visit,
        "audit/compare.html",
        title="Compare a head",
        seq=seq,
        digest=digest,
        has_it=has_it,
        error=error,
        head=await visit.ask(audit.head),
    )


# --- parts -------------------------------------------------------------------------------


async def _chain(visit: Visit) -> Mapping[str, object]:
    head = await visit.ask(audit.head)
    return {"head": head, "chain": await visit.ask(audit.chain_state)}


def _query(typed: Mapping[str, str]) -> AuditQuery:
    return AuditQuery(
        typed["actor"],
        typed["action"],
        typed["subject"],
        typed["text"],
        _moment(typed["since"]),
        _moment(typed["until"]),
    )


def _moment(text: str) -> datetime | None:
    """Read a day or a moment, as browsers and people write them; in UTC unless it says else."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(
            f"'{text[:40]}' is not a day or a moment.", hint="Write it as 2026-11-21."
        ) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _facts(told: Mapping[str, object] | None) -> str:
    """Write facts out for a person to read."""
    return "" if told is None else orjson.dumps(dict(told), option=orjson.OPT_INDENT_2).decode()


def _gist(event: SealedEvent) -> str:
    """Say in a few words what an event tells, for whoever scans the list."""
    told = {**(event.event.before or {}), **(event.event.after or {})}
    words = next((_words(told[name]) for name in _TELLING if told.get(name)), "Details")
    return words if len(words) <= _LONGEST_GIST else f"{words[:_LONGEST_GIST]}…"


def _words(fact: object) -> str:
    """Say a fact without brackets: of a table its names."""
    return ", ".join(map(str, fact)) if isinstance(fact, list | dict) else str(fact)


def _page_of(event: SealedEvent) -> str:
    """Give the page of what an event happened to; empty when it has none."""
    kind, _, name = event.event.subject.partition(":")
    place = _PAGES.get(kind)
    return url(place, name) if place and name else ""


ROUTES = (
    Route("GET", "/audit", listed),
    Route("GET", "/audit/export", export),
    Route("GET", "/audit/chain", chain),
    Route("POST", "/audit/chain", check),
    Route("GET", "/audit/compare", compare),
    Route("GET", "/audit/events/{number}", one),
)
