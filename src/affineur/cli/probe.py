"""`affineur probe`: which rows of the simple repository protocol an index keeps."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import click

from affineur.cli.asking import as_json
from affineur.cli.client import DEFAULT_URL
from affineur.cli.exits import ANSWER_IS_NO, DONE
from affineur.cli.output import Output, Rows
from affineur.config import load_settings
from affineur.core.errors import BadInput
from affineur.core.names import parse_project
from affineur.probe.asking import Credentials, Limits
from affineur.probe.messages import is_same_origin
from affineur.probe.rows import Finding, Outcome
from affineur.probe.run import Report, probe
from affineur.upstream import IndexUrl, default_index, split_credentials

_ALL_TIMES = 15  # the whole probe takes at most that many times as long as one answer
_TOLD = {Outcome.BROKEN, Outcome.ABSENT, Outcome.UNKNOWN}
_COLUMNS = ("outcome", "level", "row", "evidence")


@dataclass(frozen=True, slots=True)
class _Login:
    username: str
    token: str | None


@click.command(
    epilog="Example: affineur probe https://packages.example.com/simple/ --project flask"
)
@click.argument("url", required=False)
@click.option("--project", "projects", multiple=True, help="Look at this project; several times.")
@click.option(
    "--token", default=None, help="The token or password; - reads it from standard input."
)
@click.option("--username", default="__token__", show_default=True, help="Sent with the token.")
@click.option(
    "--timeout",
    "timeout_s",
    type=click.FloatRange(1, 600),
    default=20.0,
    show_default=True,
    help="Longest wait for one answer, in seconds.",
)
@as_json
def probe_command(
    url: str | None,
    projects: tuple[str, ...],
    token: str | None,
    username: str,
    timeout_s: float,
    as_json: bool,  # noqa: FBT001  an option of the command
) -> int:
    """Tell which parts of the index protocol an index keeps.

    URL is that of a simple index; the one that affineur reads when left out. Requests are sent
    one by one, at most 80, and nothing is written. The token is sent to the origin of URL alone;
    the one in AFFINEUR_TOKEN only when that is the server at AFFINEUR_URL. Exits with 1 when
    something that every index must keep is broken, or could not be looked at.
    """
    out = Output(as_json=as_json)
    index = _index(url)
    credentials = _credentials(index, _Login(username, token))
    named = [parse_project(project) for project in projects]
    limits = Limits(answer_s=timeout_s, all_s=timeout_s * _ALL_TIMES)
    looking = probe(
        index.url,
        credentials,
        projects=named,
        limits=limits,
        tell=lambda what: out.progress(f"Looking at: {what}"),
    )
    report = asyncio.run(looking)
    out.tell(_document(report), *_parts(report))
    return DONE if report.is_good else ANSWER_IS_NO


def _index(url: str | None) -> IndexUrl:
    if url is None:
        upstream = load_settings().upstream
        return split_credentials(upstream) if upstream else default_index(os.environ)
    index = split_credentials(url)
    if index.username is not None or index.password is not None:
        raise BadInput(
            "The URL holds credentials, which command lines give away.",
            hint="Give the user with --username, and the password with --token -",
        )
    return index


def _credentials(index: IndexUrl, login: _Login) -> Credentials | None:
    if login.token is not None:
        token = login.token
        if token == "-":  # noqa: S105  where the token comes from
            token = sys.stdin.readline()
        if not token.strip():
            raise BadInput("The token is empty.")
        return Credentials(login.username, token.strip())
    if index.username is not None or index.password is not None:
        return Credentials(index.username or "", index.password or "")
    ours = os.environ.get("AFFINEUR_TOKEN", "").strip()
    server = os.environ.get("AFFINEUR_URL") or DEFAULT_URL
    is_our_server = is_same_origin(index.url, server)
    return Credentials(login.username, ours) if ours and is_our_server else None


def _parts(report: Report) -> Iterator[str | Rows]:
    titles = dict.fromkeys(finding.group for finding in report.findings)
    for title in titles:
        found = [finding for finding in report.findings if finding.group == title]
        yield f"{title}:"
        yield Rows(_COLUMNS, [_row(finding) for finding in found])
        yield ""
    yield _summary(report)


def _row(finding: Finding) -> tuple[str, str, str, str]:
    verdict, row = finding.verdict, finding.row
    evidence = f"{verdict.request} -> {verdict.answer}" if verdict.request else verdict.answer
    told = evidence if verdict.outcome in _TOLD else ""
    return verdict.outcome, row.level, f"{row.id}: {row.title} ({row.source})", told


def _summary(report: Report) -> str:
    counts = ", ".join(f"{report.count(outcome)} {outcome}" for outcome in Outcome)
    looked = ", ".join(report.projects) or "no project"
    failing = [finding.row.id for finding in report.findings if finding.fails]
    end = "Every row that must be kept is kept."
    if failing:
        end = f"Not kept, although they must be: {', '.join(failing)}."
    return f"{counts}; {report.requests} requests, on {looked} and {report.file}.\n{end}"


def _document(report: Report) -> dict[str, object]:
    return {
        "url": report.url,
        "ok": report.is_good,
        "projects": report.projects,
        "file": report.file,
        "requests": report.requests,
        "counts": {str(outcome): report.count(outcome) for outcome in Outcome},
        "rows": [
            {
                "group": finding.group,
                "id": finding.row.id,
                "title": finding.row.title,
                "source": finding.row.source,
                "level": finding.row.level,
                "outcome": finding.verdict.outcome,
                "request": finding.verdict.request,
                "answer": finding.verdict.answer,
            }
            for finding in report.findings
        ],
    }
