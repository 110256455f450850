"""Reads OSV records on the local disk: a zip, as OSV exports them, or a folder of JSON files.

A broken record is counted and left out, so that one bad document does not keep the others from
us. A broken zip is refused whole.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, Self

from affineur.core.errors import BadInput, DomainError, NotFound, TooLarge
from affineur.services.osv_record import MAX_RECORD_BYTES, OsvRecord, parse_record

_MAX_ZIP_BYTES = 1024 * 1024 * 1024
_MAX_RECORDS = 500_000
_MAX_TOTAL_BYTES = 8 * 1024 * 1024 * 1024


class OsvFiles(Protocol):
    """Some OSV records on the local disk. Use it in a `with`."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def __len__(self) -> int:
        """Count the documents, whether they can be read or not."""
        ...

    def newest_member(self) -> datetime | None:
        """Give the date of the newest document's file, where files have dates of their own."""
        ...

    def records(self) -> Iterator[OsvRecord | None]:
        """Read all documents in order; None stands for one that is no OSV record."""
        ...

    def again(self, members: Iterable[str]) -> Iterator[OsvRecord]:
        """Read documents once more that were read as records before."""
        ...


def open_files(path: Path, name: str) -> OsvFiles:
    """Open a zip or a folder; `name` is how it is called in errors.

    Raise `BadInput` when it is neither or beyond the limits, `NotFound` when it is not there.
    """
    return OsvFolder(path, name) if path.is_dir() else OsvZip(path, name)


class OsvZip:
    """A zip of OSV records: one JSON document for each member."""

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
        try:
            _check_limits(name, [one.file_size for one in self._members])
        except TooLarge:
            self._zip.close()
            raise

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
        """Read all members in order."""
        for member in self._members:
            if member.file_size > MAX_RECORD_BYTES:
                yield None
            else:
                yield parse_record(member.filename, self._read(member.filename))

    def again(self, members: Iterable[str]) -> Iterator[OsvRecord]:
        """Read members once more."""
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

    def _broken(self, why: str) -> DomainError:
        return BadInput(
            f"{self._name} is not a whole zip of advisories: {why[:200].rstrip('.')}.",
            hint="Nothing was changed. Get it again, or take another source.",
        )


class OsvFolder:
    """A folder of OSV records, however deep: one JSON document for each file."""

    def __init__(self, path: Path, name: str) -> None:
        """List its files; raise `TooLarge` beyond the limits."""
        self._path = path
        self._name = name
        self._files = sorted(
            one for one in path.rglob("*.json") if one.is_file() and not one.is_symlink()
        )
        _check_limits(name, [one.stat().st_size for one in self._files])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is held open."""

    def __len__(self) -> int:
        return len(self._files)

    def newest_member(self) -> datetime | None:
        """Say nothing: files are dated by whoever copied them, not by what they say."""
        return None

    def records(self) -> Iterator[OsvRecord | None]:
        """Read all files, by their names."""
        for file in self._files:
            yield parse_record(str(file.relative_to(self._path)), self._read(file))

    def again(self, members: Iterable[str]) -> Iterator[OsvRecord]:
        """Read files once more."""
        for member in members:
            record = parse_record(member, self._read(self._path / member))
            if record is not None:
                yield record

    def _read(self, file: Path) -> bytes:
        try:
            with file.open("rb") as opened:
                return opened.read(MAX_RECORD_BYTES + 1)
        except OSError as error:
            raise BadInput(
                f"{file.name} in {self._name} cannot be read: {error.strerror}.",
                hint="Nothing was changed.",
            ) from error


def _check_limits(name: str, sizes: list[int]) -> None:
    total = sum(min(size, MAX_RECORD_BYTES) for size in sizes)
    if len(sizes) > _MAX_RECORDS or total > _MAX_TOTAL_BYTES:
        raise TooLarge(f"{name} holds more than anybody's advisories: it is not read.")
