"""`affineur advisories`: our copy of what is known of vulnerabilities and malware."""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict
from datetime import UTC, datetime

import click

from affineur import bootstrap
from affineur.cli.asking import as_json
from affineur.cli.output import Output
from affineur.config import load_settings
from affineur.core.permissions import OPERATOR
from affineur.services import advisories
from affineur.services.advisories import Status, SyncReport

_TELL_EVERY_S = 1.0
_HERE = "http://127.0.0.1"  # nothing here tells clients a URL


@click.group(epilog="Example: affineur advisories sync")
def advisories_command() -> None:
    """Keep what is known of vulnerabilities and malware."""


@advisories_command.command("sync", epilog="Example: affineur advisories sync --from all.zip")
@click.option(
    "--from",
    "source",
    default=None,
    metavar="ZIP|DIR|URL",
    help="A zip or a folder of OSV records, or where one is; the setting advisories_url when "
    "left out.",
)
@as_json
def sync(source: str | None, *, as_json: bool) -> None:
    """Bring our copy of the OSV records up to date.

    Runs on the server's machine, beside a running server. Of a URL only what changed is asked
    for, where it has a modified_id.csv. A source that is broken changes nothing.
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
        "is_delta": report.is_delta,
        "incidents": report.news.incidents,
        "withheld": report.news.withheld,
        "lifted": report.news.lifted,
    }
    read = "Only what changed was asked for: " if report.is_delta else ""
    news = report.news
    out.tell(
        document,
        f"{read}{report.records} records on {report.projects} projects, {report.changed} of them "
        f"new or changed; {report.skipped} could not be read.",
        f"The data is as of {report.as_of:%Y-%m-%d %H:%M} UTC.",
        *([f"{news.incidents} projects have news: affineur incidents"] if news.incidents else []),
        *([f"{news.withheld} releases are withheld as malware."] if news.withheld else []),
        *([f"{news.lifted} releases are no longer withheld."] if news.lifted else []),
    )


@advisories_command.command("status", epilog="Example: affineur advisories status")
@as_json
def status(*, as_json: bool) -> None:
    """Show how new the advisories are, and what went wrong last.

    Runs on the server's machine.
    """
    told = asyncio.run(_status())
    moments = {"as_of": told.as_of, "newest": told.newest, "tried_at": told.tried_at}
    document = asdict(told) | {
        name: moment.isoformat() if moment else None for name, moment in moments.items()
    }
    Output(as_json=as_json).tell(document, *_sentences(told, datetime.now(UTC)))


def _sentences(told: Status, now: datetime) -> list[str]:
    """Tell the status in words."""
    every = f"every {told.every_s:g} s" if told.every_s else "only by affineur advisories sync"
    asked = f"Asked for {every}, at {told.url}."
    trouble = f"The last try, {_ago(told.tried_at, now)}, failed: {told.trouble}"
    failed = [trouble] if told.trouble else []
    if told.as_of is None:
        return ["There is no advisory data: run affineur advisories sync", asked, *failed]
    return [
        (
            f"The data is as of {told.as_of:%Y-%m-%d %H:%M} UTC, {_ago(told.as_of, now)}, "
            f"from {told.source}."
        ),
        (
            f"{told.records} records, the newest of {_ago(told.newest, now)}; "
            f"{told.malware} of known malware."
        ),
        asked,
        *failed,
    ]


def _ago(moment: datetime | None, now: datetime) -> str:
    if moment is None:
        return "never"
    minutes = max(0, int((now - moment).total_seconds() // 60))
    if minutes < 120:
        return f"{minutes} minutes ago"
    return f"{minutes // 60} hours ago" if minutes < 2 * 24 * 60 else f"{minutes // 1440} days ago"


async def _status() -> Status:
    gear = bootstrap.build(load_settings(), public_url=_HERE)
    try:
        return advisories.status(gear)
    finally:
        await bootstrap.close(gear)


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
