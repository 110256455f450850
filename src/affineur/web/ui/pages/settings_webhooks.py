"""Webhooks: making them, trying them, and what became of what they were told."""

from __future__ import annotations

from affineur.core.errors import DomainError, Unavailable
from affineur.services import webhooks
from affineur.web.http import Answer
from affineur.web.problems import status_of
from affineur.web.ui.answers import page, redirect
from affineur.web.ui.forms import Fields, read_number
from affineur.web.ui.links import url
from affineur.web.ui.routing import Route
from affineur.web.ui.visit import Visit

HERE = "/settings/webhooks"
USUAL = (
    ("request.*", "Requests: made, up for review, approved, rejected"),
    ("incident.*", "Incidents: news about what is approved"),
    ("block.*", "Blocks: packages withdrawn, or given back"),
    ("listing.*", "Files: uploaded, approved, removed or yanked"),
    ("policy.changed", "Policies: changed"),
    ("token.*", "Tokens: made or revoked"),
)
"""Patterns that most webhooks are made of, with what they tell."""
AT_ONCE = 50


async def show(visit: Visit) -> Answer:
    """List the webhooks, with the form that makes one."""
    return await _page(visit, Fields())


async def add(visit: Visit) -> Answer:
    """Make a webhook, and show its secret once."""
    form = visit.form
    patterns = [*form.texts("actions"), *form.text("more").replace(",", " ").split()]
    try:
        new = await visit.ask(webhooks.add_webhook, form.text("name"), form.text("url"), patterns)
    except DomainError as error:
        return await _page(visit, form, error)
    return await page(visit, "settings/webhook_made.html", title="A new webhook", made=new)


async def show_one(visit: Visit, number: str) -> Answer:
    """Show one webhook, and what became of what it was told."""
    return await _one(visit, read_number(number))


async def _one(visit: Visit, which: int, trouble: DomainError | None = None) -> Answer:
    before = visit.asked.number("before")
    found = await visit.ask(webhooks.webhook, which)
    deliveries = await visit.ask(webhooks.deliveries, which, before, AT_ONCE + 1)
    listed = deliveries[:AT_ONCE]
    here = url(HERE, which)
    return await page(
        visit,
        "settings/webhook.html",
        title=found.webhook.name,
        webhook=found.webhook,
        trouble=trouble,
        deliveries=listed,
        next_url=url(here, before=listed[-1].id) if len(deliveries) > AT_ONCE else "",
        first_url=here if before else "",
    )


async def test(visit: Visit, number: str) -> Answer:
    """Send a message that tells of nothing."""
    which = read_number(number)
    came = await webhooks.test_webhook(visit.gear, visit.actor, which)
    if came.error is not None:
        return await _one(visit, which, Unavailable(came.error, hint="Nothing was told."))
    said = f"The receiver took the test, and answered {came.status}."
    return redirect(visit, url(HERE, which), said=said)


async def end(visit: Visit, number: str) -> Answer:
    """End a webhook."""
    await visit.ask(webhooks.end_webhook, read_number(number))
    return redirect(visit, HERE, said="The webhook tells nobody any more.")


async def _page(visit: Visit, form: Fields, error: DomainError | None = None) -> Answer:
    return await page(
        visit,
        "settings/webhooks.html",
        title="Webhooks",
        status=200 if error is None else status_of(error),
        webhooks=await visit.ask(webhooks.webhooks),
        usual=USUAL,
        form=form,
        error=error,
    )


ROUTES = (
    Route("GET", HERE, show),
    Route("POST", HERE, add),
    Route("GET", f"{HERE}/{{number}}", show_one),
    Route("POST", f"{HERE}/{{number}}/test", test),
    Route("POST", f"{HERE}/{{number}}/end", end),
)
