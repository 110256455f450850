"""What was wanted in vain."""

from __future__ import annotations

import click

from affineur.cli.asking import release_name, remote
from affineur.cli.client import Json, Remote
from affineur.cli.output import Output, Rows

_RULES = (
    "not-approved",
    "unknown",
    "filter",
    "block",
    "malware",
    "quarantined",
    "changed-upstream",
    "no-digest",
)


@click.command(epilog="Examples: affineur wanted --mine ;  affineur wanted --order count")
@click.option("--feed", default=None, help="Only what was wanted of this feed.")
@click.option("--mine", is_flag=True, help="Only what you wanted yourself.")
@click.option("--rule", type=click.Choice(_RULES), help="Only what this kept back.")
@click.option("--search", default="", help="Only projects with this in their name.")
@click.option("--given", is_flag=True, help="Also what can be installed by now.")
@click.option("--order", type=click.Choice(("last", "count")), default="last", show_default=True)
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True)
@click.option("--after", default="", help="The mark of the page before.")
@click.option("--dismiss", type=click.IntRange(1), metavar="ID", help="Take one from the list.")
@remote
def wanted_command(
    server: Remote, out: Output, /, *, mine: bool, given: bool, dismiss: int | None, **which: object
) -> None:
    """List what people and builds tried to install and did not get.

    Whoever may read the requests of a feed sees what everybody wanted, all others what they
    wanted themselves. Ask for it with: affineur request NAME==VERSION
    """
    if dismiss is not None:
        done = server.delete("wanted", dismiss)
        out.tell(done, f"{dismiss} is off the list, until somebody tries it again.")
        return
    found = server.get("wanted", mine=str(mine).lower(), given=str(given).lower(), **which)
    columns = ("id", "wanted", "in", "times", "people", "last", "by", "became", "why")
    rows = [_row(one) for one in found["wanted"]]
    table = Rows(columns, rows, if_empty="Nothing was wanted that was not given.")
    more = [f"There is more: --after {found['next']}"] if found["next"] else []
    out.tell(found, table, *more)


def _row(one: Json) -> tuple[object, ...]:
    who = ", ".join(wisher["name"] for wisher in one["wishers"])
    others = one["people"] - len(one["wishers"])
    became = f"{one['became']} ({one['request_id']})" if one["request_id"] else one["became"]
    return (
        one["id"],
        release_name(one["name"], one["version"]),
        one["feed"],
        one["count"],
        one["people"],
        one["last_at"][:16],
        who + (f" and {others} more" if others > 0 else ""),
        became,
        one["why"].partition("; ask for it with: ")[0],
    )
