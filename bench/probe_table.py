"""Probe indexes, and write what came out into the table of docs/probe.md.

    python -m bench.probe_table                      affineur's columns, from a server of its own
    python -m bench.probe_table devpi=URL proxpi=URL the columns of running servers
    python -m bench.probe_table upstream=            the index that this machine's pip uses

Columns that are not named stay as they are. No URL is written down.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
from pathlib import Path

from affineur.probe.asking import Credentials, Limits
from affineur.probe.rows import Outcome
from affineur.probe.run import GROUPS, Report, probe
from affineur.upstream import default_index

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "probe.md"
MARKS = {
    Outcome.KEPT: "yes",
    Outcome.BROKEN: "**broken**",
    Outcome.ABSENT: "-",
    Outcome.NOT_APPLICABLE: "n/a",
    Outcome.UNKNOWN: "?",
}
_TABLE = re.compile(r"(?<=<!-- outcomes -->\n).*?(?=<!-- end -->)", re.DOTALL)
_PATIENT = Limits(answer_s=240.0, all_s=900.0)

Columns = dict[str, dict[str, str]]


def main(arguments: list[str]) -> None:
    """Probe what is named, and write its columns."""
    page = PAGE.read_text("utf-8")
    found = _TABLE.search(page)
    columns = _read(found[0]) if found else {}
    columns |= _named(arguments) if arguments else _affineur()
    PAGE.write_text(_TABLE.sub(lambda _: _written(columns), page), "utf-8")


def _named(arguments: list[str]) -> Columns:
    columns: Columns = {}
    for name, _, url in (argument.partition("=") for argument in arguments):
        index = default_index(os.environ)
        report = asyncio.run(probe(url or index.url, limits=_PATIENT))
        columns[name] = _told(name, report)
    return columns


def _affineur() -> Columns:
    """Start a server in front of an index that tells everything; approve and upload a package."""
    sys.path.insert(0, str(ROOT / "tests"))
    from support.dists import wheel  # noqa: PLC0415  the tests' own, not installed
    from support.index_server import index_server  # noqa: PLC0415
    from support.running import running_server  # noqa: PLC0415

    columns: Columns = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        index_server() as upstream,
        running_server(Path(folder), upstream.url, AFFINEUR_ANONYMOUS_INTERNAL="no") as server,
    ):
        server.admin.brings_in("spam==1.0")
        server.admin.uploads(wheel("own-ham", "2.0", requires_python=">=3.9"))
        token = Credentials("__token__", server.admin.token)
        for feed in ("internal", "unapproved"):
            looking = probe(server.index(feed), token, projects=("spam",), limits=_PATIENT)
            columns[f"affineur: {feed}"] = _told(feed, asyncio.run(looking))
    return columns


def _told(name: str, report: Report) -> dict[str, str]:
    for finding in report.findings:
        verdict = finding.verdict
        if verdict.outcome in {Outcome.BROKEN, Outcome.UNKNOWN}:
            evidence = f"{verdict.request} -> {verdict.answer}"
            print(f"{name}: {finding.row.id}: {verdict.outcome}: {evidence}")
    return {finding.row.id: MARKS[finding.verdict.outcome] for finding in report.findings}


def _read(table: str) -> Columns:
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    if len(lines) < 3:
        return {}
    head, _, *rows = lines
    return {
        name: {row[0].strip("`"): row[number] for row in rows}
        for number, name in enumerate(head[1:], 1)
    }


def _written(columns: Columns) -> str:
    ids = [check.row.id for group in GROUPS for check in group.checks]
    head = f"| row | {' | '.join(columns)} |\n|---|{'---|' * len(columns)}\n"
    rows = [
        f"| `{one}` | {' | '.join(c.get(one, '') for c in columns.values())} |\n" for one in ids
    ]
    return head + "".join(rows)


if __name__ == "__main__":
    main(sys.argv[1:])
