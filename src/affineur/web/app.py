"""The ASGI application: the front door that leads to the index, the API and the rest.

The index and uploads go without a framework, for they are the hot paths; FastAPI stands
behind `/api/` and `/osv/` alone. Here is the one broad `except`: what nobody foresaw is logged
once, with an id, and the client is told the id.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from typing import TYPE_CHECKING

from affineur.core.errors import BadInput, DomainError
from affineur.services.gear import Gear
from affineur.web import health, osv_errors, problems
from affineur.web.api.bodies import bounded
from affineur.web.asgi import (
    App,
    Message,
    Receive,
    Scope,
    Send,
    complete,
    raw_path,
    read_request,
    send_answer,
)
from affineur.web.conditions import as_asked
from affineur.web.http import Answer, ClientGone, Request, decode_path
from affineur.web.index.noting import note
from affineur.web.index.routes import Index
from affineur.web.memory import Memory, SendAtOnce

if TYPE_CHECKING:
    from affineur.web.ui.desk import Ui

_LOG = logging.getLogger(__name__)
_OF_THE_API = frozenset({"api", "osv"})


def build_app(gear: Gear) -> Front:
    """Build the application that serves all of one server's URLs."""
    return Front(gear)


class Front:
    """The front door: an ASGI application that knows some answers by heart."""

    def __init__(self, gear: Gear) -> None:
        self._gear = gear
        self._memory = Memory(gear)
        self._index = Index(gear)
        self._api: asyncio.Task[App] | None = None
        self._ui: asyncio.Task[Ui] | None = None

    def at_once(self, scope: Scope, send: SendAtOnce) -> bool:
        """Answer from memory, without waiting for anything; say whether that was possible."""
        return self._memory.give(scope, send)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, as ASGI has it."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http":
            await self._guarded(scope, receive, send)
        else:
            await send({"type": "websocket.close"})

    async def _guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let nothing out but answers, or a connection that visibly breaks."""
        sender = _Sender(send)
        try:
            await self._lead(scope, receive, sender)
        except ClientGone:
            return
        except DomainError as error:  # only a stream that fails comes this far
            _LOG.warning("A stream failed: %s", error.message)
            if sender.has_started:
                raise
            await send_answer(problems.answer(error), scope, receive, send)
        except Exception:
            trouble_id = uuid.uuid4().hex[:12]
            _LOG.exception("Fault %s in %s %s", trouble_id, scope["method"], scope["path"])
            if sender.has_started:
                raise
            fault = problems.answer(problems.internal(trouble_id), 500)
            await send_answer(fault, scope, receive, send)

    async def _lead(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Decode the path, once, and go where it leads."""
        try:
            segments = decode_path(raw_path(scope))
        except BadInput as error:
            await send_answer(problems.answer(error), scope, receive, send)
            return
        if segments[0] in _OF_THE_API:
            await self._ask_api(scope, segments, receive, send)
            return
        request = read_request(scope, receive, segments)
        try:
            answer = await self._answer(request)
        except DomainError as error:
            answer = problems.answer(error)
        self._memory.keep(scope, answer)
        told = as_asked(request, answer)
        note(self._gear, request, answer.use, told)
        await send_answer(told, scope, receive, send)

    async def _answer(self, request: Request) -> Answer:
        match request.segments:
            case ["pypi", *_]:
                return await self._index.answer(request)
            case ["healthz"] | ["readyz"] if not request.is_read:
                raise problems.NotAllowed(request.method, ("GET", "HEAD"))
            case ["healthz"]:
                return health.lives()
            case ["readyz"]:
                return await health.is_ready(self._gear, request)
            case _:
                ui = await asyncio.shield(self.load_ui())
                return await ui.answer(request)

    async def _ask_api(
        self, scope: Scope, segments: tuple[str, ...], receive: Receive, send: Send
    ) -> None:
        """Hand a request to the API: HEAD as GET without its body, the path decoded by us."""
        is_head = scope["method"] == "HEAD"
        path = "/" + "/".join(segments)
        try:
            receive = await bounded(path, receive)
        except DomainError as error:
            told = osv_errors.answer(error) if segments[0] == "osv" else problems.answer(error)
            await send_answer(told, scope, receive, send)
            return
        inner = {**scope, "path": path, "method": "GET" if is_head else scope["method"]}

        async def send_completed(message: Message) -> None:
            if message["type"] == "http.response.start":
                named = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in message["headers"]]
                message = {**message, "headers": complete(tuple(named))}
            elif is_head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        api = await asyncio.shield(self.load_api())
        await api(inner, receive, send_completed)

    def load_api(self) -> asyncio.Task[App]:
        """Load the API, once, beside whatever else goes on: its framework takes half a second."""
        if self._api is None:
            self._api = asyncio.create_task(asyncio.to_thread(_loaded, self._gear))
        return self._api

    def load_ui(self) -> asyncio.Task[Ui]:
        """Load the web interface likewise: its templates and styles take a moment, too."""
        if self._ui is None:
            self._ui = asyncio.create_task(asyncio.to_thread(_loaded_ui, self._gear))
        return self._ui


def _loaded(gear: Gear) -> App:
    from affineur.web.api.application import build_api  # noqa: PLC0415  no page waits for it

    return build_api(gear)


def _loaded_ui(gear: Gear) -> Ui:
    from affineur.web.ui.desk import Ui  # noqa: PLC0415  likewise

    return Ui(gear)


class _Sender:
    """Sends on, and remembers whether an answer has begun."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.has_started = False

    async def __call__(self, message: Message) -> None:
        self.has_started = True
        await self._send(message)


async def _live(receive: Receive, send: Send) -> None:
    """Tell the server that there is nothing to wait for when it starts and stops."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
