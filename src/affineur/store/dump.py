"""All rows as JSON lines and back: what a backup holds of the database, whichever it is.

Rows are read in one consistent view and written into an empty database in one transaction,
so SQLite can be backed up and restored into PostgreSQL, or the other way round.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Table, func, insert, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from affineur.core.errors import BadInput
from affineur.store.moments import UtcDateTime
from affineur.store.schema import metadata

_BATCH = 500


def table_names() -> tuple[str, ...]:
    """Name all tables, each behind those that it refers to."""
    return tuple(table.name for table in metadata.sorted_tables)


def schema_version(conn: Connection) -> str:
    """Name the migration that the database is at."""
    return str(conn.execute(text("SELECT version_num FROM alembic_version")).scalar_one())


def is_empty(conn: Connection) -> bool:
    """Say whether no table holds a row."""
    return not any(
        conn.execute(select(func.count()).select_from(table)).scalar_one()
        for table in metadata.sorted_tables
    )


def lines(conn: Connection, name: str) -> Iterator[bytes]:
    """Give the rows of a table as JSON, a line each, in the order of their keys."""
    table = metadata.tables[name]
    question = select(table).order_by(*table.primary_key.columns)
    for row in conn.execute(question, execution_options={"yield_per": _BATCH}).mappings():
        named = {str(column): value for column, value in row.items()}
        yield orjson.dumps(named, option=orjson.OPT_APPEND_NEWLINE)


def load(conn: Connection, name: str, rows: Iterator[bytes]) -> int:
    """Put rows into a table as they were; return how many.

    A row that refers to another one of the same table is completed when all are there. Raise
    `BadInput` when a row does not fit the table or the rows before it.
    """
    try:
        return _load(conn, name, rows)
    except (SQLAlchemyError, KeyError, TypeError, ValueError) as error:
        raise BadInput(f"The rows of {name} do not fit: {type(error).__name__}.") from error


def count_on(conn: Connection) -> None:
    """Let new rows be numbered behind those that were loaded; PostgreSQL must be told."""
    if conn.dialect.name != "postgresql":
        return
    for table in metadata.sorted_tables:
        if "id" in table.columns and table.c.id.autoincrement == "auto" and _is_number(table):
            last = select(func.max(table.c.id)).scalar_subquery()
            sequence = func.pg_get_serial_sequence(table.name, "id")
            conn.execute(select(func.setval(sequence, func.coalesce(last, 1), last.is_not(None))))


def _load(conn: Connection, name: str, rows: Iterator[bytes]) -> int:
    table = metadata.tables[name]
    own = [one.name for one in table.columns if _refers_to_itself(table, one.name)]
    later: list[tuple[Any, dict[str, Any]]] = []  # Any: keys and values of columns
    count, batch = 0, []
    for line in rows:
        row = _row(table, orjson.loads(line))
        links = {column: row[column] for column in own if row.get(column) is not None}
        if links:
            later.append((row["id"], links))
        batch.append(row | dict.fromkeys(links))
        count += 1
        if len(batch) == _BATCH:
            conn.execute(insert(table), batch)
            batch = []
    if batch:
        conn.execute(insert(table), batch)
    for key, links in later:
        conn.execute(update(table).where(table.c.id == key).values(**links))
    return count


def _is_number(table: Table) -> bool:
    return table.c.id.type.python_type is int


def _refers_to_itself(table: Table, column: str) -> bool:
    return any(key.column.table is table for key in table.c[column].foreign_keys)


def _row(table: Table, values: Mapping[str, Any]) -> dict[str, Any]:  # Any: column values
    return {
        name: datetime.fromisoformat(value)
        if value is not None and isinstance(table.c[name].type, UtcDateTime)
        else value
        for name, value in values.items()
    }
