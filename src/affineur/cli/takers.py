"""Who took a package, and what a block would withdraw."""

from __future__ import annotations

import click

from affineur.cli.asking import remote, split_release
from affineur.cli.client import Json, Remote
from affineur.cli.exits import ANSWER_IS_NO, DONE
from affineur.cli.output import Output, Rows


@click.command(epilog="Example: affineur takers flask==3.1.0")
@click.argument("release", metavar="NAME[==VERSION]")
@click.option("--sha256", help="One file of it.")
@remote
def takers_command(server: Remote, out: Output, release: str, sha256: str | None) -> int:
    """List who took a package: people and tokens, when last and how often.

    Exit code 1 when nobody did, as far as uses were counted.
    """
    name, version = split_release(release)
    found = server.get("takers", name=name, version=version, sha256=sha256)
    out.tell(found, taker_rows(found))
    return DONE if found["takers"] else ANSWER_IS_NO


def tell_preview(server: Remote, out: Output, meant: Json) -> int:
    """Tell what a block would withdraw; exit code 1 when that is nothing."""
    found = server.get("blocks", "preview", **meant)
    rows = [
        (one["feed"], one["filename"], one["listed_at"][:10], one["decided_by"] or one["listed_by"])
        for one in found["files"]
    ]
    columns = ("feed", "file", "since", "by")
    out.tell(found, Rows(columns, rows, if_empty="No feed lists it."))
    return DONE if rows else ANSWER_IS_NO


def taker_rows(found: Json) -> Rows:
    """Tell who took something, a line each."""
    rows = [
        (
            one["taker"],
            one["token"] or one["token_id"],
            ", ".join(one["versions"]),
            one["count"],
            one["last_at"][:16],
        )
        for one in found["takers"]
    ]
    columns = ("who", "token", "versions", "times", "last")
    return Rows(columns, rows, if_empty="Nobody took it, as far as uses were counted.")
