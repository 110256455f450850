"""Servers under test: how one is started, and what a client needs to know of it."""

from __future__ import annotations

import http.client
import socket
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.corpus import SMALL
from bench.places import folder
from bench.processes import Died, running, until_ready

JSON = "application/vnd.pypi.simple.v1+json"
AS_PIP_ASKS = f"{JSON}, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01"
ENCODINGS = "gzip, deflate, br, zstd"
"""What uv says that it takes, and pip as far as it can."""

OURS, FLOOR = "affineur", "nginx"


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to start a server that serves the corpus."""

    name: str
    command: Sequence[str | Path]
    port: int
    index_path: str
    """The path of its simple index, with slashes at both ends."""
    environment: Mapping[str, str] | None = None
    token: str | None = None
    first_page: str = SMALL
    """The project whose page tells that it is up."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    name: str
    pid: int
    port: int
    index_path: str
    started_s: float
    """From its start to its first page."""
    token: str | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def index(self) -> str:
        """Give the index as pip and uv are told it, with the token in it."""
        holder = f"__token__:{self.token}@" if self.token else ""
        return f"http://{holder}127.0.0.1:{self.port}{self.index_path}"

    def page(self, project: str) -> str:
        """Give the path of a project's page."""
        return f"{self.index_path}{project}/"

    def headers(self, accept: str = JSON) -> dict[str, str]:
        """Give the headers of a client that has a token, if it needs one."""
        said = {"Accept": accept}
        if self.token:
            pair = b64encode(f"__token__:{self.token}".encode()).decode()
            said["Authorization"] = f"Basic {pair}"
        return said


@dataclass(frozen=True, slots=True)
class Answer:
    """One whole answer."""

    status: int
    headers: Mapping[str, str]
    """By their names in small letters."""
    body: bytes


def ask(port: int, path: str, headers: Mapping[str, str], timeout_s: float = 60.0) -> Answer:
    """Ask a server on loopback once."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)
    try:
        connection.request("GET", path, headers=dict(headers))
        answer = connection.getresponse()
        named = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, named, answer.read())
    finally:
        connection.close()


@contextmanager
def started(recipe: Recipe) -> Iterator[Server]:
    """Run a server for the length of a `with`, once it gives a page."""
    log = folder("run") / f"{recipe.name}-{recipe.port}.log"
    path = f"{recipe.index_path}{recipe.first_page}/"
    ready = Server(recipe.name, 0, recipe.port, recipe.index_path, 0.0, recipe.token)

    def has_page() -> bool:
        try:
            return ask(recipe.port, path, ready.headers(AS_PIP_ASKS)).status == 200
        except (OSError, http.client.HTTPException):
            return False

    _refuse_taken(recipe)
    began = time.monotonic()
    with running(recipe.command, log, recipe.environment) as process:
        until_ready(process, has_page, log)
        took = time.monotonic() - began
        yield Server(
            recipe.name, process.pid, recipe.port, recipe.index_path, took, token=recipe.token
        )


def _refuse_taken(recipe: Recipe) -> None:
    """Raise `Died` when somebody listens there: their answers would be taken for ours."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", recipe.port)) == 0:
            raise Died(f"Port {recipe.port} of {recipe.name} is taken: does another run go on?")
