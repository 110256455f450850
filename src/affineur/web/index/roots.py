"""The list of all projects, where it is too large to be made for a request.

It is written to files by a child process, once for all who ask, and sent from there. While a
newer one is written the last one is given; only where there is none yet does anybody wait. The
files are a cache: they may be deleted at any time.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from affineur import children
from affineur.core.errors import Unavailable
from affineur.core.names import ProjectName
from affineur.core.pages import earliest
from affineur.core.roots import Root
from affineur.services import roots
from affineur.services.doorkeeper import Entry
from affineur.services.gear import Gear
from affineur.store.root_lists import RootList
from affineur.web.encodings import Encoding, choose
from affineur.web.http import Answer, FileBody, Headers, Lasting, Request
from affineur.web.index import simple_html, simple_json
from affineur.web.index.caching import NEGOTIATED, caching
from affineur.web.index.negotiate import Form

_LOG = logging.getLogger(__name__)
_CHILD = "affineur.web.index.root_child"
_CHILD_S = 180.0
_REST_S = 20.0
"""How long after one list was written the next one may be begun: it takes seconds of work."""
_SUFFIXES = {Encoding.ZSTD: ".zst", Encoding.GZIP: ".gz", Encoding.IDENTITY: ""}
"""The encodings that are prepared, the best liked first."""
_WORK = "work"
_VERSION = b"1"
"""Rises when the same names are written in another way."""
_MARK = ProjectName("x-x")
_BEFORE_NAME = {"json": '{"name":"x-x', "html": '<a href="x-x'}
_BEHIND_NAME = {"json": '"}', "html": "</a><br>"}


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A list that is to be had: where, under which key, and what it is made of."""

    home: Path
    key: str
    root: Root
    lists: Mapping[int, RootList]


@dataclass(slots=True)
class Shelf:
    """Where written lists stand, and which are just being written. For one event loop."""

    writing: dict[Path, asyncio.Task[None]] = field(default_factory=dict)
    written_at: dict[Path, float] = field(default_factory=dict)

    async def give(self, gear: Gear, request: Request, at: tuple[Entry, Root, Form]) -> Answer:
        """Give the list from its file; raise `UpstreamTrouble` or `Unavailable` without one."""
        entry, root, form = at
        lists = await roots.lists(gear, root.connectors)
        wanted = await asyncio.to_thread(_wanted, gear, root, lists)
        found = await asyncio.to_thread(_find, wanted)
        if found is None or found.name != wanted.key:
            self._begin(gear, wanted, is_urgent=found is None)
        if found is None:
            found = await self._wait(gear, wanted)
        lasting = None
        if found.name == wanted.key:
            until = earliest(*(roots.fresh_until(gear, one) for one in lists.values()))
            lasting = Lasting(entry.made(None, until), entry)
        return await asyncio.to_thread(_from_file, request, found, form, lasting)

    def _begin(self, gear: Gear, wanted: _Wanted, *, is_urgent: bool) -> None:
        """Begin to write a list, unless one is being written, or was just now."""
        home = wanted.home
        is_resting = time.monotonic() - self.written_at.get(home, -_REST_S) < _REST_S
        if home in self.writing or (is_resting and not is_urgent):
            return
        task = asyncio.create_task(_write(gear, wanted))
        self.writing[home] = task
        task.add_done_callback(lambda done: self._written(home, done))

    def _written(self, home: Path, task: asyncio.Task[None]) -> None:
        del self.writing[home]
        self.written_at[home] = time.monotonic()
        if not task.cancelled() and task.exception() is not None:
            _LOG.warning("A list of all projects was not written: %s", task.exception())

    async def _wait(self, gear: Gear, wanted: _Wanted) -> Path:
        task = self.writing.get(wanted.home)
        if task is not None:
            await asyncio.wait([task], timeout=gear.settings.unknown_wait_s)
        found = await asyncio.to_thread(_find, wanted)
        if found is None:
            raise Unavailable(
                "The list of all projects is being put together.", hint="Try again in a moment."
            )
        return found


def _wanted(gear: Gear, root: Root, lists: Mapping[int, RootList]) -> _Wanted:
    recipe = root.recipe({number: one.names_sha256 for number, one in lists.items()})
    key = hashlib.sha256(_VERSION + orjson.dumps(recipe)).hexdigest()[:40]
    return _Wanted(gear.settings.data.absolute() / "lists" / root.feed, key, root, lists)


def _find(wanted: _Wanted) -> Path | None:
    """Give the folder of the list that is wanted, else of the one that was written last."""
    folder = wanted.home / wanted.key
    if folder.is_dir():
        return folder
    return next(iter(_by_age(wanted.home)), None)


def _by_age(home: Path) -> list[Path]:
    """Give the folders of written lists, the newest first."""
    with suppress(FileNotFoundError):
        aged = [(one.stat().st_mtime, one) for one in home.iterdir() if one.name[0] != "."]
        return [one for _age, one in sorted(aged, reverse=True)]
    return []


def _from_file(request: Request, folder: Path, form: Form, lasting: Lasting | None) -> Answer:
    encoding = choose(request.headers.get("accept-encoding"), tuple(_SUFFIXES))
    name = "json" if form is Form.JSON else "html"
    path = folder / f"{name}{_SUFFIXES[encoding]}"
    headers: Headers = (
        ("content-type", form.content_type),
        ("etag", f'"{folder.name}-{path.name}"'),
        *caching(request, NEGOTIATED),
    )
    if encoding is not Encoding.IDENTITY:
        headers = (*headers, ("content-encoding", encoding.value))
    return Answer(200, headers, FileBody(path, 0, path.stat().st_size, is_whole=True), lasting)


# --- writing -----------------------------------------------------------------------------


async def _write(gear: Gear, wanted: _Wanted) -> None:
    folder, opened = await asyncio.to_thread(_prepare, gear, wanted)
    try:
        await children.run(_CHILD, [str(folder / _WORK)], _CHILD_S)
        await asyncio.to_thread(_put_up, folder, wanted)
    finally:
        await asyncio.to_thread(opened.close)


def _prepare(gear: Gear, wanted: _Wanted) -> tuple[Path, ExitStack]:
    """Write down what is to be done, into a new folder; the stack undoes what is left of it."""
    with ExitStack() as opened:
        wanted.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=".new-", dir=wanted.home))
        opened.callback(shutil.rmtree, folder, ignore_errors=True)
        blobs = {
            number: str(opened.enter_context(gear.blobs.as_file(one.names_sha256)))
            for number, one in wanted.lists.items()
        }
        work = {
            "parts": wanted.root.recipe(blobs),
            "forms": [_form("json", simple_json.root, ","), _form("html", simple_html.root, "\n")],
            "folder": str(folder),
        }
        (folder / _WORK).write_bytes(orjson.dumps(work))
        return folder, opened.pop_all()


def _form(
    name: str, write: Callable[[Sequence[ProjectName]], bytes], between: str
) -> dict[str, str]:
    """Take a form apart by writing a list of one project, so that there is one way to write it."""
    whole = write([_MARK]).decode()
    start, end = whole.index(_BEFORE_NAME[name]), whole.rindex(_MARK) + len(_MARK)
    end += len(_BEHIND_NAME[name])
    item = whole[start:end].replace(_MARK, "%")
    return {
        "name": name,
        "before": whole[:start],
        "item": item,
        "between": between,
        "after": whole[end:],
    }


def _put_up(folder: Path, wanted: _Wanted) -> None:
    """Put the list where it is found, whole; keep the one before for who is reading it."""
    (folder / _WORK).unlink()
    with suppress(OSError):  # another process was faster, with the same list
        folder.rename(wanted.home / wanted.key)
    for old in _by_age(wanted.home)[2:]:
        shutil.rmtree(old, ignore_errors=True)
