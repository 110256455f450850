"""The real server, with a package that was uploaded and one that was approved, is probed.

The rows named here are gaps that are known; whoever closes one takes it off the list.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from affineur.probe.rows import Level, Outcome
from affineur.probe.run import Report
from support.dists import wheel
from support.index_server import index_server
from support.probing import look_at
from support.running import Server, running_server

NO_GAPS: set[str] = set()
GAPS_OF_CONNECTED_FEEDS = {"root", "root-json"}
"""The list of all projects of a feed whose projects stand in an index upstream is empty."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    # The index upstream tells everything that an index can tell.
    with index_server() as upstream, running_server(folder, upstream.url) as running:
        running.admin.brings_in("spam==1.0")
        published = running.admin.uploads(wheel("own-ham", "2.0", requires_python=">=3.9"))
        assert published.status_code == 200, published.text
        yield running


def unkept(report: Report) -> dict[str, str]:
    """The rows of level must and should that are broken, absent or unknown, with evidence."""
    fine = {Outcome.KEPT, Outcome.NOT_APPLICABLE}
    return {
        finding.row.id: f"{finding.verdict.outcome}: {finding.verdict.answer}"
        for finding in report.findings
        if finding.row.level is not Level.MAY and finding.verdict.outcome not in fine
    }


@pytest.mark.parametrize(
    ("feed", "projects", "gaps"),
    [
        ("internal", ("spam", "own-ham"), NO_GAPS),
        ("approved", ("spam",), NO_GAPS),
        ("unapproved", ("spam", "eggs-and-ham"), GAPS_OF_CONNECTED_FEEDS),
    ],
)
def test_every_row_that_an_index_must_or_should_keep_is_kept(
    server: Server, feed: str, projects: tuple[str, ...], gaps: set[str]
) -> None:
    report = look_at(server.index(feed), token=server.admin.token, projects=projects)
    found = unkept(report)
    assert {row: found[row] for row in found.keys() - gaps} == {}
