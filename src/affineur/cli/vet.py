"""`affineur vet`: what the checks say of files or releases, with a server or without one."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from affineur import bootstrap
from affineur.cli.asking import as_json, exact_release, feed_option
from affineur.cli.client import Json, Remote
from affineur.cli.exits import ANSWER_IS_NO, DONE
from affineur.cli.output import Output
from affineur.cli.telling_findings import change_in_lines, findings_in_order
from affineur.config import load_settings
from affineur.core.errors import BadInput
from affineur.core.files import Filename
from affineur.core.findings import Verdict
from affineur.core.names import ProjectName, parse_project, parse_version
from affineur.core.vetted import Vetted, to_json
from affineur.services import standalone
from affineur.services.standalone import Desk, Sample


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is to be vetted, against what, and on which data."""

    what: tuple[str, ...]
    against: str | None
    advisories: Path | None
    names: Path | None


@click.command(
    epilog="Examples: affineur vet requests==2.32.3 --against 2.32.2 ;  "
    "affineur vet dist/*.whl --advisories all.zip"
)
@click.argument("what", nargs=-1, required=True, metavar="FILE|NAME==VERSION...")
@click.option(
    "--against",
    metavar="FILE|VERSION",
    help="Compare with this one, and tell what is new; a server compares with the last "
    "approved version by itself.",
)
@click.option(
    "--advisories",
    type=click.Path(exists=True, path_type=Path),
    metavar="ZIP|FOLDER",
    help="OSV records to look vulnerabilities up in. Works without a server.",
)
@click.option(
    "--names",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A list of popular names, the most downloaded first, that names are held against; the "
    "shipped one when left out. Works without a server.",
)
@click.option(
    "--url",
    envvar="AFFINEUR_URL",
    default=None,
    show_envvar=True,
    help="The server that vets; the token is taken from AFFINEUR_TOKEN. Without one, it is "
    "done on this machine.",
)
@feed_option
@as_json
def vet_command(*, url: str | None, feed: str, as_json: bool, **wish: object) -> int:
    """Let every check look at files or releases, and tell what it saw.

    A FILE is read on this machine or sent to the server; its name is looked up nowhere else. A
    release is fetched from the index that pip uses here, or from the server's feed. Nothing of
    what is read is run.

    Exit code 1 when something blocks.
    """
    out = Output(as_json=as_json)
    wanted = _Wish(**wish)  # type: ignore[arg-type]  # click's own values, by name
    alone = url is None or wanted.against or wanted.advisories or wanted.names
    found = asyncio.run(_alone(wanted, out)) if alone else _remote(str(url), feed, wanted, out)
    out.tell(found, *(line for files in _releases(found) for line in _told(files)))
    return ANSWER_IS_NO if any(one["verdict"] == "deny" for one in found) else DONE


async def _alone(wish: _Wish, out: Output) -> list[Json]:
    with tempfile.TemporaryDirectory(prefix="affineur-vet-") as folder:
        projects = {_project(one) for one in wish.what}
        desk = bootstrap.desk(
            load_settings(),
            Path(folder),
            projects,
            advisories=wish.advisories,
            names=wish.names,
        )
        try:
            found = [(what, await _samples(desk, what, out)) for what in wish.what]
            every = [sample for _, samples in found for sample in samples]
            return [
                to_json(one)
                for what, samples in found
                for one in await _vet(desk, samples, every, await _against(desk, what, wish, out))
            ]
        finally:
            await desk.upstream.aclose()


async def _vet(
    desk: Desk, samples: Sequence[Sample], every: Sequence[Sample], against: Sequence[Sample]
) -> list[Vetted]:
    return [await asyncio.to_thread(standalone.vet, desk, one, against, every) for one in samples]


async def _samples(desk: Desk, what: str, out: Output) -> list[Sample]:
    if _is_file(what):
        return [await asyncio.to_thread(standalone.of_path, Path(what))]
    name, version = exact_release(what)
    out.progress(f"fetching {what}")
    return await standalone.of_release(desk, parse_project(name), parse_version(version))


async def _against(desk: Desk, what: str, wish: _Wish, out: Output) -> list[Sample]:
    against = wish.against
    if against is None:
        return []
    if _is_file(against):
        return await _samples(desk, against, out)
    return await _samples(desk, f"{_project(what)}=={against}", out)


def _remote(url: str, feed: str, wish: _Wish, out: Output) -> list[Json]:
    with Remote(url, os.environ.get("AFFINEUR_TOKEN")) as server:
        return [one for what in wish.what for one in _asked(server, feed, what, out)]


def _asked(server: Remote, feed: str, what: str, out: Output) -> Sequence[Json]:
    out.progress(f"{server.url} vets {what}")
    if _is_file(what):
        path = Path(what)
        answer = server.send_file(path, "vet", "files", path.name, feed=feed)
    else:
        name, version = exact_release(what)
        answer = server.post("vet", body={"name": name, "version": version, "feed": feed})
    found: list[Json] = answer["files"]
    return found


def _is_file(text: str) -> bool:
    """Tell a file from a release by its ending: a file that is missing is no release."""
    return text.endswith((".whl", ".tar.gz", ".zip"))


def _project(what: str) -> ProjectName:
    if _is_file(what):
        return Filename.parse(Path(what).name).project
    if Path(what).exists():
        raise BadInput(f"{what} is no distribution.", hint="Give a .whl, .tar.gz or .zip file.")
    return parse_project(exact_release(what)[0])


def _told(files: Sequence[Json]) -> Iterator[str]:
    """Tell the files of one release: what was found alike in several of them is told once."""
    verdict = max((one["verdict"] for one in files), key=list(Verdict).index)
    first = files[0]
    if len(files) == 1:
        yield f"{first['file']}: {verdict}"
    else:
        yield f"{first['name']} {first['version']}: {verdict}, {len(files)} files"
    yield from (f"  policy: {reason}" for reason in _once(files, "reasons"))
    blind = dict.fromkeys(
        f"{check['check']}: {check['reason']}" for one in files for check in one["not_assessed"]
    )
    yield from (f"  {line}" for line in change_in_lines(first["facts"]))
    findings = [found | {"file": one["file"]} for one in files for found in one["findings"]]
    against = next((one["against"] for one in files if one["against"]), None)
    told = list(findings_in_order(findings, len(files), against, list(blind)))
    yield from (f"  {line}" for line in told or ["nothing was found"])
    gone = dict.fromkeys(found["id"] for one in files for found in one["gone"])
    if gone:
        yield f"  gone since {against}: {', '.join(gone)}"


def _once(files: Sequence[Json], part: str) -> list[str]:
    return list(dict.fromkeys(text for one in files for text in one[part]))


def _releases(found: Sequence[Json]) -> list[list[Json]]:
    """Put the files of a release together, in the order in which they were named."""
    joined: dict[tuple[str, str], list[Json]] = {}
    for one in found:
        joined.setdefault((one["name"], one["version"]), []).append(one)
    return list(joined.values())
