"""Everybody's tokens: making them, for build servers in one step, and revoking them."""

from __future__ import annotations

from affineur.core.errors import BadInput, DomainError
from affineur.core.names import FeedName, parse_feed_name
from affineur.core.permissions import Permission
from affineur.services import access, feeds, people
from affineur.services.access import TokenOrder
from affineur.services.people import BuildServer
from affineur.web.http import Answer
from affineur.web.problems import status_of
from affineur.web.ui.answers import page, redirect
from affineur.web.ui.forms import Fields, read_number
from affineur.web.ui.links import url
from affineur.web.ui.pages.made_tokens import Made, show_made
from affineur.web.ui.routing import Route
from affineur.web.ui.visit import Visit

HERE = "/settings/tokens"
AT_ONCE = 100


async def show(visit: Visit) -> Answer:
    """List tokens, newest first, with the forms that make new ones."""
    return await _page(visit, Fields({"feed": [visit.query("feed")]}))


async def give_to_build_server(visit: Visit) -> Answer:
    """Make a build server's token, with its user and roles, and show it once."""
    form = visit.form
    try:
        wanted = BuildServer(
            form.text("name"),
            parse_feed_name(form.text("feed")),
            form.has("publishes"),
            form.has("reads"),
            form.number("days"),
        )
        new = await visit.ask(people.give_build_token, wanted)
    except DomainError as error:
        return await _page(visit, form, build_error=error)
    permissions = frozenset(
        permission
        for permission, has in (
            (Permission.FEED_PUBLISH, wanted.publishes),
            (Permission.FEED_READ, wanted.reads),
        )
        if has
    )
    made = Made(new, wanted.name, frozenset({wanted.feed}), permissions, HERE)
    return await show_made(visit, made)


async def create(visit: Visit) -> Answer:
    """Make a token for any user, and show it once."""
    form = visit.form
    try:
        chosen, permissions = read_limits(form)
        order = TokenOrder(
            form.text("user"), form.text("label"), chosen, permissions, form.number("days")
        )
        new = await visit.ask(access.create_token, order)
    except DomainError as error:
        return await _page(visit, form, error=error)
    return await show_made(visit, Made(new, order.user, chosen, permissions, HERE))


async def revoke(visit: Visit, number: str) -> Answer:
    """End a token at once."""
    await visit.ask(access.revoke_token, read_number(number))
    said = f"Token {number} does not hold any more."
    owner = visit.form.text("owner")
    return redirect(visit, url("/settings/users", owner) if owner else HERE, said=said)


def read_limits(
    form: Fields,
) -> tuple[frozenset[FeedName] | None, frozenset[Permission] | None]:
    """Read to which feeds and permissions a token is limited; none ticked is no limit."""
    chosen = frozenset(parse_feed_name(name) for name in form.texts("feeds"))
    try:
        permissions = frozenset(Permission(one) for one in form.texts("permissions"))
    except ValueError as error:
        raise BadInput("There is no such permission.") from error
    return chosen or None, permissions or None


async def _page(
    visit: Visit,
    form: Fields,
    *,
    error: DomainError | None = None,
    build_error: DomainError | None = None,
) -> Answer:
    before = visit.asked.number("before")
    found = await visit.ask(people.tokens, before, AT_ONCE + 1)
    listed = found[:AT_ONCE]
    trouble = error or build_error
    return await page(
        visit,
        "settings/tokens.html",
        title="Tokens",
        status=200 if trouble is None else status_of(trouble),
        tokens=listed,
        feeds=[feed.name for feed in await visit.ask(feeds.visible)],
        form=form,
        error=error,
        build_error=build_error,
        next_url=url(HERE, before=listed[-1].id) if len(found) > AT_ONCE else "",
        first_url=HERE if before else "",
    )


ROUTES = (
    Route("GET", HERE, show),
    Route("POST", HERE, create),
    Route("POST", f"{HERE}/build", give_to_build_server),
    Route("POST", f"{HERE}/{{number}}/revoke", revoke),
)
