"""All pages of the web interface."""

from __future__ import annotations

from affineur.web.ui.pages import account, ask, home, login

ROUTES = (
    *home.ROUTES,
    *ask.ROUTES,
    *login.ROUTES,
    *account.ROUTES,
)
