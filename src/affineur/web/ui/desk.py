"""The web interface of one server: finds out who is there, guards forms, calls the page.

A change is made only by a form of ours: it carries what was derived from the cookie, and the
browser says that it comes from this origin. Errors become pages, with the table's status.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from urllib.parse import urlsplit

from affineur.core.errors import DomainError, Forbidden, Unauthenticated
from affineur.core.permissions import ANONYMOUS
from affineur.services import sessions
from affineur.services.gear import Gear
from affineur.web.http import Answer, Headers, Request
from affineur.web.problems import NotAllowed
from affineur.web.ui import cookies
from affineur.web.ui.answers import redirect, refusal
from affineur.web.ui.cookies import Jar
from affineur.web.ui.forms import read_form, read_query
from affineur.web.ui.links import url
from affineur.web.ui.rendering import Renderer
from affineur.web.ui.routes import ROUTES
from affineur.web.ui.routing import Router
from affineur.web.ui.visit import Visit
from affineur.web.unread import read_out

_WITHOUT_NEW_PASSWORD = frozenset({"/account/password", "/logout"})


class Ui:
    """All pages of one server."""

    def __init__(self, gear: Gear) -> None:
        self._gear = gear
        self._renderer = Renderer()
        self._router = Router(ROUTES)

    async def answer(self, request: Request) -> Answer:
        """Answer a request to whatever is not the index and not the API."""
        if request.segments[0] == "static":
            if not request.is_read:
                raise NotAllowed(request.method, ("GET", "HEAD"))
            return self._renderer.assets.answer(request)
        visit = await self._visit(request)
        try:
            answer = await self._led(visit)
        except DomainError as error:
            await read_out(request)
            if not _wants_html(request):
                raise
            answer = await self._refused(visit, error)
        return replace(answer, headers=(*answer.headers, *_unset(visit.cookies, answer.headers)))

    async def _visit(self, request: Request) -> Visit:
        """Find out who is there."""
        is_tls = request.is_tls or self._gear.public_url.startswith("https:")
        jar = Jar.of(request.headers.get("cookie", ""), is_tls=is_tls)
        secret = jar.get(cookies.SESSION)
        signed = await asyncio.to_thread(sessions.find, self._gear, secret) if secret else None
        given: Headers = ()
        if signed is None:
            given = (cookies.take_back(cookies.SESSION, is_tls=is_tls),) if secret else ()
            secret = jar.get(cookies.GUEST)
            if not secret:
                secret = cookies.new_guest()
                given = (*given, cookies.give(cookies.GUEST, secret, is_tls=is_tls))
        return Visit(
            gear=self._gear,
            renderer=self._renderer,
            request=request,
            actor=ANONYMOUS if signed is None else signed.actor,
            signed=signed,
            csrf=cookies.csrf_of(secret or ""),
            jar=jar,
            cookies=given,
        )

    async def _led(self, visit: Visit) -> Answer:
        """Find the page and call it."""
        handler, named = self._router.find(visit.request.method, visit.request.segments)
        visit = replace(visit, asked=read_query(visit.request.query))
        if not visit.request.is_read:
            visit = replace(visit, form=await read_form(visit.request))
            _refuse_foreign(visit)
        must_change = visit.signed is not None and visit.signed.must_change_password
        if must_change and visit.path not in _WITHOUT_NEW_PASSWORD:
            return redirect(visit, "/account/password")
        return await handler(visit, **named)

    async def _refused(self, visit: Visit, error: DomainError) -> Answer:
        """Send somebody unknown to sign in, and tell everybody else why not."""
        if isinstance(error, Unauthenticated) and visit.signed is None and visit.request.is_read:
            query = f"?{visit.request.query}" if visit.request.query else ""
            if visit.is_partial:  # a script cannot show another page in a part of this one
                return Answer(200, (("hx-redirect", "/login"),))
            return redirect(visit, url("/login", next=f"{visit.path}{query}"))
        return await refusal(visit, error)


def _refuse_foreign(visit: Visit) -> None:
    """Refuse what no page of ours has sent."""
    headers = visit.request.headers
    is_foreign = headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}
    origin = headers.get("origin")
    if origin is not None:
        ours = {headers.get("host", ""), urlsplit(visit.gear.public_url).netloc}
        is_foreign |= urlsplit(origin).netloc not in ours - {""}
    if is_foreign:
        raise Forbidden(
            "This form was sent by another site.", hint="Open the page here, and send it again."
        )
    secret = visit.jar.get(cookies.SESSION if visit.signed else cookies.GUEST)
    given = visit.form.text("csrf") or headers.get("x-csrf-token", "")
    if secret is None or not cookies.is_csrf(secret, given):
        raise Forbidden(
            "This form is too old, or was sent by another site.",
            hint="Go back, reload the page, and send it again. Cookies must be allowed.",
            code="csrf",
        )


def _wants_html(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _unset(given: Headers, told: Headers) -> Headers:
    """Leave out cookies that the answer sets otherwise."""
    names = {value.partition("=")[0] for key, value in told if key == "set-cookie"}
    return tuple(one for one in given if one[1].partition("=")[0] not in names)
