"""`affineur change`: what a version newly has and can do, held against the last approved one."""

from __future__ import annotations

from collections.abc import Iterator

import click

from affineur.cli.asking import exact_release, feed_option, remote
from affineur.cli.client import Json, Remote
from affineur.cli.exits import DONE
from affineur.cli.output import Output

_FILES = 20


@click.command(epilog="Example: affineur change flask==3.1.0 --from 3.0.3")
@click.argument("release", metavar="NAME==VERSION")
@click.option("--from", "old", metavar="VERSION", help="Hold it against this version.")
@click.option("--of", "file", metavar="FILENAME", help="Compare this file of the release.")
@feed_option
@remote
def change_command(
    server: Remote, out: Output, release: str, old: str | None, file: str | None, feed: str
) -> int:
    """Tell what a version newly has and can do.

    It is held against the last approved version. What was looked at and is as before is told,
    too, and what could not be looked at. The lines that changed: affineur diff.
    """
    name, version = exact_release(release)
    body = {"name": name, "version": version, "old": old, "file": file, "feed": feed}
    found = server.post("change", body=body)
    out.tell(found, *told(found))
    return DONE


def told(found: Json) -> Iterator[str]:
    """Tell a change in lines, what matters most first."""
    old, new = found["old"], found["new"]
    by = f", approved by {old['listed_by']}" if old["listed_by"] else ", which is not approved"
    yield f"{new['filename']} against {old['filename']}{by}"
    yield from (_news(one) for one in found["news"])
    if not found["news"]:
        yield "  nothing new was seen in what was looked at"
    if found["as_before"]:
        yield f"As before: {', '.join(found['as_before'])}."
    yield from (f"Could not be told: {one['what']} ({one['why']})." for one in found["not_told"])
    files = found["files"]
    yield f"{len(files)} files are not as they were:" if files else "No file is other than before."
    for one in files[:_FILES]:
        yield f"  {one['state']} {one['path']}" + ("  (with findings)" if one["notes"] else "")
    if len(files) > _FILES:
        yield f"  and {len(files) - _FILES} more: affineur change --json"


def _news(one: Json) -> str:
    places = [f"{p['file']}:{p['line']}" if p["line"] else p["file"] for p in one["places"]]
    where = f" [{', '.join(places)}]" if places else ""
    return f"  {one['severity']}: {one['what']}{where}"
