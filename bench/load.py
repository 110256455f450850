"""Load on a page: keep-alive connections by wrk, and what the server spent on it.

wrk is one thread of C: it takes less from the machine than any server under test gives.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.places import folder
from bench.processes import cpu_s, settle
from bench.servers import Server, ask
from bench.tools import program

_TOLD = """\
done = function(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\\nTOLD {"requests": %d, "bytes": %d, "duration_us": %d, "p99_us": %d, "failed": %d}\\n',
    summary.requests, summary.bytes, summary.duration, latency:percentile(99.0),
    errors.connect + errors.read + errors.write + errors.status))
end
"""


class Failed(Exception):
    """A load did not do what it should have done."""


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked for, how, and for how long."""

    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    connections: int = 16
    seconds: int = 2
    status: int = 200


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a load."""

    per_s: float
    """Answers for each second."""
    per_cpu_s: float
    """Answers for each second of the server's processor time."""
    p99_ms: float
    answer_bytes: int
    """The size of one answer's body."""
    encoding: str


def run(server: Server, load: Load) -> Outcome:
    """Put a load on a server; raise `Failed` when it answers otherwise than it should."""
    first = ask(server.port, load.path, load.headers)
    if first.status != load.status:
        raise Failed(f"{server.name} answers {first.status} to {load.path}, not {load.status}.")
    before = cpu_s(server.pid)
    told = _wrk(server, load)
    settle(server.pid)
    spent_s = cpu_s(server.pid) - before
    requests = told["requests"]
    if told["failed"]:
        raise Failed(f"{told['failed']} of {requests} requests to {server.name} failed.")
    return Outcome(
        per_s=requests / (told["duration_us"] / 1e6),
        per_cpu_s=requests / max(spent_s, 0.01),
        p99_ms=told["p99_us"] / 1000,
        answer_bytes=len(first.body),
        encoding=first.headers.get("content-encoding", "plain"),
    )


def _wrk(server: Server, load: Load) -> dict[str, int]:
    headers = [part for pair in load.headers.items() for part in ("-H", ": ".join(pair))]
    options = ("-t1", f"-c{load.connections}", f"-d{load.seconds}s", "--timeout", "30s")
    command = [str(program("wrk")), *options, "-s", str(_script()), *headers]
    command.append(f"{server.url}{load.path}")
    patience_s = load.seconds + 60
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=patience_s)
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("TOLD ")]
    told: dict[str, int] = json.loads(line.removeprefix("TOLD "))
    return told


def _script() -> Path:
    path = folder("run") / "told.lua"
    path.write_text(_TOLD, "utf-8")
    return path
