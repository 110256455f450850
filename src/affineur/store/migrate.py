"""Migrations: bring a database to the schema that this program speaks."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError

from affineur.core.errors import Conflict
from affineur.store.database import Database


def migrate(db: Database) -> None:
    """Upgrade the database; raise `Conflict` when a newer program has made it."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with db.writing() as connection:
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            known = ", ".join(ScriptDirectory.from_config(config).get_heads())
            raise Conflict(
                f"The database was made by a newer affineur (this one knows {known}).",
                hint="Start the newer version again, or restore a backup made by this one.",
            ) from error
