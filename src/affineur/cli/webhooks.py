"""Webhooks: telling others of events, trying that, and seeing what became of it."""

from __future__ import annotations

import click

from affineur.cli.asking import remote
from affineur.cli.client import Json, Remote
from affineur.cli.exits import ANSWER_IS_NO, DONE
from affineur.cli.output import Output, Rows

_NUMBER = click.argument("number", type=click.IntRange(1), metavar="ID")


@click.group(epilog="Example: affineur webhook add chat https://chat.example.org/hook --on block.*")
def webhook_command() -> None:
    """Tell other programs of events, with signed messages."""


@webhook_command.command(
    "add",
    epilog="Example: affineur webhook add chat https://chat.example.org/hook --on 'request.*' "
    "--on block.made",
)
@click.argument("name")
@click.argument("receiver", metavar="URL")
@click.option(
    "--on", "actions", multiple=True, required=True, help="An event as block.made, request.* or *."
)
@remote
def add_webhook(server: Remote, out: Output, /, name: str, receiver: str, **order: object) -> None:
    """Tell a receiver of every matching event from now on.

    The secret that signs the messages is shown this once. How a receiver checks it stands in
    docs/webhooks.md.
    """
    made = server.post("webhooks", body={"name": name, "url": receiver, **order})
    out.tell(made, made["secret"])
    if not out.as_json:
        out.progress(f"Webhook {made['id']} tells {name}; its secret is not shown again.")


@webhook_command.command("list", epilog="Example: affineur webhook list")
@remote
def list_webhooks(server: Remote, out: Output) -> None:
    """List the webhooks, with what became of the last message."""
    found = server.get("webhooks")
    rows = [
        (
            one["id"],
            one["name"],
            one["url"],
            ", ".join(one["actions"]),
            "nothing told yet" if one["last"] is None else _state(one["last"]),
        )
        for one in found["webhooks"]
    ]
    columns = ("id", "name", "url", "told of", "last")
    out.tell(found, Rows(columns, rows, if_empty="There are no webhooks."))


@webhook_command.command("end", epilog="Example: affineur webhook end 2")
@_NUMBER
@remote
def end_webhook(server: Remote, out: Output, number: int) -> None:
    """End a webhook: nothing is told any more."""
    out.tell(server.delete("webhooks", number), f"Webhook {number} tells nobody any more.")


@webhook_command.command("test", epilog="Example: affineur webhook test 2")
@_NUMBER
@remote
def test_webhook(server: Remote, out: Output, number: int) -> int:
    """Send a message that tells of nothing, and say whether it was taken."""
    came = server.post("webhooks", number, "test")
    out.tell(came, came["error"] or f"The receiver took it, and answered {came['status']}.")
    return ANSWER_IS_NO if came["error"] else DONE


@webhook_command.command("deliveries", epilog="Example: affineur webhook deliveries 2")
@_NUMBER
@click.option("--before", type=click.IntRange(1), help="Only those before this one.")
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True)
@remote
def list_deliveries(
    server: Remote, out: Output, number: int, before: int | None, limit: int
) -> None:
    """List what became of telling a webhook, newest first."""
    found = server.get("webhooks", number, "deliveries", before=before, limit=limit)
    rows = [
        (
            one["id"],
            (one["tried_at"] or one["done_at"] or "")[:19],
            one["event_seq"] or "test",
            one["action"],
            one["subject"],
            one["attempts"],
            _state(one),
        )
        for one in found["deliveries"]
    ]
    columns = ("id", "tried", "event", "what", "of", "attempts", "state")
    out.tell(found, Rows(columns, rows, if_empty="Nothing was told lately."))


def _state(one: Json) -> str:
    if one["error"] is None:
        return "taken" if one["done_at"] else "not tried yet"
    return f"{one['error']} {'Given up.' if one['done_at'] else 'It is tried again.'}"
