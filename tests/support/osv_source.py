"""A source of OSV records on loopback, in the form in which OSV exports them.

    with osv_source() as source:
        source.put(osv("PYSEC-1", "spam"))
        asyncio.run(sync(gear, None, source.url))

It has a zip of everything, a list of what was modified beside it unless told otherwise, and
each record by itself.
"""

from __future__ import annotations

import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Record = dict[str, Any]  # Any: an OSV document

OLD, NEW, NEWER = "2026-01-02T03:04:05Z", "2026-02-03T04:05:06.789Z", "2026-02-04T00:00:00Z"


def osv(record_id: str, *names: str, modified: str = OLD, **fields: Any) -> Record:
    """Make a record that says nothing of versions, unless `fields` do."""
    affected = [{"package": {"ecosystem": "PyPI", "name": name}} for name in names]
    return {"id": record_id, "modified": modified, "affected": affected} | fields


def about(record_id: str, name: str, *versions: str, modified: str = OLD, **fields: Any) -> Record:
    """Make a record that lists versions of a project."""
    package = {"ecosystem": "PyPI", "name": name}
    affected = [{"package": package, "versions": list(versions)}]
    return osv(record_id, modified=modified, affected=affected) | fields


def ranged(record_id: str, name: str, fixed: str | None, **fields: Any) -> Record:
    """Make a record about all versions of a project, up to the one that fixes it."""
    events = [{"introduced": "0"}, *([{"fixed": fixed}] if fixed else [])]
    ranges = [{"type": "ECOSYSTEM", "events": events}]
    affected = [{"package": {"ecosystem": "PyPI", "name": name}, "ranges": ranges}]
    return osv(record_id) | {"affected": affected} | fields


def zipped(*records: Record) -> bytes:
    """Pack records as OSV does."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for record in records:
            entry = zipfile.ZipInfo(f"{record['id']}.json", (2026, 1, 1, 0, 0, 0))
            archive.writestr(entry, json.dumps(record))
    return packed.getvalue()


class OsvSource:
    """What the source holds, and what it was asked. Thread-safe enough for tests."""

    def __init__(self) -> None:
        self.url = ""
        """The URL of the zip."""
        self.has_list = True
        self.names_folder = True
        """Whether the list names the ecosystem before each id."""
        self.tells_states = True
        """Whether it tells ETags, and that something did not change."""
        self.failing: dict[str, int] = {}
        """The status with which it fails, by the last part of the path."""
        self.asked: list[str] = []
        """The last part of each path that was asked for; with `=` when it had not changed."""
        self._records: dict[str, Record] = {}
        self._zip: bytes | None = None
        self._lock = threading.Lock()

    def put(self, *records: Record) -> None:
        """Hold records, in the place of older ones of the same ids."""
        with self._lock:
            self._records |= {record["id"]: record for record in records}
            self._zip = None

    def forget(self, name: str) -> None:
        """List a record and do not give it."""
        self.failing[f"{name}.json"] = 404

    def answer(self, name: str) -> bytes | None:
        """Give what lies under a name."""
        with self._lock:
            if name == "all.zip":
                self._zip = self._zip or zipped(*self._records.values())
                return self._zip
            if name == "modified_id.csv" and self.has_list:
                return self._list()
            record = self._records.get(name.removesuffix(".json"))
        return None if record is None else json.dumps(record).encode()

    def _list(self) -> bytes:
        folder = "PyPI/" if self.names_folder else ""
        newest = sorted(self._records.values(), key=lambda one: one["modified"], reverse=True)
        return "".join(f"{one['modified']},{folder}{one['id']}\n" for one in newest).encode()


@contextmanager
def osv_source() -> Iterator[OsvSource]:
    """Open a source on a free port of loopback."""
    source = OsvSource()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            name = self.path.partition("?")[0].rpartition("/")[2]
            body = source.answer(name)
            status = source.failing.get(name, 200 if body is not None else 404)
            etag = f'"{hashlib.sha256(body or b"").hexdigest()[:16]}"'
            is_known = source.tells_states and self.headers.get("If-None-Match") == etag
            if status == 200 and is_known:
                status, body = 304, b""
            source.asked.append(f"{name}=" if status == 304 else name)
            self.send_response(status)
            if status == 200 and source.tells_states:
                self.send_header("ETag", etag)
            sent = body if status == 200 and body is not None else b""
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    source.url = f"http://127.0.0.1:{server.server_port}/PyPI/all.zip"
    try:
        yield source
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
