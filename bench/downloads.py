"""Downloads of one large file over some connections, by a client that throws the bytes away.

The kernel drops what came (MSG_TRUNC) instead of copying it to us, so that the client takes
as little of the machine as it can.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from bench.load import Failed
from bench.processes import cpu_s, settle
from bench.servers import Server

_PIECE = 1024 * 1024
_LONGEST_HEAD = 64 * 1024


@dataclass(frozen=True, slots=True)
class Pull:
    """Which file is downloaded again and again, and for how long."""

    path: str
    size_bytes: int
    headers: Mapping[str, str] = field(default_factory=dict)
    connections: int = 1
    seconds: float = 2.0


@dataclass(frozen=True, slots=True)
class Pulled:
    """What came of it."""

    mb_per_s: float
    mb_per_cpu_s: float


def pull(server: Server, what: Pull) -> Pulled:
    """Download until the time is over; every download that began is finished, and counts."""
    before, began = cpu_s(server.pid), time.monotonic()
    one = partial(_one, server.port, what, began + what.seconds)
    with ThreadPoolExecutor(what.connections) as pool:
        counts = list(pool.map(lambda _number: one(), range(what.connections)))
    took_s = time.monotonic() - began
    settle(server.pid)
    total_mb = sum(counts) * what.size_bytes / 1e6
    return Pulled(total_mb / took_s, total_mb / max(cpu_s(server.pid) - before, 0.01))


def _one(port: int, what: Pull, deadline: float) -> int:
    """Download over one connection, made anew where a server closes it; give how often."""
    count = 0
    lines = [f"GET {what.path} HTTP/1.1", f"Host: 127.0.0.1:{port}"]
    lines += [f"{name}: {value}" for name, value in what.headers.items()]
    asked = ("\r\n".join(lines) + "\r\n\r\n").encode()
    waste = bytearray(_PIECE)
    while time.monotonic() < deadline:
        with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
            stays = True
            while stays and time.monotonic() < deadline:
                connection.sendall(asked)
                stays = _answer(connection, waste, what)
                count += 1
    return count


def _answer(connection: socket.socket, waste: bytearray, what: Pull) -> bool:
    """Take one answer; say whether the connection stays open."""
    head, rest = _head(connection)
    if not head.startswith((b"http/1.1 200", b"http/1.0 200")):
        raise Failed(f"{what.path} was answered with {head.splitlines()[0].decode()}.")
    if b"\r\ncontent-length: %d\r\n" % what.size_bytes not in head:
        raise Failed(f"{what.path} was not answered with a length of {what.size_bytes}.")
    left = what.size_bytes - rest
    while left:
        came = connection.recv_into(waste, min(left, _PIECE), socket.MSG_TRUNC)
        if not came:
            raise Failed(f"{what.path} ended {left} bytes too early.")
        left -= came
    return head.startswith(b"http/1.1") and b"\r\nconnection: close" not in head


def _head(connection: socket.socket) -> tuple[bytes, int]:
    """Read up to the body; give the head in small letters, and how much of the body came along."""
    came = b""
    while b"\r\n\r\n" not in came:
        piece = connection.recv(_LONGEST_HEAD)
        if not piece or len(came) > _LONGEST_HEAD:
            raise Failed("A server closed the connection instead of answering.")
        came += piece
    head, _, body = came.partition(b"\r\n\r\n")
    return head.lower() + b"\r\n", len(body)
