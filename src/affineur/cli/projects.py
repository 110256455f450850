"""Lists of a feed's projects, and looking one up: parts of `affineur feed`."""

from __future__ import annotations

import click

from affineur.cli.asking import remote
from affineur.cli.client import Json, Remote
from affineur.cli.exits import ANSWER_IS_NO, DONE
from affineur.cli.output import Output, Rows

_SORTS = click.Choice(["name", "changed", "downloads"])
_SOURCES = click.Choice(["own", "reviewed", "feed", "outside"])


@click.command("projects", epilog="Example: affineur feed projects internal flask --findings")
@click.argument("feed")
@click.argument("search", default="")
@click.option("--sort", type=_SORTS, default="name", show_default=True)
@click.option("--source", type=_SOURCES, help="Only what the feed has from there.")
@click.option("--findings", is_flag=True, help="Only what vetting found something in.")
@click.option("--blocked", is_flag=True, help="Only what a block holds for.")
@click.option("--yanked", is_flag=True, help="Only what has yanked files.")
@click.option("--changed-since", help="Only what changed since this moment, as 2026-11-01T00:00Z.")
@click.option("--after", help="Where the part before ended, as it said itself.")
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True)
@remote
def list_projects(server: Remote, out: Output, /, feed: str, search: str, **wanted: object) -> None:
    """List the projects of a feed, or those with SEARCH in their name.

    Behind a feed with an external index: those that it was asked for.
    """
    given = {name: value for name, value in wanted.items() if value not in {None, False}}
    found = server.get("feeds", feed, "projects", search=search, **given)
    rows = [
        (
            one["name"],
            one["latest"] or "",
            (one["latest_at"] or "")[:10],
            one["versions"],
            one["source"],
            _marks(one),
            one["downloads"],
        )
        for one in found["projects"]
    ]
    columns = ("project", "latest", "since", "versions", "source", "marks", "taken in 30 days")
    empty = f"'{feed}' has no such project. Ask for one: affineur request NAME"
    out.tell(found, Rows(columns, rows, if_empty=empty))
    if found["next"] and not out.as_json:
        out.progress(f"There is more: --after '{found['next']}'")


@click.command("lookup", epilog="Example: affineur feed lookup internal flask")
@click.argument("feed")
@click.argument("project")
@remote
def look_up(server: Remote, out: Output, feed: str, project: str) -> int:
    """Look one project up in a feed, external indexes asked as an install would ask them.

    A name of the house is never asked for outside. Exit code 1 when nothing of it is served.
    """
    found = server.get("feeds", feed, "projects", project)
    lines = [f"{found['name']}: {found['served']} of {found['files']} files are served"]
    lines += [f"  newest that is served: {found['latest'] or 'none'}"]
    lines += [f"  newest that is known:  {found['newest_known'] or 'none'}"]
    lines += [f"  withheld: {reason}" for reason in found["withheld"]]
    if found["is_of_the_house"]:
        lines.append("  The name is the house's own: nobody outside was asked.")
    out.tell(found, *lines)
    return DONE if found["served"] else ANSWER_IS_NO


def _marks(one: Json) -> str:
    blocked = one["blocked"]
    is_found = one["findings"] in {"review", "block"}
    told = [
        ("blocked" if blocked["is_whole"] else "partly blocked") if blocked else "",
        f"findings: {one['findings']}" if is_found else "",
        f"{one['yanked']} yanked" if one["yanked"] else "",
        "withheld" if one["withheld"] else "",
    ]
    return ", ".join(part for part in told if part)
