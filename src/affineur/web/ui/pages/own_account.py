"""One's own account: what one may do, tokens of one's own, and where one is signed in."""

from __future__ import annotations

from affineur.core.errors import DomainError
from affineur.core.permissions import Permission, Scope
from affineur.services import access, feeds, own_account
from affineur.services.own_account import OwnTokenOrder
from affineur.web.http import Answer
from affineur.web.problems import status_of
from affineur.web.ui import wording
from affineur.web.ui.answers import page, redirect
from affineur.web.ui.forms import Fields, read_number
from affineur.web.ui.pages.made_tokens import Made, show_made
from affineur.web.ui.pages.settings_tokens import read_limits
from affineur.web.ui.routing import Route
from affineur.web.ui.visit import Visit

HERE = "/account"


async def show(visit: Visit) -> Answer:
    """Show one's roles, tokens and sessions."""
    return await _page(visit, Fields())


async def create_token(visit: Visit) -> Answer:
    """Make a token for oneself, and show it once."""
    form = visit.form
    try:
        chosen, permissions = read_limits(form)
        order = OwnTokenOrder(form.text("label"), chosen, permissions, form.number("days"))
        new = await visit.ask(own_account.create_token, order)
    except DomainError as error:
        return await _page(visit, form, error)
    return await show_made(visit, Made(new, visit.actor.name, chosen, permissions, HERE))


async def revoke_token(visit: Visit, number: str) -> Answer:
    """End one of one's tokens at once."""
    await visit.ask(access.revoke_token, read_number(number))
    return redirect(visit, HERE, said=f"Token {number} does not hold any more.")


async def end_session(visit: Visit, number: str) -> Answer:
    """End one of one's sessions."""
    await visit.ask(own_account.end_session, read_number(number))
    return redirect(visit, HERE, said="The session has ended.")


async def _page(visit: Visit, form: Fields, error: DomainError | None = None) -> Answer:
    tokens = await visit.ask(own_account.tokens)
    return await page(
        visit,
        "account/own.html",
        title="Your account",
        status=200 if error is None else status_of(error),
        tokens=tokens,
        sessions=await visit.ask(own_account.own_sessions),
        browser=wording.browser,
        here=visit.signed.session_id if visit.signed else None,
        feeds=[feed.name for feed in await visit.ask(feeds.visible)],
        permissions=[one for one in Permission if visit.may_somewhere(one)],
        is_limited=visit.actor.scope != Scope(),
        form=form,
        error=error,
    )


ROUTES = (
    Route("GET", HERE, show),
    Route("POST", f"{HERE}/tokens", create_token),
    Route("POST", f"{HERE}/tokens/{{number}}/revoke", revoke_token),
    Route("POST", f"{HERE}/sessions/{{number}}/end", end_session),
)
