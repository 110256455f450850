"""Signing in and out."""

from __future__ import annotations

import asyncio

from affineur.core.errors import DomainError, Unauthenticated
from affineur.services import sessions
from affineur.services.sessions import Credentials
from affineur.web.http import Answer
from affineur.web.problems import headers_of, status_of
from affineur.web.ui import cookies
from affineur.web.ui.answers import page, redirect
from affineur.web.ui.links import local
from affineur.web.ui.routing import Route
from affineur.web.ui.visit import Visit


async def show(visit: Visit) -> Answer:
    """Show the form."""
    if visit.signed is not None:
        return redirect(visit, local(visit.query("next")) or "/")
    return await _form(visit, onward=visit.query("next"))


async def sign_in(visit: Visit) -> Answer:
    """Sign somebody in, and lead on to where they wanted to go."""
    form, headers = visit.form, visit.request.headers
    onward = form.text("next")
    given = Credentials(
        form.text("name"),
        form.text("password"),
        client_address(visit),
        headers.get("user-agent", ""),
    )
    try:
        secret = await visit.gear.passwords.apart(sessions.sign_in, visit.gear, given)
    except DomainError as error:
        return await _form(visit, onward=onward, error=error, name=given.name)
    is_tls = visit.jar.is_tls
    answer = redirect(visit, local(onward) or "/")
    session = cookies.give(
        cookies.SESSION, secret, is_tls=is_tls, max_age_s=int(visit.gear.settings.session_s)
    )
    guest = cookies.take_back(cookies.GUEST, is_tls=is_tls)
    return Answer(answer.status, (*answer.headers, session, guest))


async def sign_out(visit: Visit) -> Answer:
    """End the session."""
    if visit.signed is not None:
        await asyncio.to_thread(sessions.sign_out, visit.gear, visit.signed)
    answer = redirect(visit, "/login", said="You are signed out.")
    gone = cookies.take_back(cookies.SESSION, is_tls=visit.jar.is_tls)
    return Answer(answer.status, (*answer.headers, gone))


def client_address(visit: Visit) -> str:
    """Say where a client is: the proxies of the settings are believed, and nobody else."""
    proxies, address = visit.gear.settings.proxies, visit.request.address
    way = visit.request.headers.get("x-forwarded-for", "").split(",")
    while address in proxies and way:
        address = way.pop().strip() or address
    return address[:64]


async def _form(
    visit: Visit, *, onward: str, error: DomainError | None = None, name: str = ""
) -> Answer:
    status = 200 if error is None else status_of(error)
    answer = await page(
        visit,
        "account/login.html",
        title="Sign in",
        status=status,
        onward=local(onward) or "",
        error=error,
        name=name,
    )
    if error is None or isinstance(error, Unauthenticated):
        return answer
    return Answer(status, (*answer.headers, *headers_of(error)), answer.body)


ROUTES = (
    Route("GET", "/login", show),
    Route("POST", "/login", sign_in),
    Route("POST", "/logout", sign_out),
)
