"""A visit: one request to a page, with who is there and what they sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from affineur.core.names import FeedName
from affineur.core.permissions import Actor, Permission
from affineur.services.gear import Gear
from affineur.services.sessions import SignedIn
from affineur.web.http import Headers, Request
from affineur.web.ui.cookies import Jar
from affineur.web.ui.forms import Fields

if TYPE_CHECKING:
    from affineur.web.ui.rendering import Renderer

_P = ParamSpec("_P")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Visit:
    """What every page is given."""

    gear: Gear
    renderer: Renderer
    request: Request
    actor: Actor
    signed: SignedIn | None
    """None when nobody is signed in."""
    csrf: str
    """What the forms of this page must carry."""
    jar: Jar
    asked: Fields = field(default_factory=Fields)
    """The query of the URL."""
    form: Fields = field(default_factory=Fields)
    """What was posted."""
    cookies: Headers = ()
    """Cookies that the answer sets, whatever it is."""

    def query(self, name: str, default: str = "") -> str:
        """Give the first value of a name in the URL's query."""
        return self.asked.text(name, default)

    def queries(self, name: str) -> tuple[str, ...]:
        """Give all values of a name in the URL's query."""
        return self.asked.texts(name)

    @property
    def is_partial(self) -> bool:
        """Whether a script asks for a part of the page."""
        return self.request.headers.get("hx-request") == "true"

    @property
    def path(self) -> str:
        """The path of the page, as it was asked for."""
        return "/" + "/".join(self.request.segments)

    def may(self, permission: Permission, feed: FeedName | None = None) -> bool:
        """Whether to offer something: services ask the same again."""
        return self.actor.may(permission, feed)

    def may_somewhere(self, permission: Permission) -> bool:
        """Whether there is a feed where it may be offered."""
        return self.actor.may_somewhere(permission)

    async def ask(
        self,
        service: Callable[Concatenate[Gear, Actor, _P], _T],
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> _T:
        """Call a blocking service in a thread, as whoever is there."""
        return await asyncio.to_thread(service, self.gear, self.actor, *args, **kwargs)
