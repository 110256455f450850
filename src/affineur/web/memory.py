"""Answers given again from memory: no question, no rendering, no wait.

An answer is kept with the watermarks under which it was made, for the very request headers
that it depends on, credentials included. It is given while those watermarks are certainly
still the database's and no moment that ends it has come; everything else goes the long way.
`give` is called in the server's own thread, beside the event loop: it only reads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from affineur.services.gear import Gear
from affineur.services.usage import Tally
from affineur.store.changes import Watermarks
from affineur.web.asgi import Message, Scope, complete
from affineur.web.conditions import without_body
from affineur.web.http import Answer, FileBody, StreamBody

SendAtOnce = Callable[[Message], object]
"""Hands a message of an answer to the server, which sends it without being awaited."""

_CAPACITY_BYTES = 24 * 1024 * 1024
_MOST_ANSWERS = 20_000
_Key = tuple[bytes, bytes | None, bytes | None, bytes | None]
"""Path, and the headers that answers depend on: Authorization, Accept, Accept-Encoding."""
_SPECIAL = frozenset({b"range", b"if-match", b"if-unmodified-since", b"expect"})
_NOTHING: Message = {"type": "http.response.body", "body": b""}


@dataclass(frozen=True, slots=True)
class _Kept:
    """An answer, as the messages that it is sent with."""

    marks: Watermarks
    until: datetime | None
    etag: bytes
    start: Message
    body: Message
    unchanged: Message
    """The beginning of a 304, which has no body."""
    size_bytes: int
    tally: Tally


class Memory:
    """The answers that were given last. Kept by one event loop, read by any thread."""

    def __init__(self, gear: Gear) -> None:
        self._db = gear.db
        self._pulse = gear.pulse
        self._clock = gear.clock
        self._usage = gear.usage
        self._kept: dict[_Key, _Kept] = {}
        self._left_bytes = _CAPACITY_BYTES

    def give(self, scope: Scope, send: SendAtOnce) -> bool:
        """Answer a request if the answer is known and true; say whether it was."""
        if scope["method"] != "GET" or scope["query_string"]:
            return False
        sent: list[tuple[bytes, bytes]] = scope["headers"]
        headers = dict(sent)
        kept = self._kept.get(_key(scope["raw_path"], headers))
        if kept is None or kept.marks is not self._pulse.current(self._db):
            return False
        if kept.until is not None and self._clock.now() >= kept.until:
            return False
        if len(headers) != len(sent) or not _SPECIAL.isdisjoint(headers):
            return False
        known = headers.get(b"if-none-match")
        if known is None:
            send(kept.start)
            send(kept.body)
            kept.tally.sent += 1
        elif known == kept.etag:
            send(kept.unchanged)
            send(_NOTHING)
            kept.tally.unchanged += 1
        else:
            return False
        return True

    def keep(self, scope: Scope, answer: Answer) -> None:
        """Keep an answer, if it says how long it lasts; let go of those kept longest."""
        lasting, etag = answer.lasting, answer.header("etag")
        if lasting is None or etag is None or scope["method"] != "GET" or scope["query_string"]:
            return
        body, size = _body(answer)
        if body is None:
            return
        headers = dict(scope["headers"])
        if len(headers) != len(scope["headers"]):
            return
        told = (*answer.headers, ("content-length", str(answer.size_bytes)))
        kept = _Kept(
            marks=lasting.entry.marks,
            until=lasting.until,
            etag=etag.encode("latin-1"),
            start=_start(200, told),
            body=body,
            unchanged=_start(304, without_body(answer.headers)),
            size_bytes=size,
            tally=self._usage.begin(answer.use, answer.size_bytes or 0),
        )
        self._put(_key(scope["raw_path"], headers), kept)

    def _put(self, key: _Key, kept: _Kept) -> None:
        self._forget(key)
        self._kept[key] = kept
        self._left_bytes -= kept.size_bytes
        while self._left_bytes < 0 or len(self._kept) > _MOST_ANSWERS:
            self._forget(next(iter(self._kept)))

    def _forget(self, key: _Key) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._left_bytes += kept.size_bytes
            self._usage.end(kept.tally)


def _key(path: bytes, headers: dict[bytes, bytes]) -> _Key:
    get = headers.get
    return path, get(b"authorization"), get(b"accept"), get(b"accept-encoding")


def _start(status: int, headers: tuple[tuple[str, str], ...]) -> Message:
    return {"type": "http.response.start", "status": status, "headers": complete(headers)}


def _body(answer: Answer) -> tuple[Message | None, int]:
    """Give the message that carries the body, and how much memory it takes."""
    match answer.body:
        case bytes() as body:
            return {"type": "http.response.body", "body": body}, len(body)
        case FileBody(path=path, is_whole=True):
            return {"type": "http.response.pathsend", "path": str(path)}, 500
        case FileBody() | StreamBody():
            return None, 0
