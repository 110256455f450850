"""Lists of projects: one row for each name of a feed or connector; how bad vetting found files."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby, islice
from typing import Any

import orjson
import sqlalchemy as sa
from alembic import op
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import Version

revision = "0010"
down_revision = "0009"

_BATCH = 1_000
_NAME = sa.String(length=128).with_variant(sa.String(length=128, collation="C"), "postgresql")
_MOMENT = sa.DateTime(timezone=True)
_LISTED = """
    SELECT feed_id, project, version, yanked IS NOT NULL AS is_yanked, listed_at, ended_at,
        is_upload,
        (SELECT max(until_at) FROM past_yank WHERE listing_id = listing.id) AS yanked_at,
        (SELECT severity FROM assessment WHERE sha256 = listing.sha256
            ORDER BY id DESC LIMIT 1) AS severity
    FROM listing ORDER BY feed_id, project
"""
_TOLD = """
    SELECT connector_id, project, files, fetched_at FROM snapshot WHERE NOT is_missing
"""
_RATED = """
    UPDATE assessment SET severity = CASE
        WHEN CAST(outcomes AS TEXT) LIKE '%"severity":"block"%' THEN 2
        WHEN CAST(outcomes AS TEXT) LIKE '%"severity":"review"%' THEN 1
        ELSE 0 END
"""


def upgrade() -> None:
    """Add them, and fill them from what there is."""
    op.add_column("assessment", sa.Column("severity", sa.SmallInteger(), nullable=True))
    op.execute(_RATED)
    feeds, outside = _feed_project(), _connector_project()
    _feed_use()
    conn = op.get_bind()
    moments = {"listed_at": _MOMENT, "ended_at": _MOMENT, "yanked_at": _MOMENT}
    listed = sa.text(_LISTED).columns(**moments)
    _fill(conn, feeds, _listed(conn.execute(listed, execution_options={"yield_per": 5_000})))
    told = sa.text(_TOLD).columns(files=sa.Text(), fetched_at=_MOMENT)
    _fill(conn, outside, _told(conn.execute(told, execution_options={"yield_per": 50})))


def _columns() -> tuple[sa.Column[Any], ...]:  # Any: columns of several types
    return (
        sa.Column("project", _NAME, nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("versions", sa.Integer(), nullable=False),
        sa.Column("yanked", sa.Integer(), nullable=False),
        sa.Column("latest", sa.String(length=128), nullable=True),
        sa.Column("latest_at", _MOMENT, nullable=True),
        sa.Column("changed_at", _MOMENT, nullable=False),
    )


def _feed_project() -> sa.Table:
    table = op.create_table(
        "feed_project",
        sa.Column("feed_id", sa.Integer(), nullable=False),
        *_columns(),
        sa.Column("severity", sa.SmallInteger(), nullable=True),
        sa.Column("is_own", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feed.id"], name=op.f("fk_feed_project_feed_id")),
        sa.PrimaryKeyConstraint("feed_id", "project", name=op.f("pk_feed_project")),
        comment="Each project that stands, or stood (no files), in a feed's own listings.",
    )
    op.create_index(op.f("ix_feed_project_project"), "feed_project", ["project"])
    by_change = op.f("ix_feed_project_feed_id_changed_at_project")
    op.create_index(by_change, "feed_project", ["feed_id", "changed_at", "project"])
    ended = sa.text("files = 0")
    op.create_index(
        "ix_feed_project_ended",
        "feed_project",
        ["feed_id"],
        sqlite_where=ended,
        postgresql_where=ended,
    )
    return table


def _connector_project() -> sa.Table:
    table = op.create_table(
        "connector_project",
        sa.Column("connector_id", sa.Integer(), nullable=False),
        *_columns(),
        sa.ForeignKeyConstraint(
            ["connector_id"], ["connector.id"], name=op.f("fk_connector_project_connector_id")
        ),
        sa.PrimaryKeyConstraint("connector_id", "project", name=op.f("pk_connector_project")),
        comment="Each project that an external index was asked for and has.",
    )
    by_change = op.f("ix_connector_project_connector_id_changed_at_project")
    op.create_index(by_change, "connector_project", ["connector_id", "changed_at", "project"])
    return table


def _feed_use() -> None:
    op.create_table(
        "feed_use",
        sa.Column("feed_id", sa.Integer(), nullable=False),
        sa.Column("project", _NAME, nullable=False),
        sa.Column("downloads", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feed.id"], name=op.f("fk_feed_use_feed_id")),
        sa.PrimaryKeyConstraint("feed_id", "project", name=op.f("pk_feed_use")),
        comment="How often files of a project were sent through a feed in 30 days.",
    )
    by_use = op.f("ix_feed_use_feed_id_downloads_project")
    op.create_index(by_use, "feed_use", ["feed_id", "downloads", "project"])


# --- filling them ------------------------------------------------------------------------


def _fill(conn: sa.Connection, table: sa.Table, rows: Iterator[dict[str, Any]]) -> None:
    while some := list(islice(rows, _BATCH)):
        conn.execute(table.insert(), some)


def _listed(rows: Iterable[Any]) -> Iterator[dict[str, Any]]:  # Any: the columns of _LISTED
    for (feed_id, project), group in groupby(rows, key=lambda row: (row[0], row[1])):
        every = list(group)
        standing = [row for row in every if row.ended_at is None]
        moments = [(row.listed_at, row.ended_at, row.yanked_at) for row in every]
        known = [row.severity for row in standing if row.severity is not None]
        yield {
            "feed_id": feed_id,
            "project": project,
            "changed_at": max(at for some in moments for at in some if at is not None),
            "severity": max(known, default=None),
            "is_own": any(row.is_upload for row in every),
            **_counted([(row.version, row.listed_at, row.is_yanked) for row in standing]),
        }


def _told(rows: Iterable[Any]) -> Iterator[dict[str, Any]]:  # Any: the columns of _TOLD
    for row in rows:
        files = orjson.loads(row.files) if isinstance(row.files, str | bytes) else row.files
        named = [(_version(one["filename"]), one) for one in files]
        counted = [
            (version, _moment(one.get("uploaded_at")), one.get("yanked") is not None)
            for version, one in named
            if version is not None
        ]
        key = {"connector_id": row.connector_id, "project": row.project}
        yield key | {"changed_at": row.fetched_at} | _counted(counted)


def _version(filename: str) -> str | None:
    try:
        if filename.endswith(".whl"):
            return str(parse_wheel_filename(filename)[1])
        return str(parse_sdist_filename(filename)[1])
    except (InvalidWheelFilename, InvalidSdistFilename):
        return None


def _moment(text: str | None) -> Any:  # Any: a moment or None
    return None if text is None else datetime.fromisoformat(text)


def _counted(files: Sequence[tuple[str, Any, bool]]) -> dict[str, Any]:  # Any: columns
    by_version: dict[str, list[tuple[str, Any, bool]]] = {}
    for one in files:
        by_version.setdefault(one[0], []).append(one)
    ranked = (
        (not all(one[2] for one in some), not Version(text).is_prerelease, Version(text), text)
        for text, some in by_version.items()
    )
    best = max(ranked, default=None)
    latest = None if best is None else best[3]
    since = [one[1] for one in by_version.get(latest or "", ()) if one[1] is not None]
    return {
        "files": len(files),
        "versions": len(by_version),
        "yanked": sum(bool(one[2]) for one in files),
        "latest": latest,
        "latest_at": min(since, default=None),
    }
