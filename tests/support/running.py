"""The real `affineur serve`, as a process of its own, that tests can kill and start again.

with running_server(tmp_path, upstream.url) as server:
    dev = server.person("dev", "reader@internal")
    request = dev.requests("ham==1.0")
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx2

import affineur
from support.dists import Dist
from support.forms import CONTENT_TYPE, form, upload_parts
from support.ports import free_port

_SOURCES = str(Path(affineur.__file__).parent.parent)
_MACHINE = {k: v for k, v in os.environ.items() if not k.startswith("AFFINEUR_")}
"""The environment as it was before any test cleaned it: for tests marked `network`."""
_PATIENCE_S = 60.0
_START = "from affineur.cli.main import main; main()"

Told = dict[str, Any]  # Any: JSON


class Server:
    """A server process: its URL, its data, its people."""

    def __init__(self, data: Path, environment: Mapping[str, str]) -> None:
        self.data = data
        self.port = free_port()
        self._environment = {
            "AFFINEUR_ADVISORIES_EVERY_S": "0",
            **environment,
            "AFFINEUR_DATA": str(data),
            "PYTHONPATH": _SOURCES,
            "PYTHONUNBUFFERED": "1",
        }
        self._log = data.with_name(f"{data.name}-{self.port}.log")
        self._process: subprocess.Popen[bytes] | None = None
        self.client = httpx2.Client(timeout=_PATIENCE_S, trust_env=False)

    @property
    def url(self) -> str:
        """Scheme, host and port; the same after a restart."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def output(self) -> str:
        """Everything that it and its predecessors on this port have said."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    # Living and dying

    def start(self) -> None:
        """Start it, and wait until it is ready."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*_python(), "serve", "--port", str(self.port)],
                env=self._environment,
                cwd=self._log.parent,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until(self._is_ready, lambda: f"The server does not come up:\n{self.output}")

    def kill(self) -> None:
        """Kill exactly this process, as a power cut would; nothing of it may survive."""
        process = self._running()
        os.kill(process.pid, signal.SIGKILL)
        process.wait(_PATIENCE_S)
        self._process = None
        until(lambda: not _group(process.pid), lambda: f"It left behind: {_group(process.pid)}")

    def stop(self) -> None:
        """End it as an operator does."""
        if self._process is None:
            return
        process, self._process = self._process, None
        process.terminate()
        try:
            process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise

    def restart(self) -> None:
        """Kill it if it lives, and start it again on the same data and port."""
        if self._process is not None:
            self.kill()
        self.start()

    def revive(self) -> None:
        """Start it again if a test left it dead."""
        if self._process is None:
            self.start()

    def runs(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run another `affineur` command on the same data."""
        return subprocess.run(
            [*_python(), *arguments],
            env={**self._environment, **environment},
            cwd=self._log.parent,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE_S,
        )

    def is_told(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a remote command, as whoever set the server up."""
        return self.runs(*arguments, AFFINEUR_URL=self.url, AFFINEUR_TOKEN=self.admin.token)

    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "the server does not run"
        return self._process

    def _is_ready(self) -> bool:
        gone = self._running().poll()
        assert gone is None, f"The server ended with {gone}:\n{self.output}"
        try:
            return self.client.get(f"{self.url}/readyz").status_code == 200
        except httpx2.TransportError:
            return False

    # Its people and its index

    @property
    def admin(self) -> Person:
        """Whoever set it up."""
        return Person(self, (self.data / "admin-token").read_text().strip())

    def person(self, name: str, *grants: str, **limits: Any) -> Person:  # Any: JSON
        """Make a user with these grants and a token, limited as told."""
        self.admin.tells("POST", "/users", name=name, grants=list(grants))
        return Person(self, self.token(name, **limits))

    def token(self, name: str, **limits: Any) -> str:  # Any: JSON
        """Make a further token of a user."""
        made = self.admin.tells("POST", "/tokens", user=name, name="test", **limits)
        return str(made["secret"])

    def index(self, feed: str = "internal", token: str | None = None) -> str:
        """Give the index URL of a feed, with a token in it as pip and uv want it."""
        holder = "" if token is None else f"__token__:{token}@"
        return f"http://{holder}127.0.0.1:{self.port}/pypi/{feed}/simple/"

    def uploads(self, feed: str = "internal") -> str:
        """Give the URL for uploads to a feed."""
        return f"{self.url}/pypi/{feed}/legacy/"


class Person:
    """Somebody with a token, and what they do over the API."""

    def __init__(self, server: Server, token: str) -> None:
        self.server = server
        self.token = token

    def calls(
        self,
        method: str,
        path: str,
        body: Told | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        """Call anything; `path` begins with a slash."""
        bearer = {"authorization": f"Bearer {self.token}"}
        url = f"{self.server.url}{path}"
        return self.server.client.request(
            method, url, json=body, headers=bearer | dict(headers or {})
        )

    def tells(self, method: str, path: str, **body: Any) -> Told:  # Any: JSON
        """Call the API, and have it done."""
        answer = self.calls(method, f"/api/v1{path}", body or None)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        told: Told = answer.json()
        return told

    def requests(self, *requirements: str) -> int:
        """Ask for requirements; give the request's number."""
        made = self.tells("POST", "/requests", requirements=list(requirements), reason="a test")
        return int(made["id"])

    def sees(self, number: int) -> Told:
        """Look at a request."""
        return self.tells("GET", f"/requests/{number}")

    def awaits(self, number: int, *states: str, wait_s: float = _PATIENCE_S) -> Told:
        """Wait until a request is in one of these states."""
        seen: list[Told] = []

        def has_come() -> bool:
            seen[:] = [self.sees(number)]
            return seen[0]["state"] in states

        complaint = f"Request {number} never came to {states}"
        until(has_come, lambda: f"{complaint}: {seen}\n{self.server.output}", wait_s)
        return seen[0]

    def approves(self, number: int) -> Told:
        """Approve a request when it has been vetted; give it as it is then."""
        self.awaits(number, "review")
        return self.tells("POST", f"/requests/{number}/approve", comment="looked at")

    def brings_in(self, *requirements: str) -> Told:
        """Ask for requirements and approve the request oneself."""
        return self.approves(self.requests(*requirements))

    def page(self, project: str, feed: str = "internal") -> dict[str, Told]:
        """Read a project's page: its files by filename."""
        accept = {"accept": "application/vnd.pypi.simple.v1+json"}
        answer = self.calls("GET", f"/pypi/{feed}/simple/{project}/", headers=accept)
        if answer.status_code == 404:
            return {}
        assert answer.status_code == 200, f"{answer.status_code} {answer.text}"
        return {file["filename"]: file for file in answer.json()["files"]}

    def gets(
        self, sha256: str, filename: str, feed: str = "internal", **headers: str
    ) -> httpx2.Response:
        """Ask for a file by its own URL; `if_none_match` stands for If-None-Match."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.calls("GET", f"/pypi/{feed}/files/{sha256}/{filename}", headers=named)

    def uploads(self, dist: Dist, feed: str = "internal") -> httpx2.Response:
        """Upload a wheel as twine does."""
        body, headers = self.upload_of(dist)
        return httpx2.post(
            self.server.uploads(feed),
            content=body,
            headers=headers,
            timeout=_PATIENCE_S,
            trust_env=False,
        )

    def upload_of(self, dist: Dist) -> tuple[bytes, dict[str, str]]:
        """Give the body and the headers of an upload."""
        name, version = dist.filename.split("-")[:2]
        told = {"name": name, "version": version, "filetype": "bdist_wheel"}
        parts = upload_parts(dist.filename, dist.data, told | {"sha256_digest": dist.sha256})
        headers = {"content-type": CONTENT_TYPE, "authorization": f"Bearer {self.token}"}
        return form(parts), headers


@contextmanager
def running_server(
    tmp_path: Path, upstream_url: str | None, **environment: str
) -> Iterator[Server]:
    """Run a server with its data under `tmp_path` and an index upstream; None is the real one.

    `environment` are settings, such as `AFFINEUR_PAGE_FRESH_S`.
    """
    surroundings = _surroundings() if upstream_url is not None else dict(_MACHINE)
    upstream = {} if upstream_url is None else {"AFFINEUR_UPSTREAM": upstream_url}
    server = Server(tmp_path / "affineur-data", surroundings | upstream | environment)
    with ExitStack() as cleanup:
        cleanup.callback(server.client.close)
        cleanup.callback(server.stop)
        server.start()
        yield server


def until(
    holds: Callable[[], bool], complaint: Callable[[], str], wait_s: float = _PATIENCE_S
) -> None:
    """Wait until something holds; fail with the complaint when it never does."""
    end = time.monotonic() + wait_s
    while not holds():
        assert time.monotonic() < end, complaint()
        time.sleep(0.02)


def _surroundings() -> dict[str, str]:
    """Keep what a process needs to live, and no setting of this machine."""
    kept = ("PATH", "HOME", "TMPDIR", "SYSTEMROOT", "LANG")
    return {name: _MACHINE[name] for name in kept if name in _MACHINE}


def _python() -> list[str]:
    return [sys.executable, "-c", _START]


def _group(number: int) -> list[str]:
    """Name the living processes of a process group."""
    listed = subprocess.run(
        ["ps", "-A", "-o", "pgid=,stat=,args="], capture_output=True, text=True, check=True
    )
    rows = (line.split(maxsplit=2) for line in listed.stdout.splitlines())
    return [" ".join(row) for row in rows if row[0] == str(number) and not row[1].startswith("Z")]
