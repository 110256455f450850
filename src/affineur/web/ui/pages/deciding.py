"""What people do at a request: answer it, whole or in part, talk about it, waive a finding."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

from affineur.core.answers import EVERYTHING, Part
from affineur.core.errors import BadInput, DomainError, NotFound
from affineur.core.names import parse_project, parse_version
from affineur.core.requests import Request, RequestState
from affineur.services import queue, rejudging, requests, talk, waiving
from affineur.services.waiving import WaiverOrder
from affineur.web.http import Answer
from affineur.web.ui.answers import redirect
from affineur.web.ui.links import url
from affineur.web.ui.pages.request import Refused, parse_number, request_page
from affineur.web.ui.routing import Route
from affineur.web.ui.visit import Visit
from affineur.web.ui.wording import counted

_TYPED = ("comment", "reason", "said", "words", "why")


async def approve(visit: Visit, number: str) -> Answer:
    """Approve all that is open."""

    async def act(request_id: int) -> Answer:
        part = Part(is_exact=visit.form.has("exact"))
        comment = visit.form.text("comment")
        done = await requests.approve_whole(visit.gear, visit.actor, request_id, comment, part)
        return await _onward(visit, done)

    return await _try(visit, number, "approve", act)


async def reject(visit: Visit, number: str) -> Answer:
    """Reject all that is open."""

    async def act(request_id: int) -> Answer:
        reason = visit.form.text("reason")
        return await _onward(visit, await visit.ask(requests.reject, request_id, reason))

    return await _try(visit, number, "reject", act)


async def answer_chosen(visit: Visit, number: str) -> Answer:
    """Approve or reject the releases that were ticked."""

    async def act(request_id: int) -> Answer:
        part = _chosen(visit)
        said = visit.form.text("words")
        if visit.form.text("do") == "reject":
            done = await visit.ask(requests.reject, request_id, said, part)
        else:
            done = await requests.approve_whole(visit.gear, visit.actor, request_id, said, part)
        return await _onward(visit, done, part)

    return await _try(visit, number, "chosen", act)


async def say(visit: Visit, number: str) -> Answer:
    """Comment, or ask the requester back."""

    async def act(request_id: int) -> Answer:
        is_question = visit.form.text("do") == "ask"
        await visit.ask(talk.say, request_id, visit.form.text("said"), is_question=is_question)
        told = "Asked. It waits for its requester now." if is_question else "Said."
        return redirect(visit, url("/requests", request_id) + "#talk", said=told)

    return await _try(visit, number, "say", act)


async def waive(visit: Visit, number: str) -> Answer:
    """Waive a finding of one of its releases, and judge the request again."""

    async def act(request_id: int) -> Answer:
        request = await visit.ask(requests.show, request_id)
        order = _waiver(visit, request)
        made = await visit.ask(waiving.add, request.feed, order)
        await visit.ask(lambda gear, _actor: rejudging.rejudge_one(gear, request_id))
        told = f"{made.finding} is waived until {made.expires_at:%Y-%m-%d}."
        return redirect(visit, url("/requests", request_id), said=told)

    return await _try(visit, number, "waive", act)


async def withdraw(visit: Visit, number: str) -> Answer:
    """Take a request back."""

    async def act(request_id: int) -> Answer:
        await visit.ask(requests.withdraw, request_id, visit.form.text("why"))
        told = f"Request {request_id} is withdrawn."
        return redirect(visit, url("/requests", request_id), said=told)

    return await _try(visit, number, "withdraw", act)


async def _try(
    visit: Visit, number: str, panel: str, act: Callable[[int], Awaitable[Answer]]
) -> Answer:
    """Do it, or show the request again with why not and with what was typed."""
    request_id = parse_number(number)
    try:
        return await act(request_id)
    except NotFound:
        raise
    except DomainError as error:
        typed = {name: visit.form.text(name) for name in _TYPED}
        refused = Refused(error, panel, typed, visit.form.texts("item"))
        return await request_page(visit, request_id, refused)


async def _onward(visit: Visit, done: Request, part: Part = EVERYTHING) -> Answer:
    """Lead to what waits next, or stay while something of this request is open."""
    if done.state is RequestState.REVIEW:
        told = f"{counted(len(part.names), 'release')} answered; the others are still open."
        return redirect(visit, url("/requests", done.id), said=told)
    told = f"Request {done.id} is {done.state}."
    following = await visit.ask(queue.next_one)
    if following is None:
        return redirect(
            visit, url("/requests", done.id), said=f"{told} Nothing else waits for you."
        )
    return redirect(visit, url("/requests", following), said=f"{told} This one is next.")


def _chosen(visit: Visit) -> Part:
    names = visit.form.texts("item")
    if not names:
        raise BadInput(
            "No release was chosen.", hint="Tick the releases that your answer speaks of."
        )
    return Part(names, visit.form.has("exact"))


def _waiver(visit: Visit, request: Request) -> WaiverOrder:
    """Read a waiver for one of the request's releases, or for its project in every version."""
    name = visit.form.text("item")
    item = next((one for one in request.items if one.name == name), None)
    if item is None:
        raise BadInput(f"'{name[:200]}' is not on request {request.id}.")
    days = visit.form.number("days")
    if days is None or not 0 < days <= 366:
        raise BadInput("A waiver ends after 1 to 366 days.", hint="Say when to look again.")
    is_for_all = visit.form.text("scope") == "project"
    return WaiverOrder(
        project=parse_project(item.release.project),
        version=None if is_for_all else parse_version(str(item.release.version)),
        sha256=None,
        finding=visit.form.text("finding"),
        reason=visit.form.text("reason"),
        expires_at=visit.gear.clock.now() + timedelta(days=days),
    )


ROUTES = (
    Route("POST", "/requests/{number}/approve", approve),
    Route("POST", "/requests/{number}/reject", reject),
    Route("POST", "/requests/{number}/answer", answer_chosen),
    Route("POST", "/requests/{number}/comments", say),
    Route("POST", "/requests/{number}/waive", waive),
    Route("POST", "/requests/{number}/withdraw", withdraw),
)
