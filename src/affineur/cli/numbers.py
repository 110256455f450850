"""Numbers over time."""

from __future__ import annotations

import click

from affineur.cli.asking import remote
from affineur.cli.client import Json, Remote
from affineur.cli.output import Output, Rows


@click.command(epilog="Example: affineur numbers --weeks 8")
@click.option("--weeks", type=click.IntRange(1, 104), default=12, show_default=True)
@remote
def numbers_command(server: Remote, out: Output, weeks: int) -> None:
    """Tell how many ask, how long they wait, and what is used.

    Weeks begin on Mondays, in UTC. The answers of the index and what is held are told for each
    day with --json, and drawn on the page /numbers.
    """
    found = server.get("numbers", weeks=weeks)
    rows = [
        (
            one["monday"],
            one["requests"],
            one["decided_by_policy"],
            one["decided_by_people"],
            _span(one["median_s"]),
            _span(one["p90_s"]),
        )
        for one in found["weeks"]
    ]
    columns = ("week of", "requests", "by policy", "by people", "median wait", "9 of 10 within")
    feeds = [(one["feed"], one["answers"], one["refusals"]) for one in found["feeds"]]
    answers = Rows(("feed", "answers", "refusals"), feeds, if_empty="Nothing was asked for yet.")
    out.tell(found, Rows(columns, rows), answers, *_held(found))


def _held(found: Json) -> list[str]:
    if not found["storage"]:
        return []
    last = found["storage"][-1]
    return [f"{last['files']} files with {last['size_bytes']} bytes are held ({last['day']})."]


def _span(seconds: float | None) -> str:
    """Write how long something took, in the largest unit of which there is one."""
    if seconds is None:
        return ""
    units = ((86_400, "d"), (3_600, "h"), (60, "min"))
    for length, unit in units:
        if seconds >= length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.0f} s"
