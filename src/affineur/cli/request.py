"""`affineur request`: asking for packages, and following the request to its answer."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click

from affineur.cli.asking import feed_option, remote
from affineur.cli.client import Json, Remote
from affineur.cli.exits import ANSWER_IS_NO, DONE
from affineur.cli.output import Output
from affineur.cli.telling import item_line, not_assessed, request_answer, serious_findings
from affineur.core.errors import BadInput

_ON_ITS_WAY = frozenset({"resolving", "vetting"})
_NO = frozenset({"denied", "failed", "rejected", "withdrawn"})
_LARGEST_BYTES = 8 * 1024 * 1024
_FIRST_WAIT_S = 0.2
_LONGEST_WAIT_S = 2.0
_WAIT_GROWS = 1.3


@click.command(
    epilog="Examples: affineur request 'flask>=3' --reason 'the new shop' ;  "
    "affineur request -r requirements.txt"
)
@click.argument("requirements", nargs=-1, metavar="REQ...")
@click.option(
    "-r",
    "--file",
    "path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A requirements.txt or pylock.toml, sent whole.",
)
@click.option("--reason", default="", help="What it is needed for; approvers read it.")
@click.option("--for", "used_in", default="", help="The application that it is for.")
@click.option("--wait/--no-wait", default=True, help="Follow it until people must decide.")
@feed_option
@remote
def request_command(
    server: Remote,
    out: Output,
    /,
    requirements: tuple[str, ...],
    path: Path | None,
    *,
    wait: bool,
    **more: str,
) -> int:
    """Ask for packages, with all that they need.

    The closure is resolved for the organisation's Python versions and vetted while you watch.
    What is approved already is kept to; for a newer version, name it: 'flask>=3.2'.
    Exit code 0: approved, or waiting for people; 1: denied, or it cannot be resolved.
    """
    if bool(requirements) == bool(path):
        raise BadInput(
            "Name requirements or a file, one of the two.",
            hint="affineur request 'flask>=3', or affineur request -r requirements.txt",
        )
    asked = {
        "requirements": list(requirements),
        "reason": more["reason"],
        "used_in": more["used_in"],
        "feed": more["feed"],
    }
    if path is not None:
        asked |= {"document": read_document(path), "document_name": path.name}
    request = server.post("requests", body=asked)
    out.progress(f"Request {request['id']} is made.")
    if wait:
        request = follow(server, out, request["id"])
    out.tell(request, *request_answer(request))
    return ANSWER_IS_NO if request["state"] in _NO else DONE


@dataclass(slots=True)
class _Told:
    """What was told so far, so that nothing is told twice."""

    releases: set[str] = field(default_factory=set)
    lines: set[str] = field(default_factory=set)
    """What could not be assessed: often the same of every release."""


def follow(server: Remote, out: Output, number: int) -> Json:
    """Tell how far a request is, until it is decided or waits for people; give it whole."""
    told = _Told()
    stage = ""
    wait_s = _FIRST_WAIT_S
    while True:
        request = server.get("requests", number)
        if request["state"] == "resolving" and stage != "resolving":
            out.progress("resolving...")
        if request["items"] and stage in {"", "resolving"}:
            out.progress(f"the closure has {len(request['items'])} releases; vetting them...")
        stage = request["state"]
        _tell_new_items(out, request["items"], told)
        if stage not in _ON_ITS_WAY or _is_looked_at(request):
            return request
        time.sleep(wait_s)
        wait_s = min(wait_s * _WAIT_GROWS, _LONGEST_WAIT_S)


def _is_looked_at(request: Json) -> bool:
    """Whether it is a draft of which all is vetted: it stays as it is until it is sent."""
    vetted = all(item["state"] != "waiting" for item in request["items"])
    return bool(request["is_draft"]) and request["state"] == "vetting" and vetted


def _tell_new_items(out: Output, items: Sequence[Json], told: _Told) -> None:
    """Tell each item once, when it is vetted, with what a person should look at."""
    for item in items:
        name = f"{item['name']}=={item['version']}"
        if item["state"] == "waiting" or name in told.releases:
            continue
        told.releases.add(name)
        out.progress(f"[{len(told.releases)} of {len(items)} vetted] {item_line(item)}")
        new = [line for line in not_assessed(item) if line not in told.lines]
        told.lines.update(new)
        for line in [*serious_findings(item), *new]:
            out.progress(f"    {line}")


def read_document(path: Path) -> str:
    """Read a file that is sent whole."""
    if path.stat().st_size > _LARGEST_BYTES:
        raise BadInput(f"{path} is larger than 8 MiB.")
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not text in UTF-8.") from error
