"""`affineur advisories`: our copy of what is known of vulnerabilities and malware."""

from __future__ import annotations

import asyncio
import time

import click

from affineur import bootstrap
from affineur.cli.asking import as_json
from affineur.cli.output import Output
from affineur.config import load_settings
from affineur.core.permissions import OPERATOR
from affineur.services import advisories
from affineur.services.advisories import SyncReport

_TELL_EVERY_S = 1.0
_HERE = "http://127.0.0.1"  # nothing here tells clients a URL


@click.group(epilog="Example: affineur advisories sync")
def advisories_command() -> None:
    """Fetch what is known of vulnerabilities."""


@advisories_command.command("sync", epilog="Example: affineur advisories sync --from all.zip")
@click.option(
    "--from",
    "source",
    default=None,
    metavar="ZIP|DIR|URL",
    help="A zip or a folder of OSV records; OSV's own export of everything when left out.",
)
@as_json
def sync(source: str | None, *, as_json: bool) -> None:
    """Bring our copy of the OSV records up to date.

    Runs on the server's machine, beside a running server. A source that is broken changes
    nothing.
    """
    out = Output(as_json=as_json)
    report = asyncio.run(_sync(source, out))
    document = {
        "source": report.source,
        "records": report.records,
        "changed": report.changed,
        "projects": report.projects,
        "withdrawn": report.withdrawn,
        "skipped": report.skipped,
        "as_of": report.as_of.isoformat(),
    }
    out.tell(
        document,
        f"{report.records} records on {report.projects} projects, {report.changed} of them new or "
        f"changed; {report.skipped} could not be read.",
        f"The data is as of {report.as_of:%Y-%m-%d %H:%M} UTC.",
    )


async def _sync(source: str | None, out: Output) -> SyncReport:
    gear = bootstrap.build(load_settings(), public_url=_HERE)
    try:
        return await advisories.sync(gear, OPERATOR, source, _Progress(out).tell)
    finally:
        await bootstrap.close(gear)


class _Progress:
    """Tells how far it is: each step when it begins, then once in a while."""

    def __init__(self, out: Output) -> None:
        self._out = out
        self._step = ""
        self._told_at = 0.0

    def tell(self, step: str, done: int, total: int | None) -> None:
        now = time.monotonic()
        if step == self._step and now - self._told_at < _TELL_EVERY_S and done != total:
            return
        self._step, self._told_at = step, now
        if step == "download":
            of = f" of {total / 1e6:.1f}" if total else ""
            self._out.progress(f"download: {done / 1e6:.1f}{of} MB")
        else:
            self._out.progress(f"{step}: {done} of {total} records")
