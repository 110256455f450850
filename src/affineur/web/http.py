"""A request and an answer as values, whichever server protocol carried them.

Handlers know nothing else of HTTP than this, so that another front (RSGI) can replace the one
in `asgi.py`. Paths are decoded here, exactly once, before anything is routed or permitted.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote_to_bytes

from affineur.core.errors import BadInput
from affineur.core.pages import earliest
from affineur.core.usage import Use
from affineur.services.doorkeeper import Entry
from affineur.services.pulse import Made

Headers = tuple[tuple[str, str], ...]
"""Header names in lower case, with their values, in the order they are sent."""

_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_LONGEST_PATH = 4096


class _Nothing(AsyncIterator[bytes]):
    """The body of a request that has none."""

    async def __anext__(self) -> bytes:
        raise StopAsyncIteration


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asks."""

    method: str
    segments: tuple[str, ...]
    """The decoded path, split at its slashes: `/a/b/` is ("a", "b", "")."""
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    """By name in lower case; a header that came several times is joined with commas."""
    body: AsyncIterator[bytes] = field(default_factory=_Nothing)
    """Raises `ClientGone` when the client leaves before its end."""
    address: str = ""
    """Where the connection comes from: a client, or the proxy in front of the server."""
    is_tls: bool = False

    @property
    def is_read(self) -> bool:
        """Whether it asks for something to be sent: GET or HEAD."""
        return self.method in {"GET", "HEAD"}


@dataclass(frozen=True, slots=True)
class FileBody:
    """A part of a local file, from `start` up to, without, `stop`."""

    path: Path
    start: int
    stop: int
    is_whole: bool


@dataclass(frozen=True, slots=True)
class StreamBody:
    """Bytes that are still arriving. When they break off, the connection breaks, too."""

    chunks: AsyncIterator[bytes]
    size_bytes: int | None


@dataclass(frozen=True, slots=True)
class Lasting:
    """How long an answer may be given again to the same credentials, without another question."""

    made: Made
    entry: Entry

    @property
    def until(self) -> datetime | None:
        """When time alone ends it: of what it shows, or of who may see it."""
        return earliest(self.made.until, self.entry.until)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client is told.

    One with an ETag is given as the whole, whatever was asked on condition or in part:
    `conditions.as_asked` makes of it what the client gets.
    """

    status: int
    headers: Headers = ()
    body: bytes | FileBody | StreamBody = b""
    lasting: Lasting | None = None
    use: Use | None = None
    """What is counted when it is sent; None for what nobody counts."""

    @property
    def size_bytes(self) -> int | None:
        """The length of the body, when it is known."""
        match self.body:
            case FileBody(start=start, stop=stop):
                return stop - start
            case StreamBody(size_bytes=size_bytes):
                return size_bytes
            case bytes() as body:
                return len(body)

    def header(self, name: str) -> str | None:
        """Find the value of a header."""
        return next((value for key, value in self.headers if key == name), None)


class ClientGone(Exception):
    """The client closed its connection; nobody is there to be told anything."""


def decode_path(raw: bytes) -> tuple[str, ...]:
    """Decode a path once into its segments; raise `BadInput` for any that could mislead.

    A slash, a backslash or a control character that came percent-encoded, dot segments and
    bytes that are not UTF-8 have no meaning in any of our URLs: they only ever try to be
    read in two ways.
    """
    if len(raw) > _LONGEST_PATH or not raw.startswith(b"/") or _BAD_ESCAPE.search(raw):
        raise _unreadable()
    return tuple(_segment(part) for part in raw[1:].split(b"/"))


def _segment(raw: bytes) -> str:
    try:
        text = unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError as error:
        raise _unreadable() from error
    if text in {".", ".."} or "/" in text or "\\" in text or not (text.isprintable()):
        raise _unreadable()
    return text


def _unreadable() -> BadInput:
    return BadInput(
        "The path of this URL cannot be read.",
        hint="It must not hold encoded slashes, control characters or dot segments.",
    )
