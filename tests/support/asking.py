"""Asking an external index once, from a plain test."""

from __future__ import annotations

import asyncio
from pathlib import Path

from affineur.core.names import ProjectName
from affineur.core.ports import Missing, NoRanges, NotModified, Site, UpstreamPage
from affineur.core.spans import Piece, Span, Tail
from affineur.upstream.client import HttpUpstream


def ask(site: Site, project: str, etag: str | None = None) -> UpstreamPage | NotModified | Missing:
    """Ask for a page."""

    async def asking() -> UpstreamPage | NotModified | Missing:
        upstream = HttpUpstream()
        try:
            return await upstream.page(site, ProjectName(project), etag)
        finally:
            await upstream.aclose()

    return asyncio.run(asking())


def page_of(site: Site, project: str) -> UpstreamPage:
    """Ask for a page that must be there."""
    page = ask(site, project)
    assert isinstance(page, UpstreamPage)
    return page


def fetch(site: Site, location: str) -> bytes:
    """Fetch a file whole."""

    async def fetching() -> bytes:
        upstream = HttpUpstream()
        try:
            async with upstream.file(site, location) as download:
                return b"".join([chunk async for chunk in download.chunks])
        finally:
            await upstream.aclose()

    return asyncio.run(fetching())


def piece(
    site: Site, location: str, wanted: Span | Tail, of: Piece | None = None
) -> Piece | NoRanges:
    """Read a piece of a file."""

    async def reading() -> Piece | NoRanges:
        upstream = HttpUpstream()
        try:
            return await upstream.piece(site, location, wanted, of)
        finally:
            await upstream.aclose()

    return asyncio.run(reading())


def names_of(site: Site, folder: Path, etag: str | None = None) -> tuple[object, bytes]:
    """Ask for the list of all projects; give the answer, and what was written to the file."""

    async def asking() -> object:
        upstream = HttpUpstream()
        try:
            return await upstream.names(site, folder / "names", etag)
        finally:
            await upstream.aclose()

    answer = asyncio.run(asking())
    written = folder / "names"
    return answer, written.read_bytes() if written.exists() else b""
