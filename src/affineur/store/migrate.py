"""Migrations: bring a database to the schema that this program speaks."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from affineur.core.errors import Conflict
from affineur.store.database import Database

_MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(db: Database) -> None:
    """Upgrade the database; raise `Conflict` when a newer program has made it.

    alembic, which takes a tenth of a second to load, is needed only when there is something
    to do.
    """
    with db.reading() as connection:
        if _version(connection) == newest():
            return
    _upgrade(db)


def newest() -> str:
    """Name the newest migration: they are numbered, and each file's name begins with its number."""
    return max(path.name.split("_")[0] for path in (_MIGRATIONS / "versions").glob("0*.py"))


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def _upgrade(db: Database) -> None:
    from alembic import command  # noqa: PLC0415  see `migrate`
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util.exc import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with db.writing() as connection:
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise Conflict(
                f"The database was made by a newer affineur (this one knows {newest()}).",
                hint="Start the newer version again, or restore a backup made by this one.",
            ) from error
