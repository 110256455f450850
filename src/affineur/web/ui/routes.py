"""All pages of the web interface."""

from __future__ import annotations

from affineur.web.ui.pages import account, home, login

ROUTES = (
    *home.ROUTES,
    *login.ROUTES,
    *account.ROUTES,
)
