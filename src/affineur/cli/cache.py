"""`affineur cache`: what is held on the server's disk, and making room there."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click

from affineur import bootstrap
from affineur.cli.asking import as_json
from affineur.cli.output import Output, Rows
from affineur.config import load_settings
from affineur.services import eviction
from affineur.services.eviction import CacheState
from affineur.services.gear import Gear

_HERE = "http://127.0.0.1"  # nothing here tells clients a URL
_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?([KMGT]?)(?:iB|B)?", re.IGNORECASE)
_UNITS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}


@click.group(epilog="Example: affineur cache status")
def cache_command() -> None:
    """See what the files on the server's disk take, and make room.

    What is approved, published, asked for or blocked always stays. Everything else is cached:
    it can be fetched again, and goes when there is too much of it.
    """


@cache_command.command(epilog="Example: affineur cache status")
@as_json
def status(*, as_json: bool) -> None:
    """Tell how much is held, and how much of it may go."""
    with _opened() as gear:
        _tell(eviction.state(gear), as_json=as_json)


@cache_command.command(epilog="Example: affineur cache evict --to 5GiB")
@click.option(
    "--to",
    "most",
    metavar="SIZE",
    help="How much of the cache may stay, such as 5GiB or 0; without it, what the settings say.",
)
@as_json
def evict(most: str | None, *, as_json: bool) -> None:
    """Let go of cached files now, those not used for longest first.

    The server may go on running. Files that were used in the last minute stay.
    """
    with _opened() as gear:
        state = eviction.state(gear)
        excess = state.excess_bytes
        if most is not None:
            excess = state.holdings.cached_bytes - _bytes(most)
        done = eviction.evict(gear, excess)
        if done.files:
            Output().progress("Waiting until nobody is on the way to them.")
            time.sleep(eviction.GRACE.total_seconds() + 1)
        eviction.delete_bytes(gear)
        document = {"evicted": {"files": done.files, "size_bytes": done.size_bytes}}
        told = f"{done.files} files let go ({_size(done.size_bytes)})."
        _tell(eviction.state(gear), told, as_json=as_json, more=document)


@contextmanager
def _opened() -> Iterator[Gear]:
    gear = bootstrap.build(load_settings(), public_url=_HERE)
    try:
        yield gear
    finally:
        asyncio.run(bootstrap.close(gear))


def _tell(
    state: CacheState, *said: str, as_json: bool, more: dict[str, dict[str, int]] | None = None
) -> None:
    held = state.holdings
    document = {
        **(more or {}),
        "needed": {"files": held.needed_files, "size_bytes": held.needed_bytes},
        "cached": {"files": held.cached_files, "size_bytes": held.cached_bytes},
        "limit_bytes": state.limit_bytes or None,
        "leaving_bytes": held.discarded_bytes,
        "free_bytes": state.free_bytes,
        "keep_free_bytes": state.keep_free_bytes,
        "excess_bytes": state.excess_bytes,
    }
    limit = _size(state.limit_bytes) if state.limit_bytes else "no limit"
    free = "unknown" if state.free_bytes is None else _size(state.free_bytes)
    rows = [
        ("approved, published, asked for or blocked", held.needed_files, _size(held.needed_bytes)),
        ("cached, needed by nobody", held.cached_files, _size(held.cached_bytes)),
        ("most that may be cached (cache_bytes)", "", limit),
        ("on its way out", "", _size(held.discarded_bytes)),
        ("free on the disk", "", free),
        ("kept free (keep_free_bytes)", "", _size(state.keep_free_bytes)),
    ]
    Output(as_json=as_json).tell(document, *said, Rows(("what", "files", "size"), rows))


def _bytes(text: str) -> int:
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise click.BadParameter(f"{text!r} is no size, such as 5GiB or 500MiB.")
    return int(float(found[1]) * _UNITS[found[2].upper()])


def _size(size_bytes: int) -> str:
    for unit, letter in (("GiB", "G"), ("MiB", "M"), ("KiB", "K")):
        if size_bytes >= _UNITS[letter]:
            return f"{size_bytes / _UNITS[letter]:.1f} {unit}"
    return f"{size_bytes} bytes"
