from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select, text

from affineur.core.errors import Conflict
from affineur.store.database import Database
from affineur.store.migrate import migrate
from affineur.store.schema import metadata
from affineur.store.schema_access import secret


def test_the_migrations_make_exactly_the_tables_of_the_schema(database: Database) -> None:
    with database.reading() as conn:
        differences = compare_metadata(MigrationContext.configure(conn), metadata)

    assert differences == []


def test_migrating_twice_changes_nothing(database: Database) -> None:
    migrate(database)


def test_a_database_of_a_newer_program_is_refused(database: Database) -> None:
    with database.writing() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(Conflict, match="newer affineur"):
        migrate(database)


def test_a_change_that_fails_leaves_nothing(database: Database) -> None:
    def fail() -> None:
        with database.writing() as conn:
            conn.execute(secret.insert().values(name="a", value="1"))
            raise LookupError

    with pytest.raises(LookupError):
        fail()

    with database.reading() as conn:
        assert conn.execute(select(secret)).all() == []


def test_writers_never_overlap(database: Database) -> None:
    with database.writing() as conn:
        conn.execute(secret.insert().values(name="count", value="0"))

    def add_one() -> None:
        with database.writing() as conn:
            before = int(conn.execute(select(secret.c.value)).scalar_one())
            conn.execute(secret.update().values(value=str(before + 1)))

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(add_one) for _ in range(40)]:
            done.result()

    with database.reading() as conn:
        assert conn.execute(select(secret.c.value)).scalar_one() == "40"


def test_a_reader_sees_one_moment(database: Database) -> None:
    with database.writing() as conn:
        conn.execute(secret.insert().values(name="a", value="1"))

    with database.reading() as conn:
        first = conn.execute(select(secret.c.value)).scalar_one()
        with database.writing() as writer:
            writer.execute(secret.update().values(value="2"))
        second = conn.execute(select(secret.c.value)).scalar_one()

    assert (first, second) == ("1", "1")
