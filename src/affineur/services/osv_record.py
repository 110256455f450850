"""One OSV document, as far as keeping it needs: its id, its dates, the projects it affects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from affineur.core.advisories import Advisory
from affineur.core.errors import BadInput
from affineur.core.names import ProjectName, parse_project

MAX_RECORD_BYTES = 8 * 1024 * 1024
_MAX_ID = 128


@dataclass(frozen=True, slots=True)
class OsvRecord:
    """One document that could be read."""

    member: str
    """Where in its source it stands."""
    id: str
    modified_at: datetime
    withdrawn_at: datetime | None
    projects: frozenset[ProjectName]
    """The PyPI projects that it affects; empty when it is about something else."""
    document: Mapping[str, Any]  # Any: an OSV document as published

    def rows(self) -> tuple[Advisory, ...]:
        """Give one advisory for each project."""
        return tuple(self.row(project) for project in sorted(self.projects))

    def row(self, project: ProjectName) -> Advisory:
        """Give the advisory for one project."""
        return Advisory(self.id, project, self.modified_at, self.document, self.withdrawn_at)


def parse_record(member: str, content: bytes) -> OsvRecord | None:
    """Read one OSV document; None when it is none."""
    if len(content) > MAX_RECORD_BYTES:
        return None
    try:
        document = orjson.loads(content)
        record_id = document["id"]
        modified_at = moment(document["modified"])
        withdrawn = document.get("withdrawn")
        withdrawn_at = moment(withdrawn) if withdrawn else None
        projects = frozenset(_projects(document.get("affected") or []))
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        return None
    if not isinstance(record_id, str) or not 0 < len(record_id) <= _MAX_ID:
        return None
    if not record_id.isascii() or not record_id.isprintable():
        return None
    return OsvRecord(member, record_id, modified_at, withdrawn_at, projects, document)


def moment(text: str) -> datetime:
    """Read a timestamp of OSV's; raise `ValueError` or `TypeError` for what is none."""
    told = datetime.fromisoformat(text)
    return told.replace(tzinfo=UTC) if told.tzinfo is None else told.astimezone(UTC)


def _projects(affected: Any) -> Iterator[ProjectName]:  # Any: a part of an OSV document
    for one in affected:
        package = one.get("package") or {}
        if str(package.get("ecosystem", "")).partition(":")[0] == "PyPI":
            try:
                yield parse_project(package["name"])
            except BadInput:
                continue
