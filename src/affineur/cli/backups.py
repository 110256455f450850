"""`affineur backup` and `affineur restore`: everything the server keeps, in one file."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from affineur import bootstrap
from affineur.cli.asking import as_json
from affineur.cli.output import Output
from affineur.config import load_settings
from affineur.services import backup
from affineur.services.backup import BackupReport
from affineur.services.gear import Gear

_HERE = "http://127.0.0.1"  # nothing here tells clients a URL


@click.command(epilog="Example: affineur backup /srv/backups/2026-11-21.tar")
@click.argument("target", type=click.Path(path_type=Path))
@as_json
def backup_command(target: Path, *, as_json: bool) -> None:
    """Write everything that the server keeps to a new file.

    The server may go on running. The file holds secrets (connectors' passwords, the digests of
    tokens); only its owner can read it.
    """
    gear = _open()
    try:
        _tell(backup.backup(gear, target), f"are in {target}", as_json=as_json)
    finally:
        asyncio.run(bootstrap.close(gear))


@click.command(epilog="Example: AFFINEUR_DATA=/srv/new affineur restore /srv/backups/x.tar")
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@as_json
def restore_command(source: Path, *, as_json: bool) -> None:
    """Fill a new, empty server from a backup.

    The database may be of another kind than the one that was backed up: this is also the way
    from SQLite to PostgreSQL.
    """
    gear = _open()
    try:
        _tell(backup.restore(gear, source), "were restored", as_json=as_json)
    finally:
        asyncio.run(bootstrap.close(gear))


def _open() -> Gear:
    return bootstrap.build(load_settings(), public_url=_HERE)


def _tell(done: BackupReport, where: str, *, as_json: bool) -> None:
    document = {"rows": done.rows, "files": done.files, "size_bytes": done.size_bytes}
    megabytes = done.size_bytes / 1e6
    Output(as_json=as_json).tell(
        document, f"{done.rows} rows and {done.files} files ({megabytes:.1f} MB) {where}."
    )
