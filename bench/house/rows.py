"""Rows into SQLite as fast as it takes them, into the tables that the product has made.

Columns are given as SQLite keeps them. Indexes are dropped first and made again at the end,
which takes a third of the time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

_FAST = (
    "journal_mode=OFF",
    "synchronous=OFF",
    "foreign_keys=OFF",
    "cache_size=-1000000",
    "temp_store=MEMORY",
)


class Rows:
    """A database that takes rows."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def put(self, table: str, columns: str, rows: Iterable[Sequence[object]]) -> None:
        """Insert rows, given as values of the columns, which are named with spaces between."""
        names = columns.split()
        marks = ", ".join("?" * len(names))
        quoted = ", ".join(f'"{name}"' for name in names)
        self._connection.executemany(
            f'INSERT INTO "{table}" ({quoted}) VALUES ({marks})',  # noqa: S608  names are ours
            rows,
        )

    def one(self, question: str) -> Any:  # Any: a row of whatever is asked for
        """Give the first row of an answer."""
        return self._connection.execute(question).fetchone()


@contextmanager
def filling(path: Path) -> Iterator[Rows]:
    """Open a database to be filled, and put its indexes and statistics in order at the end."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        for pragma in _FAST:
            connection.execute(f"PRAGMA {pragma}")
        indexes = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        ).fetchall()
        connection.execute("BEGIN")
        for name, _sql in indexes:
            connection.execute(f'DROP INDEX "{name}"')
        yield Rows(connection)
        for _name, sql in indexes:
            connection.execute(sql)
        connection.execute("COMMIT")
        connection.execute("ANALYZE")
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()


def moment(at: datetime) -> str:
    """Write a moment as it stands in SQLite."""
    return f"{at:%Y-%m-%d %H:%M:%S.%f}"


def text(value: object) -> str:
    """Write JSON as it stands in SQLite."""
    return orjson.dumps(value).decode()
