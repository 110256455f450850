"""The pages at `/ask`: a box for what people have, and the draft that comes of it, live."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from affineur.core.errors import BadInput, Conflict, DomainError
from affineur.core.findings import Verdict
from affineur.core.given import Given
from affineur.core.given_files import read_file, read_text
from affineur.core.names import FeedName, parse_feed_name
from affineur.core.permissions import Permission
from affineur.core.policy_values import Reason
from affineur.core.requests import ItemState, Request, RequestState, verdict_of
from affineur.services import drafts
from affineur.web.http import Answer
from affineur.web.ui.answers import fragment, page, redirect
from affineur.web.ui.forms import read_number
from affineur.web.ui.links import url
from affineur.web.ui.routing import Route
from affineur.web.ui.visit import Visit

_MOST_PREFILLED = 50
_SENT = {
    RequestState.APPROVED: "Sent, and approved at once: it can be installed now.",
    RequestState.REVIEW: "Sent. It waits for an approver now.",
    RequestState.DENIED: "Sent, and denied by the policy.",
}


async def box(visit: Visit) -> Answer:
    """Show the box, empty or with what a link or a draft that is changed brings."""
    feeds = await visit.ask(drafts.askable)
    instead_of = visit.query("instead_of")
    typed = "\n".join(visit.queries("requirement")[:_MOST_PREFILLED])
    if instead_of:
        draft = await visit.ask(drafts.show, read_number(instead_of))
        typed = _as_typed(draft)
    return await _box(visit, feeds, typed=typed, feed=visit.query("feed"), instead_of=instead_of)


async def look(visit: Visit) -> Answer:
    """Read what was given and make a draft of it; what cannot be read is shown again."""
    form = visit.form
    try:
        given = await asyncio.to_thread(_read, visit)
        feed = parse_feed_name(form.text("feed"))
        instead_of = form.text("instead_of")
        made = await visit.ask(
            drafts.create_given, feed, given, read_number(instead_of) if instead_of else None
        )
    except (BadInput, Conflict) as error:
        return await _box(
            visit,
            await visit.ask(drafts.askable),
            typed=form.text("given"),
            feed=form.text("feed"),
            instead_of=form.text("instead_of"),
            error=error,
        )
    return redirect(visit, url("/ask", made.id))


async def draft(visit: Visit, number: str) -> Answer:
    """Show a draft; a script asks for its closure again while that grows."""
    found = await visit.ask(drafts.show, read_number(number))
    if not found.is_draft:
        return redirect(visit, url("/requests", found.id))
    if not visit.is_partial:
        return await _draft(visit, found)
    shown = _closure(found) | {"shown_in": await _shown_in(visit, found)}
    answer = await fragment(visit, "ask/_closure.html", **shown)
    if visit.query("was") != _stage(found):  # what stands around the closure changes, too
        return replace(answer, headers=(*answer.headers, ("hx-refresh", "true")))
    return answer


async def send(visit: Visit, number: str) -> Answer:
    """Make a request of a draft."""
    form = visit.form
    reason, used_in = form.text("reason"), form.text("used_in")
    try:
        sent = await visit.ask(drafts.send, read_number(number), reason, used_in)
    except (BadInput, Conflict) as error:
        found = await visit.ask(drafts.show, read_number(number))
        if not found.is_draft:
            raise
        return await _draft(visit, found, reason=reason, used_in=used_in, error=error)
    said = _SENT.get(sent.state, "Sent. It goes on as soon as it is vetted.")
    return redirect(visit, url("/requests", sent.id), said=said)


async def discard(visit: Visit, number: str) -> Answer:
    """End a draft."""
    await visit.ask(drafts.discard, read_number(number))
    return redirect(visit, "/ask", said=f"Draft {read_number(number)} is discarded.")


def _read(visit: Visit) -> Given:
    document = visit.form.document("document")
    if document is not None and document.data:
        return read_file(document.name, document.data)
    return read_text(visit.form.text("given"))


async def _box(
    visit: Visit,
    feeds: tuple[FeedName, ...],
    *,
    typed: str,
    feed: str,
    instead_of: str,
    error: DomainError | None = None,
) -> Answer:
    return await page(
        visit,
        "ask/box.html",
        title="Ask for packages",
        status=400 if error else 200,
        feeds=feeds,
        feed=feed,
        typed=typed,
        instead_of=instead_of,
        error=error,
        drafts=await visit.ask(drafts.mine),
    )


async def _draft(
    visit: Visit,
    found: Request,
    reason: str = "",
    used_in: str = "",
    error: DomainError | None = None,
) -> Answer:
    return await page(
        visit,
        "ask/draft.html",
        title=f"Draft {found.id}",
        status=400 if error else 200,
        reason=reason,
        used_in=used_in,
        error=error,
        shown_in=await _shown_in(visit, found),
        **_closure(found),
    )


async def _shown_in(visit: Visit, found: Request) -> FeedName:
    """Give the feed by which its requester sees what is approved."""
    if visit.may(Permission.FEED_READ, found.feed):
        return found.feed
    return (await visit.ask(drafts.askable))[0]


def _closure(found: Request) -> dict[str, object]:
    """Give what is shown of a draft, and changes while it is resolved and vetted."""
    vetted = [item for item in found.items if item.state is not ItemState.WAITING]
    told = [[Reason.parse(one) for one in item.reasons] for item in vetted]
    common = _common(told)
    return {
        "draft": found,
        "common": common,
        "reasons": {
            item.id: [one for one in reasons if one not in common]
            for item, reasons in zip(vetted, told, strict=True)
        },
        "stage": _stage(found),
        "is_moving": _is_moving(found),
        "vetted": len(vetted),
        "verdict": verdict_of(found.items) if found.items else None,
        "counts": {
            verdict: sum(1 for item in vetted if (item.verdict or Verdict.REVIEW) is verdict)
            for verdict in Verdict
        },
        "size_bytes": sum(
            file.size_bytes or 0 for item in found.items for file in item.release.files
        ),
    }


def _common(told: Sequence[Sequence[Reason]]) -> list[Reason]:
    """Give the reasons that hold of every release, which are told once."""
    if len(told) < 2:
        return []
    return [one for one in told[0] if all(one in others for others in told)]


def _stage(found: Request) -> str:
    """Name what the page around the closure depends on."""
    if found.state is RequestState.VETTING:
        return "approved" if not found.items else "open"
    return "open" if found.state is RequestState.RESOLVING else str(found.state)


def _is_moving(found: Request) -> bool:
    if found.state is RequestState.VETTING:
        return any(item.state is ItemState.WAITING for item in found.items)
    return found.state is RequestState.RESOLVING


def _as_typed(found: Request) -> str:
    """Give what a draft asks for as lines that can be changed; a lock file has none."""
    ask = found.ask
    if ask.requirements or ask.is_lock:
        return "\n".join(ask.requirements)
    return ask.document or ""


ROUTES = (
    Route("GET", "/ask", box),
    Route("POST", "/ask", look),
    Route("GET", "/ask/{number}", draft),
    Route("POST", "/ask/{number}/send", send),
    Route("POST", "/ask/{number}/discard", discard),
)
