"""Feeds: making and changing them, and their reserved names."""

from __future__ import annotations

import click

from affineur.cli.asking import remote
from affineur.cli.client import Json, Remote
from affineur.cli.output import Output, Rows
from affineur.cli.projects import list_projects, look_up
from affineur.core.errors import BadInput

_feed = click.argument("feed")


@click.group(epilog="Example: affineur feed list")
def feed_command() -> None:
    """Make, change and show feeds, and reserve names."""


@feed_command.command("list", epilog="Example: affineur feed list")
@remote
def list_feeds(server: Remote, out: Output) -> None:
    """List the feeds that you may know of."""
    found = server.get("feeds")
    rows = [
        (
            one["name"],
            one["source"] or "",
            ", ".join(one["connectors"]),
            "anybody" if one["reads_anonymous"] else "with a token",
            one["revision"],
        )
        for one in found["feeds"]
    ]
    columns = ("name", "asks through", "connectors", "reading", "revision")
    out.tell(found, Rows(columns, rows, if_empty="You may know of no feed."))


@feed_command.command("show", epilog="Example: affineur feed show internal")
@_feed
@remote
def show_feed(server: Remote, out: Output, feed: str) -> None:
    """Show one feed."""
    _tell(out, server.get("feeds", feed))


@feed_command.command("create", epilog="Example: affineur feed create team-a --source unapproved")
@click.argument("name")
@click.option("--source", default=None, help="The feed whose releases may be asked for.")
@click.option("--merge", is_flag=True, help="Merge connectors; else the first with it wins.")
@click.option("--anonymous", "reads_anonymous", is_flag=True, help="Anybody may read it.")
@click.option("--reads", default=None, help="A feed that it connects to, such as approved.")
@click.option("--mirrors", default=None, metavar="URL", help="An external index, likewise.")
@remote
def create_feed(server: Remote, out: Output, /, name: str, **order: object) -> None:
    """Make a feed, with a connector if one is named."""
    given = {key: value for key, value in order.items() if value is not None}
    _tell(out, server.post("feeds", body={"name": name, **given}))


@feed_command.command("change", epilog="Example: affineur feed change internal --no-anonymous")
@_feed
@click.option("--source", default=None, help="The feed whose releases may be asked for.")
@click.option("--no-source", is_flag=True, help="Nothing may be asked for through it.")
@click.option("--merge/--no-merge", default=None, help="Merge connectors, or not.")
@click.option("--anonymous/--no-anonymous", "reads_anonymous", default=None)
@click.option(
    "--requester-may-approve/--no-requester-may-approve",
    default=None,
    help="Whether somebody may approve their own request.",
)
@remote
def change_feed(
    server: Remote, out: Output, /, feed: str, *, no_source: bool, **change: object
) -> None:
    """Change a feed; what is not named stays."""
    body = {name: value for name, value in change.items() if value is not None}
    if no_source:
        body["source"] = None
    if not body:
        raise BadInput("Nothing is to be changed.", hint="See: affineur feed change --help")
    _tell(out, server.patch("feeds", feed, body=body))


@feed_command.command("reserve", epilog="Example: affineur feed reserve internal 'mycompany-*'")
@_feed
@click.argument("pattern")
@remote
def reserve(server: Remote, out: Output, feed: str, pattern: str) -> None:
    """Reserve names for a feed: no external index is ever asked for them again."""
    done = server.post("feeds", feed, "reserved", body={"pattern": pattern})
    out.tell(done, f"{pattern} belongs to '{feed}'.")


@feed_command.command("unreserve", epilog="Example: affineur feed unreserve internal 'old-*'")
@_feed
@click.argument("pattern")
@remote
def unreserve(server: Remote, out: Output, feed: str, pattern: str) -> None:
    """End a reservation; names that the feed holds files of stay its own."""
    done = server.delete("feeds", feed, "reserved", pattern)
    out.tell(done, f"{pattern} is not reserved any more.")


feed_command.add_command(list_projects)
feed_command.add_command(look_up)


def _tell(out: Output, feed: Json) -> None:
    out.tell(
        feed,
        f"{feed['name']}, revision {feed['revision']}",
        f"  asks through:      {feed['source'] or 'nothing'}",
        f"  connectors:        {', '.join(feed['connectors']) or 'none that you may see'}",
        f"  joins connectors:  {'merged' if feed['merge'] else 'the first that has it'}",
        f"  may be read:       {'by anybody' if feed['reads_anonymous'] else 'with a token'}",
        f"  own approvals:     {'allowed' if feed['requester_may_approve'] else 'refused'}",
        f"  reserved names:    {', '.join(feed['reserved']) or 'none'}",
        f"  policy:            {'its own' if feed['has_own_policy'] else 'the shipped one'}",
    )
