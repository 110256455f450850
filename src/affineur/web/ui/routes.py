"""All pages of the web interface."""

from __future__ import annotations

from affineur.web.ui.pages import (
    account,
    ask,
    audit,
    blocking,
    change,
    files,
    home,
    login,
    numbers,
    own_account,
    releases,
    security,
    settings,
    settings_feeds,
    settings_tokens,
    settings_users,
    settings_webhooks,
    wanted,
)

ROUTES = (
    *home.ROUTES,
    *ask.ROUTES,
    *change.ROUTES,
    *login.ROUTES,
    *account.ROUTES,
    *own_account.ROUTES,
    *settings.ROUTES,
    *settings_users.ROUTES,
    *settings_tokens.ROUTES,
    *settings_feeds.ROUTES,
    *settings_webhooks.ROUTES,
    *security.ROUTES,
    *blocking.ROUTES,
    *audit.ROUTES,
    *releases.ROUTES,
    *files.ROUTES,
    *wanted.ROUTES,
    *numbers.ROUTES,
)
