"""Fetches what is new at a remote source of OSV records: all of it, or what changed.

A source is a zip of everything, as OSV exports it. Where a `modified_id.csv` lies beside it, and
little changed since, only the records that changed are fetched, one by one; else the zip, if it
changed at all. What was fetched lies in a folder; nobody's data is touched here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

import orjson

from affineur.core.errors import UpstreamTrouble
from affineur.core.ports import Site, Upstream
from affineur.core.validators import Validators
from affineur.services.modified_ids import ModifiedId, newer, read_modified_ids
from affineur.services.osv_record import MAX_RECORD_BYTES, moment

Progress = Callable[[str, int, int | None], None]
"""Is told the step, how far it is, and of how much.

The steps are `download` in bytes, and `fetch`, `read` and `store` in records.
"""

_EXPORT = "all.zip"
_LIST = "modified_id.csv"
_MAX_EXPORT_BYTES = 1024 * 1024 * 1024
_MAX_LIST_BYTES = 64 * 1024 * 1024
_MOST_SINGLE = 2000
"""Beyond so many records the zip is asked for: it is then the smaller part of the work."""
_AT_ONCE = 16
_NOT_THERE = frozenset({401, 403, 404, 410})
"""How stores of files say that there is no such one."""


@dataclass(frozen=True, slots=True)
class Remote:
    """What is remembered of a source, so that the next question to it is a smaller one."""

    url: str = ""
    export: Validators = Validators()
    list: Validators = Validators()
    through: datetime | None = None
    """Up to when its list of changes was followed."""

    def dumped(self) -> str:
        """Write it down."""
        return orjson.dumps(self).decode()

    @classmethod
    def read(cls, text: str | None, url: str) -> Remote:
        """Read what was written down; of another source nothing is known."""
        try:
            told = orjson.loads(text or "{}")
            if told.get("url") != url:
                return cls(url)
            through = moment(told["through"]) if told.get("through") else None
            return cls(url, Validators(**told["export"]), Validators(**told["list"]), through)
        except (ValueError, KeyError, TypeError, AttributeError):
            return cls(url)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was fetched."""

    remote: Remote
    """What to remember of the source when all of it was taken in."""
    path: Path | None = None
    """A zip of everything, or a folder of what changed; None when nothing did."""
    is_delta: bool = False
    missing: int = 0
    """Records that the source lists and does not give."""
    trouble: UpstreamTrouble | None = None
    """What kept us from fetching the rest; what was fetched is whole."""


@dataclass(frozen=True, slots=True)
class _Source:
    """A source that is being asked."""

    upstream: Upstream
    site: Site
    export: str
    folder: Path
    progress: Progress
    found: list[Path] = field(default_factory=list)

    @property
    def list(self) -> str:
        """Where its list of changes would be."""
        return urljoin(self.export, _LIST)


async def fetch(
    asking: tuple[Upstream, str, float],
    remembered: str | None,
    ours: Mapping[str, datetime],
    into: tuple[Path, Progress],
) -> Fetched:
    """Fetch what is new at a URL into a folder; `asking` is by whom, where, and how patiently.

    `ours` says of each record that we have when it was modified. Raise `UpstreamTrouble`.
    """
    upstream, url, timeout_s = asking
    site, export = _site(url, timeout_s)
    source = _Source(upstream, site, export, *into)
    remote = Remote.read(remembered if ours else None, shown_url(url))
    state, listed = await _listed(source, remote.list) if ours else (Validators(), None)
    if state is None:
        return Fetched(remote, is_delta=True)
    wanted = newer(listed, ours, remote.through) if listed else None
    if listed and wanted is not None and len(wanted) <= _MOST_SINGLE:
        through = max(one.at for one in listed.values())
        done = replace(remote, list=state, through=through)
        fetched = await _fetch_single(source, wanted, done)
        is_whole = fetched.trouble is None and not fetched.missing
        return fetched if is_whole else replace(fetched, remote=remote)
    return await _fetch_export(source, remote)


def shown_url(url: str) -> str:
    """Give a URL without what may be a secret in it."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, _export_path(parts.path), "", ""))


def _site(url: str, timeout_s: float) -> tuple[Site, str]:
    """Take credentials out of a URL, and name the zip where a folder was given."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    export = urlunsplit((parts.scheme, host, _export_path(parts.path), parts.query, ""))
    site = Site(
        export,
        username=unquote(parts.username) if parts.username is not None else None,
        password=unquote(parts.password) if parts.password is not None else None,
        timeout_s=timeout_s,
        max_file_bytes=_MAX_EXPORT_BYTES,
    )
    return site, export


def _export_path(path: str) -> str:
    return f"{path}{_EXPORT}" if path.endswith("/") else path


async def _listed(
    source: _Source, before: Validators
) -> tuple[Validators | None, Mapping[str, ModifiedId] | None]:
    """Ask for the list of changes: no state when it is as before, no list when there is none."""
    site = replace(source.site, max_file_bytes=_MAX_LIST_BYTES)
    try:
        async with source.upstream.file(site, source.list, before) as download:
            if download.is_unchanged:
                return None, None
            content = b"".join([chunk async for chunk in download.chunks])
            state = download.state
    except UpstreamTrouble as error:
        if error.status in _NOT_THERE:
            return Validators(), None
        raise
    return state, await asyncio.to_thread(read_modified_ids, content)


async def _fetch_export(source: _Source, remote: Remote) -> Fetched:
    path, done = source.folder / _EXPORT, 0
    before = remote.export if remote.export != Validators() else None
    async with source.upstream.file(source.site, source.export, before) as download:
        if download.is_unchanged:
            return Fetched(remote)
        with path.open("xb") as file:
            async for chunk in download.chunks:
                await asyncio.to_thread(file.write, chunk)
                done += len(chunk)
                source.progress("download", done, download.size_bytes)
    return Fetched(Remote(remote.url, export=download.state), path)


async def _fetch_single(source: _Source, wanted: list[ModifiedId], remote: Remote) -> Fetched:
    """Fetch records one by one, several at once; stop at the first trouble with the source."""
    folder = source.folder / "records"
    folder.mkdir()
    left = iter(enumerate(wanted))
    workers = [asyncio.create_task(_work(source, left, len(wanted))) for _ in range(_AT_ONCE)]
    try:
        await asyncio.wait(workers, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        for worker in workers:
            worker.cancel()
        told = await asyncio.gather(*workers, return_exceptions=True)
    troubles = [one for one in told if isinstance(one, UpstreamTrouble)]
    for one in told:
        if isinstance(one, Exception) and not isinstance(one, UpstreamTrouble):
            raise one
    return Fetched(
        remote,
        folder if source.found else None,
        is_delta=True,
        missing=sum(one for one in told if isinstance(one, int)),
        trouble=troubles[0] if troubles else None,
    )


async def _work(source: _Source, left: Iterator[tuple[int, ModifiedId]], total: int) -> int:
    """Fetch one record after the other; return how many the source did not give."""
    missing = 0
    for number, one in left:
        content = await _record(source, one)
        if content is None:
            missing += 1
            continue
        path = source.folder / "records" / f"{number}.json"
        await asyncio.to_thread(path.write_bytes, content)
        source.found.append(path)
        source.progress("fetch", len(source.found), total)
    return missing


async def _record(source: _Source, one: ModifiedId) -> bytes | None:
    """Fetch one record, from beside the list, else from the folder that the list names."""
    site = replace(source.site, max_file_bytes=MAX_RECORD_BYTES)
    places = [f"{one.id}.json", *([f"PyPI/{one.id}.json"] if one.has_folder else [])]
    for place in places:
        try:
            async with source.upstream.file(site, urljoin(source.list, place)) as download:
                return b"".join([chunk async for chunk in download.chunks])
        except UpstreamTrouble as error:
            if error.status not in _NOT_THERE:
                raise
    return None
