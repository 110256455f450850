"""The main navigation: what somebody may go to, and where they are."""

from __future__ import annotations

from dataclasses import dataclass

from affineur.core.permissions import Permission
from affineur.web.ui.visit import Visit


@dataclass(frozen=True, slots=True)
class Place:
    """A part of the web interface."""

    path: str
    label: str
    key: str
    """What is typed after `g` to go there."""
    is_here: bool


_ALWAYS = None
_SERVER_WIDE = frozenset({Permission.AUDIT_READ, Permission.SERVER_ADMIN})
_PLACES: tuple[tuple[str, str, str, Permission | None], ...] = (
    ("/", "Home", "h", _ALWAYS),
    ("/ask", "Ask", "a", Permission.REQUEST_CREATE),
    ("/requests", "Requests", "r", Permission.REQUEST_READ),
    ("/feeds", "Feeds", "f", _ALWAYS),
    ("/wanted", "Wanted", "w", Permission.REQUEST_READ),
    ("/security", "Security", "s", Permission.REQUEST_DECIDE),
    ("/audit", "Audit", "l", Permission.AUDIT_READ),
    ("/numbers", "Numbers", "n", Permission.REQUEST_READ),
    ("/settings", "Settings", "t", Permission.SERVER_ADMIN),
)


def navigation(visit: Visit) -> tuple[Place, ...]:
    """Give the places that are offered to whoever is there."""
    return tuple(
        Place(path, label, key, is_here=_is_at(visit.path, path))
        for path, label, key, permission in _PLACES
        if permission is None or _may(visit, permission)
    )


def _may(visit: Visit, permission: Permission) -> bool:
    """Whether to offer a place: what concerns the whole server needs the role on every feed."""
    if permission in _SERVER_WIDE:
        return visit.may(permission)
    return visit.may_somewhere(permission)


def _is_at(path: str, place: str) -> bool:
    return path == place or (place != "/" and path.startswith(f"{place}/"))
