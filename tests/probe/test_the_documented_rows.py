"""docs/probe.md lists the rows that the probe looks at, as they are."""

from __future__ import annotations

import re
from pathlib import Path

from affineur.probe.run import GROUPS

_PAGE = Path(__file__).parents[2] / "docs" / "probe.md"


def test_every_row_is_documented_in_its_group_with_level_and_source() -> None:
    written = re.findall(
        r"^(### .+|\| `.+\| (?:must|should|may) \|.+)$", _PAGE.read_text(), re.MULTILINE
    )
    rows = [
        line
        for group in GROUPS
        for line in (
            f"### {group.title}",
            *(
                f"| `{check.row.id}` | {check.row.level} | {check.row.title} | {check.row.source} |"
                for check in group.checks
            ),
        )
    ]
    assert written == rows


def test_every_row_has_an_outcome_for_every_index_that_was_probed() -> None:
    table = _PAGE.read_text().split("<!-- outcomes -->\n")[1].split("<!-- end -->")[0]
    head, _, *lines = [line.strip("|").split("|") for line in table.splitlines()]
    ids = [f"`{check.row.id}`" for group in GROUPS for check in group.checks]
    assert [line[0].strip() for line in lines] == ids
    assert [line for line in lines if len(line) != len(head) or not all(map(str.strip, line))] == []
