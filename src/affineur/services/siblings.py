"""Other files of a release that are looked at beside one of them.

Those that are asked for along with it, and the sdist, which a wheel is compared with: that is
fetched for it, when it is not too large, even where nobody asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from affineur.core.errors import DomainError
from affineur.core.files import FileKind
from affineur.core.pages import Page
from affineur.core.requests import Release, RequestFile
from affineur.core.subjects import Sibling
from affineur.services import prefetch, reports
from affineur.services.gear import Gear

_MOST = 4


async def bring(
    gear: Gear, page: Page, release: Release, file: RequestFile
) -> tuple[RequestFile, ...]:
    """Choose the files to look at beside one of a release, and fetch them if they can be had."""
    asked = [one for one in release.files if one.sha256 != file.sha256]
    chosen = _in_order(asked)
    if file.filename.kind is FileKind.WHEEL and not _has_sdist(chosen):
        chosen = (*_small_sdists(page, release, gear.settings.compare_sdist_bytes), *chosen)[:_MOST]
    for one in chosen:
        entry = page.find(one.filename.text)
        if entry is not None and entry.file.sha256 == one.sha256:
            with suppress(DomainError):  # then it cannot be read, which the checks are told
                await prefetch.bring(gear, entry)
    return chosen


def read(gear: Gear, files: Sequence[RequestFile]) -> tuple[Sibling, ...]:
    """Read files that `bring` chose. Blocking."""
    return tuple(Sibling(one, reports.read(gear, one)) for one in files)


def _in_order(files: Sequence[RequestFile]) -> tuple[RequestFile, ...]:
    """Put the sdist first, then wheels by name, so that all of them meet the same few."""
    by_name = sorted(files, key=lambda one: one.filename.text)
    return tuple(sorted(by_name, key=lambda one: one.filename.kind is FileKind.WHEEL)[:_MOST])


def _has_sdist(files: Sequence[RequestFile]) -> bool:
    return any(one.filename.kind is FileKind.SDIST for one in files)


def _small_sdists(page: Page, release: Release, most_bytes: int) -> Iterator[RequestFile]:
    """Give the sdists that the source serves, unless they are large, or nobody says how large."""
    for file in (entry.file for entry in page.served):
        name, size = file.filename, file.size_bytes
        if name.kind is not FileKind.SDIST or name.version != release.version:
            continue
        if file.sha256 is not None and size is not None and size <= most_bytes:
            yield RequestFile(name, file.sha256, size, file.uploaded_at)
