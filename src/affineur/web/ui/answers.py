"""What a page answers: a page, a part of one, a way on, or why not."""

from __future__ import annotations

from http import HTTPStatus

from affineur.core.errors import DomainError, Unauthenticated
from affineur.web import problems
from affineur.web.http import Answer, Headers
from affineur.web.ui import cookies
from affineur.web.ui.navigation import navigation
from affineur.web.ui.visit import Visit

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS: Headers = (
    ("content-type", "text/html; charset=utf-8"),
    ("content-security-policy", POLICY),
    # `no-referrer` would take the Origin from our own forms.
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cache-control", "no-store"),
    ("vary", "Cookie, HX-Request"),
)


async def page(
    visit: Visit, template: str, *, title: str, status: int = 200, **values: object
) -> Answer:
    """Answer with a whole page; what was just done is told on it, once."""
    said = cookies.read_said(visit.jar.get(cookies.SAID))
    body = await _rendered(
        visit, template, title=title, said=said, navigation=navigation(visit), **values
    )
    told = (cookies.take_back(cookies.SAID, is_tls=visit.jar.is_tls),) if said else ()
    return Answer(status, (*_HEADERS, *told), body)


async def fragment(visit: Visit, template: str, **values: object) -> Answer:
    """Answer with a part of a page, for the script that asked for it."""
    return Answer(200, _HEADERS, await _rendered(visit, template, **values))


def redirect(visit: Visit, to: str, *, said: str = "") -> Answer:
    """Lead to another page of ours after something was done, and tell there what it was."""
    told: Headers = ()
    if said:
        value, is_tls = cookies.write_said(said), visit.jar.is_tls
        told = (cookies.give(cookies.SAID, value, is_tls=is_tls, max_age_s=60),)
    return Answer(303, (("location", to), ("cache-control", "no-store"), *told))


async def refusal(visit: Visit, error: DomainError) -> Answer:
    """Answer with why not, and what to do next, under the error's own status."""
    status = problems.status_of(error)
    answer = await page(
        visit,
        "error.html",
        title=HTTPStatus(status).phrase,
        status=status,
        error=error,
        may_help_to_sign_in=visit.signed is None and isinstance(error, Unauthenticated),
    )
    more = tuple(one for one in problems.headers_of(error) if one[0] != "www-authenticate")
    return Answer(status, (*answer.headers, *more), answer.body)


async def _rendered(visit: Visit, template: str, **values: object) -> bytes:
    now = visit.gear.clock.now()
    return await visit.gear.compose(
        lambda: visit.renderer.render(template, visit=visit, now=now, **values)
    )
