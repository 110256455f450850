"""`affineur names`: the names that new ones are held against."""

from __future__ import annotations

import asyncio

import click

from affineur import bootstrap
from affineur.cli.asking import as_json
from affineur.cli.output import Output
from affineur.config import load_settings
from affineur.core.permissions import OPERATOR
from affineur.services import names
from affineur.services.names import NamesReport

_HERE = "http://127.0.0.1"  # nothing here tells clients a URL


@click.group(epilog="Example: affineur names sync")
def names_command() -> None:
    """Keep the names that new ones are held against."""


@names_command.command("sync", epilog="Example: affineur names sync --from names.txt")
@click.option(
    "--from",
    "source",
    default=None,
    metavar="FILE|URL",
    help="The JSON of top-pypi-packages, or a text with a name a line, also packed by gzip; the "
    "list that is published each month when left out.",
)
@click.option(
    "--list",
    "which",
    type=click.Choice(["popular", "debian"]),
    default="popular",
    show_default=True,
    help="Popular names, or the projects that Debian ships: a name a line, or its Packages file.",
)
@as_json
def sync(source: str | None, which: str, *, as_json: bool) -> None:
    """Bring a list of names up to date: the most downloaded ones, or those that Debian ships.

    Runs on the server's machine, beside a running server. A source that is broken changes
    nothing. Before the first time, the list that is shipped with affineur is used.
    """
    out = Output(as_json=as_json)
    _tell(out, asyncio.run(_sync(source, which)))


@names_command.command("status", epilog="Example: affineur names status")
@as_json
def status(*, as_json: bool) -> None:
    """Tell which names are known, from where, and how old the list is."""
    _tell(Output(as_json=as_json), asyncio.run(_status()))


async def _sync(source: str | None, which: str) -> NamesReport:
    gear = bootstrap.build(load_settings(), public_url=_HERE)
    try:
        return await names.sync(gear, OPERATOR, source, which)
    finally:
        await bootstrap.close(gear)


async def _status() -> NamesReport:
    gear = bootstrap.build(load_settings(), public_url=_HERE)
    try:
        return await asyncio.to_thread(names.status, gear, OPERATOR)
    finally:
        await bootstrap.close(gear)


def _tell(out: Output, report: NamesReport) -> None:
    document = {
        "source": report.source,
        "as_of": report.as_of.isoformat(),
        "popular": report.popular,
        "approved": report.approved,
        "own": report.own,
        "reserved": report.reserved,
        "debian": report.debian,
        "skipped": report.skipped,
    }
    skipped = f"; {report.skipped} rows are no names" if report.skipped else ""
    in_debian = "" if report.debian is None else f" Debian ships {report.debian:,} projects."
    out.tell(
        document,
        f"{report.popular:,} popular names as of {report.as_of:%Y-%m-%d}, {report.source}"
        f"{skipped}.",
        f"{report.approved:,} names are approved here, {report.own:,} are the organisation's own, "
        f"{report.reserved:,} patterns are reserved.{in_debian}",
    )
