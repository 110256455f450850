"""A load of keep-alive connections, and the processor time that a server spent on it."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked for, how, and for how long."""

    host: str
    port: int
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    connections: int = 16
    seconds: float = 3.0


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a load."""

    requests: int
    cpu_s: float
    """Processor time of the server process, user and system."""
    status: int

    @property
    def per_cpu_second(self) -> float:
        """Requests for each second of the server's processor time."""
        return self.requests / self.cpu_s if self.cpu_s else 0.0


def run(load: Load, server_pid: int) -> Result:
    """Put the load on a server; every answer must have the first one's status."""
    before = _cpu_s(server_pid)
    counted, status = asyncio.run(_all(load))
    return Result(counted, _cpu_s(server_pid) - before, status)


async def _all(load: Load) -> tuple[int, int]:
    deadline = time.monotonic() + load.seconds
    outcomes = await asyncio.gather(*(_one(load, deadline) for _ in range(load.connections)))
    statuses = {status for _, status in outcomes}
    if len(statuses) != 1:
        message = f"{load.path} answered differently: {sorted(statuses)}"
        raise RuntimeError(message)
    return sum(count for count, _ in outcomes), statuses.pop()


async def _one(load: Load, deadline: float) -> tuple[int, int]:
    reader, writer = await asyncio.open_connection(load.host, load.port)
    lines = [f"GET {load.path} HTTP/1.1", f"Host: {load.host}:{load.port}"]
    lines += [f"{name}: {value}" for name, value in load.headers]
    asked = ("\r\n".join(lines) + "\r\n\r\n").encode()
    count, status = 0, 0
    while time.monotonic() < deadline:
        writer.write(asked)
        status = await _answer(reader)
        count += 1
    writer.close()
    return count, status


async def _answer(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line[15:])
    if length and status != 304:
        await reader.readexactly(length)
    return status


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
