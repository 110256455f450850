"""What happened: the audit log, and incidents."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO

import click

from affineur.cli.asking import remote
from affineur.cli.client import Remote
from affineur.cli.exits import ANSWER_IS_NO, DONE
from affineur.cli.output import Output, Rows


@click.group(epilog="Example: affineur audit verify")
def audit_command() -> None:
    """Read the audit log, and check it."""


def _wanted(command: Callable[..., int | None]) -> Callable[..., int | None]:
    """Give a command the options that say which events are wanted."""
    for option in (
        click.option("--actor", help="Who did it."),
        click.option("--action", help="What was done, or how that begins: request."),
        click.option("--subject", help="What it was done to: request:7, or a name."),
        click.option("--text", help="A text anywhere in the event."),
        click.option("--since", help="From this day or moment on, in UTC."),
        click.option("--until", help="Before this day or moment, in UTC."),
    ):
        command = option(command)
    return command


@audit_command.command("log", epilog="Example: affineur audit log --action block. --newest")
@click.option("--after", type=click.IntRange(0), default=0, help="Events after this number.")
@click.option("--newest", is_flag=True, help="The newest first.")
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True)
@_wanted
@remote
def log(
    server: Remote, out: Output, /, after: int, limit: int, *, newest: bool, **wanted: str | None
) -> None:
    """List what happened, in order."""
    asked = {name: value for name, value in wanted.items() if value}
    place = {"before": 0} if newest else {"after": after}
    found = server.get("audit", **place, limit=limit, **asked)
    rows = [
        (one["seq"], one["at"][:19], one["actor"], one["action"], one["subject"])
        for one in found["events"]
    ]
    columns = ("number", "at", "who", "did", "to")
    out.tell(found, Rows(columns, rows, if_empty="Nothing of that happened."))


@audit_command.command("export", epilog="Example: affineur audit export --format csv log.csv")
@click.argument("file", type=click.File("wb"))
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl")
@_wanted
@remote
def export(
    server: Remote, out: Output, /, file: IO[bytes], form: str, **wanted: str | None
) -> None:
    """Write events to a FILE, or to - for the standard output: JSON lines, or a spreadsheet."""
    asked = {name: value for name, value in wanted.items() if value}
    size = 0
    for piece in server.stream("audit", "export", format=form, **asked):
        file.write(piece)
        size += len(piece)
    out.progress(f"{size} bytes were written.")


@audit_command.command("verify", epilog="Example: affineur audit verify --seq 812 --hash 5f0c...")
@click.option("--seq", type=click.IntRange(1), help="The number of a head that was written down.")
@click.option("--hash", "hash_", help="Its hash.")
@remote
def verify(server: Remote, out: Output, seq: int | None, hash_: str | None) -> int:
    """Check that nobody altered the log; exit code 1 when somebody did.

    Write the head down elsewhere, and give it next time: a log that was cut off at its end has
    another one.
    """
    found = server.get("audit", "verify", seq=seq, hash=hash_)
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
