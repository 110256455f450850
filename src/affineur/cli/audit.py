"""What happened: the audit log, and incidents."""

from __future__ import annotations

import click

from affineur.cli.asking import remote
from affineur.cli.client import Remote
from affineur.cli.exits import ANSWER_IS_NO, DONE
from affineur.cli.output import Output, Rows


@click.group(epilog="Example: affineur audit verify")
def audit_command() -> None:
    """Read the audit log, and check it."""


@audit_command.command("log", epilog="Example: affineur audit log --after 100 --limit 20")
@click.option("--after", type=click.IntRange(0), default=0, help="Events after this number.")
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True)
@remote
def log(server: Remote, out: Output, after: int, limit: int) -> None:
    """List what happened, in order."""
    found = server.get("audit", after=after, limit=limit)
    rows = [
        (one["seq"], one["at"][:19], one["actor"], one["action"], one["subject"])
        for one in found["events"]
    ]
    columns = ("number", "at", "who", "did", "to")
    out.tell(found, Rows(columns, rows, if_empty="Nothing happened yet."))


@audit_command.command("verify", epilog="Example: affineur audit verify --json")
@remote
def verify(server: Remote, out: Output) -> int:
    """Check that nobody altered the log; exit code 1 when somebody did.

    Write the head down elsewhere: a log that was cut off at its end has another one.
    """
    found = server.get("audit", "verify")
    head = found["head"]
    told = "The log is whole." if found["ok"] else f"The log was altered: {found['problem']}"
    out.tell(found, told, f"Its head is event {head['seq']}, {head['hash']}.")
    return DONE if found["ok"] else ANSWER_IS_NO


@click.command(epilog="Example: affineur incidents")
@remote
def incidents_command(server: Remote, out: Output) -> None:
    """List news that changes the verdict on something."""
    found = server.get("incidents")
    rows = [
        (one["id"], one["happened_at"][:16], one["kind"], one["project"], one["what"])
        for one in found["incidents"]
    ]
    columns = ("id", "at", "kind", "package", "what")
    out.tell(found, Rows(columns, rows, if_empty="There are no incidents."))
