"""Which questions the database was asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from affineur.store.database import Database


@contextmanager
def selects(database: Database) -> Iterator[list[str]]:
    """Collect the SELECT statements that are sent meanwhile."""
    asked: list[str] = []

    def collect(_conn: object, _cursor: object, statement: str, *_: Any) -> None:  # Any: unused
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            asked.append(statement)

    event.listen(database.engine, "before_cursor_execute", collect)
    try:
        yield asked
    finally:
        event.remove(database.engine, "before_cursor_execute", collect)
