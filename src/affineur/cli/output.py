"""How answers are told: a table on a terminal, plain lines elsewhere, or one JSON document.

Answers go to stdout, progress to stderr, so that either can be sent elsewhere.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from affineur.cli.plain import clean, clean_block


@dataclass(frozen=True, slots=True)
class Rows:
    """A table: on a terminal with its header, elsewhere one line a row, tabs between."""

    columns: tuple[str, ...]
    rows: Sequence[Sequence[object]]
    if_empty: str = ""


@dataclass(frozen=True, slots=True)
class Output:
    """Where a command tells its answer."""

    as_json: bool = False

    def tell(self, document: object, *parts: str | Rows) -> None:
        """Tell an answer: the document for programs, or the parts for people."""
        if self.as_json:
            click.echo(json.dumps(document, indent=2))
            return
        for part in parts:
            if isinstance(part, Rows):
                _tell_rows(part)
            else:
                click.echo(clean_block(part))

    def progress(self, line: str) -> None:
        """Tell how far something is."""
        click.echo(clean(line), err=True)
        sys.stderr.flush()


def _tell_rows(table: Rows) -> None:
    if not table.rows:
        if table.if_empty:
            click.echo(table.if_empty)
        return
    cells = [[clean("" if cell is None else cell) for cell in row] for row in table.rows]
    if sys.stdout.isatty():
        _draw(table.columns, cells)
    else:
        for row in cells:
            click.echo("\t".join(row))


def _draw(columns: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        drawn.add_column(column, overflow="fold")
    for row in cells:
        drawn.add_row(*(Text(cell) for cell in row))
    Console(markup=False, highlight=False, emoji=False).print(drawn)
