"""Reads a zip of OSV records, as OSV exports them in bulk: one JSON document for each member.

A broken record is counted and left out, so that one bad document does not keep the others from
us. A broken zip is refused whole.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import orjson

from affineur.core.advisories import Advisory
from affineur.core.errors import BadInput, DomainError, NotFound, TooLarge
from affineur.core.names import ProjectName, parse_project

_MAX_ZIP_BYTES = 1024 * 1024 * 1024
_MAX_RECORDS = 500_000
_MAX_RECORD_BYTES = 8 * 1024 * 1024
_MAX_TOTAL_BYTES = 8 * 1024 * 1024 * 1024
_MAX_ID = 128


@dataclass(frozen=True, slots=True)
class OsvRecord:
    """One document that could be read."""

    member: str
    id: str
    modified_at: datetime
    withdrawn_at: datetime | None
    projects: frozenset[ProjectName]
    """The PyPI projects that it affects; empty when it is about something else."""
    document: Mapping[str, Any]  # Any: an OSV document as published

    def rows(self) -> tuple[Advisory, ...]:
        """Give one advisory for each project."""
        return tuple(
            Advisory(self.id, project, self.modified_at, self.document, self.withdrawn_at)
            for project in sorted(self.projects)
        )


class OsvZip:
    """A zip of OSV records on the local disk. Use it in a `with`."""

    def __init__(self, path: Path, name: str) -> None:
        """Open it; raise `BadInput` when it is no zip or beyond the limits."""
        self._name = name
        try:
            if path.stat().st_size > _MAX_ZIP_BYTES:
                raise TooLarge(f"{name} is larger than {_MAX_ZIP_BYTES >> 20} MiB.")
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, ValueError, EOFError) as error:
            raise self._broken(str(error)) from error
        except OSError as error:
            raise NotFound(f"{name} cannot be read: {error.strerror}.") from error
        self._members = [one for one in self._zip.infolist() if one.filename.endswith(".json")]
        self._check_limits()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def __len__(self) -> int:
        return len(self._members)

    def newest_member(self) -> datetime | None:
        """Give the date of the newest member; a zip keeps no time zone, so it is taken as UTC."""
        dates: list[datetime] = []
        for one in self._members:
            try:
                dates.append(datetime(*one.date_time, tzinfo=UTC))
            except ValueError:
                continue
        return max(dates, default=None)

    def records(self) -> Iterator[OsvRecord | None]:
        """Read all members in order; None stands for one that is no OSV record."""
        for member in self._members:
            if member.file_size > _MAX_RECORD_BYTES:
                yield None
            else:
                yield parse_record(member.filename, self._read(member.filename))

    def again(self, members: Iterable[str]) -> Iterator[OsvRecord]:
        """Read members once more that were read as records before."""
        for member in members:
            record = parse_record(member, self._read(member))
            if record is not None:
                yield record

    def _read(self, member: str) -> bytes:
        try:
            return self._zip.read(member)
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            OSError,
            RuntimeError,
            NotImplementedError,
        ) as error:
            raise self._broken(f"{member}: {error}") from error

    def _check_limits(self) -> None:
        total = sum(min(one.file_size, _MAX_RECORD_BYTES) for one in self._members)
        if len(self._members) > _MAX_RECORDS or total > _MAX_TOTAL_BYTES:
            self._zip.close()
            raise TooLarge(f"{self._name} holds more than anybody's advisories: it is not read.")

    def _broken(self, why: str) -> DomainError:
        return BadInput(
            f"{self._name} is not a whole zip of advisories: {why[:200].rstrip('.')}.",
            hint="Nothing was changed. Get it again, or take another source.",
        )


def parse_record(member: str, content: bytes) -> OsvRecord | None:
    """Read one OSV document; None when it is none."""
    try:
        document = orjson.loads(content)
        record_id = document["id"]
        modified_at = _moment(document["modified"])
        withdrawn = document.get("withdrawn")
        withdrawn_at = _moment(withdrawn) if withdrawn else None
        projects = frozenset(_projects(document.get("affected") or []))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    if not isinstance(record_id, str) or not 0 < len(record_id) <= _MAX_ID:
        return None
    return OsvRecord(member, record_id, modified_at, withdrawn_at, projects, document)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _projects(affected: Any) -> Iterator[ProjectName]:  # Any: a part of an OSV document
    for one in affected:
        package = one.get("package") or {}
        if str(package.get("ecosystem", "")).partition(":")[0] == "PyPI":
            try:
                yield parse_project(package["name"])
            except BadInput:
                continue
