"""Advisories in OSV form, as far as vetting needs them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from affineur.core.names import ProjectName


@dataclass(frozen=True, slots=True)
class Advisory:
    """One OSV record, for one project that it affects."""

    id: str
    project: ProjectName
    modified_at: datetime
    record: Mapping[str, Any]  # Any: an OSV document as published, read by checks/
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Advisories:
    """What our advisory data knows of one project; `as_of` None means there is no data."""

    known: tuple[Advisory, ...] = ()
    as_of: datetime | None = None

    @property
    def fingerprint(self) -> tuple[object, ...]:
        """Tell these from other data: which records, how new each, and how old all of it."""
        return (self.as_of, tuple((one.id, one.modified_at) for one in self.known))
