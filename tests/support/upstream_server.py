"""A real external index on loopback, with a thread of its own, that can misbehave on demand.

    with upstream_server("json") as up:
        up.add(wheel("spam", "1.0"))
        up.misbehave(Fault.TRUNCATED, at="/files/")

`kind="json"` answers PEP 691 with everything that a modern index tells, ETag and 304;
`kind="html"` answers PEP 503 whatever is asked for, without ETag, as many mirrors do.
"""

from __future__ import annotations

import hashlib
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from support.dists import Dist
from support.upstream_origin import Fault, Misbehaviour, Origin, Reply, Seen, piece_of
from support.upstream_pages import (
    HTML_PAGE,
    JSON_PAGE,
    Listed,
    flood,
    html_page,
    html_root,
    json_page,
    json_root,
    project_api,
)

__all__ = ["LONG_AGO", "Fault", "Kind", "LoopbackUpstream", "Seen", "upstream_server"]

Kind = Literal["json", "html"]
LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)
"""When a file was uploaded unless the test says otherwise."""


class LoopbackUpstream:
    """What the index holds, what it saw, and how it misbehaves. Thread-safe."""

    def __init__(
        self,
        kind: Kind,
        *,
        has_api: bool,
        tells_times: bool,
        credentials: tuple[str, str] | None,
    ) -> None:
        self.kind = kind
        self.gives_ranges = True
        """Whether it gives pieces of files; if not, it gives them whole whatever is asked for."""
        self.tells_etags = True
        """Whether files have an ETag."""
        self.has_metadata = kind == "json"
        """Whether core metadata lies beside wheels."""
        self.announces_metadata = True
        """Whether JSON pages announce it, by a digest."""
        self.status: str | None = None
        """The project status (PEP 792) that JSON pages tell of every project."""
        self.further_names: tuple[str, ...] = ()
        """Names in its list of all projects beside those that it has files of."""
        self.facts: dict[str, Any] = {}  # Any: JSON
        """Further keys that JSON pages have of every project, such as `alternate-locations`."""
        self._has_api = has_api
        self._tells_times = tells_times
        self._credentials = credentials
        self._lock = threading.RLock()
        self._files: dict[str, Listed] = {}
        self._quarantined: dict[str, str] = {}
        self._seen: list[Seen] = []
        self._faults: list[Misbehaviour] = []
        self._closing = threading.Event()
        self._index = Origin(self)
        self._elsewhere: Origin | None = None

    # What it holds

    @property
    def url(self) -> str:
        """The simple index, ending in '/'."""
        return f"{self.origin}/simple/"

    @property
    def origin(self) -> str:
        """Scheme, host and port of the index."""
        return self._index.url

    @property
    def files_origin(self) -> str:
        """Scheme, host and port of the files: the index itself unless `files_elsewhere`."""
        return (self._elsewhere or self._index).url

    def add(
        self, *dists: Dist, uploaded_at: datetime | None = LONG_AGO, yanked: str | None = None
    ) -> None:
        """List distributions; one with a filename that is there already takes its place."""
        with self._lock:
            for dist in dists:
                url = self.location(dist.filename)
                self._files[dist.filename] = Listed.of(dist, url, uploaded_at, yanked)

    def prove(self, dist: Dist, provenance: bytes) -> None:
        """Give a distribution that is listed a provenance (PEP 740)."""
        with self._lock:
            listed = self._files[dist.filename]
            self._files[dist.filename] = replace(listed, provenance=provenance)

    def quarantine(self, project: str, reason: str) -> None:
        """Offer no file of a project any more, and say why (PEP 792)."""
        with self._lock:
            self._quarantined[project] = reason

    def remove(self, filename: str) -> None:
        """List a file no more."""
        with self._lock:
            del self._files[filename]

    def flood(self, project: str, count: int) -> None:
        """List that many files which nobody could download."""
        with self._lock:
            url = f"{self.files_origin}/files/"
            self._files |= {file.filename: file for file in flood(project, count, url)}

    def location(self, filename: str) -> str:
        """The URL of a file."""
        return f"{self.files_origin}/files/{filename}"

    # What it saw

    @property
    def requests(self) -> tuple[Seen, ...]:
        """All requests so far, in order."""
        with self._lock:
            return tuple(self._seen)

    def paths(self) -> tuple[str, ...]:
        """The paths of all requests so far, in order."""
        return tuple(seen.path for seen in self.requests)

    def downloads(self, filename: str) -> int:
        """How often a file was asked for whole."""
        return sum(
            "range" not in seen.headers
            for seen in self.requests
            if seen.path == f"/files/{filename}"
        )

    def ranges(self, filename: str) -> tuple[str, ...]:
        """Which pieces of a file were asked for, in order."""
        path = f"/files/{filename}"
        asked = (seen.headers.get("range") for seen in self.requests if seen.path == path)
        return tuple(one for one in asked if one is not None)

    def forget_requests(self) -> None:
        """Begin the record of requests anew."""
        with self._lock:
            self._seen.clear()

    def wait_for(self, path: str, timeout_s: float = 10.0) -> None:
        """Return when that path has been asked for; raise TimeoutError if it is not."""
        end = time.monotonic() + timeout_s
        while path not in self.paths():
            if time.monotonic() > end:
                raise TimeoutError(f"Nobody asked for {path}; asked for was {self.paths()}.")
            time.sleep(0.005)

    def wait_for_requests(self, count: int, timeout_s: float = 10.0) -> None:
        """Return when so many requests have come; raise TimeoutError if they do not."""
        end = time.monotonic() + timeout_s
        while len(self.requests) < count:
            if time.monotonic() > end:
                raise TimeoutError(f"Only {len(self.requests)} requests of {count} have come.")
            time.sleep(0.005)

    # How it misbehaves

    def misbehave(
        self,
        fault: Fault,
        at: str = "/",
        *,
        delay_s: float = 0.2,
        status: int = 500,
        to: str = "",
    ) -> None:
        """Spoil all answers to paths that begin with `at`, until `heal`; the latest fault wins."""
        with self._lock:
            self._faults.append(Misbehaviour(fault, at, delay_s, status, to))

    def heal(self) -> None:
        """Behave again: no faults, and up."""
        with self._lock:
            self._faults.clear()
        self.come_back()

    def go_down(self) -> None:
        """Refuse connections, and break those that are open."""
        for origin in self._origins():
            origin.stop()

    def come_back(self) -> None:
        """Listen again on the same ports."""
        for origin in self._origins():
            origin.start()

    @contextmanager
    def being_down(self) -> Iterator[None]:
        """Be down for the length of a `with`."""
        self.go_down()
        try:
            yield
        finally:
            self.come_back()

    # For its origins

    def serve_files_elsewhere(self) -> None:
        """Serve files from a second port."""
        self._elsewhere = Origin(self)

    def close(self) -> None:
        """Stop for good."""
        self._closing.set()
        self.go_down()

    def saw(self, seen: Seen) -> Misbehaviour | None:
        """Record a request; return the fault of its answer."""
        with self._lock:
            self._seen.append(seen)
            return next((f for f in reversed(self._faults) if seen.path.startswith(f.at)), None)

    def rest(self, seconds: float) -> None:
        """Sleep, but not beyond the end of the test."""
        self._closing.wait(seconds)

    def until_healed(self, fault: Misbehaviour) -> None:
        """Return when the fault is gone, or the test is over."""
        while fault in self._faults and not self._closing.is_set():
            self._closing.wait(0.01)

    @property
    def is_closing(self) -> bool:
        """Whether the test is over."""
        return self._closing.is_set()

    def reply(self, seen: Seen) -> Reply:
        """What a well-behaved index answers."""
        if not self._is_admitted(seen):
            return Reply(401, headers={"WWW-Authenticate": 'Basic realm="upstream"'})
        match unquote(urlsplit(seen.path).path).strip("/").split("/"):
            case ["simple"]:
                return self._root(seen)
            case ["simple", project]:
                return self._page(project, seen)
            case ["pypi", project, "json"] if self._has_api:
                found = self._of(project)
                body = project_api(project, found)
                return Reply(200, "application/json", body) if found else Reply(404)
            case ["files", filename]:
                return self._file(filename, seen)
        return Reply(404)

    def _root(self, seen: Seen) -> Reply:
        with self._lock:
            names = sorted({*self.further_names, *(one.project for one in self._files.values())})
        if self.kind == "html":
            return Reply(200, HTML_PAGE, html_root(names))
        return _tagged(json_root(names), seen)

    def _is_admitted(self, seen: Seen) -> bool:
        if self._credentials is None or seen.port != self._index.port:
            return True
        expected = b64encode(":".join(self._credentials).encode()).decode()
        return seen.headers.get("authorization") == f"Basic {expected}"

    def _page(self, project: str, seen: Seen) -> Reply:
        files = self._of(project)
        reason = self._quarantined.get(project)
        if reason is not None:
            told = {"status": "quarantined", "reason": reason}
            return Reply(200, JSON_PAGE, json_page(project, [], {"project-status": told}))
        if not files:
            return Reply(404)
        if self.kind == "html":
            return Reply(200, HTML_PAGE, html_page(project, files, tells_times=self._tells_times))
        announces = self.announces_metadata and self.has_metadata
        facts = self.facts | ({"project-status": {"status": self.status}} if self.status else {})
        return _tagged(json_page(project, files, facts, has_metadata=announces), seen)

    def _file(self, filename: str, seen: Seen) -> Reply:
        with self._lock:
            file = self._files.get(filename)
            owner = self._files.get(filename.removesuffix(".metadata"))
            proven = self._files.get(filename.removesuffix(".provenance"))
        if file is not None:
            etag = {"ETag": f'"{file.sha256[:20]}"'} if self.tells_etags else {}
            whole = Reply(200, "application/octet-stream", file.data, etag)
            return piece_of(whole, seen) if self.gives_ranges else whole
        if proven is not None and proven.provenance is not None:
            return Reply(200, "application/vnd.pypi.integrity.v1+json", proven.provenance)
        if owner is not None and owner.metadata_sha256 is not None and self.has_metadata:
            return Reply(200, "application/octet-stream", owner.metadata)
        return Reply(404)

    def _of(self, project: str) -> list[Listed]:
        with self._lock:
            return [file for file in self._files.values() if file.project == project]

    def _origins(self) -> list[Origin]:
        return [self._index, *([self._elsewhere] if self._elsewhere else [])]


def _tagged(body: bytes, seen: Seen) -> Reply:
    etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    if seen.headers.get("if-none-match") == etag:
        return Reply(304, headers={"ETag": etag})
    return Reply(200, JSON_PAGE, body, {"ETag": etag})


@contextmanager
def upstream_server(
    kind: Kind = "json",
    *,
    files_elsewhere: bool = False,
    has_api: bool = False,
    tells_times: bool = False,
    credentials: tuple[str, str] | None = None,
) -> Iterator[LoopbackUpstream]:
    """Run an upstream for the length of a `with`.

    `files_elsewhere`: a second port serves the files. `has_api`: `/pypi/NAME/json` exists.
    `tells_times`: HTML anchors have `data-upload-time`. `credentials`: the index (not the
    second port) asks for basic auth.
    """
    upstream = LoopbackUpstream(
        kind, has_api=has_api, tells_times=tells_times, credentials=credentials
    )
    if files_elsewhere:
        upstream.serve_files_elsewhere()
    try:
        upstream.come_back()
        yield upstream
    finally:
        upstream.close()
