"""`affineur diff`: what changed between two releases or files, with a server or without one."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from affineur import bootstrap
from affineur.cli.asking import as_json, exact_release, feed_option
from affineur.cli.client import Json, Remote
from affineur.cli.exits import DONE
from affineur.cli.output import Output
from affineur.config import load_settings
from affineur.core.differences import to_json
from affineur.core.errors import BadInput
from affineur.core.names import parse_project, parse_version
from affineur.services import differing, standalone
from affineur.services.differing import Wish


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is compared, and what of it is shown."""

    old: str
    new: str
    patterns: tuple[str, ...]
    sdists: bool


@click.command(
    epilog="Examples: affineur diff requests==2.32.2 2.32.3 --file '*.py' ;  "
    "affineur diff old.whl new.whl"
)
@click.argument("old", metavar="FILE|NAME==VERSION")
@click.argument("new", metavar="FILE|[NAME==]VERSION")
@click.option(
    "--file",
    "patterns",
    multiple=True,
    metavar="PATTERN",
    help="Show only files whose path is like this, such as '*.py'. May be given several times.",
)
@click.option("--sdist", "sdists", is_flag=True, help="Compare the sdists, not the wheels.")
@click.option(
    "--url",
    envvar="AFFINEUR_URL",
    default=None,
    show_envvar=True,
    help="The server that compares; the token is taken from AFFINEUR_TOKEN. Without one, it is "
    "done on this machine.",
)
@feed_option
@as_json
def diff_command(*, url: str | None, feed: str, as_json: bool, **asked: object) -> int:
    """Show what changed between two releases or files, line by line.

    What matters most stands first: files in which a scan saw something new, then what runs by
    itself, then code; tests and documentation last. Nothing of what is read is run.
    """
    out = Output(as_json=as_json)
    wanted = _Asked(**asked)  # type: ignore[arg-type]  # click's own values, by name
    if _is_file(wanted.old) != _is_file(wanted.new):
        raise BadInput("Give two files or two releases.", hint="See: affineur diff --help")
    if _is_file(wanted.old):
        found = asyncio.run(_of_files(wanted))
    elif url is None:
        found = asyncio.run(_alone(wanted, out))
    else:
        found = _remote(url, feed, wanted)
    out.tell(found, *told(found))
    return DONE


def told(found: Json) -> Iterator[str]:
    """Tell a difference in lines: a summary, then each file."""
    yield f"{found['old']} -> {found['new']}"
    yield from (f"  {line}" for line in found["summary"])
    for one in found["files"]:
        yield f"\n{one['state']} {one['path']} ({_sizes(one)})"
        if one["diff"]:
            yield one["diff"]
        if one["cut"]:
            yield f"[{one['cut']}]"


async def _of_files(asked: _Asked) -> Json:
    vetting = bootstrap.vetting(load_settings())
    paths = Path(asked.old), Path(asked.new)
    return to_json(await differing.between_files(vetting, *paths, asked.patterns))


async def _alone(asked: _Asked, out: Output) -> Json:
    wish = _wish(asked)
    with tempfile.TemporaryDirectory(prefix="affineur-diff-") as folder:
        desk = bootstrap.desk(load_settings(), Path(folder), ())
        try:
            page = await standalone.page_of(desk, wish.project)
            files = {one.filename: one for one in page.files}
            paths = []
            for filename in differing.chosen(wish, list(files)):
                out.progress(f"fetching {filename.text}")
                paths.append((await standalone.fetch(desk, page, files[filename])).path)
            old, new = paths
            return to_json(await differing.between_files(desk.vetting, old, new, wish.patterns))
        finally:
            await desk.upstream.aclose()


def _remote(url: str, feed: str, asked: _Asked) -> Json:
    wish = _wish(asked)
    with Remote(url, os.environ.get("AFFINEUR_TOKEN")) as server:
        body = {
            "name": str(wish.project),
            "old": str(wish.old),
            "new": str(wish.new),
            "feed": feed,
            "files": list(wish.patterns),
            "sdist": wish.sdists,
        }
        return server.post("diff", body=body)


def _wish(asked: _Asked) -> Wish:
    name, old = exact_release(asked.old)
    new_name, new = exact_release(asked.new) if "==" in asked.new else (name, asked.new)
    if parse_project(name) != parse_project(new_name):
        raise BadInput("Two releases of one project can be compared.")
    return Wish(
        parse_project(name), parse_version(old), parse_version(new), asked.patterns, asked.sdists
    )


def _is_file(text: str) -> bool:
    """Tell a file from a release by its ending: a file that is missing is no release."""
    return text.endswith((".whl", ".tar.gz", ".zip"))


def _sizes(one: Json) -> str:
    sizes = [f"{side['size_bytes']:,} bytes" for side in (one["old"], one["new"]) if side]
    kinds = {side["kind"] for side in (one["old"], one["new"]) if side} - {"text"}
    return " -> ".join(dict.fromkeys(sizes)) + "".join(f", {kind}" for kind in sorted(kinds))
