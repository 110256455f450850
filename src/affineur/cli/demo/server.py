"""The demo's server: `affineur serve` as a child process, cut off from its upstream on demand."""

from __future__ import annotations

import secrets
import socket
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO

import httpx2

from affineur.cli.demo.stage import DemoFailed, Stage, end, tool

_START_S = 60.0
_PORTS = range(15_000, 30_000)


class Server:
    """A server process of the demo."""

    def __init__(self, stage: Stage, settings: Mapping[str, str], log: IO[bytes]) -> None:
        self._stage = stage
        port = stage.url.rsplit(":", 1)[1]
        stage.say(f"operator$ affineur serve --port {port} &")
        self._log = log
        self._process = subprocess.Popen(  # noqa: S603  our own program, no shell
            [tool("affineur"), "serve", "--port", port],
            cwd=stage.root,
            env=dict(settings),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that what it starts can be ended with it
        )
        stage.say(f"  process {self._process.pid}, its log is {stage.root / 'server.log'}")

    def wait(self) -> None:
        """Wait until it answers."""
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline and self._process.poll() is None:
            if _answers(self._stage.url):
                return
            time.sleep(0.1)
        raise DemoFailed(
            f"The server does not come up; read {self._stage.root / 'server.log'}. "
            f"Its last words: {_last_line(self._stage.root / 'server.log')}"
        )

    def stop(self) -> None:
        """End it, by its own id."""
        end(self._process)
        self._log.close()


def start(stage: Stage, settings: Mapping[str, str]) -> Server:
    """Start a server with these environment variables."""
    server = Server(stage, settings, (stage.root / "server.log").open("ab"))
    try:
        server.wait()
    except BaseException:
        server.stop()
        raise
    return server


def free_port() -> int:
    """Find a port on loopback that nobody listens on, below those that clients are given."""
    while True:
        port = secrets.choice(_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def cut_off(settings: Mapping[str, str]) -> dict[str, str]:
    """Send everything that a process asks of other hosts to a proxy that is not there."""
    nowhere = f"http://127.0.0.1:{free_port()}"
    names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    proxies = {name: nowhere for one in names for name in (one, one.lower())}
    kept = {name: value for name, value in settings.items() if name.lower() != "no_proxy"}
    return kept | proxies


def _answers(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/healthz", trust_env=False, timeout=5).is_success
    except httpx2.HTTPError:
        return False


def _last_line(path: Path) -> str:
    lines = path.read_text("utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else "none"
