"""The database: one engine, reading and writing transactions, one writer at a time.

Writes begin with the right to write (`BEGIN IMMEDIATE` on SQLite, an advisory lock on
PostgreSQL), so a state that was read in a writing transaction cannot change under it, and
audit events are chained in one order. See docs/decisions/0003-one-writer.md.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import orjson
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import OperationalError

from affineur.core.errors import Unavailable

_WRITES = "affineur_writes"
_WRITER_LOCK = 0x61666669  # any fixed number: the advisory lock of the one writer
_BUSY_MS = 15_000
_T = TypeVar("_T")


def _to_json(value: Any) -> str:  # Any: JSON
    return orjson.dumps(value).decode()


_JSON: dict[str, Any] = {  # Any: create_engine's own arguments
    "json_serializer": _to_json,
    "json_deserializer": orjson.loads,
}


class Database:
    """A SQLite or PostgreSQL database. Calls block: hop to a thread once per use case."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        self.commits = 0
        """How many transactions may have changed something since this process began."""
        self._counting = threading.Lock()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent view of the data."""
        with _translated(), self.engine.connect() as connection:
            if not self.is_sqlite:
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction that no other writer overlaps; it commits when the block ends."""
        with _translated(), self.engine.connect() as connection:
            connection.execution_options(**{_WRITES: True})
            try:
                with connection.begin():
                    self._take_turn(connection)
                    yield connection
            finally:  # whatever became of it: too many cost a query, one too few a stale page
                self.count_commit()

    @contextmanager
    def watching(self) -> Iterator[Connection]:
        """One connection, for short reading transactions one after the other."""
        with _translated(), self.engine.connect() as connection:
            yield connection

    def _take_turn(self, connection: Connection) -> None:
        """Wait until no other writer is at work; SQLite does so when a transaction begins."""
        if not self.is_sqlite:
            lock = text("SELECT pg_advisory_xact_lock(:lock)")
            connection.execute(lock, {"lock": _WRITER_LOCK})

    def count_commit(self) -> None:
        """Note that something may have changed."""
        with self._counting:
            self.commits += 1

    async def read(self, question: Callable[..., _T], *args: object) -> _T:
        """Ask one question in a thread, in a transaction of its own."""

        def ask() -> _T:
            with self.reading() as connection:
                return question(connection, *args)

        return await asyncio.to_thread(ask)

    async def write(self, change: Callable[..., _T], *args: object) -> _T:
        """Make one change in a thread, in a transaction of its own."""

        def make() -> _T:
            with self.writing() as connection:
                return change(connection, *args)

        return await asyncio.to_thread(make)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def open_database(url: str) -> Database:
    """Open a database by its SQLAlchemy URL; nothing is connected or made yet."""
    if url.startswith("sqlite"):
        return Database(_sqlite(url))
    if url.startswith(("postgresql://", "postgres://")):
        url = "postgresql+psycopg://" + url.split("://", 1)[1]
    return Database(
        create_engine(
            url, pool_pre_ping=True, pool_size=24, max_overflow=8, pool_use_lifo=True, **_JSON
        )
    )


def _sqlite(url: str) -> Engine:
    engine = create_engine(
        url, pool_size=24, max_overflow=8, pool_use_lifo=True, connect_args={"timeout": 15}, **_JSON
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:  # Any: sqlite3's, per DB-API
        connection.isolation_level = None  # transactions are begun below, not by sqlite3
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",  # what was acknowledged survives a power loss
            "foreign_keys=ON",
            f"busy_timeout={_BUSY_MS}",
            "cache_size=-512",  # KiB for each connection: the system's own cache is shared
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        raise Unavailable(
            f"The database cannot do this now: {error.orig}.", hint="Try again in a moment."
        ) from error
