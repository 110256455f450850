"""Why something is served or not; what that means for a lock file; locks of what is served."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from affineur.cli.asking import feed_option, remote, split_release
from affineur.cli.client import Json, Remote
from affineur.cli.exits import ANSWER_IS_NO, DONE
from affineur.cli.output import Output, Rows
from affineur.core.errors import BadInput


@click.command(epilog="Examples: affineur why flask ;  affineur why flask==3.1.0")
@click.argument("release", metavar="NAME[==VERSION]")
@feed_option
@remote
def why_command(server: Remote, out: Output, release: str, feed: str) -> int:
    """Tell whether a package is served, and why.

    For each file: by whose decision it is served, or which rule keeps it back. Exit code 1
    when nothing of it is served.
    """
    name, version = split_release(release)
    found = server.get("why", name=name, version=version, feed=feed)
    rows = [(one["filename"], *_served(one)) for one in found["files"]]
    served = sum(1 for one in found["files"] if one["served"])
    table = Rows(("file", "served", "why"), rows, if_empty=f"'{feed}' knows no {release}.")
    out.tell(found, table, f"{served} of {len(rows)} files are served by '{feed}'.")
    return DONE if served else ANSWER_IS_NO


@click.command(epilog="Example: affineur check pylock.toml")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@feed_option
@remote
def check_command(server: Remote, out: Output, path: Path, feed: str) -> int:
    """Check that everything in a lock file is approved.

    Reads the lock files of uv, poetry, pdm and pipenv, pylock.toml, and requirements files with
    exact versions. Exit code 1 when something is not approved; what is not is listed with its
    reason.
    """
    try:
        document = path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not text in UTF-8.") from error
    body = {"feed": feed, "document": document, "document_name": path.name}
    found = server.post("check", body=body)
    bad = [one for one in found["files"] if not one["is_approved"]]
    total = len(found["files"])
    told = f"{total - len(bad)} of {total} are approved in '{feed}'."
    out.tell(found, Rows(("name", "version", "files", "why not"), _by_release(bad)), told)
    return DONE if found["all_approved"] else ANSWER_IS_NO


@click.command(epilog="Example: affineur lock 'flask>=3' -o pylock.toml")
@click.argument("requirements", nargs=-1, required=True, metavar="REQ...")
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write it there."
)
@feed_option
@remote
def lock_command(
    server: Remote, out: Output, requirements: tuple[str, ...], output: Path | None, feed: str
) -> None:
    """Lock requirements to what is approved.

    The answer is a pylock.toml (PEP 751) with the digest of every file.
    """
    body = {"feed": feed, "requirements": list(requirements)}
    found: Json = server.post("lock", body=body)
    if output is None:
        out.tell(found, found["pylock"].rstrip("\n"))
        return
    output.write_text(found["pylock"], "utf-8")
    out.tell(found, f"{output} is written.")


def _by_release(files: Sequence[Json]) -> list[tuple[str, str, str, str]]:
    """Join the files of a release that are kept back for the same reason."""
    joined: dict[tuple[str, str, str], list[str]] = {}
    for one in files:
        place = (one["name"], one["version"], one["reason"])
        joined.setdefault(place, []).append(one["filename"] or "")
    return [
        (name, version, names[0] if len(names) == 1 else f"{len(names)} files", reason)
        for (name, version, reason), names in joined.items()
    ]


def _served(one: Json) -> tuple[str, str]:
    if not one["served"]:
        return "no", one["reason"]
    by = f"approved by {one['approved_by']}" if one["approved_by"] else one["reason"]
    request = f" (request {one['request_id']})" if one["request_id"] else ""
    return "yes", by + request
