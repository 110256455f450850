"""Releases on a page: which files make one, and which of them is the latest."""

from __future__ import annotations

from dataclasses import dataclass

from packaging.version import Version

from affineur.core.pages import Entry, Page


@dataclass(frozen=True, slots=True)
class PageRelease:
    """The files of one version that a client may know of."""

    version: Version
    entries: tuple[Entry, ...]

    @property
    def is_yanked(self) -> bool:
        """Whether no file of it is to be chosen: each is yanked, or withheld and explained."""
        return all(one.withheld is not None or one.file.yanked is not None for one in self.entries)


def releases_of(page: Page) -> tuple[PageRelease, ...]:
    """Group what a client may know of by version, the oldest version first.

    A file without a digest has no URL, so it is left out, as on the simple page.
    """
    found: dict[Version, list[Entry]] = {}
    for entry in page.listed:
        if entry.file.sha256 is not None:
            found.setdefault(entry.file.filename.version, []).append(entry)
    return tuple(PageRelease(version, tuple(found[version])) for version in sorted(found))


def latest(releases: tuple[PageRelease, ...]) -> PageRelease | None:
    """Choose the newest release: no yanked one before others, no pre-release before final ones."""
    return max(
        releases,
        key=lambda one: (not one.is_yanked, not one.version.is_prerelease, one.version),
        default=None,
    )
