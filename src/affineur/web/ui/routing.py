"""Which handler answers which path of the web interface.

A pattern is a path with names in braces for segments: `/requests/{number}`. The handler is given
the visit and the segments, decoded, by their names.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass

from affineur.core.errors import NotFound
from affineur.web.http import Answer
from affineur.web.problems import NotAllowed

Handler = Callable[..., Awaitable[Answer]]
"""Given a `Visit`, and the named segments as keywords."""


@dataclass(frozen=True, slots=True)
class Route:
    """One page, or one thing that can be done on it."""

    method: str
    """GET, which answers HEAD, too, or POST."""
    pattern: str
    handler: Handler

    @property
    def parts(self) -> tuple[str, ...]:
        """The pattern's segments."""
        return tuple(self.pattern[1:].split("/"))


class Router:
    """Finds the handler of a path."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self.routes = tuple(routes)

    def find(self, method: str, segments: tuple[str, ...]) -> tuple[Handler, Mapping[str, str]]:
        """Give the handler and its segments; raise `NotFound` or `NotAllowed`.

        A pattern that names a segment literally goes before one that takes any.
        """
        here = [(one, named) for one in self.routes if (named := _match(one, segments)) is not None]
        wanted = "GET" if method == "HEAD" else method
        fitting = [(len(named), one, named) for one, named in here if one.method == wanted]
        if fitting:
            _, route, named = min(fitting, key=lambda one: one[0])
            return route.handler, named
        if here:
            allowed = {one.method for one, _ in here}
            raise NotAllowed(
                method,
                (
                    *(["GET", "HEAD"] if "GET" in allowed else []),
                    *(["POST"] if "POST" in allowed else []),
                ),
            )
        raise NotFound("There is no such page.", hint="Begin at /.")


def _match(route: Route, segments: tuple[str, ...]) -> dict[str, str] | None:
    parts = route.parts
    if len(parts) != len(segments):
        return None
    named: dict[str, str] = {}
    for part, segment in zip(parts, segments, strict=True):
        if part.startswith("{"):
            if not segment:
                return None
            named[part[1:-1]] = segment
        elif part != segment:
            return None
    return named
