"""The releases of a project in the order in which they were uploaded, as its source tells it.

Only files whose upload time is known count: what nobody dates says nothing of an order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from packaging.version import Version

from affineur.core.files import IndexFile


@dataclass(frozen=True, slots=True)
class Dated:
    """A release with the files whose upload times are known, the earliest first."""

    version: Version
    files: tuple[IndexFile, ...]
    began_at: datetime
    """When its first file was uploaded."""
    last_at: datetime
    """When its latest file was uploaded."""

    @property
    def has_wheel(self) -> bool:
        """Whether one of its files is a wheel."""
        return any(one.is_wheel for one in self.files)

    @property
    def is_yanked(self) -> bool:
        """Whether all of it is yanked."""
        return all(one.yanked is not None for one in self.files)


@dataclass(frozen=True, slots=True)
class Timeline:
    """All dated releases, the earliest first."""

    releases: tuple[Dated, ...] = ()
    count: int = 0
    """How many releases there are, dated or not."""
    _by_version: Mapping[Version, Dated] = field(default_factory=dict)

    @classmethod
    def of(cls, files: Iterable[IndexFile]) -> Timeline:
        """Put the files of a project in order."""
        together: dict[Version, list[IndexFile]] = {}
        for one in files:
            together.setdefault(one.filename.version, []).append(one)
        releases: list[Dated] = []
        for version, group in together.items():
            dated = [(one.uploaded_at, one) for one in group if one.uploaded_at is not None]
            if dated:
                dated.sort(key=lambda pair: pair[0])
                own = tuple(one for _, one in dated)
                releases.append(Dated(version, own, dated[0][0], dated[-1][0]))
        releases.sort(key=lambda one: one.began_at)
        return cls(tuple(releases), len(together), {one.version: one for one in releases})

    def find(self, version: Version) -> Dated | None:
        """Give a release; None when nobody dates it."""
        return self._by_version.get(version)

    def before(self, release: Dated) -> tuple[Dated, ...]:
        """Give what was begun before a release, the earliest first."""
        return tuple(one for one in self.releases if one.began_at < release.began_at)
