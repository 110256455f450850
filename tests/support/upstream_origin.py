"""One listening port of the loopback upstream: it speaks HTTP, and spoils answers on demand."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum, auto
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple, Protocol

_CHUNK_BYTES = 64 * 1024
_ENDLESS_BYTES = 1024 * 1024 * 1024


class Fault(StrEnum):
    """How an answer is spoiled."""

    SLOW = auto()
    """Waits `delay_s`, then answers as it should."""
    DRIP = auto()
    """Sends the body one byte at a time, `delay_s` apart."""
    WAIT = auto()
    """Answers nothing until healed, then as it should."""
    STALL = auto()
    """Sends half of the body, and the rest when healed."""
    TRUNCATED = auto()
    """Promises the whole body by Content-Length, sends half of it and hangs up."""
    CUT_SHORT = auto()
    """Sends half of the body, promises nothing, and hangs up: only the digest can tell."""
    OTHER_BYTES = auto()
    """Sends other bytes, as many as it should."""
    OVERSIZED = auto()
    """Sends a body that does not end."""
    GARBAGE = auto()
    """Answers 200 with HTML that is no index page."""
    LOGIN_PAGE = auto()
    """Answers 200 with a form, as captive portals do."""
    STATUS = auto()
    """Answers `status` (500 unless said), with `to` as its Retry-After, if one is given."""
    REDIRECT = auto()
    """Answers 302 to the URL `to`."""
    OTHER_RANGE = auto()
    """Gives the bytes one before those that were asked for, and says so."""
    PLACELESS_RANGE = auto()
    """Gives what was asked for, without saying where it stands."""
    ENCODED = auto()
    """Says that the body is compressed."""


@dataclass(frozen=True, slots=True)
class Misbehaviour:
    """A fault, and where it holds."""

    fault: Fault
    at: str
    delay_s: float
    status: int
    to: str


class Seen(NamedTuple):
    """A request as the upstream saw it; header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    port: int


@dataclass(slots=True)
class Reply:
    """An answer before it is spoiled."""

    status: int
    content_type: str = "text/plain"
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class Answering(Protocol):
    """What a port asks to know how to answer."""

    @property
    def is_closing(self) -> bool:
        """Whether the test is over."""
        ...

    def saw(self, seen: Seen) -> Misbehaviour | None:
        """Record a request; return the fault of its answer."""
        ...

    def reply(self, seen: Seen) -> Reply:
        """What a well-behaved index answers."""
        ...

    def rest(self, seconds: float) -> None:
        """Sleep, but not beyond the end of the test."""
        ...

    def until_healed(self, fault: Misbehaviour) -> None:
        """Return when the fault is gone, or the test is over."""
        ...


class Origin:
    """A port that listens, stops and listens again under the same number."""

    def __init__(self, answering: Answering) -> None:
        self.port = 0
        self._answering = answering
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen; no error if it does."""
        if self._server is not None:
            return
        self._server = _Server(self.port, self._answering)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def stop(self) -> None:
        """Refuse connections and break those that are open; no error if it did."""
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._thread.join()
        self._server.hang_up()
        self._server.server_close()
        self._server = None


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 128

    def __init__(self, port: int, answering: Answering) -> None:
        self.answering = answering
        self.is_stopping = False
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)

    def opened(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.add(connection)

    def closed(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.discard(connection)

    def hang_up(self) -> None:
        self.is_stopping = True
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.opened(self.connection)
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def finish(self) -> None:
        self.server.closed(self.connection)
        with suppress(OSError):
            super().finish()

    def handle(self) -> None:
        with suppress(ConnectionError):
            super().handle()

    def do_GET(self) -> None:
        answering = self.server.answering
        headers = {name.lower(): value for name, value in self.headers.items()}
        seen = Seen(self.command, self.path, headers, self.server.server_address[1])
        misbehaviour = answering.saw(seen)
        reply = answering.reply(seen)
        if misbehaviour is None:
            self._send(reply)
        else:
            self._misbehave(_spoiled(reply, misbehaviour), misbehaviour)

    do_HEAD = do_GET  # noqa: N815 -- its name there

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- its name there
        """Say nothing on stderr."""

    def _send(self, reply: Reply) -> None:
        self._send_head(reply, len(reply.body))
        self._send_body(reply.body)

    def _send_head(self, reply: Reply, length: int | None) -> None:
        self.send_response(reply.status, HTTPStatus(reply.status).phrase)
        self.send_header("Content-Type", reply.content_type)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if length is None:
            self.send_header("Connection", "close")
        elif reply.status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def _send_body(self, body: bytes) -> None:
        if self.command != "HEAD":
            self.wfile.write(body)

    def _misbehave(self, reply: Reply, misbehaviour: Misbehaviour) -> None:
        half = len(reply.body) // 2
        match misbehaviour.fault:
            case Fault.SLOW:
                self.server.answering.rest(misbehaviour.delay_s)
                self._send(reply)
            case Fault.WAIT:
                self._until_healed(misbehaviour)
                self._send(reply)
            case Fault.STALL:
                self._send_head(reply, len(reply.body))
                self._send_body(reply.body[:half])
                self._until_healed(misbehaviour)
                self._send_body(reply.body[half:])
            case Fault.DRIP:
                self._send_head(reply, len(reply.body))
                self._drip(reply.body, misbehaviour.delay_s)
            case Fault.TRUNCATED | Fault.CUT_SHORT:
                is_cut = misbehaviour.fault is Fault.CUT_SHORT
                self._send_head(reply, None if is_cut else len(reply.body))
                self._send_body(reply.body[:half])
                self.close_connection = True
            case Fault.OVERSIZED:
                self._send_head(reply, None)
                self._send_endlessly()
            case _:
                self._send(reply)

    def _until_healed(self, misbehaviour: Misbehaviour) -> None:
        self.server.answering.until_healed(misbehaviour)

    def _drip(self, body: bytes, delay_s: float) -> None:
        for position in range(len(body)):
            if self.server.is_stopping or self.server.answering.is_closing:
                return
            self.server.answering.rest(delay_s)
            self._send_body(body[position : position + 1])

    def _send_endlessly(self) -> None:
        self.close_connection = True
        for _ in range(_ENDLESS_BYTES // _CHUNK_BYTES):
            if self.server.is_stopping or self.server.answering.is_closing:
                return
            self._send_body(b"<!-- -->" * (_CHUNK_BYTES // 8))


def piece_of(whole: Reply, seen: Seen) -> Reply:
    """Answer with the piece that is asked for, as RFC 9110 says; one range, `a-b` or `-n`."""
    asked = re.fullmatch(r"bytes=(\d*)-(\d*)", seen.headers.get("range", ""))
    if asked is None or seen.headers.get("if-range") not in {None, whole.headers.get("ETag")}:
        return whole
    size = len(whole.body)
    first, last = asked.groups()
    start = int(first) if first else max(0, size - int(last))
    stop = min(size, int(last) + 1) if first and last else size
    if start >= stop:
        return Reply(416, headers={"Content-Range": f"bytes */{size}"})
    headers = whole.headers | {"Content-Range": f"bytes {start}-{stop - 1}/{size}"}
    return Reply(206, whole.content_type, whole.body[start:stop], headers)


def _range_of(reply: Reply) -> str:
    return reply.headers.get("Content-Range", "bytes 0-0/0")


def _spoiled(reply: Reply, misbehaviour: Misbehaviour) -> Reply:
    match misbehaviour.fault:
        case Fault.OTHER_BYTES:
            return Reply(reply.status, reply.content_type, b"x" * len(reply.body), reply.headers)
        case Fault.GARBAGE:
            return Reply(200, "text/html", b"<p>\xff\x00 <<<a hre %% </zzz" * 20)
        case Fault.LOGIN_PAGE:
            return Reply(200, "text/html; charset=utf-8", _LOGIN_PAGE)
        case Fault.STATUS:
            told = {"Retry-After": misbehaviour.to} if misbehaviour.to else {}
            return Reply(misbehaviour.status, headers=told)
        case Fault.REDIRECT:
            return Reply(302, headers={"Location": misbehaviour.to})
        case _:
            return _spoiled_piece(reply, misbehaviour.fault)


def _spoiled_piece(reply: Reply, fault: Fault) -> Reply:
    match fault:
        case Fault.OTHER_RANGE:
            start, stop, size = (int(one) for one in re.findall(r"\d+", _range_of(reply)))
            shifted = f"bytes {start - 1}-{stop - 1}/{size}"
            return replace(reply, headers=reply.headers | {"Content-Range": shifted})
        case Fault.PLACELESS_RANGE:
            return replace(reply, headers={})
        case Fault.ENCODED:
            return replace(reply, headers=reply.headers | {"Content-Encoding": "gzip"})
        case _:
            return reply


_LOGIN_PAGE = b"""<!DOCTYPE html><html><head><title>Sign in</title></head>
<body><h1>Welcome to the guest network</h1><a href="/terms">Terms of use</a>
<form method="post"><input name="user"><input name="password"></form></body></html>"""
