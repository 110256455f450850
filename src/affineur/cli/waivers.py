"""Waivers: accepting findings for a while, listing that, and ending it."""

from __future__ import annotations

import click

from affineur.cli.asking import feed_option, release_name, remote, split_release
from affineur.cli.client import Json, Remote
from affineur.cli.output import Output, Rows


@click.group(epilog="Example: affineur waiver list")
def waiver_command() -> None:
    """Accept findings, for a while, so that they weigh nothing in the policy."""


@waiver_command.command(
    "add",
    epilog="Example: affineur waiver add torch==2.9.0 contents.native-code "
    "--reason 'a native library' --until 2027-05-01",
)
@click.argument("release", metavar="NAME[==VERSION]")
@click.argument("finding")
@click.option("--reason", required=True, help="What stands beside the finding from now on.")
@click.option("--until", required=True, help="The day on which it ends: 366 days ahead at most.")
@click.option("--sha256", default=None, help="Only in the file with this digest.")
@feed_option
@remote
def add_waiver(
    server: Remote, out: Output, /, release: str, finding: str, **order: str | None
) -> None:
    """Accept a finding: in a project, in one release, or in one file.

    FINDING is its key (one finding, in every version) or its id (all findings of this kind);
    not-assessed.CHECK accepts that a check could not look. Known malware cannot be waived.
    """
    name, version = split_release(release)
    feed = order.pop("feed")
    body = {"name": name, "version": version, "finding": finding, **order}
    made = server.post("feeds", feed, "waivers", body=body)
    out.tell(
        made,
        f"Waiver {made['id']}: {made['finding']} is accepted in {_where(made)} until "
        f"{made['until'][:10]}.",
    )


@waiver_command.command("list", epilog="Example: affineur waiver list --name torch")
@click.option("--name", default=None, help="Only of this project.")
@click.option("--all", "every", is_flag=True, help="Also ended and expired ones.")
@feed_option
@remote
def list_waivers(server: Remote, out: Output, name: str | None, feed: str, *, every: bool) -> None:
    """List the waivers that hold, newest first."""
    found = server.get("feeds", feed, "waivers", name=name, every="true" if every else None)
    rows = [
        (
            one["id"],
            one["finding"],
            _where(one),
            one["until"][:10] if one["ended_at"] is None else f"ended by {one['ended_by']}",
            one["by"],
            one["reason"],
        )
        for one in found["waivers"]
    ]
    columns = ("id", "finding", "in", "until", "by", "reason")
    out.tell(found, Rows(columns, rows, if_empty="Nothing is waived."))


@waiver_command.command("end", epilog="Example: affineur waiver end 7")
@click.argument("number", type=click.IntRange(1))
@feed_option
@remote
def end_waiver(server: Remote, out: Output, number: int, feed: str) -> None:
    """End a waiver: the finding weighs again."""
    ended = server.delete("feeds", feed, "waivers", number)
    out.tell(ended, f"{ended['finding']} in {_where(ended)} weighs again.")


def _where(one: Json) -> str:
    release = release_name(one["name"], one["version"])
    return f"{release}, file {one['sha256'][:12]}" if one["sha256"] else release
