"""The page of vetting's figures: each command writes its own section between its own marks."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from bench.places import ROOT

PAGE = ROOT / "docs" / "vetting.md"


def put(section: str, text: str) -> None:
    """Replace what stands between the marks of a section; raise `ValueError` without marks."""
    PAGE.write_text(filled(PAGE.read_text("utf-8"), section, text), "utf-8")


def filled(page: str, section: str, text: str) -> str:
    """Give the page with this text in a section, whatever stood there before."""
    begin, end = f"<!-- measured: {section} begin -->", f"<!-- measured: {section} end -->"
    before, first, rest = page.partition(begin)
    _, second, after = rest.partition(end)
    if not first or not second:
        raise ValueError(f"{PAGE.name} has no place for {section}")
    return f"{before}{begin}\n{text.strip()}\n{end}{after}"


def dated(command: str) -> str:
    """Say when, where and with what it was measured."""
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    return f"{today}, `{command}`, {os.cpu_count()} cores, Python {platform.python_version()}."


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a table."""
    lines = [head, ["---"] * len(head), *([_cell(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def quoted(text: str, longest: int = 60) -> str:
    """Quote code so that it can stand in a cell."""
    plain = " ".join("".join(one if one.isprintable() else "?" for one in text).split())
    cut = plain if len(plain) <= longest else f"{plain[:longest]}..."
    return f"`{cut.replace('`', chr(39))}`" if cut else ""


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")
