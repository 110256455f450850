"""What speaks against something approved now."""

from __future__ import annotations

import click

from affineur.cli.asking import remote
from affineur.cli.client import Remote
from affineur.cli.exits import ANSWER_IS_NO, DONE
from affineur.cli.output import Output, Rows

_SOURCES = ("advisory", "finding", "origin")
_LEVELS = ("critical", "high", "medium", "low")


@click.command(epilog="Example: affineur concerns --level critical --sort use")
@click.option("--feed", help="Of one feed.")
@click.option("--level", type=click.Choice(_LEVELS), help="Of one level.")
@click.option("--source", type=click.Choice(_SOURCES), help="Of one source.")
@click.option("--project", help="Of a project, or of those whose names begin so.")
@click.option("--news", is_flag=True, help="What became known after an approval.")
@click.option("--waived", is_flag=True, help="Accepted ones, too.")
@click.option("--sort", type=click.Choice(["severity", "use"]), default="severity")
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True)
@remote
def concerns_command(server: Remote, out: Output, /, **asked: str | int | bool | None) -> int:
    """List what speaks against something approved now, the worst or the most used first.

    Exit code 1 when there is something.
    """
    told = {name: value for name, value in asked.items() if value not in (None, False)}
    found = server.get("concerns", **told)
    rows = [
        (
            one["level"],
            one["project"],
            _few(one["versions"]),
            one["feed"],
            one["key"],
            one["uses"],
            one["takers"],
            one["what"],
        )
        for one in found["concerns"]
    ]
    columns = ("level", "package", "versions", "feed", "key", "uses", "takers", "what")
    nothing = "Nothing speaks against what is approved."
    if not found["is_whole"]:
        nothing = "Nothing yet: the server has not looked at everything."
    out.tell(found, Rows(columns, rows, if_empty=nothing))
    return ANSWER_IS_NO if rows else DONE


def _few(versions: list[str]) -> str:
    """Write down the newest versions, and how many more there are."""
    more = f" and {len(versions) - 3} more" if len(versions) > 3 else ""
    return ", ".join(versions[:3]) + more
