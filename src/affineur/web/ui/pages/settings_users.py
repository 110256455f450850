"""Users: finding them, making them, their roles, first passwords and tokens."""

from __future__ import annotations

from affineur.core.errors import DomainError
from affineur.core.names import parse_feed_name
from affineur.core.permissions import Grant, Role
from affineur.services import access, feeds, people, sessions
from affineur.web.http import Answer
from affineur.web.problems import status_of
from affineur.web.ui.answers import page, redirect
from affineur.web.ui.forms import Fields
from affineur.web.ui.links import url
from affineur.web.ui.routing import Route
from affineur.web.ui.visit import Visit

HERE = "/settings/users"
AT_ONCE = 100


async def show(visit: Visit) -> Answer:
    """List users, by name, with the form that makes one."""
    return await _page(visit, Fields())


async def add(visit: Visit) -> Answer:
    """Make a user; a first password is shown once."""
    form = visit.form
    name = form.text("name")
    try:
        grants = [_grant(form)] if form.text("role") else []
        await visit.ask(access.add_user, name, grants)
    except DomainError as error:
        return await _page(visit, form, error)
    if form.has("password"):
        return await _show_password(visit, name)
    return redirect(visit, url(HERE, name), said=f"{name} is a user now.")


async def show_one(visit: Visit, name: str) -> Answer:
    """Show one user: roles, password, tokens."""
    return await _person(visit, name)


async def grant(visit: Visit, name: str) -> Answer:
    """Grant a role."""
    try:
        given = _grant(visit.form)
        await visit.ask(access.add_grant, name, given)
    except DomainError as error:
        return await _person(visit, name, error)
    return redirect(visit, url(HERE, name), said=f"{name} is {given} now.")


async def end_grant(visit: Visit, name: str) -> Answer:
    """Take a role back."""
    try:
        given = Grant.parse(visit.form.text("grant"))
        await visit.ask(access.end_grant, name, given)
    except DomainError as error:
        return await _person(visit, name, error)
    return redirect(visit, url(HERE, name), said=f"{name} is not {given} any more.")


async def reset_password(visit: Visit, name: str) -> Answer:
    """Give a first password, and show it once."""
    return await _show_password(visit, name)


async def end(visit: Visit, name: str) -> Answer:
    """End a user, with all roles and tokens."""
    try:
        await visit.ask(access.end_user, name)
    except DomainError as error:
        return await _person(visit, name, error)
    return redirect(visit, HERE, said=f"{name} is no user any more.")


def _grant(form: Fields) -> Grant:
    """Read a role, and the feed that it is for."""
    role = Grant.parse(form.text("role").partition("@")[0]).role
    feed = form.text("feed")
    return Grant(role, parse_feed_name(feed) if feed else None)


async def _show_password(visit: Visit, name: str) -> Answer:
    password = await visit.ask(sessions.reset_password, name)
    return await page(
        visit, "settings/password_made.html", title="A first password", name=name, password=password
    )


async def _page(visit: Visit, form: Fields, error: DomainError | None = None) -> Answer:
    part, after = visit.query("q"), visit.query("after")
    found = await visit.ask(people.people, part, after, AT_ONCE + 1)
    listed = found[:AT_ONCE]
    return await page(
        visit,
        "settings/users.html",
        title="Users",
        status=200 if error is None else status_of(error),
        people=listed,
        part=part,
        form=form,
        error=error,
        roles=list(Role),
        feeds=[feed.name for feed in await visit.ask(feeds.visible)],
        next_url=url(HERE, q=part, after=listed[-1].name) if len(found) > AT_ONCE else "",
        first_url=url(HERE, q=part) if after else "",
    )


async def _person(visit: Visit, name: str, error: DomainError | None = None) -> Answer:
    found, tokens = await visit.ask(people.person, name)
    return await page(
        visit,
        "settings/user.html",
        title=found.name,
        status=200 if error is None else status_of(error),
        person=found,
        tokens=tokens,
        error=error,
        form=visit.form,
        roles=list(Role),
        feeds=[feed.name for feed in await visit.ask(feeds.visible)],
        is_oneself=visit.actor.name == found.name,
    )


ROUTES = (
    Route("GET", HERE, show),
    Route("POST", HERE, add),
    Route("GET", f"{HERE}/{{name}}", show_one),
    Route("POST", f"{HERE}/{{name}}/grants", grant),
    Route("POST", f"{HERE}/{{name}}/grants/end", end_grant),
    Route("POST", f"{HERE}/{{name}}/password", reset_password),
    Route("POST", f"{HERE}/{{name}}/end", end),
)
