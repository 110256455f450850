"""`affineur demo`: the steps in their order, the time of each, and nothing left running."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import click

from affineur.cli.demo import asking, begin, blocking, installing, outage, poisoned, publishing
from affineur.cli.demo.journey import OPERATOR, Journey
from affineur.cli.demo.server import free_port
from affineur.cli.demo.stage import DemoFailed, Stage, open_stage, tool
from affineur.cli.exits import ANSWER_IS_NO, DONE
from affineur.cli.output import Output, Rows
from affineur.upstream import default_index

_TOOLS = ("affineur", "twine", "uv")
STEPS: Mapping[str, Callable[[Journey], str]] = {
    "A server, its feeds and its people": begin.begin,
    "What is not approved is refused": asking.be_refused,
    "The developer asks": asking.ask,
    "The approver decides": asking.approve,
    "What is approved installs": installing.install,
    "Internal packages": publishing.publish,
    "A release that was tampered with": poisoned.vet_poisoned,
    "The upstream goes away": outage.lose_the_upstream,
    "A block, and its end": blocking.block_and_unblock,
}


@dataclass(frozen=True, slots=True)
class Played:
    """A step that was played to its end."""

    number: int
    title: str
    result: str
    took_s: float


@click.command(epilog="Example: affineur demo --data /tmp/affineur-demo")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("demo-data"),
    show_default=True,
    help="The directory that it plays in; emptied when an earlier demo made it.",
)
@click.option("--upstream", default=None, help="The simple index to read; else the machine's own.")
@click.option("--advisories", default=None, help="A zip or URL of OSV records; else OSV's own.")
def demo_command(data: Path, upstream: str | None, advisories: str | None) -> int:
    """Play a package's whole journey, with the real clients.

    pip, uv and twine are run against a server of the demo's own, every command is printed
    before it runs, and every answer is checked. Ends with exit code 1 at the first thing that
    is not as it should be. Nothing is left running; the directory is kept.
    """
    for name in _TOOLS:
        tool(name)
    stage = open_stage(data, f"http://127.0.0.1:{free_port()}", _upstream(upstream))
    journey = Journey(stage, advisories)
    played: list[Played] = []
    try:
        with _ended_by_signals():
            _play(journey, played)
    except DemoFailed as error:
        click.secho(f"\nThe demo failed in step {len(played) + 1}: {error}", bold=True, err=True)
        click.echo(f"Everything is kept in {stage.root}; the server's log, too.", err=True)
        return ANSWER_IS_NO
    finally:
        if journey.server is not None:
            journey.server.stop()
    _summarise(stage, played)
    return DONE


def _play(journey: Journey, played: list[Played]) -> None:
    for number, (title, play) in enumerate(STEPS.items(), start=1):
        click.secho(f"\n=== {number}. {title} ===", bold=True)
        begun = time.monotonic()
        result = play(journey)
        played.append(Played(number, title, result, time.monotonic() - begun))


def _upstream(given: str | None) -> str:
    """Give the index to read, as this machine's own pip would find it."""
    if given:
        return given
    index = default_index(os.environ)
    if index.username is None:
        return index.url
    login = f"{quote(index.username, safe='')}:{quote(index.password or '', safe='')}"
    parts = urlsplit(index.url)
    return urlunsplit(parts._replace(netloc=f"{login}@{parts.netloc}"))


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let a polite end (SIGTERM) unwind like Ctrl-C, so that our children end too."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _summarise(stage: Stage, played: list[Played]) -> None:
    click.secho("\n=== Summary ===", bold=True)
    rows = [(one.number, one.title, one.result, f"{one.took_s:.1f} s") for one in played]
    total = sum(one.took_s for one in played)
    Output().tell(
        None,
        Rows(("step", "what", "came to", "took"), rows),
        f"All {len(played)} steps are as they should be, after {total:.0f} seconds; nothing is "
        f"left running. The server's data and log are kept in {stage.root}.",
        f"Start a server for use: affineur serve (the demo's own token of {OPERATOR} is in "
        f"{stage.root / 'server' / 'admin-token'}).",
    )
