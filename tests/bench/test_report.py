from __future__ import annotations

import pytest

from bench import report
from bench.figures import Bound, Figure, Of
from bench.places import ROOT

PAGE = Figure(
    "pages",
    "per second",
    {"affineur": (30.0,), "nginx": (60.0,), "proxpi": (3.0,)},
    (Bound(0.6, Of.FLOOR, is_least=True), Bound(10, Of.PEER, is_least=True)),
    more_is_better=True,
)


def test_a_row_tells_the_ratio_what_is_to_be_reached_and_whether_it_is() -> None:
    assert report.row(PAGE) == [
        "pages [per second]",
        "30.0",
        "60.0",
        "3.00 (proxpi)",
        "0.50 (0.50 to 0.50) of nginx; 10.00 (10.00 to 10.00) of proxpi",
        ">= 0.6 of nginx; >= 10 of best Python peer",
        "**no**; yes",
    ]


def test_the_tables_replace_what_stood_between_the_marks() -> None:
    document = "before\n<!-- measured: begin -->\nold\n<!-- measured: end -->\nafter\n"
    written = report.filled(document, {})
    assert written.startswith("before\n<!-- measured: begin -->\n| what |")
    assert written.endswith("\n<!-- measured: end -->\nafter\n")
    assert "old" not in written


def test_a_document_without_marks_is_left_alone() -> None:
    with pytest.raises(ValueError, match="has no"):
        report.filled("nothing here\n", {})


def test_trouble_is_told_without_the_paths_and_hosts_of_the_machine() -> None:
    error = OSError(f"{ROOT}/x is missing at https://index.example/simple/\nand more")
    assert report.plainly(error) == "OSError: x is missing at (a URL) and more"
