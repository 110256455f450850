"""`affineur draft` and `affineur send`: looking at what would come of a request, and sending it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from affineur.cli.asking import feed_option, remote
from affineur.cli.client import Json, Remote
from affineur.cli.exits import ANSWER_IS_NO, DONE
from affineur.cli.output import Output
from affineur.cli.request import follow, read_document
from affineur.cli.telling import request_answer, request_whole
from affineur.core.errors import BadInput

_LONGEST_TEXT = 1_000_000


@click.command(
    epilog="Examples: affineur draft 'flask>=3' ;  affineur draft -r uv.lock ;  "
    "uv add flask 2>&1 | affineur draft -"
)
@click.argument("requirements", nargs=-1, metavar="REQ...|-")
@click.option(
    "-r",
    "--file",
    "path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A requirements.txt, a lock file of uv, poetry, pdm or pipenv, or a pyproject.toml.",
)
@feed_option
@remote
def draft_command(
    server: Remote, out: Output, /, requirements: tuple[str, ...], path: Path | None, feed: str
) -> int:
    """Look at what would come of a request, before you send it.

    Takes requirements, a file, or - for what stands on standard input: also an error of pip or
    uv. The closure is resolved and vetted while you watch; nobody decides it until you send it.
    Exit code 0: it can be sent; 1: it cannot be resolved.
    """
    if bool(requirements) == bool(path):
        raise BadInput(
            "Name requirements or a file, one of the two.",
            hint="affineur draft 'flask>=3', or affineur draft -r uv.lock",
        )
    if path is not None:
        asked: Json = {"document": read_document(path), "document_name": path.name}
    elif requirements == ("-",):
        asked = {"text": sys.stdin.read(_LONGEST_TEXT)}
    else:
        asked = {"text": "\n".join(requirements)}
    draft = server.post("drafts", body=asked | {"feed": feed})
    for one in draft["left_out"]:
        out.progress(f"left out: {one['what']} ({one['why']})")
    draft = follow(server, out, draft["id"])
    out.tell(draft, *request_whole(draft), *_next(draft))
    return ANSWER_IS_NO if draft["state"] == "failed" else DONE


@click.command(epilog="Example: affineur send 12 --reason 'the new shop'")
@click.argument("number", type=click.IntRange(1), metavar="ID")
@click.option("--reason", required=True, help="What it is needed for; approvers read it.")
@click.option("--for", "used_in", default="", help="The application that it is for.")
@remote
def send_command(server: Remote, out: Output, number: int, reason: str, used_in: str) -> int:
    """Send a draft: it becomes a request.

    What is vetted already is decided by the policy at once, or put before people.
    Exit code 0: approved, or on its way; 1: denied.
    """
    body = {"reason": reason, "used_in": used_in}
    sent = server.post("drafts", number, "send", body=body)
    out.tell(sent, *request_answer(sent))
    return ANSWER_IS_NO if sent["state"] == "denied" else DONE


def _next(draft: Json) -> list[str]:
    if draft["state"] != "vetting":
        return []
    if not draft["items"]:
        return ["Everything of it is approved: it can be installed now."]
    return [f"Next: affineur send {draft['id']} --reason '...'"]
