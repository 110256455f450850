"""An example of every page of the web interface, by the pattern of its route."""

from __future__ import annotations

from collections.abc import Mapping

from affineur.web.ui.routes import ROUTES
from support.offices import BusyOffice, brie

SAVED = frozenset({"/audit/export", "/security/takers"})
"""What a browser saves as a file instead of showing it."""
PATTERNS = sorted({route.pattern for route in ROUTES if route.method == "GET"} - SAVED)
_BRIE = {"feed": "internal", "project": "brie", "version": "1.0"}


def path_of(pattern: str, office: BusyOffice) -> str:
    """Give a path that the pattern fits and that shows something in this office."""
    number = office.draft if pattern.startswith("/ask") else office.clean
    named = _BRIE | {"number": str(number)} | _SPECIAL.get(pattern, {})
    query = _QUERIES.get(pattern, "")
    path = pattern
    for name, value in named.items():
        path = path.replace(f"{{{name}}}", value)
    assert "{" not in path, f"{pattern} needs an example: add one in support/places_of_pages.py"
    return f"{path}{query}"


_FILE = "/feeds/{feed}/packages/{project}/{version}/files/{sha256}"
_CHANGE = "/feeds/{feed}/packages/{project}/{version}/change"
_COMTE = {"feed": "approved", "project": "comte", "version": "2.1"}
_SPECIAL: Mapping[str, dict[str, str]] = {
    "/feeds/{feed}/connectors": {"feed": "unapproved"},
    "/feeds/{feed}/policy": {"feed": "approved"},
    "/feeds/{feed}/policy/versions/{number}": {"feed": "approved", "number": "0"},
    _CHANGE: _COMTE,
    f"{_CHANGE}/tree": _COMTE,
    _FILE: {"sha256": brie("1.0").sha256},
    "/settings/users/{name}": {"name": "dev"},
    "/settings/webhooks/{number}": {"number": "1"},
    "/security/blocks/{number}": {"number": "1"},
    "/audit/events/{number}": {"number": "1"},
}
_QUERIES: Mapping[str, str] = {
    f"{_CHANGE}/tree": "?view=split",
    _FILE: "?path=brie/__init__.py",
    "/security/block": "?project=brie",
}
