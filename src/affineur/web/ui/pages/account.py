"""One's own account: the password."""

from __future__ import annotations

from affineur.core.errors import BadInput, DomainError, Unauthenticated
from affineur.core.permissions import credentials_needed
from affineur.services import sessions
from affineur.web.http import Answer
from affineur.web.problems import status_of
from affineur.web.ui.answers import page, redirect
from affineur.web.ui.routing import Route
from affineur.web.ui.visit import Visit


async def show_password(visit: Visit) -> Answer:
    """Show the form for a new password."""
    return await _form(visit)


async def change_password(visit: Visit) -> Answer:
    """Set a new password; everybody else who is signed in as this user is signed out."""
    if visit.signed is None:
        raise credentials_needed()
    form = visit.form
    try:
        if form.text("new") != form.text("again"):
            raise BadInput("The new password was typed in two ways.")
        given = (form.text("old"), form.text("new"))
        change = sessions.change_password
        await visit.gear.passwords.apart(change, visit.gear, visit.signed, *given)
    except DomainError as error:
        return await _form(visit, error)
    return redirect(visit, "/", said="Your password is set. Other sessions of yours have ended.")


async def _form(visit: Visit, error: DomainError | None = None) -> Answer:
    if visit.signed is None:
        raise credentials_needed()
    status = 200 if error is None else status_of(error)
    return await page(
        visit,
        "account/password.html",
        title="Password",
        status=422 if isinstance(error, Unauthenticated) else status,
        error=error,
        must_change=visit.signed.must_change_password,
    )


ROUTES = (
    Route("GET", "/account/password", show_password),
    Route("POST", "/account/password", change_password),
)
