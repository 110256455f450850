"""A feed of 100,000 projects and 1,000,000 files, made once, and kept.

The rows go in as `affineur restore` puts them in, which is the store's own way to take very
many; the bytes of these files are not there, and nothing here asks for them. Beside them
stands one small real project, approved in the usual way, whose page is compared with the
same page of a small feed.
"""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import orjson

from affineur import bootstrap
from affineur.core.names import ProjectName, parse_project
from affineur.services.connectors import NewConnector
from affineur.services.gear import Gear
from affineur.store import changes, dump, feeds
from bench import nginx
from bench.approved import APPROVED, Home, fill, home_in, new_home, opened
from bench.corpus import SMALL, Corpus
from bench.places import KEPT, ROOT, digest_of

PROJECTS = 100_000
FILES_EACH = 10
_FIRST_DECISION = 1_000_000
_THEN = "2025-11-01T00:00:00+00:00"


def large_feed(corpus: Corpus) -> Home:
    """Give the data directory; nginx must be up when it is made."""
    key = digest_of(ROOT / "src" / "affineur" / "store", Path(__file__))
    data = KEPT / f"large-{key}"
    if not (data / "done").exists():
        print(f"making a feed of {PROJECTS * FILES_EACH:,} files", flush=True)
        for old in KEPT.glob("large-*"):
            shutil.rmtree(old)
        index = f"http://127.0.0.1:{nginx.PORT}/simple/"
        new_home(data, NewConnector("upstream", url=index))
        project = parse_project(SMALL)
        asyncio.run(fill(data, {project: corpus.projects()[project]}))
        _load(data)
        (data / "done").touch()
    return home_in(data)


def name_of(number: int) -> str:
    """Name one of the projects."""
    return f"synthetic-{number:06}"


def _load(data: Path) -> None:
    gear = opened(data)
    try:
        feed_id = _feed_id(gear)
        with gear.db.writing() as conn:
            for table, rows in (
                ("file", _files()),
                ("decision", _decisions()),
                ("listing", _listings(feed_id)),
                ("claim", _claims(feed_id)),
            ):
                dump.load(conn, table, rows)
            changes.pages_changed(conn, [ProjectName(name_of(one)) for one in range(PROJECTS)])
    finally:
        asyncio.run(bootstrap.close(gear))


def _feed_id(gear: Gear) -> int:
    with gear.db.reading() as conn:
        feed = feeds.load(conn, APPROVED)
    if feed is None:
        message = "initialise() made no feed 'approved'"
        raise LookupError(message)
    return feed.id


def _each() -> Iterator[tuple[int, str, str, str]]:
    """Give the project's number, its name, a version and a filename for each file."""
    for number in range(PROJECTS):
        name = name_of(number)
        for minor in range(FILES_EACH):
            version = f"1.{minor}"
            yield number, name, version, f"{name.replace('-', '_')}-{version}-py3-none-any.whl"


def _digest(filename: str, number: int) -> str:
    """Make up a digest; they rise with the projects, which takes a database half the time."""
    return f"{number:08x}{hashlib.sha256(filename.encode()).hexdigest()[8:]}"


def _files() -> Iterator[bytes]:
    for number, _name, _version, filename in _each():
        digest = _digest(filename, number)
        yield orjson.dumps(
            {
                "sha256": digest,
                "size_bytes": 10_000,
                "metadata_sha256": digest[::-1],
                "requires_python": ">=3.9",
                "held_at": _THEN,
            }
        )


def _decisions() -> Iterator[bytes]:
    for number in range(PROJECTS):
        yield orjson.dumps(
            {
                "id": _FIRST_DECISION + number,
                "request_id": None,
                "verdict": "approved",
                "comment": "synthetic",
                "decided_by": "bench",
                "decided_at": _THEN,
                "digests": [],
                "evidence": {},
            }
        )


def _listings(feed_id: int) -> Iterator[bytes]:
    for number, name, version, filename in _each():
        yield orjson.dumps(
            {
                "feed_id": feed_id,
                "project": name,
                "version": version,
                "filename": filename,
                "sha256": _digest(filename, number),
                "uploaded_at": _THEN,
                "is_upload": False,
                "from_feed_id": None,
                "decision_id": _FIRST_DECISION + number,
                "yanked": None,
                "listed_at": _THEN,
                "listed_by": "bench",
                "ended_at": None,
                "ended_by": None,
                "ended_why": None,
            }
        )


def _claims(feed_id: int) -> Iterator[bytes]:
    for number, _name, _version, filename in _each():
        digest = _digest(filename, number)
        yield orjson.dumps({"feed_id": feed_id, "filename": filename, "sha256": digest})
