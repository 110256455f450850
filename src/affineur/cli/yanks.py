"""Yanks: saying that a release should not be used for new work, and taking that back."""

from __future__ import annotations

import click

from affineur.cli.asking import exact_release, feed_option, remote
from affineur.cli.client import Json, Remote
from affineur.cli.output import Output

_release = click.argument("release", metavar="NAME==VERSION")
_file = click.option("--file", "filename", default=None, help="Only this file of the release.")


@click.command(epilog="Example: affineur yank acme-tools==1.4 --reason 'loses data; use 1.5'")
@_release
@_file
@click.option("--reason", required=True, help="What pip and uv print to whoever pinned it.")
@feed_option
@remote
def yank_command(
    server: Remote, out: Output, /, release: str, filename: str | None, reason: str, feed: str
) -> None:
    """Say that a release should not be used for new work.

    Clients pass it over, unless exactly this version is asked for; then they print the reason.
    """
    done = server.post("feeds", feed, "yanks", body=_body(release, filename, reason))
    out.tell(done, f"{_files(done)} yanked in '{feed}'.")


@click.command(epilog="Example: affineur unyank acme-tools==1.4 --reason 'it was the disk'")
@_release
@_file
@click.option("--reason", required=True, help="Why it can be used again.")
@feed_option
@remote
def unyank_command(
    server: Remote, out: Output, /, release: str, filename: str | None, reason: str, feed: str
) -> None:
    """Take a yank back.

    What is yanked at its origin stays yanked here.
    """
    done = server.post("feeds", feed, "yanks", "end", body=_body(release, filename, reason))
    out.tell(done, f"{_files(done)} yanked no more in '{feed}'.")


def _body(release: str, filename: str | None, reason: str) -> dict[str, object]:
    name, version = exact_release(release)
    return {"name": name, "version": version, "filename": filename, "reason": reason}


def _files(done: Json) -> str:
    names = done["filenames"]
    return f"{', '.join(names)} {'is' if len(names) == 1 else 'are'}"
