"""Backup and restore: one tar file with all rows, all bytes, and a list that seals them.

The rows are read first, in one view; bytes are never changed, so every row's bytes are still
there when they are copied. Restoring fills an empty server, in one transaction, and only
with what the list names and the digests prove.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sqlalchemy import Connection

from affineur.core.errors import BadInput, Conflict, NotFound
from affineur.core.events import Event
from affineur.core.names import Sha256, parse_sha256
from affineur.core.permissions import OPERATOR
from affineur.services.gear import Gear
from affineur.store import audit, cached, dump, listings

_FORM = 1
_LIST = "affineur-backup.json"
_LARGEST_LIST = 64 * 1024 * 1024
_PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What a backup holds, or what was restored from one."""

    rows: int
    files: int
    size_bytes: int


def backup(gear: Gear, target: Path) -> BackupReport:
    """Write everything that the server keeps to a new file; raise `Conflict` if it exists."""
    if target.exists():
        raise Conflict(f"{target} exists.", hint="Name a new file; nothing is overwritten.")
    partial = target.with_name(target.name + ".partial")
    try:
        with partial.open("xb") as stream:
            partial.chmod(0o600)  # it holds the digests of tokens, and connectors' passwords
            counted = _write(gear, stream)
            stream.flush()
            os.fsync(stream.fileno())
            size = stream.tell()
        partial.replace(target)
    except FileExistsError as error:
        raise Conflict(f"{partial} exists: another backup runs, or was cut off.") from error
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    return BackupReport(*counted, size)


def restore(gear: Gear, source: Path) -> BackupReport:
    """Fill an empty server from a backup; raise `Conflict` when it is not empty.

    Raise `BadInput` when the file is no backup, was altered, or is of another version; then
    nothing is restored.
    """
    with gear.db.reading() as conn:
        _require_empty(conn)
    try:
        with tarfile.open(source) as archive, tempfile.TemporaryFile() as spool:
            files, tables, gone = _read(gear, archive, spool)
            with gear.db.writing() as conn:
                _require_empty(conn)
                rows = _fill(conn, gear, spool, tables) - cached.forget(conn, gone)
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise BadInput(f"{source} cannot be read as a backup: {error}.") from error
    return BackupReport(rows, files, source.stat().st_size)


# --- writing -----------------------------------------------------------------------------


def _write(gear: Gear, stream: IO[bytes]) -> tuple[int, int]:
    with tarfile.open(fileobj=stream, mode="w") as archive:
        with gear.db.reading() as conn:
            version = dump.schema_version(conn)
            tables = {name: _add_table(archive, conn, name) for name in dump.table_names()}
            wanted = set(listings.held_sizes(conn)) | listings.attached_digests(conn)
        gone = [digest for digest in sorted(wanted) if not _add_blob(archive, gear, digest)]
        files = len(wanted) - len(gone)
        seal = {"form": _FORM, "schema": version, "tables": tables, "files": files, "gone": gone}
        _add(archive, _LIST, json.dumps(seal, indent=1).encode())
    return sum(int(one["rows"]) for one in tables.values()), files


def _add_table(archive: tarfile.TarFile, conn: Connection, name: str) -> dict[str, int | str]:
    digest, rows = hashlib.sha256(), 0
    with tempfile.TemporaryFile() as spool:
        for line in dump.lines(conn, name):
            spool.write(line)
            digest.update(line)
            rows += 1
        member = tarfile.TarInfo(f"tables/{name}.jsonl")
        member.size = spool.tell()
        spool.seek(0)
        archive.addfile(member, spool)
    return {"rows": rows, "sha256": digest.hexdigest()}


def _add_blob(archive: tarfile.TarFile, gear: Gear, digest: Sha256) -> bool:
    """Add bytes; False when they were let go since the rows were read, for nobody needed them."""
    try:
        with gear.blobs.as_file(digest) as path:
            _copy(archive, digest, path)
    except FileNotFoundError:
        return _add_blob(archive, gear, digest)
    except NotFound:
        with gear.db.reading() as conn:
            if cached.named(conn, [digest]):
                raise
        return False
    return True


def _copy(archive: tarfile.TarFile, digest: Sha256, path: Path) -> None:
    found = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(_PIECE):
            found.update(piece)
        if found.hexdigest() != digest:
            raise NotFound(
                f"The bytes with sha256 {digest} are damaged; they are not backed up as sound.",
                hint="See: affineur fsck",
            )
        member = tarfile.TarInfo(f"blobs/{digest}")
        member.size = stream.tell()
        stream.seek(0)
        archive.addfile(member, stream)


def _add(archive: tarfile.TarFile, name: str, body: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(body)
    archive.addfile(member, io.BytesIO(body))


# --- reading -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Table:
    """Where a table's rows lie in the spool, and what they must hash to."""

    start: int
    size: int
    sha256: str


def _read(
    gear: Gear, archive: tarfile.TarFile, spool: IO[bytes]
) -> tuple[int, dict[str, _Table], list[Sha256]]:
    """Keep the bytes, whose digests prove them; spool the tables until the list proves them."""
    seal: object = None
    files, tables = 0, dict[str, _Table]()
    for member in archive:
        with _opened(archive, member) as stream:
            folder, _, name = member.name.partition("/")
            if folder == "blobs":
                _keep_blob(gear, parse_sha256(name), stream)
                files += 1
            elif folder == "tables" and name.removesuffix(".jsonl") in dump.table_names():
                tables[name.removesuffix(".jsonl")] = _spool(stream, spool)
            elif member.name == _LIST and member.size <= _LARGEST_LIST:
                seal = json.loads(stream.read())
            else:
                raise BadInput(f"A backup holds no {member.name!r}.")
    gone = _prove(gear, seal, files, tables)
    return files, tables, gone


@contextmanager
def _opened(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Iterator[IO[bytes]]:
    stream = archive.extractfile(member) if member.isreg() else None
    if stream is None:
        raise BadInput(f"A backup holds no {member.name!r}.")
    with closing(stream):
        yield stream


def _keep_blob(gear: Gear, digest: Sha256, stream: IO[bytes]) -> None:
    staged = gear.blobs.stage()
    try:
        while piece := stream.read(_PIECE):
            staged.write(piece)
        if staged.sha256() != digest:
            raise BadInput(f"The bytes of {digest} were altered.")
        staged.commit()
    finally:
        staged.discard()


def _spool(stream: IO[bytes], spool: IO[bytes]) -> _Table:
    start, digest = spool.tell(), hashlib.sha256()
    while piece := stream.read(_PIECE):
        spool.write(piece)
        digest.update(piece)
    return _Table(start, spool.tell() - start, digest.hexdigest())


def _prove(gear: Gear, seal: object, files: int, tables: dict[str, _Table]) -> list[Sha256]:
    """Compare with the list; return the bytes that were let go while the backup was made."""
    if not isinstance(seal, dict) or seal.get("form") != _FORM:
        raise BadInput("The file is no whole backup: its list is missing.")
    with gear.db.reading() as conn:
        ours = dump.schema_version(conn)
    if seal.get("schema") != ours:
        raise BadInput(
            f"The backup is of schema {seal.get('schema')}, this program's is {ours}.",
            hint="Restore with the version that made it, then upgrade.",
        )
    found = {name: one.sha256 for name, one in tables.items()}
    if _sealed(seal.get("tables")) != found or seal.get("files") != files:
        raise BadInput("The backup was altered, or is not whole.")
    gone = seal.get("gone")
    return [parse_sha256(str(one)) for one in gone] if isinstance(gone, list) else []


def _sealed(tables: object) -> dict[str, object]:
    """Read the digests of the tables in a backup's list."""
    if not isinstance(tables, dict):
        return {}
    return {
        name: one.get("sha256") if isinstance(one, dict) else None for name, one in tables.items()
    }


def _fill(conn: Connection, gear: Gear, spool: IO[bytes], tables: dict[str, _Table]) -> int:
    rows = 0
    for name in dump.table_names():
        if name in tables:
            rows += dump.load(conn, name, _lines(spool, tables[name]))
    dump.count_on(conn)
    event = Event("server.restored", "server", after={"rows": rows})
    audit.record(conn, gear.clock.now(), OPERATOR, event)
    return rows


def _lines(spool: IO[bytes], table: _Table) -> Iterator[bytes]:
    spool.seek(table.start)
    left = table.size
    while left > 0:
        line = spool.readline()
        left -= len(line)
        yield line


def _require_empty(conn: Connection) -> None:
    if not dump.is_empty(conn):
        raise Conflict(
            "The server is not empty; a backup is restored into a new one only.",
            hint="Name a new directory: AFFINEUR_DATA=... affineur restore FILE",
        )
