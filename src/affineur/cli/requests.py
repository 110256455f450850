"""Looking at requests, and deciding them."""

from __future__ import annotations

import click

from affineur.cli.asking import remote
from affineur.cli.client import Remote
from affineur.cli.output import Output
from affineur.cli.telling import queue_table, request_answer, request_whole, requests_table

_STATES = (
    "resolving",
    "vetting",
    "review",
    "approved",
    "rejected",
    "denied",
    "failed",
    "withdrawn",
)
_number = click.argument("number", type=click.IntRange(1), metavar="ID")

_item = click.option(
    "--item",
    multiple=True,
    metavar="NAME",
    help="Only this release, NAME or NAME==VERSION; repeat.",
)


@click.command(epilog="Example: affineur requests --state review")
@click.option("--state", type=click.Choice(_STATES), help="Only those that stand so.")
@click.option("--mine", is_flag=True, help="Only your own.")
@click.option("--feed", default=None, help="Only those into this feed.")
@click.option("--by", "requester", default=None, help="Only those of this user.")
@click.option("--text", default=None, help="In a requirement, or where a project's name begins.")
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True)
@click.option("--before", type=click.IntRange(1), help="Only those with a lower number.")
@click.option("--waiting", is_flag=True, help="What you may decide, worst risk first.")
@remote
def requests_command(
    server: Remote, out: Output, /, *, mine: bool, waiting: bool, **which: object
) -> None:
    """List requests, newest first.

    An approver sees those of the feeds that they read, everybody else their own. With --waiting:
    what waits for your answer, worst risk first, then who waited longest.
    """
    if waiting:
        queue = server.get("requests", "waiting", limit=which["limit"])
        out.tell(queue, queue_table(queue))
        return
    found = server.get("requests", mine=str(mine).lower(), **which)
    out.tell(found, requests_table(found["requests"]))


@click.command(epilog="Example: affineur show 12 --files")
@_number
@click.option("--files", is_flag=True, help="Name every file with its size, age and digest.")
@remote
def show_command(server: Remote, out: Output, /, number: int, *, files: bool) -> None:
    """Show a request: what it asks for, what vetting found.

    Each release with its licence, age, vulnerabilities and other findings, and what could not
    be assessed: all that an approver decides from. What holds for every release stands first.
    """
    found = server.get("requests", number)
    out.tell(found, *request_whole(found, with_files=files))


@click.command(epilog="Example: affineur approve 12 --comment 'read the diff'")
@_number
@_item
@click.option("--exact", is_flag=True, help="These versions alone: later ones need a person again.")
@click.option("--comment", default="", help="Words that stay with the decision.")
@remote
def approve_command(
    server: Remote, out: Output, /, number: int, item: tuple[str, ...], *, exact: bool, comment: str
) -> None:
    """Approve everything that is open of a request, or only some releases of it.

    All their files are promoted in one transaction, and can be installed from then on.
    """
    body = {"comment": comment, "items": list(item), "exact": exact}
    done = server.post("requests", number, "approve", body=body)
    out.tell(done, *request_answer(done))


@click.command(epilog="Example: affineur reject 12 --reason 'we have httpx already'")
@_number
@_item
@click.option("--reason", required=True, help="What the requester reads.")
@remote
def reject_command(
    server: Remote, out: Output, number: int, item: tuple[str, ...], reason: str
) -> None:
    """Say no to everything that is open of a request, or only to some releases of it."""
    body = {"reason": reason, "items": list(item)}
    done = server.post("requests", number, "reject", body=body)
    out.tell(done, *request_answer(done))


@click.command(epilog="Example: affineur withdraw 12 --reason 'not needed any more'")
@_number
@click.option("--reason", default="", help="Why; it stays with the request.")
@remote
def withdraw_command(server: Remote, out: Output, number: int, reason: str) -> None:
    """Take a request back."""
    done = server.post("requests", number, "withdraw", body={"reason": reason})
    out.tell(done, *request_answer(done))


@click.command(epilog="Example: affineur comment 12 'do you need all of scipy?' --ask")
@_number
@click.argument("text")
@click.option("--ask", is_flag=True, help="Ask the requester; it waits for an answer.")
@remote
def comment_command(server: Remote, out: Output, number: int, text: str, *, ask: bool) -> None:
    """Say something about a request, or ask whoever made it."""
    made = server.post("requests", number, "comments", body={"said": text, "ask": ask})
    then = f"; request {number} waits for an answer" if ask else ""
    out.tell(made, f"Said{then}.")
